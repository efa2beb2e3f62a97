package supervisor

import (
	"time"

	"github.com/steadfast-bot/steadfast/internal/lifecycle"
	"github.com/steadfast-bot/steadfast/internal/workerapi"
)

// Snapshot is how things stand: what status, the web page and the sandbox show. It is immutable. Times are zero and
// pointers nil when there is nothing to tell.
type Snapshot struct {
	// UpSince is when the supervisor began.
	UpSince time.Time
	// State is that of the current worker slot, entered at Since; Goal is what the operator wants.
	State lifecycle.State
	Goal  lifecycle.Goal
	Since time.Time
	// Cause is what led into this state, in a few words.
	Cause string

	// Generation, PID and Version are those of the current worker. PID is 0 when there is no process.
	Generation uint64
	PID        int
	Version    string
	Epoch      workerapi.Epoch
	// Verdict is the last one that judged, with its reason.
	Verdict lifecycle.Verdict
	Reason  string
	// Heartbeat is the current worker's last answered one, from HeartbeatAt.
	Heartbeat   *workerapi.Heartbeat
	HeartbeatAt time.Time
	// MissedBeats in a row, by the current worker.
	MissedBeats int
	// RespawnAt is when a backoff ends.
	RespawnAt time.Time

	// Successor is the state of the worker that is to follow; stopped when there is none.
	Successor           lifecycle.State
	SuccessorGeneration uint64

	// CrashLoop tells that the worker dies again and again; Alarm is the last thing announced.
	CrashLoop bool
	Alarm     string
	History   workerapi.History
	// LastIncident is nil when there was none since the supervisor began.
	LastIncident *IncidentSummary
}

// IncidentSummary is an incident in one line.
type IncidentSummary struct {
	// ID is empty when it could not be written.
	ID         string
	Kind       lifecycle.Kind
	Generation uint64
	Cause      string
	At         time.Time
}
