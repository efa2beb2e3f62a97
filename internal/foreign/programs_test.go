package foreign_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
	"github.com/steadfast-bot/steadfast/internal/workerapi"
)

// Our own programs, for the comparison. The worker keeps to Discord's 50 requests a second by its own counting, which
// would cap what is measured; the other libraries do not, so it is built with that switched off.
const (
	limited   = "rest.New(rest.Config{"
	unlimited = limited + "NoLimits: true, "
)

var (
	programsOnce sync.Once
	programsDir  string
)

func removePrograms() { _ = os.RemoveAll(programsDir) }

// programs builds supervisor and worker, once.
func programs(tb testing.TB) string {
	tb.Helper()
	programsOnce.Do(func() {
		dir, err := os.MkdirTemp("", "steadfast-foreign-")
		must(tb, err)
		programsDir = dir
		root, err := filepath.Abs(filepath.Join("..", ".."))
		must(tb, err)
		overlay := filepath.Join(dir, "overlay.json")
		must(tb, os.WriteFile(overlay, mustJSON(map[string]any{"Replace": withoutLimits(tb, root, dir)}), 0o600))
		build := exec.Command("go", "build", "-tags", "grpcnotrace", "-overlay", overlay, "-o", dir+"/", "./cmd/supervisor", "./cmd/worker")
		build.Dir, build.Env = root, append(os.Environ(), "CGO_ENABLED=0")
		if said, err := build.CombinedOutput(); err != nil {
			tb.Fatalf("building the programs: %v\n%s", err, said)
		}
	})
	if programsDir == "" {
		tb.Fatal("the programs could not be built")
	}
	return programsDir
}

// withoutLimits writes a changed copy of the one file of internal/worker that makes the REST client.
func withoutLimits(tb testing.TB, root, dir string) map[string]string {
	tb.Helper()
	replaced := map[string]string{}
	files, err := filepath.Glob(filepath.Join(root, "internal", "worker", "*.go"))
	must(tb, err)
	for _, path := range files {
		content, err := os.ReadFile(path)
		must(tb, err)
		if bytes.Contains(content, []byte(limited)) {
			replaced[path] = filepath.Join(dir, "unlimited.go")
			must(tb, os.WriteFile(replaced[path], bytes.Replace(content, []byte(limited), []byte(unlimited), 1), 0o600))
		}
	}
	if len(replaced) != 1 {
		tb.Fatalf("%d files of internal/worker say %s instead of one", len(replaced), limited)
	}
	return replaced
}

// startSteadfast runs our own pair against a simulator, and returns the worker's process id first.
func startSteadfast(tb testing.TB, sim *discordsim.Sim, cpu int) (pids []int, stop func()) {
	tb.Helper()
	dir, err := os.MkdirTemp("", "sff-")
	must(tb, err)
	var said bytes.Buffer
	cmd := exec.Command(filepath.Join(programs(tb), "supervisor"), "run")
	cmd.Env = []string{"STEADFAST_STATE_DIR=" + dir, "DISCORD_API_URL=" + sim.APIURL(), "DISCORD_TOKEN=" + sim.Token()}
	cmd.Dir, cmd.Stderr = dir, &said
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	pinned(tb, cpu, cmd.Start)
	stop = func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		late := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		late.Stop()
		if tb.Failed() {
			tb.Logf("the supervisor said:\n%.4000s", said.String())
		}
		_ = os.RemoveAll(dir)
	}
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if pid, held, err := workerapi.ActiveHolder(dir); err == nil && held && pid > 0 {
			return []int{pid, cmd.Process.Pid}, stop
		}
	}
	stop()
	tb.Fatalf("no active worker after %v:\n%s", patience, said.String())
	return nil, nil
}
