package foreign_test

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

// patience bounds every wait for a bot; the machines are shared.
const patience = 20 * time.Second

// process is a running bot.
type process struct {
	tb    testing.TB
	cmd   *exec.Cmd
	stdin io.Closer
	ready chan string // the library's name, once
	done  chan struct{}

	mu      sync.Mutex
	trouble []string
	stderr  bytes.Buffer
}

// goBot is the command that starts this test binary as a bot.
func goBot(tb testing.TB, name string) *exec.Cmd {
	tb.Helper()
	self, err := os.Executable()
	must(tb, err)
	cmd := exec.Command(self)
	// A data race inside a library is said on stderr and counted; it is not ours to fail for.
	cmd.Env = append(os.Environ(), envBot+"="+name, "GORACE=exitcode=0")
	return cmd
}

// start runs a bot against a simulator until the test ends, on any core.
func start(tb testing.TB, sim *discordsim.Sim, cmd *exec.Cmd) *process {
	return startOn(tb, sim, cmd, -1)
}

// startOn runs it on one core.
func startOn(tb testing.TB, sim *discordsim.Sim, cmd *exec.Cmd, cpu int) *process {
	return startAt(tb, cmd, sim.APIURL(), sim.Token(), cpu)
}

// startAt runs it where the API is said to be.
func startAt(tb testing.TB, cmd *exec.Cmd, api, token string, cpu int) *process {
	tb.Helper()
	p := &process{tb: tb, cmd: cmd, ready: make(chan string, 1), done: make(chan struct{})}
	cmd.Env = append(cmd.Env, envAPI+"="+api, envToken+"="+token)
	stdin, err := cmd.StdinPipe()
	must(tb, err)
	out, err := cmd.StdoutPipe()
	must(tb, err)
	p.stdin, cmd.Stderr = stdin, p
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	pinned(tb, cpu, cmd.Start)
	go p.read(out)
	tb.Cleanup(func() {
		p.stop()
		if tb.Failed() {
			tb.Logf("the bot said:\n%s\n%.4000s", strings.Join(p.troubles(), "\n"), p.said())
		}
	})
	return p
}

// read takes the bot's lines until it is gone.
func (p *process) read(out io.Reader) {
	defer close(p.done)
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if name, is := strings.CutPrefix(lines.Text(), readyLine); is {
			p.ready <- name
		} else if trouble, is := strings.CutPrefix(lines.Text(), troubleLine); is {
			p.mu.Lock()
			p.trouble = append(p.trouble, trouble)
			p.mu.Unlock()
		}
	}
	_ = p.cmd.Wait()
}

// awaitReady returns the library's name as the bot gave it.
func (p *process) awaitReady() string {
	p.tb.Helper()
	select {
	case name := <-p.ready:
		return name
	case <-p.done:
		p.tb.Fatalf("the bot ended before it was ready: %s", p.said())
	case <-time.After(patience):
		p.tb.Fatalf("the bot was not ready within %v: %s", patience, p.said())
	}
	return ""
}

// stop lets the bot say goodbye; a second stop does nothing.
func (p *process) stop() {
	_ = p.stdin.Close()
	select {
	case <-p.done:
	case <-time.After(patience):
		p.tb.Errorf("the bot did not end within %v of its stdin", patience)
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

// Write takes the bot's stderr.
func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stderr.Write(b)
}

func (p *process) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stderr.String()
}

// races counts what the race detector found inside the library.
func (p *process) races() int { return strings.Count(p.said(), "WARNING: DATA RACE") }

// troubles is what the library complained of.
func (p *process) troubles() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.trouble...)
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
