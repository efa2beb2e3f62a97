package dispatch

import "time"

// Stats is how the work stands at one moment. Ages are negative when there is nothing to have one.
type Stats struct {
	Queued          int
	OldestQueuedAge time.Duration
	Running         int
	// Sending counts the running tasks that wait for Discord (phase Send).
	Sending int
	// Oldest is the task that has been running longest; nil when none runs. Worst is, of those in a phase with a
	// deadline, the one furthest past it or else closest to it; nil when there is none.
	Oldest, Worst *Handler
	// SinceFinished is the time since a task was last done, or since Run began; negative before.
	SinceFinished time.Duration
	// Done counts all that were done; Failed those among them that returned an error or panicked, Panics those that
	// panicked.
	Done, Failed, Panics uint64
}

// Handler is a running task.
type Handler struct {
	Key, Name string
	Phase     Phase
	Age       time.Duration
	// Overrun is how far it is past its phase's deadline: negative while inside it, NoDeadline when it has none.
	Overrun time.Duration
}

// Stats is how the work stands.
func (d *Dispatcher) Stats() Stats {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	s := Stats{
		Queued: d.waiting.length, OldestQueuedAge: -1,
		Running:       d.running.length,
		SinceFinished: -1,
		Done:          d.done, Failed: d.failed, Panics: d.panics,
	}
	if first := d.waiting.first; first != nil {
		s.OldestQueuedAge = now.Sub(first.since)
	}
	if !d.finished.IsZero() {
		s.SinceFinished = now.Sub(d.finished)
	}
	for n := d.running.first; n != nil; n = n.next {
		h := n.handler(now)
		if h.Phase == Send {
			s.Sending++
		}
		if s.Oldest == nil { // they stand in the order in which they started
			s.Oldest = &h
		}
		if h.Overrun != NoDeadline && (s.Worst == nil || h.Overrun > s.Worst.Overrun) {
			s.Worst = &h
		}
	}
	return s
}

func (n *node) handler(now time.Time) Handler {
	h := Handler{Key: n.Key, Name: n.Name, Phase: n.phase, Age: now.Sub(n.since), Overrun: NoDeadline}
	if !n.deadline.IsZero() {
		h.Overrun = now.Sub(n.deadline)
	}
	return h
}
