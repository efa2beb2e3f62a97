package incident_test

import (
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/steadfast-bot/steadfast/internal/incident"
	"github.com/steadfast-bot/steadfast/internal/lifecycle"
	"github.com/steadfast-bot/steadfast/internal/supervisor"
	"github.com/steadfast-bot/steadfast/internal/workerapi"
)

func TestWhatTheSupervisorReportsIsRecorded(t *testing.T) {
	dir := t.TempDir()
	at := time.Date(2026, 11, 21, 20, 0, 0, 0, time.UTC)
	recorder := &incident.Recorder{StateDir: dir}
	id, err := recorder.Record(t.Context(), supervisor.Incident{
		Kind: lifecycle.KindStall, Generation: 3, Cause: "It stood still.", Successor: true, PID: 77,
		Exit: &supervisor.Exit{
			Code: -1, Signal: syscall.SIGKILL, OOM: true, Farewell: "Bye.", MaxResident: 4096, CPU: time.Second, Ended: at,
			CrashFile: file(t, filepath.Join(dir, "crash", "3.txt"), "SIGQUIT: quit\n"),
		},
		Dump: []byte("goroutine 1 [running]:\nmain.spin()\n"), Heartbeat: &workerapi.Heartbeat{Cursor: 5}, HeartbeatAt: at,
		LogPath: file(t, filepath.Join(dir, "logs", "3.jsonl"), "{}\n"), Started: at.Add(-time.Minute), At: at,
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := incident.Read(dir, id)
	if err != nil {
		t.Fatal(err)
	}
	want := incident.Record{
		ID: id, At: at, Kind: "stall", Generation: 3, Cause: "It stood still.", Signature: "stall: SIGKILL",
		Successor: true, PID: 77, Started: at.Add(-time.Minute),
		Exit:      &incident.Exit{Code: -1, Signal: "SIGKILL", OOM: true, Farewell: "Bye.", MaxResident: 4096, CPU: time.Second, Ended: at},
		Heartbeat: &workerapi.Heartbeat{Cursor: 5}, HeartbeatAt: at, InFlight: []string{},
		Dir:   got.Dir,
		Files: []string{incident.CrashFile, incident.DumpFile, incident.LogFile},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestAnIncidentWithoutAProcessIsRecorded(t *testing.T) {
	recorder := &incident.Recorder{StateDir: t.TempDir()}
	if _, err := recorder.Record(t.Context(), supervisor.Incident{Kind: lifecycle.KindStart, Cause: "No worker."}); err != nil {
		t.Error(err)
	}
}
