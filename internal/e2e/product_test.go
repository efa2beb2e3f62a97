package e2e_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
	"github.com/steadfast-bot/steadfast/internal/workerapi"
)

// bin is where TestMain put the programs.
var bin string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "steadfast-e2e-")
	if err != nil {
		panic(err)
	}
	bin = dir
	build := exec.Command("go", "build", "-tags", "grpcnotrace", "-o", dir, "github.com/steadfast-bot/steadfast/cmd/...")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the programs: %v\n%s", err, out)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// shortDir is a state directory whose path leaves room for a socket's name.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "sf-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// product is a running supervisor.
type product struct {
	t   *testing.T
	dir string
	cmd *exec.Cmd

	mu     sync.Mutex
	stderr bytes.Buffer

	done chan struct{} // closed when the supervisor is gone
	code int
}

// Write takes the supervisor's stderr.
func (p *product) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stderr.Write(b)
}

// said is all of the supervisor's stderr so far.
func (p *product) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stderr.String()
}

// launch starts the supervisor in a state directory with nothing in its environment but env.
func launch(t *testing.T, dir string, env ...string) *product {
	t.Helper()
	p := &product{t: t, dir: dir, done: make(chan struct{})}
	p.cmd = exec.Command(filepath.Join(bin, "supervisor"), "run")
	p.cmd.Env = append([]string{"STEADFAST_STATE_DIR=" + dir}, env...)
	p.cmd.Dir = dir
	p.cmd.Stderr = p
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		err := p.cmd.Wait()
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			p.code = exit.ExitCode()
		}
	}()
	t.Cleanup(func() {
		p.stop()
		if t.Failed() {
			t.Logf("supervisor said:\n%s", tail(p.said(), 6000))
			p.logWorkers()
		}
	})
	return p
}

// logWorkers shows the end of every worker's log.
func (p *product) logWorkers() {
	logs, _ := filepath.Glob(filepath.Join(p.dir, "logs", "*"))
	for _, path := range logs[max(0, len(logs)-4):] {
		content, _ := os.ReadFile(path)
		p.t.Logf("%s:\n%s", filepath.Base(path), tail(string(content), 4000))
	}
}

func tail(text string, n int) string {
	if len(text) > n {
		return "…" + text[len(text)-n:]
	}
	return text
}

// with launches the product against a simulator, in a new state directory unless env names one.
func with(t *testing.T, sim *discordsim.Sim, env ...string) *product {
	t.Helper()
	return launch(t, shortDir(t), append([]string{"DISCORD_API_URL=" + sim.APIURL(), "DISCORD_TOKEN=" + sim.Token()}, env...)...)
}

// rehearsing makes the commands that misbehave available.
const rehearsing = "STEADFAST_REHEARSAL=true"

// stop asks the supervisor to stop and waits until it is gone.
func (p *product) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(15 * time.Second):
		p.t.Error("the supervisor did not stop within 15 s of SIGTERM")
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

// exits waits for the supervisor to end by itself and returns its code.
func (p *product) exits(within time.Duration) int {
	p.t.Helper()
	select {
	case <-p.done:
		return p.code
	case <-time.After(within):
		p.t.Fatalf("the supervisor still runs after %v; it said:\n%s", within, p.said())
		return -1
	}
}

// running waits until the supervisor has seen n workers run.
func (p *product) running(n int) {
	p.t.Helper()
	eventually(p.t, 20*time.Second, "the supervisor sees it running", func() bool {
		return strings.Count(p.said(), `"to":"running"`) >= n
	})
}

// worker is the process id of the active worker.
func (p *product) worker() int {
	p.t.Helper()
	var pid int
	eventually(p.t, 20*time.Second, "there is an active worker", func() bool {
		holder, held, err := workerapi.ActiveHolder(p.dir)
		pid = holder
		return err == nil && held && holder > 0
	})
	return pid
}

// signal sends a signal to the active worker.
func (p *product) signal(sig syscall.Signal) int {
	p.t.Helper()
	pid := p.worker()
	if err := syscall.Kill(pid, sig); err != nil {
		p.t.Fatalf("signalling the worker: %v", err)
	}
	return pid
}

// incidents lists the incident directories of a kind.
func (p *product) incidents(kind string) []string {
	found, err := filepath.Glob(filepath.Join(p.dir, "incidents", "*"+kind+"*"))
	if err != nil {
		p.t.Fatal(err)
	}
	return found
}

// state is a process's state as proc(5) names it; empty when there is none of that number.
func state(pid int) string {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, after, found := strings.Cut(string(content), ") ")
	if err != nil || !found {
		return ""
	}
	return after[:1]
}

// gone says whether a process is gone, or only waits to be reaped.
func gone(pid int) bool { return strings.Contains("ZX", state(pid)) }

// eventually polls what only the operating system can tell.
func eventually(t *testing.T, within time.Duration, what string, condition func() bool) {
	t.Helper()
	deadline := time.Now().Add(within)
	for !condition() {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", within, what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// discord starts a simulator with its demo club. The identify spacing is ours to keep, not the simulator's to trip over.
func discord(t *testing.T, cfg discordsim.Config) (*discordsim.Sim, discordsim.World) {
	t.Helper()
	sim := discordsim.ForTest(t, cfg)
	return sim, sim.Demo()
}

// patience bounds what a test waits for.
func patience(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// must fails the test on an error.
func must(t *testing.T, err error, what string) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

func itoa(n int) string { return fmt.Sprint(n) }
