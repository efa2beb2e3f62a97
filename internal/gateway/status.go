package gateway

import (
	"sync"
	"time"
)

// State is where a link stands.
type State int

// The states of a link, in the order of a life.
const (
	// Closed: not connected and not trying.
	Closed State = iota
	// Connecting: dialling, or between two attempts.
	Connecting
	// Identifying: IDENTIFY is sent or about to be.
	Identifying
	// Resuming: RESUME is sent.
	Resuming
	// Ready: READY or RESUMED was seen on this connection.
	Ready
	// Waiting: for the identify budget or a ban to pass; Status says until when and why.
	Waiting
	// Congested: closed resumably because the Sink is full.
	Congested
)

// String is the state's name in logs.
func (s State) String() string {
	names := [...]string{"closed", "connecting", "identifying", "resuming", "ready", "waiting", "congested"}
	if s < 0 || int(s) >= len(names) {
		return "unknown"
	}
	return names[s]
}

// Status is a link at one moment.
type Status struct {
	State State
	// Since is when State was entered.
	Since time.Time
	// LastAck is when Discord last acknowledged a heartbeat on this connection; zero before the first.
	LastAck time.Time
	// Latency is the round trip of the last acknowledged heartbeat.
	Latency time.Duration
	// Interval is Discord's heartbeat interval on this connection.
	Interval time.Duration
	// Identifies, Resumes and Attempts to connect count since the link was made.
	Identifies, Resumes, Attempts int
	// Events are dispatches received; Replayed those of them that a resume delivered; Duplicates those dropped
	// because their sequence had been received before; Undecoded those delivered without an Event.
	Events, Replayed, Duplicates, Undecoded uint64
	// SessionID is empty without a session; Sequence is the last one received.
	SessionID string
	Sequence  int64
	// LastError is the last failure in one sentence; empty when all is well.
	LastError string
	// WaitingUntil and WaitingWhy are set in the state Waiting.
	WaitingUntil time.Time
	WaitingWhy   string
}

// board holds the part of the status that Run writes and anybody reads.
type board struct {
	mu     sync.Mutex
	status Status // guarded by mu
}

// change edits the status under the lock.
func (b *board) change(edit func(*Status)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	edit(&b.status)
}

// read copies the status.
func (b *board) read() Status {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.status
}

// enter changes the state. It reports the state before, and whether that was another one.
func (b *board) enter(state State, now time.Time) (from State, changed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	from = b.status.State
	if from == state {
		return from, false
	}
	b.status.State, b.status.Since = state, now
	if state != Waiting {
		b.status.WaitingUntil, b.status.WaitingWhy = time.Time{}, ""
	}
	if state == Ready {
		b.status.LastError = ""
	}
	return from, true
}
