// Package health judges a worker: from the facts of one heartbeat, and what the beats before it left behind, it makes
// a verdict. It leaves gathering facts to the supervisor's loop and acting on verdicts to package lifecycle.
package health

import (
	"fmt"
	"time"

	"github.com/steadfast-bot/steadfast/internal/lifecycle"
)

// Limits are the numbers that verdicts depend on.
type Limits struct {
	// MissedBeats in a row ask for SIGCONT; one more is a stall.
	MissedBeats int
	// NoProgress is how long nothing may be finished while something is queued or running.
	NoProgress time.Duration
	// Overrun is how far a handler may be past the deadline of its phase.
	Overrun time.Duration
	// AckSlack is how long after one gateway interval Discord's acknowledgement is missed.
	AckSlack time.Duration
	// SlowWrite is a database write that is said to be slow.
	SlowWrite time.Duration
	// OutboxAge is how long a committed effect may wait before Discord is said to be slow.
	OutboxAge time.Duration
	// Resident is the memory limit in bytes (0: none); OversizedBeats answered beats in a row above it wish for a hand-over.
	Resident       uint64
	OversizedBeats int
}

// DefaultLimits is DESIGN.md §4.
func DefaultLimits() Limits {
	return Limits{
		MissedBeats:    3,
		NoProgress:     6 * time.Second,
		Overrun:        3 * time.Second,
		AckSlack:       5 * time.Second,
		SlowWrite:      time.Second,
		OutboxAge:      10 * time.Second,
		Resident:       512 << 20,
		OversizedBeats: 3,
	}
}

// Validate refuses limits that would condemn every worker, in one sentence.
func (l Limits) Validate() error {
	switch {
	case l.MissedBeats < 1 || l.OversizedBeats < 1:
		return fmt.Errorf("the beats that make a verdict must be at least 1, not %d and %d", l.MissedBeats, l.OversizedBeats)
	case l.NoProgress <= 0 || l.Overrun <= 0 || l.AckSlack <= 0 || l.SlowWrite <= 0 || l.OutboxAge <= 0:
		return fmt.Errorf("the limits of health must be more than 0")
	}
	return nil
}

// Awaited is what the work path waits for outside the worker.
type Awaited int

// What can be awaited.
const (
	Nothing Awaited = iota
	Discord
	Disk
)

// Facts are one heartbeat. Ages are negative for what never was or is not there.
type Facts struct {
	// Late is set when our own timer or clock was off around this beat, so that ages and silence may be our doing.
	Late bool
	// Answered tells a beat from a missed one; of a missed one nothing below is known but Activating.
	Answered bool
	// Activating is set until Activate has been answered: a migration may be long.
	Activating bool

	Gateway  Gateway
	Work     Work
	Awaiting Awaited
	// AwaitingWhy is a short sentence, if the worker gave one.
	AwaitingWhy string
	Storage     Storage
	// OutboxAge is the age of the oldest committed effect that is not sent.
	OutboxAge time.Duration
	Resident  uint64
}

// Gateway is the link to Discord.
type Gateway struct {
	Ready bool
	// State is its name, for people; Trouble the last failure, empty when all is well.
	State, Trouble string
	AckAge         time.Duration
	Interval       time.Duration
	// StateAge is the time since it was ready, when it is.
	StateAge time.Duration
}

// Work is what waits and what runs.
type Work struct {
	// OldestQueued and OldestRunning are ages; SinceFinished is the time since anything was finished.
	OldestQueued, OldestRunning, SinceFinished time.Duration
	// Handler, Phase and Overrun are those of the oldest handler. Overrun is negative inside the deadline.
	Handler, Phase string
	Overrun        time.Duration
}

// Storage is the database.
type Storage struct {
	LastWriteTook time.Duration
	Trouble       string
}

// Record is what the beats so far left behind. Its zero value is that of a fresh worker.
type Record struct {
	// Missed counts beats missed in a row, Oversized beats in a row above the memory limit.
	Missed, Oversized int
}

// Verdict is what one beat amounts to.
type Verdict struct {
	Verdict lifecycle.Verdict
	// Reason is a short sentence for everything but a healthy worker.
	Reason string
	// Oversized wishes for a hand-over because of memory; MemoryReason says so.
	Oversized    bool
	MemoryReason string
}

// Judge makes a verdict of one beat.
//
// Evidence of life counts always; evidence against a worker only when our own clocks can be trusted. A worker that
// answers again after silence is not judged by its ages until the beat after: they contain the time it stood still.
func Judge(l Limits, r Record, f Facts) (Record, Verdict) {
	if !f.Answered {
		return missed(l, r, f)
	}
	settling := r.Missed > 0 || f.Late
	r.Missed = 0
	if f.Resident > l.Resident && l.Resident > 0 {
		r.Oversized++
	} else {
		r.Oversized = 0
	}
	v := answered(l, f, settling)
	if r.Oversized >= l.OversizedBeats {
		v.Oversized = true
		v.MemoryReason = fmt.Sprintf("uses %d MB of memory, more than the limit of %d MB", f.Resident>>20, l.Resident>>20)
	}
	return r, v
}

func missed(l Limits, r Record, f Facts) (Record, Verdict) {
	if f.Late {
		return r, Verdict{Verdict: lifecycle.Unjudged, Reason: "our own timer was late"}
	}
	r.Missed++
	r.Oversized = 0
	reason := fmt.Sprintf("%d beats missed", r.Missed)
	switch {
	case r.Missed > l.MissedBeats:
		return r, Verdict{Verdict: lifecycle.Stalled, Reason: reason + ", SIGCONT did not help"}
	case r.Missed == l.MissedBeats:
		return r, Verdict{Verdict: lifecycle.Silent, Reason: reason}
	case r.Missed == 1:
		reason = "a beat missed"
	}
	return r, Verdict{Verdict: lifecycle.Unjudged, Reason: reason}
}

func answered(l Limits, f Facts, settling bool) Verdict {
	if !settling && !f.Activating {
		if reason := stuck(l, f); reason != "" {
			return Verdict{Verdict: lifecycle.Stalled, Reason: reason}
		}
	}
	if reason := degraded(l, f); reason != "" {
		return Verdict{Verdict: lifecycle.Degraded, Reason: reason}
	}
	return Verdict{Verdict: lifecycle.Healthy}
}

// stuck says why no work gets done; empty when it does or there is none.
func stuck(l Limits, f Facts) string {
	w := f.Work
	if w.Handler != "" && w.Overrun >= l.Overrun {
		return fmt.Sprintf("handler %s is %s past the deadline of %s", w.Handler, round(w.Overrun), w.Phase)
	}
	// The work itself must be that old too: after a quiet hour nothing was finished for an hour.
	oldest := max(w.OldestQueued, w.OldestRunning)
	if idle := min(oldest, w.SinceFinished); idle >= l.NoProgress && f.Awaiting == Nothing {
		return fmt.Sprintf("nothing was finished for %s while work waits", round(idle))
	}
	return ""
}

// degraded says what is wrong outside; the first that people would ask about.
func degraded(l Limits, f Facts) string {
	g := f.Gateway
	switch {
	case f.Activating:
		return "activating"
	case f.Storage.Trouble != "":
		return "database: " + f.Storage.Trouble
	case f.Awaiting == Disk:
		return "waits for the disk" + because(f.AwaitingWhy)
	case !g.Ready && f.AwaitingWhy != "":
		return "no gateway (" + g.State + ")" + because(f.AwaitingWhy)
	case !g.Ready:
		return "no gateway (" + g.State + ")" + because(g.Trouble)
	case g.Interval > 0 && silence(g) > g.Interval+l.AckSlack:
		return "no gateway ACK for " + round(silence(g))
	case f.Awaiting == Discord:
		return "waits for Discord" + because(f.AwaitingWhy)
	case f.OutboxAge > l.OutboxAge:
		return "an answer has waited for " + round(f.OutboxAge)
	case f.Storage.LastWriteTook > l.SlowWrite:
		return "slow disk: the last write took " + round(f.Storage.LastWriteTook)
	case f.AwaitingWhy != "":
		return f.AwaitingWhy
	}
	return ""
}

// silence is how long Discord has said nothing on this connection; before its first ACK, since it was ready.
func silence(g Gateway) time.Duration {
	if g.AckAge < 0 {
		return g.StateAge
	}
	return g.AckAge
}

func because(why string) string {
	if why == "" {
		return ""
	}
	return ": " + why
}

func round(d time.Duration) string { return d.Round(100 * time.Millisecond).String() }
