// Package workerapi is the contract of the pair: what a worker does for its supervisor, the values that cross the
// wire, the handshake, the exit codes, and the gRPC adapters on both ends. It decides nothing; who calls when is
// the supervisor's business, what happens then the worker's.
package workerapi

import (
	"cmp"
	"context"
	"time"
)

// Worker is the supervised program as its supervisor sees it. The comments of proto/worker/v1 are the contract:
// when each call is made, with which deadline, and what a lost answer means.
type Worker interface {
	Configure(context.Context, Configuration) (Configured, error)
	Activate(context.Context) (Epoch, error)
	Heartbeat(context.Context, History) (Heartbeat, error)
	Stop(context.Context, StopRequest) error
	Dump(context.Context) ([]byte, error)
}

// Configuration is all a worker needs to know. It reads no environment and no file of settings.
type Configuration struct {
	// Token is the bot token without the "Bot " prefix. It lives in memory only.
	Token string
	// APIURL is the base of every REST call, for example https://discord.com/api/v10.
	APIURL string
	// StateDir is the absolute path of the state directory.
	StateDir string
	// Database is "sqlite:PATH".
	Database string
	// Generation numbers this run; it rises by one with every launch in this state directory.
	Generation uint64
	// SupervisorVersion is for the log.
	SupervisorVersion string
	// LogLevel is a logrus level name.
	LogLevel string
	// LogPath is this generation's log file, written by the worker alone.
	LogPath string
	// Rehearsal registers commands that misbehave; for tests and the sandbox.
	Rehearsal bool
}

// Configured is a standby's answer.
type Configured struct {
	// Version of the worker's build.
	Version string
	// EverReady says whether any worker ever saw READY with this state directory.
	EverReady bool
}

// Epoch orders activations. Compared in order; on one machine Lease is 0.
type Epoch struct {
	Lease      uint64
	Activation uint64
}

// Compare is negative when e is older than other, positive when newer.
func (e Epoch) Compare(other Epoch) int {
	if c := cmp.Compare(e.Lease, other.Lease); c != 0 {
		return c
	}
	return cmp.Compare(e.Activation, other.Activation)
}

// History is what only the supervisor knows and chat's status shows.
type History struct {
	SupervisorUpSince time.Time
	// RestartsLastDay counts unasked respawns in the last 24 hours.
	RestartsLastDay int
	// LastCause is the last death in one short sentence; empty when there was none.
	LastCause string
	// LastOutage is how long the bot was away then.
	LastOutage time.Duration
	// LastRestart is when it came back; zero when there was none.
	LastRestart time.Time
}

// StopRequest asks a worker to leave.
type StopRequest struct {
	// KeepSession leaves the Discord session resumable; false ends it and the bot is offline at once.
	KeepSession bool
	// GoingAway says that no successor is expected at once: the presence goes invisible first.
	GoingAway bool
	// Budget is how long running handlers and sends may take.
	Budget time.Duration
}

// WaitingFor names what the work path waits for outside this process.
type WaitingFor int

// What a work path can wait for.
const (
	WaitingForNothing WaitingFor = iota
	WaitingForDiscord
	WaitingForDisk
)

// GatewayState is where the link to Discord stands.
type GatewayState int

// The states of the link, in the order of a life.
const (
	// GatewayClosed: not connected and not trying (a standby, or a worker that stops).
	GatewayClosed GatewayState = iota
	// GatewayConnecting: dialling, or between two attempts.
	GatewayConnecting
	GatewayIdentifying
	GatewayResuming
	// GatewayReady: READY or RESUMED was seen on this connection.
	GatewayReady
	// GatewayWaiting: for the identify budget or a ban to pass; see Heartbeat.WaitingUntil.
	GatewayWaiting
	// GatewayCongested: closed resumably because the queue is full.
	GatewayCongested
)

// Heartbeat says whether work gets done. It is made from the work path, not by a ticker of its own.
// Ages are durations up to the moment the answer was made; a negative age means "never yet".
type Heartbeat struct {
	// Epoch is zero for a standby.
	Epoch         Epoch
	Gateway       Gateway
	Queue         Queue
	OldestHandler *Handler // nil when none is running
	Database      Database
	Outbox        Outbox
	Process       Process
	Totals        Totals
	// Cursor is the low-water sequence of the session.
	Cursor int64
	// WaitingUntil is zero unless the worker waits for something with a known end.
	WaitingUntil time.Time
	WaitingWhy   string
	WaitingFor   WaitingFor
}

// Gateway is the state of the link.
type Gateway struct {
	State GatewayState
	// StateAge is the time since State was entered.
	StateAge time.Duration
	// AckAge is the age of Discord's last acknowledgement on this connection; negative before the first.
	AckAge time.Duration
	// Latency is the round trip of the last acknowledged gateway heartbeat.
	Latency time.Duration
	// Interval is Discord's gateway heartbeat interval on this connection.
	Interval time.Duration
	// Identifies and Resumes count since this worker started.
	Identifies, Resumes int
	// LastError is the last failure in one sentence; empty when all is well.
	LastError string
}

// Queue is what waits and what runs.
type Queue struct {
	Length int
	// OldestAge is the time the oldest queued event has waited; negative when none is queued.
	OldestAge time.Duration
	Running   int
	// SinceFinished is the time since anything was finished, or since activation.
	SinceFinished time.Duration
}

// Handler is a running handler.
type Handler struct {
	// Key is the event's key, Name the command's name; never its text.
	Key, Name, Phase string
	Age              time.Duration
	// Overrun is how far it is past its phase's deadline; negative while inside it.
	Overrun time.Duration
}

// Database is the state of the store.
type Database struct {
	// LastWriteAge is negative before the first write.
	LastWriteAge  time.Duration
	LastWriteTook time.Duration
	// Trouble is the last failure in one sentence; empty when all is well.
	Trouble string
}

// Outbox is what is committed and not yet sent.
type Outbox struct {
	Depth int
	// OldestAge is negative when the outbox is empty.
	OldestAge time.Duration
}

// Process is what the runtime says of itself.
type Process struct {
	Goroutines          int
	HeapBytes, Resident uint64
}

// Totals count since this worker started.
type Totals struct {
	// Events are gateway dispatches received; Replayed those a resume delivered again or late.
	Events, Replayed                 uint64
	CommandsAnswered, CommandsFailed uint64
}
