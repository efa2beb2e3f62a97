package discordsim

import (
	"context"
	"errors"
	"slices"
	"time"
)

// Record is a happening with its place in the order of all.
type Record struct {
	// Number rises by one with every happening while this subscription lives.
	Number uint64
	At     time.Time
	What   Happening
}

// Subscription is an ordered, lossless stream of everything that happens after Subscribe. Its queue has no bound: who
// subscribes must read, or Close.
type Subscription struct {
	sim *Sim
	// queue, count and closed are guarded by sim.mu.
	queue  []Record
	count  uint64
	closed bool
	wake   chan struct{}
}

// ErrClosed is returned by Next after Close.
var ErrClosed = errors.New("the subscription is closed")

// Subscribe begins a stream.
func (s *Sim) Subscribe() *Subscription {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.subscribe()
}

func (s *Sim) subscribe() *Subscription {
	sub := &Subscription{sim: s, wake: make(chan struct{}, 1)}
	s.observers = append(s.observers, sub)
	return sub
}

// Next waits for the next happening.
func (sub *Subscription) Next(ctx context.Context) (Record, error) {
	for {
		record, found, err := sub.take()
		if found || err != nil {
			return record, err
		}
		select {
		case <-sub.wake:
		case <-ctx.Done():
			return Record{}, ctx.Err()
		}
	}
}

func (sub *Subscription) take() (Record, bool, error) {
	sub.sim.mu.Lock()
	defer sub.sim.mu.Unlock()
	if len(sub.queue) > 0 {
		record := sub.queue[0]
		sub.queue[0] = Record{}
		sub.queue = sub.queue[1:]
		return record, true, nil
	}
	if sub.closed {
		return Record{}, false, ErrClosed
	}
	return Record{}, false, nil
}

// Close ends the stream; what is already queued can still be read.
func (sub *Subscription) Close() {
	sub.sim.mu.Lock()
	defer sub.sim.mu.Unlock()
	sub.closed = true
	sub.sim.observers = slices.DeleteFunc(sub.sim.observers, func(other *Subscription) bool { return other == sub })
	sub.poke()
}

func (sub *Subscription) poke() {
	select {
	case sub.wake <- struct{}{}:
	default:
	}
}

// observe tells the subscribers and whoever awaits a condition. The caller holds mu.
func (s *Sim) observe(what Happening) {
	s.touch()
	if len(s.observers) == 0 {
		return
	}
	now := time.Now()
	for _, sub := range s.observers {
		sub.count++
		sub.queue = append(sub.queue, Record{Number: sub.count, At: now, What: what})
		sub.poke()
	}
}

// violation records what a client must not do.
func (s *Sim) violation(what string) {
	s.counters.Violations++
	if len(s.counters.ViolationTexts) < maxViolationTexts {
		s.counters.ViolationTexts = append(s.counters.ViolationTexts, what)
	}
	s.observe(Violated{What: what})
}
