package workerproc_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/steadfast-bot/steadfast/internal/supervisor"
	"github.com/steadfast-bot/steadfast/internal/workerapi"
	"github.com/steadfast-bot/steadfast/internal/workerproc"
)

// fakeSupervisorMain launches a fake worker, activates it, prints both pids and waits to be killed.
func fakeSupervisorMain(stateDir, mode string) {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	launcher, err := workerproc.NewLauncher(workerproc.Config{
		StateDir: stateDir, Worker: self, Args: []string{"fakeworker", mode}, Log: quietLog(),
	})
	if err != nil {
		panic(err)
	}
	process, err := launcher.Launch(context.Background(), supervisor.LaunchSpec{Generation: 1})
	if err != nil {
		panic(err)
	}
	if _, err := process.Configure(context.Background(), workerapi.Configuration{StateDir: stateDir}); err != nil {
		panic(err)
	}
	if _, err := process.Activate(context.Background()); err != nil {
		panic(err)
	}
	fmt.Println(process.PID())
	select {}
}

// orphan is the worker of a supervisor that was killed.
func orphan(t *testing.T, stateDir, mode string) (pid int) {
	t.Helper()
	parent := exec.Command("/proc/self/exe", "fakesupervisor", stateDir, mode)
	parent.Stderr = os.Stderr
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	pid = pidOf(t, strings.TrimSpace(line))
	t.Cleanup(func() { unix.Kill(pid, unix.SIGKILL) })
	parent.Process.Kill()
	parent.Wait()
	return pid
}

func TestAWorkerLearnsOfItsSupervisorsDeathAtOnce(t *testing.T) {
	pid := orphan(t, newPair(t, "").stateDir, "follows its supervisor")
	begin := time.Now()
	eventually(t, "the worker is gone", func() bool { return gone(pid) })
	if took := time.Since(begin); took > time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestAPredecessorThatDoesNotLeaveIsKilled(t *testing.T) {
	stateDir := newPair(t, "").stateDir
	pid := orphan(t, stateDir, "takes the lock")
	unix.Kill(pid, unix.SIGSTOP)
	predecessor := &workerproc.Predecessor{StateDir: stateDir, Patience: 200 * time.Millisecond, Log: quietLog()}
	killed, err := predecessor.MakeWay(t.Context())
	if err != nil || killed != pid {
		t.Errorf("got %d, %v; want %d", killed, err, pid)
	}
	eventually(t, "the predecessor is dead", func() bool { return gone(pid) })
	if _, held, err := workerapi.ActiveHolder(stateDir); held || err != nil {
		t.Errorf("the lock is not free: %v %v", held, err)
	}
}

func TestNobodyButTheHolderIsKilled(t *testing.T) {
	stateDir := newPair(t, "").stateDir
	holder := orphan(t, stateDir, "takes the lock")
	decoy := exec.Command("/proc/self/exe", "grandchild") // as if the holder's pid had been given to another
	if err := decoy.Start(); err != nil {
		t.Fatal(err)
	}
	defer decoy.Wait()
	defer decoy.Process.Kill()
	predecessor := &workerproc.Predecessor{StateDir: stateDir, Log: quietLog()}
	if ended, err := predecessor.End(decoy.Process.Pid); ended || err != nil {
		t.Errorf("got %v, %v", ended, err)
	}
	if !alive(decoy.Process.Pid) || !alive(holder) {
		t.Error("somebody was killed")
	}
	if ended, err := predecessor.End(0); ended || err == nil || !strings.Contains(err.Error(), "pid namespace") {
		t.Errorf("a holder in another pid namespace: got %v, %v", ended, err)
	}
}

func TestAPredecessorThatLeavesByItselfIsNotKilled(t *testing.T) {
	stateDir := newPair(t, "").stateDir
	pid := orphan(t, stateDir, "takes the lock")
	time.AfterFunc(100*time.Millisecond, func() { unix.Kill(pid, unix.SIGTERM) })
	predecessor := &workerproc.Predecessor{StateDir: stateDir, Patience: patience, Log: quietLog()}
	if killed, err := predecessor.MakeWay(t.Context()); err != nil || killed != 0 {
		t.Errorf("got %d, %v", killed, err)
	}
}

func TestWithoutAPredecessorTheWayIsFreeAtOnce(t *testing.T) {
	predecessor := &workerproc.Predecessor{StateDir: t.TempDir(), Log: quietLog()}
	if killed, err := predecessor.MakeWay(t.Context()); err != nil || killed != 0 {
		t.Errorf("got %d, %v", killed, err)
	}
}

func TestWaitingForAPredecessorCanBeGivenUp(t *testing.T) {
	stateDir := newPair(t, "").stateDir
	orphan(t, stateDir, "takes the lock")
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("SIGTERM")
	time.AfterFunc(50*time.Millisecond, func() { cancel(why) })
	predecessor := &workerproc.Predecessor{StateDir: stateDir, Log: quietLog()}
	if _, err := predecessor.MakeWay(ctx); !errors.Is(err, why) {
		t.Errorf("got %v", err)
	}
}
