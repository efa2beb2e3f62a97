package sandbox

import "time"

// Worker is the supervised program as the page sees it and disturbs it.
type Worker interface {
	// Snapshot says how it fares. It is asked often and must not block.
	Snapshot() Snapshot
	// Kill sends SIGKILL as from outside: the supervisor learns of it by the death only.
	Kill() error
	// Freeze sends SIGSTOP as from outside.
	Freeze() error
}

// Snapshot is how the worker fares at one moment.
type Snapshot struct {
	State      string
	Generation uint64
	PID        int
	Started    time.Time
	LastBeat   time.Time
	Verdict    string
	Reason     string
	Restarts   int
	LastCause  string
	LastOutage time.Duration
}

func statusOf(s Snapshot) Status {
	return Status{
		State: s.State, Generation: s.Generation, PID: s.PID, Since: stamp(s.Started), BeatAt: stamp(s.LastBeat),
		Verdict: s.Verdict, Reason: s.Reason, Restarts: s.Restarts, LastCause: s.LastCause,
		LastOutage: milliseconds(s.LastOutage),
	}
}
