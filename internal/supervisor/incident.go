package supervisor

import (
	"context"
	"time"

	"github.com/steadfast-bot/steadfast/internal/lifecycle"
	"github.com/steadfast-bot/steadfast/internal/workerapi"
)

// Recorder keeps evidence. It is called from a goroutine of its own per incident, so a full or slow disk holds up
// nobody; an error is only logged.
type Recorder interface {
	// Record writes one incident and returns its id.
	Record(ctx context.Context, incident Incident) (id string, err error)
}

// Incident is the evidence of a death, a stall, or something a worker survived.
type Incident struct {
	Kind       lifecycle.Kind
	Generation uint64
	// Cause is one sentence.
	Cause string
	// Successor tells that it was not the active worker: the bot did not go away with it.
	Successor bool
	PID       int
	// Exit is nil when the worker lives, or never became a process.
	Exit *Exit
	// Dump is what the RPC Dump answered; the stacks that SIGQUIT prints are in Exit.CrashFile.
	Dump []byte
	// Heartbeat is the last answered one, from HeartbeatAt; nil when there was none.
	Heartbeat   *workerapi.Heartbeat
	HeartbeatAt time.Time
	// LogPath is the worker's log, for its last lines.
	LogPath string
	// Started is when it was launched, At when this happened.
	Started, At time.Time
}
