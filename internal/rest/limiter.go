package rest

import (
	"container/list"
	"context"
	"sync"
	"time"
)

const (
	// patience is how long a call waits for a ban to end before it is turned away: bans last minutes to hours.
	patience = 10 * time.Second
	// keepBucket is how long an idle bucket is kept for the size of its limit, at most keepBuckets of them;
	// sweepEvery is how often they are looked through.
	keepBucket  = 5 * time.Minute
	keepBuckets = 10_000
	sweepEvery  = time.Minute
)

// limiter makes calls wait until they may leave: first come, first served in each bucket, and among the buckets'
// first ones at the gate, which is what all calls share (the global limit, bans, spacing). It has no goroutine: the
// first in each queue watches the clock for itself, and whoever leaves wakes the next.
type limiter struct {
	off bool // no waiting for buckets and the global limit

	mu      sync.Mutex
	hashes  map[string]string    // route → the bucket Discord says it is in
	queues  map[queueKey]*queue  // by bucket
	swept   time.Time            // when the idle ones were last thrown away
	crowd   int                  // so many queues are too many
	atGate  list.List            // of *ticket: those their bucket would let through
	global  window               // requests per second
	strikes strikes              // invalid requests
	spaced  time.Time            // no request before (spacing)
	held    time.Time            // no request before (global 429); interactions are exempt
	banned  time.Time            // no request before (Cloudflare)
	waiting int                  // tickets in queues
	flying  map[*ticket]struct{} // requests under way

	took     time.Duration // of the last answered request
	answered time.Time
}

// queueKey is a bucket: Discord's hash, or the route until that is known, and the major parameter.
type queueKey struct{ bucket, major string }

// queue is a bucket and those who wait for it.
type queue struct {
	bucket
	key     queueKey
	waiting list.List // of *ticket
	used    time.Time
	brief   bool
}

// ticket is one call on its way through the limiter.
type ticket struct {
	call   call
	queue  *queue
	place  *list.Element // in the queue; nil once under way
	gate   *list.Element // at the gate; nil elsewhere
	wake   chan struct{} // capacity 1
	global bool          // counts in the global limit
}

func newLimiter(perSecond int, off bool) *limiter {
	return &limiter{
		off: off, hashes: map[string]string{}, queues: map[queueKey]*queue{}, flying: map[*ticket]struct{}{},
		global: window{limit: perSecond, per: time.Second}, crowd: keepBuckets,
	}
}

// tooLong is why a call did not wait: what it would have waited for ends too late.
type tooLong struct {
	wait time.Duration
	why  string
}

func (e *tooLong) Error() string { return e.why }

// enter waits until the call may leave. A call that comes back from a 429 goes to the front of its queue. The error
// is ctx's, or *tooLong when waiting would outlast ctx.
func (l *limiter) enter(ctx context.Context, c call, front bool) (*ticket, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := &ticket{call: c, wake: make(chan struct{}, 1)}
	l.join(t, front)
	for {
		d, known, why := l.try(t, time.Now())
		if d == 0 && known {
			return t, nil
		}
		if err := l.outlasts(ctx, d, known, why); err != nil {
			l.abandon(t)
			return nil, err
		}
		if err := l.sleep(ctx, t, d, known); err != nil {
			l.abandon(t)
			return nil, err
		}
	}
}

// outlasts says whether waiting is in vain.
func (l *limiter) outlasts(ctx context.Context, d time.Duration, known bool, why string) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if !known {
		return nil
	}
	deadline, has := ctx.Deadline()
	if has && time.Now().Add(d).After(deadline) || why == whyBanned && d > patience {
		return &tooLong{d, why}
	}
	return nil
}

// sleep lets go of the lock until the ticket is woken, its time has come or ctx ends.
func (l *limiter) sleep(ctx context.Context, t *ticket, d time.Duration, known bool) error {
	l.mu.Unlock()
	defer l.mu.Lock()
	var due <-chan time.Time
	if known {
		timer := time.NewTimer(d)
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-t.wake:
	case <-due:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return nil
}

// What a call may wait for.
const (
	whyQueue  = "others wait for the same rate limit"
	whyBucket = "the rate limit of this route is used up"
	whyGlobal = "the global rate limit is used up"
	whySpaced = "too many requests of the last 10 minutes were refused, so they are spaced"
	whyBanned = "Discord (Cloudflare) has banned this address for now"
)

// try lets the ticket leave if everything allows it; else it says for how long not (if that is known) and why.
func (l *limiter) try(t *ticket, now time.Time) (d time.Duration, known bool, why string) {
	if now.Before(l.banned) {
		return l.banned.Sub(now), true, whyBanned
	}
	if t.queue.waiting.Front() != t.place {
		l.leaveGate(t) // one that comes back from a 429 may have gone before it
		return 0, false, whyQueue
	}
	if !l.off {
		if d, known := t.queue.wait(now); d > 0 || !known {
			l.leaveGate(t)
			return d, known, whyBucket
		}
	}
	if d, known, why := l.pass(t, now); d > 0 || !known {
		return d, known, why
	}
	l.depart(t, now)
	return 0, true, ""
}

// pass asks the gate. Interactions do not queue there: Discord exempts them from the global limit, and whoever uses
// one is given three seconds.
func (l *limiter) pass(t *ticket, now time.Time) (d time.Duration, known bool, why string) {
	if now.Before(l.spaced) {
		return l.spaced.Sub(now), true, whySpaced
	}
	if t.call.interaction || l.off {
		return 0, true, ""
	}
	if t.gate == nil {
		t.gate = l.atGate.PushBack(t)
	}
	if l.atGate.Front() != t.gate {
		return 0, false, whyQueue
	}
	if now.Before(l.held) {
		return l.held.Sub(now), true, whyGlobal
	}
	if d, known := l.global.wait(now); d > 0 || !known {
		return d, known, whyGlobal
	}
	return 0, true, ""
}

// depart counts the ticket as under way and calls the next ones forward.
func (l *limiter) depart(t *ticket, now time.Time) {
	l.leaveQueue(t)
	t.queue.leave(now)
	t.global = !t.call.interaction && !l.off
	if t.global {
		l.global.leave()
	}
	l.flying[t] = struct{}{}
	if gap := l.strikes.gap(now); gap > 0 {
		l.spaced = now.Add(gap)
	}
}

// abandon takes a ticket that will not leave out of all queues.
func (l *limiter) abandon(t *ticket) {
	l.leaveQueue(t)
	t.queue.used = time.Now()
}

func (l *limiter) leaveQueue(t *ticket) {
	l.leaveGate(t)
	t.queue.waiting.Remove(t.place)
	t.place = nil
	l.waiting--
	t.queue.callNext()
}

func (l *limiter) leaveGate(t *ticket) {
	if t.gate == nil {
		return
	}
	l.atGate.Remove(t.gate)
	t.gate = nil
	l.callGate()
}

// callNext wakes the first in the queue.
func (q *queue) callNext() {
	if first := q.waiting.Front(); first != nil {
		first.Value.(*ticket).rouse()
	}
}

// callGate wakes the first at the gate.
func (l *limiter) callGate() {
	if first := l.atGate.Front(); first != nil {
		first.Value.(*ticket).rouse()
	}
}

func (t *ticket) rouse() {
	select {
	case t.wake <- struct{}{}:
	default: // awake already
	}
}

// join puts a ticket into the queue of its bucket.
func (l *limiter) join(t *ticket, front bool) {
	t.queue = l.queueOf(l.key(t.call), t.call.interaction)
	if front {
		t.place = t.queue.waiting.PushFront(t)
	} else {
		t.place = t.queue.waiting.PushBack(t)
	}
	l.waiting++
}

// key says which bucket a call belongs to. As long as calls of its route are on their way to learn that for its major
// parameter, it goes behind them, even if the bucket's name has become known meanwhile by way of another.
func (l *limiter) key(c call) queueKey {
	unnamed := queueKey{c.name(), c.major}
	hash, known := l.hashes[c.name()]
	if q := l.queues[unnamed]; !known || q != nil && q.busy() {
		return unnamed
	}
	return queueKey{hash, c.major}
}

// queueOf finds the queue of a bucket. One for an interaction is brief: of no use once it is idle.
func (l *limiter) queueOf(key queueKey, brief bool) *queue {
	q := l.queues[key]
	if q == nil {
		l.sweep(time.Now())
		q = &queue{key: key, brief: brief}
		l.queues[key] = q
	}
	return q
}
