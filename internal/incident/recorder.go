package incident

import (
	"context"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/steadfast-bot/steadfast/internal/supervisor"
)

// Recorder writes what the supervisor reports into a state directory.
type Recorder struct {
	StateDir string
}

var _ supervisor.Recorder = (*Recorder)(nil)

// Record writes one incident. The end of ctx does not keep it: evidence of the last death matters most when all ends.
func (r *Recorder) Record(_ context.Context, reported supervisor.Incident) (id string, err error) {
	incident := Incident{
		At:          reported.At,
		Kind:        reported.Kind.String(),
		Generation:  reported.Generation,
		Cause:       reported.Cause,
		Successor:   reported.Successor,
		PID:         reported.PID,
		Started:     reported.Started,
		Dump:        reported.Dump,
		LogFile:     reported.LogPath,
		Heartbeat:   reported.Heartbeat,
		HeartbeatAt: reported.HeartbeatAt,
	}
	if exit := reported.Exit; exit != nil {
		incident.CrashFile = exit.CrashFile
		incident.Exit = &Exit{
			Code:        int(exit.Code),
			Signal:      signalName(exit.Signal),
			OOM:         exit.OOM,
			Farewell:    exit.Farewell,
			MaxResident: exit.MaxResident,
			CPU:         exit.CPU,
			Ended:       exit.Ended,
		}
	}
	return Write(r.StateDir, incident)
}

func signalName(signal syscall.Signal) string {
	if signal == 0 {
		return ""
	}
	return unix.SignalName(signal)
}
