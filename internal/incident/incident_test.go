package incident_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/steadfast-bot/steadfast/internal/incident"
	"github.com/steadfast-bot/steadfast/internal/workerapi"
)

func write(t *testing.T, stateDir string, i incident.Incident) string {
	t.Helper()
	id, err := incident.Write(stateDir, i)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func file(t *testing.T, path, content string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func content(t *testing.T, r incident.Record, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(r.Dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

var crashed = &incident.Exit{Code: 2}

func TestAnIncidentIsReadAsItWasWritten(t *testing.T) {
	dir := t.TempDir()
	at := time.Date(2026, 11, 21, 20, 0, 1, 500, time.FixedZone("", 3600))
	crash := file(t, filepath.Join(dir, "crash", "0000000007.txt"), "panic: boom\n\ngoroutine 1 [running]:\nmain.main()\n")
	id := write(t, dir, incident.Incident{
		At: at, Kind: "crash", Generation: 7, Cause: "The worker panicked.", Successor: true, PID: 9, Started: at.Add(-time.Hour),
		Exit: &incident.Exit{Code: 2, MaxResident: 5, CPU: time.Second, Ended: at},
		Dump: []byte("stacks"), CrashFile: crash,
		LogFile:   file(t, filepath.Join(dir, "logs", "7.jsonl"), "one\ntwo\n"),
		Heartbeat: &workerapi.Heartbeat{Cursor: 12}, HeartbeatAt: at,
	})
	if !regexp.MustCompile(`^inc-[0-9A-HJKMNP-TV-Z]{4}$`).MatchString(id) {
		t.Errorf("the id is %q", id)
	}

	got, err := incident.Read(dir, strings.ToLower(id))
	if err != nil {
		t.Fatal(err)
	}
	want := incident.Record{
		ID: id, At: at.UTC(), Kind: "crash", Generation: 7, Cause: "The worker panicked.", Signature: "crash: main.main", Successor: true, PID: 9, Started: at.Add(-time.Hour),
		Exit:      &incident.Exit{Code: 2, MaxResident: 5, CPU: time.Second, Ended: at},
		Heartbeat: &workerapi.Heartbeat{Cursor: 12}, HeartbeatAt: at, InFlight: []string{},
		Dir:   filepath.Join(dir, "incidents", "20261121T190001Z-crash-"+strings.TrimPrefix(id, "inc-")),
		Files: []string{incident.CrashFile, incident.DumpFile, incident.LogFile},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateApproxTime(0)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got := content(t, got, incident.LogFile); got != "one\ntwo\n" {
		t.Errorf("log: %q", got)
	}
	if got := content(t, got, incident.CrashFile); !strings.HasPrefix(got, "panic: boom") {
		t.Errorf("crash file: %q", got)
	}
	if _, err := os.Stat(crash); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the crash file of a dead worker was not moved")
	}
}

func TestTheCrashFileOfALivingWorkerIsCopied(t *testing.T) {
	dir := t.TempDir()
	crash := file(t, filepath.Join(dir, "crash", "1.txt"), "a print\n")
	workers, err := os.OpenFile(crash, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer workers.Close()
	id := write(t, dir, incident.Incident{Kind: "paused", CrashFile: crash})
	workers.WriteString("and another\n")
	if got, err := os.ReadFile(crash); err != nil || string(got) != "a print\nand another\n" {
		t.Errorf("the worker's own file: %q, %v", got, err)
	}
	record, err := incident.Read(dir, id)
	if err != nil {
		t.Fatal(err)
	}
	if got := content(t, record, incident.CrashFile); got != "a print\n" {
		t.Errorf("got %q", got)
	}
}

func TestNobodyElseCanReadAnIncident(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, incident.Incident{Kind: "stall", Dump: []byte("d"), LogFile: file(t, filepath.Join(dir, "l"), "x\n")})
	err := filepath.WalkDir(filepath.Join(dir, "incidents"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestEvidenceThatIsGoneIsNamedAndHindersNothing(t *testing.T) {
	dir := t.TempDir()
	id := write(t, dir, incident.Incident{Kind: "dog/../../eaten", Exit: crashed,
		CrashFile: filepath.Join(dir, "nowhere"), LogFile: filepath.Join(dir, "nowhere too")})
	record, err := incident.Read(dir, id)
	if err != nil {
		t.Fatal(err)
	}
	if len(record.Missing) != 2 || len(record.Files) != 0 {
		t.Errorf("got %+v", record)
	}
}

func TestAnIncidentThatCannotBeWrittenIsAnErrorAndLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	file(t, filepath.Join(dir, "incidents"), "not a directory")
	if id, err := incident.Write(dir, incident.Incident{}); err == nil || id != "" {
		t.Errorf("got %q, %v", id, err)
	}
	if _, err := incident.Write(filepath.Join(dir, "nowhere"), incident.Incident{}); err == nil {
		t.Error("a state directory that is gone is no error")
	}
}

func TestOnlyTheNewestIncidentsAreKept(t *testing.T) {
	dir := t.TempDir()
	file(t, filepath.Join(dir, "incidents", ".new-inc-DEAD", "incident.json"), "half")
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var last string
	for i := range 53 {
		last = write(t, dir, incident.Incident{Kind: "crash", Generation: uint64(i), At: begin.Add(time.Duration(i) * time.Second)})
	}
	records, err := incident.List(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(records) != 50 || records[0].ID != last || records[49].Generation != 3 {
		t.Errorf("%d kept, from %d to %d", len(records), records[len(records)-1].Generation, records[0].Generation)
	}
	entries, _ := os.ReadDir(filepath.Join(dir, "incidents"))
	if len(entries) != 50 {
		t.Errorf("%d entries: what was never finished is still there", len(entries))
	}
}

func TestIncidentsAndLogsTogetherStayWithinTheirBytes(t *testing.T) {
	dir := t.TempDir()
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	kilobyte := strings.Repeat("x", 1024)
	for i := range 6 {
		at := begin.Add(time.Duration(2*i) * time.Hour)
		write(t, dir, incident.Incident{Kind: "stall", At: at, Dump: []byte(kilobyte)})
		log := file(t, filepath.Join(dir, "logs", fmt.Sprintf("%d.jsonl", i)), kilobyte)
		os.Chtimes(log, at.Add(time.Hour), at.Add(time.Hour))
	}
	if err := incident.Prune(dir, incident.Limits{Incidents: 50, Bytes: 8 << 10, Logs: 1}); err != nil {
		t.Fatal(err)
	}
	records, _ := incident.List(dir)
	logs, _ := filepath.Glob(filepath.Join(dir, "logs", "*"))
	if len(records) < 2 || len(logs) < 2 || len(records)+len(logs) > 8 {
		t.Errorf("%d incidents and %d logs of a kilobyte and more are kept in 8", len(records), len(logs))
	}
	if got := filepath.Base(logs[0]); got == "0.jsonl" {
		t.Error("the oldest log was kept")
	}
	for i := range 4 {
		file(t, filepath.Join(dir, "crash", fmt.Sprintf("%d.txt", i)), strings.Repeat(kilobyte, 20))
	}

	if err := incident.Prune(dir, incident.Limits{Incidents: 50, Bytes: 1, Logs: 1}); err != nil {
		t.Fatal(err)
	}
	records, _ = incident.List(dir)
	logs, _ = filepath.Glob(filepath.Join(dir, "logs", "*"))
	if len(records) != 1 || len(logs) != 1 || filepath.Base(logs[0]) != "5.jsonl" {
		t.Errorf("the newest incident and the newest log must stay: %d, %v", len(records), logs)
	}
	if crashes, _ := filepath.Glob(filepath.Join(dir, "crash", "*")); len(crashes) != 1 {
		t.Errorf("crash files that stay: %v", crashes)
	}
}

func TestLongEvidenceLosesItsMiddle(t *testing.T) {
	dir := t.TempDir()
	middle := strings.Repeat("m", 16<<20)
	log := strings.Repeat("a line of some length\n", 10_000)
	id := write(t, dir, incident.Incident{
		Kind: "crash", Exit: crashed, Dump: []byte("begin" + middle + "end"),
		CrashFile: file(t, filepath.Join(dir, "c"), "begin"+middle+"end"),
		LogFile:   file(t, filepath.Join(dir, "l"), log+"the last one\n"),
	})
	record, err := incident.Read(dir, id)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{incident.CrashFile, incident.DumpFile} {
		got := content(t, record, name)
		if !strings.HasPrefix(got, "begin") || !strings.HasSuffix(got, "end") || !strings.Contains(got, "[... 8 bytes are left out here ...]") ||
			len(got) > 17<<20 {
			t.Errorf("%s: %d bytes", name, len(got))
		}
	}
	tail := content(t, record, incident.LogFile)
	if len(tail) > 64<<10 || !strings.HasPrefix(tail, "a line of") || !strings.HasSuffix(tail, "\nthe last one\n") {
		t.Errorf("the log's tail has %d bytes: %.30q", len(tail), tail)
	}
}

func TestADamagedRecordIsListedByItsName(t *testing.T) {
	dir := t.TempDir()
	file(t, filepath.Join(dir, "incidents", "20260102T030405Z-stall-7F3K", "incident.json"), "{")
	records, err := incident.List(dir)
	if err != nil || len(records) != 1 {
		t.Fatalf("got %v, %v", records, err)
	}
	r := records[0]
	if r.ID != "inc-7F3K" || r.Kind != "stall" || r.At.Format(time.DateTime) != "2026-01-02 03:04:05" || len(r.Missing) != 1 {
		t.Errorf("got %+v", r)
	}
}

func TestAnUnknownIncidentIsNamed(t *testing.T) {
	for _, id := range []string{"inc-0000", "", "inc-"} {
		if _, err := incident.Read(t.TempDir(), id); !errors.Is(err, incident.ErrUnknown) {
			t.Errorf("%q: got %v", id, err)
		}
	}
}

func TestWritersTakeTurns(t *testing.T) {
	dir := t.TempDir()
	var writers sync.WaitGroup
	for range 20 {
		writers.Go(func() {
			if _, err := incident.Write(dir, incident.Incident{Kind: "crash", Dump: []byte("d")}); err != nil {
				t.Error(err)
			}
		})
	}
	writers.Wait()
	records, err := incident.List(dir)
	if err != nil || len(records) != 20 {
		t.Errorf("%d records, %v", len(records), err)
	}
}
