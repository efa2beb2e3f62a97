// Package incident keeps the evidence of a worker's death or stall: one directory each, written at once or not at all,
// the newest ones kept. It groups them by what went wrong. It leaves to package supervisor when there is an incident,
// and to the verbs how people see it.
package incident

import (
	"time"

	"github.com/steadfast-bot/steadfast/internal/workerapi"
)

// Incident is what is known when it is written.
type Incident struct {
	// At is when it was noticed; zero means now.
	At time.Time
	// Kind is its sort in one word, which is part of the directory's name.
	Kind       string
	Generation uint64
	// Cause is one sentence for people.
	Cause string
	// Successor says that it was not the active worker.
	Successor bool
	PID       int
	// Started is when the process was.
	Started time.Time
	// Exit is nil while the worker lives, and when it never was a process.
	Exit *Exit
	// Dump is the stacks that the worker gave when asked; may be empty.
	Dump []byte
	// CrashFile is the path of what the worker wrote on its standard streams; it is moved into the incident when the
	// worker is dead, copied while it lives. May be empty.
	CrashFile string
	// LogFile is the path of the generation's log, of which the last lines are copied. May be empty.
	LogFile string
	// Heartbeat is the last one; nil when there was none. HeartbeatAt is when it came.
	Heartbeat   *workerapi.Heartbeat
	HeartbeatAt time.Time
	// InFlight are the keys of what was being worked on.
	InFlight []string
}

// Exit is how a process ended.
type Exit struct {
	// Code is the exit status, -1 when a signal ended the process.
	Code int `json:"code"`
	// Signal is its name, for example SIGKILL; empty when the process exited.
	Signal      string        `json:"signal,omitempty"`
	OOM         bool          `json:"oom,omitempty"`
	Farewell    string        `json:"farewell,omitempty"`
	MaxResident uint64        `json:"max_resident_bytes,omitempty"`
	CPU         time.Duration `json:"cpu_nanoseconds,omitempty"`
	Ended       time.Time     `json:"ended,omitzero"`
}

// Record is an incident as it is kept: incident.json, and the names of the files beside it.
type Record struct {
	ID         string    `json:"id"`
	At         time.Time `json:"at"`
	Kind       string    `json:"kind"`
	Generation uint64    `json:"generation"`
	Cause      string    `json:"cause"`
	Successor  bool      `json:"successor,omitempty"`
	PID        int       `json:"pid,omitempty"`
	Started    time.Time `json:"started,omitzero"`
	// Signature is the same for incidents with the same culprit.
	Signature   string               `json:"signature"`
	Exit        *Exit                `json:"exit,omitempty"`
	Heartbeat   *workerapi.Heartbeat `json:"heartbeat,omitempty"`
	HeartbeatAt time.Time            `json:"heartbeat_at,omitzero"`
	InFlight    []string             `json:"in_flight"`
	// Missing says what evidence could not be kept, and why.
	Missing []string `json:"missing,omitempty"`

	// Dir is where it lies; Files are the names of the evidence in it.
	Dir   string   `json:"-"`
	Files []string `json:"-"`
}

// The files of an incident beside incident.json.
const (
	// DumpFile holds the stacks that the worker gave when asked.
	DumpFile = "dump.txt"
	// CrashFile holds what it wrote on its standard streams: a panic, or the stacks of a SIGQUIT.
	CrashFile = "crash.txt"
	// LogFile holds its last log lines.
	LogFile = "log.jsonl"

	recordFile = "incident.json"
)
