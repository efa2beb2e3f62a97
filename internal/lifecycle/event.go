package lifecycle

import (
	"fmt"
	"time"
)

// Event is something that happened, and when.
type Event struct {
	// At is the monotonic time since the supervisor began. It never goes back.
	At time.Duration
	// Jitter in [-1, 1] spreads a delay that this event may cause: chance is not the machine's.
	Jitter float64
	Input  Input
}

// Input is what happened: one of the types of this file. String is the cause as logs tell it.
type Input interface {
	fmt.Stringer
	input()
}

// Begin is the first event: nothing stands in the way of a worker any more.
type Begin struct{}

// Configured reports a standby: handshake and Configure are done.
type Configured struct {
	Generation uint64
	// EverReady says whether any worker ever saw READY with this state directory.
	EverReady bool
}

// ConfigureFailed reports that a launched worker could not be configured. It usually exits by itself then.
type ConfigureFailed struct {
	Generation uint64
	Sentence   string
}

// Activated reports that a worker has lock, migrated database and epoch.
type Activated struct{ Generation uint64 }

// ActivateFailed reports that Activate was answered with an error, or not at all. The worker usually exits by itself.
type ActivateFailed struct {
	Generation uint64
	Sentence   string
}

// Verdict is what health makes of a worker.
type Verdict int

// The verdicts.
const (
	// Unjudged: our own timer was late, or too little is known; it says nothing.
	Unjudged Verdict = iota
	// Healthy: work gets done, or there is none.
	Healthy
	// Degraded: something outside is wrong. Said everywhere, never a reason to replace the worker.
	Degraded
	// Silent: three beats missed. It may be stopped (SIGSTOP): continue it.
	Silent
	// Stalled: it does not work and will not recover: dump and replace it.
	Stalled
)

var verdictNames = [...]string{"unjudged", "ok", "degraded", "silent", "stalled"}

// String is the name of the verdict as it stands in logs and status.
func (v Verdict) String() string { return verdictNames[v] }

// Judged reports one heartbeat, answered or missed, and the verdict it led to.
type Judged struct {
	Generation uint64
	Verdict    Verdict
	// Reason is a short sentence; empty for a healthy worker.
	Reason string
	// Answered tells a beat from a missed one; Ready whether it said that the gateway is ready.
	Answered, Ready bool
	// Oversized wishes for a hand-over: the worker has outgrown its memory limit.
	Oversized bool
}

// Class is a worker's exit in terms of what follows from it.
type Class int

// The classes of exits.
const (
	// Done: exit code 0.
	Done Class = iota
	// Temporary: exit code 75.
	Temporary
	// TokenRefused: exit code 77.
	TokenRefused
	// Settings: exit code 78.
	Settings
	// Crash: any other exit code, a signal, or a launch that yielded no worker.
	Crash
	// OOM: the kernel killed it for want of memory.
	OOM
)

// Exited reports that nothing is left of a worker: it has been reaped, or its launch came to nothing.
type Exited struct {
	Generation uint64
	Class      Class
	// Sentence says how it ended, with the worker's farewell where there is one.
	Sentence string
}

// Elapsed reports that an armed timer ran out.
type Elapsed struct{ Timer Timer }

// TokenRead reports what rereading the token's source gave: another token than the one refused, or the same.
type TokenRead struct{ Changed bool }

// Verb is what an operator can ask for.
type Verb int

// The verbs.
const (
	// AskStop: stop for now and exit, the session kept (SIGTERM of a process manager).
	AskStop Verb = iota
	// AskStopForGood: end the session, then exit.
	AskStopForGood
	// AskStopNow: exit at once (a second SIGTERM): what is left is killed.
	AskStopNow
	// AskPause: end session and worker; the supervisor stays.
	AskPause
	// AskResume undoes a pause.
	AskResume
	// AskRestart: hand over to a fresh worker.
	AskRestart
	// AskRestartHard: kill, then launch a fresh worker.
	AskRestartHard
	// AskReread: the token's source may have changed (SIGHUP).
	AskReread
)

var verbNames = [...]string{"stop", "stop for good", "stop now", "pause", "resume", "restart", "restart --hard", "reread"}

// String is the verb's name.
func (v Verb) String() string { return verbNames[v] }

// Asked is the operator's wish. A Request other than 0 is answered exactly once with an Answer.
type Asked struct {
	Verb    Verb
	Request uint64
}

func (Begin) input()           {}
func (Configured) input()      {}
func (ConfigureFailed) input() {}
func (Activated) input()       {}
func (ActivateFailed) input()  {}
func (Judged) input()          {}
func (Exited) input()          {}
func (Elapsed) input()         {}
func (TokenRead) input()       {}
func (Asked) input()           {}

// String is the cause as logs tell it.
func (Begin) String() string { return "begin" }

// String is the cause as logs tell it.
func (Configured) String() string { return "configured" }

// String is the cause as logs tell it.
func (e ConfigureFailed) String() string { return "could not be configured: " + e.Sentence }

// String is the cause as logs tell it.
func (Activated) String() string { return "activated" }

// String is the cause as logs tell it.
func (e ActivateFailed) String() string { return "could not be activated: " + e.Sentence }

// String is the cause as logs tell it.
func (e Judged) String() string {
	switch {
	case e.Verdict == Healthy && e.Ready:
		return "gateway ready"
	case e.Reason == "":
		return e.Verdict.String()
	}
	return e.Verdict.String() + ": " + e.Reason
}

// String is the cause as logs tell it.
func (e Exited) String() string { return e.Sentence }

// String is the cause as logs tell it.
func (e Elapsed) String() string { return e.Timer.Kind.String() }

// String is the cause as logs tell it.
func (e TokenRead) String() string {
	if e.Changed {
		return "the token has changed"
	}
	return "the token is the same"
}

// String is the cause as logs tell it.
func (e Asked) String() string { return "asked to " + e.Verb.String() }
