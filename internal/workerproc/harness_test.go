package workerproc_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"github.com/steadfast-bot/steadfast/internal/supervisor"
	"github.com/steadfast-bot/steadfast/internal/workerapi"
	"github.com/steadfast-bot/steadfast/internal/workerproc"
)

// patience is how long anything may take that must happen; the machine may be busy.
const patience = 15 * time.Second

func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "fakeworker":
			fakeWorkerMain(os.Args[2])
		case "fakesupervisor":
			fakeSupervisorMain(os.Args[2], os.Args[3])
		case "fakerecorder":
			fakeRecorderMain(os.Args[2])
		case "grandchild":
			time.Sleep(time.Minute)
			os.Exit(0)
		}
	}
	// Under the race detector a child's exit would take a second more.
	os.Setenv("GORACE", "atexit_sleep_ms=0")
	goleak.VerifyTestMain(m)
}

func quietLog() *logrus.Entry {
	log := logrus.New()
	log.SetOutput(io.Discard)
	return logrus.NewEntry(log)
}

// testBinary is this program, which is also the fake worker.
func testBinary(tb testing.TB) string {
	tb.Helper()
	self, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	return self
}

// pair is a launcher with the state directory it works in.
type pair struct {
	*workerproc.Launcher
	stateDir    string
	generations uint64
}

func newPair(t *testing.T, mode string, adjust ...func(*workerproc.Config)) *pair {
	t.Helper()
	stateDir, err := workerproc.PrepareStateDir(filepath.Join(t.TempDir(), "state"))
	if err != nil {
		t.Fatal(err)
	}
	config := workerproc.Config{
		StateDir: stateDir,
		Worker:   testBinary(t),
		Args:     []string{"fakeworker", mode},
		Log:      quietLog(),
	}
	for _, f := range adjust {
		f(&config)
	}
	launcher, err := workerproc.NewLauncher(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := launcher.Close(); err != nil {
			t.Error(err)
		}
	})
	return &pair{Launcher: launcher, stateDir: stateDir}
}

// fails launches a worker that must not get as far as a Process.
func (p *pair) fails(t *testing.T) error {
	t.Helper()
	p.generations++
	process, err := p.Launch(t.Context(), supervisor.LaunchSpec{Generation: p.generations})
	if err == nil {
		process.Kill()
		process.Close()
		t.Fatal("the launch went well")
	}
	return err
}

// worker is a launched fake.
type worker struct {
	supervisor.Process
	t *testing.T
}

func (p *pair) launch(t *testing.T) *worker {
	t.Helper()
	p.generations++
	process, err := p.Launch(t.Context(), supervisor.LaunchSpec{Generation: p.generations})
	if err != nil {
		t.Fatal(err)
	}
	w := &worker{Process: process, t: t}
	t.Cleanup(func() {
		w.Kill()
		w.exits()
		w.Close()
	})
	return w
}

// standby launches and configures.
func (p *pair) standby(t *testing.T) *worker {
	t.Helper()
	w := p.launch(t)
	w.configured()
	return w
}

// launched is a configured worker in a state directory of its own.
func launched(t *testing.T, mode string) *worker {
	t.Helper()
	return newPair(t, mode).standby(t)
}

func (w *worker) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	w.t.Cleanup(cancel)
	return ctx
}

func (w *worker) configured() workerapi.Configured {
	w.t.Helper()
	configured, err := w.Configure(w.ctx(), workerapi.Configuration{Token: "secret"})
	if err != nil {
		w.t.Fatal(err)
	}
	return configured
}

func (w *worker) activated() workerapi.Epoch {
	w.t.Helper()
	epoch, err := w.Activate(w.ctx())
	if err != nil {
		w.t.Fatal(err)
	}
	return epoch
}

// dies activates a worker that does not survive it, and returns how it ended and how soon that was seen.
func (w *worker) dies() supervisor.Exit {
	w.t.Helper()
	if _, err := w.Activate(w.ctx()); !errors.Is(err, workerapi.ErrGone) {
		w.t.Errorf("Activate of a dying worker: got %v, want ErrGone", err)
	}
	return w.exits()
}

func (w *worker) exits() supervisor.Exit {
	w.t.Helper()
	select {
	case <-w.Exited():
	case <-time.After(patience):
		w.t.Fatal("the worker does not exit")
	}
	return w.Status()
}

// misses asserts that a heartbeat with a short deadline is not answered.
func (w *worker) misses(want error) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	if _, err := w.Heartbeat(ctx, workerapi.History{}); !errors.Is(err, want) {
		w.t.Errorf("heartbeat: got %v, want %v", err, want)
	}
}

func (w *worker) beats() {
	w.t.Helper()
	if _, err := w.Heartbeat(w.ctx(), workerapi.History{}); err != nil {
		w.t.Error(err)
	}
}

// eventually waits for a condition of the world outside, which tells nobody when it changes.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !condition(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: still not so after %v", what, patience)
		}
	}
}

// stateOf is the letter that ps shows for a process; 0 for none.
func stateOf(pid int) byte {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	return stat[bytes.LastIndexByte(stat, ')')+2]
}

// gone says whether a process is no more, or only a zombie that its parent has not reaped.
func gone(pid int) bool { return stateOf(pid) == 0 || stateOf(pid) == 'Z' }

func alive(pid int) bool { return unix.Kill(pid, 0) == nil && !gone(pid) }

// measure counts what a leak would raise: goroutines, descriptors, sockets left in the state directory.
func (p *pair) measure() map[string]int {
	sockets, _ := os.ReadDir(filepath.Join(p.stateDir, "run"))
	return map[string]int{
		"goroutines":  runtime.NumGoroutine(),
		"descriptors": len(descriptors()),
		"sockets":     len(sockets),
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func pidOf(t *testing.T, text string) int {
	t.Helper()
	pid, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}
