package dispatch

import (
	"context"
	"fmt"
	"math"
	"time"
)

// Phase is a part of a handler's work with a time of its own.
type Phase int

// The phases of DESIGN.md §3.1.
const (
	// Between is no phase: not begun, or between two.
	Between Phase = iota
	// Guard refuses or lets through: database reads only.
	Guard
	// Prepare gathers what is slow.
	Prepare
	// Apply changes data.
	Apply
	// Send waits for Discord, which has its own deadlines.
	Send
)

// NoDeadline is the overrun of a handler that has no deadline now.
const NoDeadline = time.Duration(math.MinInt64)

// Deadline is how long a phase may take; 0 is as long as it likes.
func (p Phase) Deadline() time.Duration {
	switch p {
	case Guard:
		return 250 * time.Millisecond
	case Prepare:
		return 5 * time.Second
	case Apply:
		return 2 * time.Second
	default:
		return 0
	}
}

// String is the phase's name, in lower case; empty between two.
func (p Phase) String() string {
	switch p {
	case Guard:
		return "guard"
	case Prepare:
		return "prepare"
	case Apply:
		return "apply"
	case Send:
		return "send"
	default:
		return ""
	}
}

// nodeKey finds in a handler's context the task it belongs to.
type nodeKey struct{}

// InPhase runs f as this phase of the task whose context ctx is: f's context ends at the phase's deadline, and Stats
// reports the phase. Outside a task only the deadline counts. An error that comes of the deadline says so.
func InPhase(ctx context.Context, phase Phase, f func(context.Context) error) error {
	var deadline time.Time
	limited := ctx
	if d := phase.Deadline(); d > 0 {
		deadline = time.Now().Add(d)
		var cancel context.CancelFunc
		limited, cancel = context.WithDeadline(ctx, deadline)
		defer cancel()
	}
	if n, ok := ctx.Value(nodeKey{}).(*node); ok {
		before, until := n.enter(phase, deadline)
		defer n.enter(before, until)
	}
	err := f(limited)
	if err != nil && ctx.Err() == nil && limited.Err() != nil {
		return fmt.Errorf("%v took longer than %v: %w", phase, phase.Deadline(), err)
	}
	return err
}

// enter puts a task into a phase and gives the one it was in.
func (n *node) enter(phase Phase, deadline time.Time) (Phase, time.Time) {
	n.dispatcher.mu.Lock()
	defer n.dispatcher.mu.Unlock()
	before, until := n.phase, n.deadline
	n.phase, n.deadline = phase, deadline
	return before, until
}
