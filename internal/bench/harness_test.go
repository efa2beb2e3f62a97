package bench_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
	"github.com/steadfast-bot/steadfast/internal/workerapi"
)

// scratch is where what is built and written goes; it is gone at the end.
var scratch string

// bin is the variable that names a directory where the programs are already.
const bin = "STEADFAST_BENCH_BIN"

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "steadfast-bench-")
	if err != nil {
		panic(err)
	}
	scratch = dir
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// build compiles a program as the stories of internal/e2e do, so that the two share the build cache.
func build(tb testing.TB, out string, args ...string) {
	tb.Helper()
	args = append([]string{"build", "-tags", "grpcnotrace", "-o", out}, args...)
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Dir = filepath.Join("..", "..")
	if said, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("go %v: %v\n%s", args, err, said)
	}
}

// programs is the directory of supervisor and worker; they are built once unless somebody has.
func programs(tb testing.TB) string {
	tb.Helper()
	if dir := os.Getenv(bin); dir != "" {
		return dir
	}
	buildOnce.Do(func() { build(tb, scratch+"/", "./cmd/supervisor", "./cmd/worker") })
	return scratch
}

var buildOnce sync.Once

// product is a running supervisor and what it started.
type product struct {
	tb      testing.TB
	dir     string
	cmd     *exec.Cmd
	started time.Time

	mu     sync.Mutex
	stderr bytes.Buffer
}

// options say how a product is launched.
type options struct {
	dir string   // the state directory; empty: a new one
	env []string // beside what the simulator needs
	cpu int      // which core it may use; -1: all
}

var anyCPU = options{cpu: -1}

// launch starts the supervisor against a simulator. Respawns are immediate: tokens are not what is measured.
func launch(tb testing.TB, sim *discordsim.Sim, o options) *product {
	tb.Helper()
	p := &product{tb: tb, dir: o.dir}
	if p.dir == "" {
		p.dir = stateDir(tb)
	}
	p.cmd = exec.Command(filepath.Join(programs(tb), "supervisor"), "run")
	p.cmd.Env = append([]string{"STEADFAST_STATE_DIR=" + p.dir, "STEADFAST_RESPAWN_POLICY=immediate",
		"DISCORD_API_URL=" + sim.APIURL(), "DISCORD_TOKEN=" + sim.Token()}, o.env...)
	p.cmd.Dir, p.cmd.Stderr = p.dir, p
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p.start(o.cpu)
	tb.Cleanup(func() {
		p.stop()
		if tb.Failed() {
			tb.Logf("the supervisor said:\n%s", p.said())
		}
	})
	return p
}

// start runs the command on one core: a child inherits what its starting thread may use.
func (p *product) start(cpu int) {
	p.tb.Helper()
	if cpu >= 0 {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		var before unix.CPUSet
		must(p.tb, unix.SchedGetaffinity(0, &before))
		must(p.tb, unix.SchedSetaffinity(0, only(cpu)))
		defer func() { must(p.tb, unix.SchedSetaffinity(0, &before)) }()
	}
	p.started = time.Now()
	must(p.tb, p.cmd.Start())
}

// only is the set of one core.
func only(cpu int) *unix.CPUSet {
	var set unix.CPUSet
	set.Set(cpu)
	return &set
}

// stateDir is a directory whose path leaves room for a socket's name.
func stateDir(tb testing.TB) string {
	tb.Helper()
	dir, err := os.MkdirTemp("", "sfb-")
	must(tb, err)
	tb.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// Write takes the supervisor's stderr.
func (p *product) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stderr.Write(b)
}

func (p *product) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stderr.String()
}

// stop asks the supervisor to leave, keeping the session, and waits until it has. A second stop does nothing.
func (p *product) stop() {
	if p.cmd.ProcessState != nil {
		return
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	late := time.AfterFunc(15*time.Second, func() {
		p.tb.Error("the supervisor did not stop within 15 s of SIGTERM")
		_ = p.cmd.Process.Kill()
	})
	_ = p.cmd.Wait()
	late.Stop()
}

// supervisor is its process id.
func (p *product) supervisor() int { return p.cmd.Process.Pid }

// worker is the process id of the active worker, another one than before.
func (p *product) worker(before int) int {
	p.tb.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		pid, held, err := workerapi.ActiveHolder(p.dir)
		if err == nil && held && pid > 0 && pid != before {
			return pid
		}
		if time.Now().After(deadline) {
			p.tb.Fatalf("no active worker after 20 s: %v", err)
		}
	}
}

// until reads a subscription up to the first happening of a type.
func until[H discordsim.Happening](tb testing.TB, sub *discordsim.Subscription) (discordsim.Record, H) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for {
		record, err := sub.Next(ctx)
		var want H
		if err != nil {
			tb.Fatalf("waiting for %T: %v", want, err)
		}
		if what, ok := record.What.(H); ok {
			return record, what
		}
	}
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// settle lets two programs that have just met finish what they do once: registering commands, first heartbeats.
func settle() { time.Sleep(1500 * time.Millisecond) }

// discord is a simulator that limits nothing: Discord's limits are not ours to measure.
func discord(tb testing.TB) (*discordsim.Sim, discordsim.World) {
	tb.Helper()
	sim := discordsim.ForTest(tb, discordsim.Config{
		Limits: discordsim.Limits{Off: true},
		Starts: discordsim.StartLimits{Interval: -1, Total: 1 << 20},
	})
	return sim, sim.Demo()
}

// logs are the files that both programs log into.
func (p *product) logs() []string {
	found, _ := filepath.Glob(filepath.Join(p.dir, "logs", "*"))
	return found
}
