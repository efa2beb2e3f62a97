package discordsim

import (
	"slices"
	"time"
)

// overtakers is how many events of other channels pass a held one before it goes.
const overtakers = 3

// holdAtMost is how long a held event waits when nothing overtakes it.
const holdAtMost = 100 * time.Millisecond

// heldEvent is an event that waits for others to overtake it.
type heldEvent struct {
	event *wireEvent
	// passed counts the events that overtook it.
	passed int
}

// held holds an event back when the fault Reorder strikes, and every event of a channel of which one is held already:
// within a channel the order stays.
func (s *Sim) held(sess *session, event *wireEvent) bool {
	if event.lane == 0 {
		return false
	}
	waiting := slices.ContainsFunc(sess.waiting, func(h heldEvent) bool { return h.event.lane == event.lane })
	if !waiting && !s.faults.chance(s.rng, s.faults.standing.Reorder) {
		return false
	}
	sess.waiting = append(sess.waiting, heldEvent{event: event})
	s.counters.Reordered++
	if len(sess.waiting) == 1 {
		time.AfterFunc(holdAtMost, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.releaseHeld(sess)
		})
	}
	return true
}

// overtaken counts an event that went past the held ones, and lets those go that waited long enough, in their order.
func (s *Sim) overtaken(sess *session, event *wireEvent) {
	if len(sess.waiting) == 0 || event.lane == 0 {
		return
	}
	for i := range sess.waiting {
		sess.waiting[i].passed++
	}
	if sess.waiting[0].passed >= overtakers {
		s.releaseHeld(sess)
	}
}

// releaseHeld sends everything that is held.
func (s *Sim) releaseHeld(sess *session) {
	waiting := sess.waiting
	sess.waiting = nil
	for _, h := range waiting {
		s.number(sess, h.event)
	}
}
