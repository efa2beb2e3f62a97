package workerproc_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/steadfast-bot/steadfast/internal/workerapi"
)

func TestAWorkersExitCodeAndFarewellArrive(t *testing.T) {
	for _, code := range []workerapi.ExitCode{0, 75, 77, 78, 3} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			exit := launched(t, fmt.Sprintf("exits=%d", code)).dies()
			if exit.Code != code || exit.Signal != 0 || exit.OOM {
				t.Errorf("got %+v", exit)
			}
			farewell := fmt.Sprintf("The test wants %d.", code)
			if code == 0 {
				farewell = ""
			}
			if exit.Farewell != farewell {
				t.Errorf("farewell: got %q, want %q", exit.Farewell, farewell)
			}
			if exit.CrashFile != "" {
				t.Errorf("a worker that printed nothing left %s", exit.CrashFile)
			}
			if exit.MaxResident < 1<<20 || exit.CPU == 0 || exit.Ended.Before(exit.Started) {
				t.Errorf("implausible: %+v", exit)
			}
		})
	}
}

func TestAPanicIsAnExitCodeWithItsTextInTheCrashFile(t *testing.T) {
	exit := launched(t, "panics").dies()
	if exit.Code != 2 || exit.Signal != 0 {
		t.Errorf("got %+v", exit)
	}
	crash := readFile(t, exit.CrashFile)
	if !strings.HasPrefix(crash, "panic: boom") || strings.Count(crash, "\ngoroutine ") < 2 {
		t.Errorf("the crash file holds no panic with all goroutines:\n%s", crash)
	}
}

func TestASegmentationFaultLeavesItsStack(t *testing.T) {
	exit := launched(t, "segfaults").dies()
	if exit.Code != 2 {
		t.Errorf("got %+v", exit)
	}
	if crash := readFile(t, exit.CrashFile); !strings.Contains(crash, "signal SIGSEGV") {
		t.Errorf("the crash file does not name the fault:\n%s", crash)
	}
}

func TestADeathBySignalIsNamed(t *testing.T) {
	exit := launched(t, "aborts").dies()
	if exit.Signal != syscall.SIGABRT || exit.Code != -1 {
		t.Errorf("aborted: got %+v", exit)
	}
	exit = launched(t, "kills itself").dies()
	if exit.Signal != syscall.SIGKILL || exit.Code != -1 || exit.OOM {
		t.Errorf("killed: got %+v", exit)
	}
}

func TestAnExitIsSeenAtOnce(t *testing.T) {
	w := launched(t, "")
	begin := time.Now()
	syscall.Kill(w.PID(), syscall.SIGKILL)
	w.exits()
	if took := time.Since(begin); took > time.Second {
		t.Errorf("an exit was seen after %v", took)
	}
}

func TestADeadlockIsAMissedBeatAndTheDumpNamesIt(t *testing.T) {
	w := launched(t, "deadlocks")
	w.activated()
	w.misses(context.DeadlineExceeded)
	stacks, err := w.Dump(w.ctx())
	if err != nil || !strings.Contains(string(stacks), "fakeWorker).Heartbeat") {
		t.Errorf("the dump does not show who waits: %v\n%s", err, stacks)
	}
	if err := w.Kill(); err != nil {
		t.Error(err)
	}
	if exit := w.exits(); exit.Signal != syscall.SIGKILL || exit.OOM {
		t.Errorf("got %+v", exit)
	}
}

func TestABusyLoopIsDumpedByQuit(t *testing.T) {
	w := launched(t, "spins")
	w.activated()
	if err := w.Quit(); err != nil {
		t.Fatal(err)
	}
	exit := w.exits()
	if crash := readFile(t, exit.CrashFile); !strings.HasPrefix(crash, "SIGQUIT: quit") || !strings.Contains(crash, "spinInAHandler") {
		t.Errorf("the dump does not name the busy loop:\n%s", crash)
	}
}

// stopped is a worker that has sent itself SIGSTOP.
func stopped(t *testing.T) *worker {
	t.Helper()
	w := launched(t, "stops itself")
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	w.Activate(ctx) // answered or not: the stop is quick
	eventually(t, "the worker is stopped", func() bool { return stateOf(w.PID()) == 'T' })
	w.misses(context.DeadlineExceeded)
	return w
}

func TestAStoppedWorkerMissesItsBeatAndContinues(t *testing.T) {
	w := stopped(t)
	if err := w.Continue(); err != nil {
		t.Fatal(err)
	}
	w.beats()
}

func TestAStoppedWorkerIsDumpedByQuitAndCanBeKilled(t *testing.T) {
	w := stopped(t)
	if err := w.Quit(); err != nil {
		t.Fatal(err)
	}
	if crash := readFile(t, w.exits().CrashFile); !strings.HasPrefix(crash, "SIGQUIT: quit") {
		t.Errorf("no dump:\n%s", crash)
	}

	w = stopped(t)
	if err := w.Kill(); err != nil {
		t.Fatal(err)
	}
	w.exits()
}

func TestAWorkerThatIgnoresAllPleasIsKilled(t *testing.T) {
	w := launched(t, "ignores all pleas")
	w.activated()
	if err := w.Stop(w.ctx(), workerapi.StopRequest{}); err != nil {
		t.Fatal(err)
	}
	syscall.Kill(w.PID(), syscall.SIGTERM)
	w.beats()
	w.Kill()
	if exit := w.exits(); exit.Signal != syscall.SIGKILL {
		t.Errorf("got %+v", exit)
	}
}

func TestAStoppedServiceExitsWithCodeZero(t *testing.T) {
	w := launched(t, "")
	if err := w.Stop(w.ctx(), workerapi.StopRequest{Budget: 50 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	if exit := w.exits(); exit.Code != 0 {
		t.Errorf("got %+v", exit)
	}
}

func TestAnExitWhileDrainingIsALostAnswerAndAnExit(t *testing.T) {
	w := launched(t, "exits while draining")
	if err := w.Stop(w.ctx(), workerapi.StopRequest{}); !errors.Is(err, workerapi.ErrGone) {
		t.Errorf("got %v, want ErrGone", err)
	}
	if exit := w.exits(); exit.Code != 0 {
		t.Errorf("got %+v", exit)
	}
}

func TestAfterTheEndCallsAndSignalsFailAtOnce(t *testing.T) {
	w := launched(t, "exits=3")
	w.dies()
	for range 2 { // before and after Close
		begin := time.Now()
		if _, err := w.Heartbeat(context.Background(), workerapi.History{}); !errors.Is(err, workerapi.ErrGone) {
			t.Errorf("heartbeat: got %v, want ErrGone", err)
		}
		if took := time.Since(begin); took > 2*time.Second {
			t.Errorf("it took %v", took)
		}
		if w.Kill() == nil || w.Quit() == nil || w.Continue() == nil {
			t.Error("a signal to a process that was reaped went somewhere")
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestGrandchildrenDieWithTheWorker(t *testing.T) {
	w := launched(t, "leaves a grandchild")
	grandchild := int(w.activated().Activation)
	begin := time.Now()
	syscall.Kill(w.PID(), syscall.SIGKILL)
	w.exits()
	if took := time.Since(begin); took > 2*time.Second {
		t.Errorf("a grandchild that holds the streams delayed the exit by %v", took)
	}
	eventually(t, "the grandchild is dead", func() bool { return gone(grandchild) })
}

func TestAGrandchildThatLeftTheGroupDelaysNothing(t *testing.T) {
	p := newPair(t, "leaves a grandchild in its own session")
	w := p.standby(t)
	grandchild := int(w.activated().Activation)
	defer syscall.Kill(grandchild, syscall.SIGKILL)
	syscall.Kill(w.PID(), syscall.SIGKILL)
	begin := time.Now()
	w.exits()
	w.Close()
	if took := time.Since(begin); took > 2*time.Second {
		t.Errorf("a grandchild that holds streams and pipes delayed the end by %v", took)
	}
	if !alive(grandchild) {
		t.Error("the grandchild is gone, so this test shows nothing")
	}
}
