package supervisor

import (
	"time"

	"github.com/steadfast-bot/steadfast/internal/lifecycle"
)

// appointment is something the loop has to do at a certain time: a timer of the machine's, or the next heartbeat of a
// worker.
type appointment struct {
	timer lifecycle.Timer
	// heartbeat is the generation to be polled; 0 for a timer of the machine's.
	heartbeat uint64
}

// agenda holds the loop's appointments behind one timer. What is cancelled is gone: there is no channel in which a
// timer that has just fired could wait to surprise anybody.
type agenda struct {
	due   map[appointment]time.Time
	timer *time.Timer
}

func newAgenda() *agenda {
	a := &agenda{due: map[appointment]time.Time{}, timer: time.NewTimer(time.Hour)}
	a.timer.Stop()
	return a
}

func (a *agenda) set(what appointment, at time.Time) { a.due[what] = at }

func (a *agenda) cancel(what appointment) { delete(a.due, what) }

// ring rings at the next appointment. It has to be asked for anew after every change.
func (a *agenda) ring() <-chan time.Time {
	_, at, ok := a.next()
	if !ok {
		a.timer.Stop()
		return nil
	}
	a.timer.Reset(time.Until(at))
	return a.timer.C
}

// next is the earliest appointment. Of two at the same instant the machine's timer comes first, for order's sake.
func (a *agenda) next() (appointment, time.Time, bool) {
	var (
		first appointment
		when  time.Time
		found bool
	)
	for what, at := range a.due {
		if !found || at.Before(when) || at.Equal(when) && before(what, first) {
			first, when, found = what, at, true
		}
	}
	return first, when, found
}

func before(a, b appointment) bool {
	if a.heartbeat != b.heartbeat {
		return a.heartbeat < b.heartbeat
	}
	if a.timer.Generation != b.timer.Generation {
		return a.timer.Generation < b.timer.Generation
	}
	return a.timer.Kind < b.timer.Kind
}

// pop takes the earliest appointment out when its time has come.
func (a *agenda) pop(now time.Time) (what appointment, due time.Time, ok bool) {
	what, due, ok = a.next()
	if !ok || due.After(now) {
		return appointment{}, time.Time{}, false
	}
	delete(a.due, what)
	return what, due, true
}
