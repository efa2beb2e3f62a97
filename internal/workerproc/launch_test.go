package workerproc_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/steadfast-bot/steadfast/internal/supervisor"
	"github.com/steadfast-bot/steadfast/internal/workerapi"
	"github.com/steadfast-bot/steadfast/internal/workerproc"
)

func launchError(t *testing.T, err error) *supervisor.LaunchError {
	t.Helper()
	var failure *supervisor.LaunchError
	if !errors.As(err, &failure) {
		t.Fatalf("got %#v, want a LaunchError", err)
	}
	return failure
}

func exitError(t *testing.T, err error) *workerapi.ExitError {
	t.Helper()
	var exit *workerapi.ExitError
	if !errors.As(err, &exit) {
		t.Fatalf("got %#v, want an ExitError", err)
	}
	return exit
}

func quickly(c *workerproc.Config) { c.StartTimeout = 700 * time.Millisecond }

func TestAPrintBeforeTheHandshakeIsOneClearSentence(t *testing.T) {
	for _, mode := range []string{"prints early", "prints early without newline"} {
		failure := launchError(t, newPair(t, mode).fails(t))
		if want := "on its standard output before its handshake; nothing may print there."; !strings.Contains(failure.Sentence, want) ||
			!strings.Contains(failure.Sentence, `"starting up...`) {
			t.Errorf("%s: got %q", mode, failure.Sentence)
		}
	}
	failure := launchError(t, newPair(t, "prints a huge line early").fails(t))
	if len(failure.Sentence) > 1000 || !strings.Contains(failure.Sentence, "xxx") {
		t.Errorf("huge: got %q", failure.Sentence)
	}
}

func TestAnExitBeforeTheHandshakeIsJudgedByItsCode(t *testing.T) {
	failure := launchError(t, newPair(t, "exits early=78").fails(t))
	if failure.Exit == nil || failure.Exit.Code != workerapi.ExitSettings || failure.Sentence != "The test wants 78." {
		t.Errorf("got %+v", failure)
	}
	failure = launchError(t, newPair(t, "exits early=0").fails(t))
	if failure.Exit == nil || failure.Exit.Code != 0 || !strings.Contains(failure.Sentence, "exit code 0") {
		t.Errorf("got %+v", failure)
	}
}

func TestADeathBySignalBeforeTheHandshakeIsNotTakenForOurKill(t *testing.T) {
	failure := launchError(t, newPair(t, "kills itself early").fails(t))
	if failure.Exit == nil || failure.Exit.Signal != syscall.SIGKILL || !strings.Contains(failure.Sentence, "killed by SIGKILL") {
		t.Errorf("got %+v", failure)
	}
}

func TestAGrandchildThatHoldsStandardOutputDelaysNoFailure(t *testing.T) {
	begin := time.Now()
	failure := launchError(t, newPair(t, "leaves a grandchild early").fails(t))
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	if failure.Exit == nil || failure.Exit.Code != 3 {
		t.Fatalf("got %+v", failure)
	}
	grandchild := pidOf(t, strings.TrimSpace(readFile(t, failure.Exit.CrashFile)))
	if !alive(grandchild) {
		t.Error("the grandchild is gone, so this test shows nothing")
	}
	syscall.Kill(grandchild, syscall.SIGKILL)
}

func TestAPanicBeforeTheHandshakeIsQuoted(t *testing.T) {
	failure := launchError(t, newPair(t, "panics early").fails(t))
	if failure.Exit == nil || failure.Exit.Code != 2 || !strings.Contains(failure.Sentence, "panic: no such luck") {
		t.Errorf("got %+v", failure)
	}
	if !strings.Contains(readFile(t, failure.Exit.CrashFile), "panic: no such luck") {
		t.Error("its crash file is empty")
	}
}

func TestAWorkerThatNeverShakesHandsIsKilledAfterTheTimeout(t *testing.T) {
	for _, mode := range []string{"never shakes hands", "closes stdout and lives"} {
		begin := time.Now()
		failure := launchError(t, newPair(t, mode, quickly).fails(t))
		if failure.Exit != nil || !strings.Contains(failure.Sentence, "did not shake hands") {
			t.Errorf("%s: got %+v", mode, failure)
		}
		if took := time.Since(begin); took > patience {
			t.Errorf("%s: it took %v", mode, took)
		}
	}
}

func TestASlowHandshakeIsAwaited(t *testing.T) {
	newPair(t, "shakes hands slowly").standby(t).beats()
}

func TestAnotherProtocolVersionIsAMatterOfSettings(t *testing.T) {
	exit := exitError(t, newPair(t, "speaks version 2").fails(t))
	if exit.Code != workerapi.ExitSettings || !strings.Contains(exit.Sentence, "speaks version 2 of the pair's protocol and this supervisor version 1") {
		t.Errorf("got %+v", exit)
	}
}

func TestALaunchCanBeGivenUp(t *testing.T) {
	p := newPair(t, "never shakes hands")
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("the operator changed his mind")
	time.AfterFunc(100*time.Millisecond, func() { cancel(why) })
	begin := time.Now()
	_, err := p.Launch(ctx, supervisor.LaunchSpec{Generation: 1})
	if !errors.Is(err, why) {
		t.Errorf("got %v", err)
	}
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	cancelled, cancel2 := context.WithCancel(t.Context())
	cancel2()
	if _, err := p.Launch(cancelled, supervisor.LaunchSpec{Generation: 2}); !errors.Is(err, context.Canceled) {
		t.Errorf("given up before it began: got %v", err)
	}
}

func TestADeletedSocketIsAnErrorOfTheFirstCall(t *testing.T) {
	w := newPair(t, "deletes its socket").launch(t)
	if _, err := w.Configure(w.ctx(), workerapi.Configuration{}); !errors.Is(err, workerapi.ErrGone) {
		t.Errorf("got %v, want ErrGone", err)
	}
}

func TestAWorkerThatStopsRightAfterItsHandshakeHoldsUpNobody(t *testing.T) {
	begin := time.Now()
	w := newPair(t, "stops after its handshake").launch(t)
	w.misses(context.DeadlineExceeded)
	w.Kill()
	w.exits()
	w.Close()
	if took := time.Since(begin); took > 1800*time.Millisecond {
		t.Errorf("it took %v", took)
	}
}

func TestAWorkerThatClosesItsSocketButLivesMissesItsBeats(t *testing.T) {
	w := launched(t, "closes its socket")
	w.Activate(w.ctx()) // may be cut off by what it starts
	eventually(t, "beats are missed", func() bool {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_, err := w.Heartbeat(ctx, workerapi.History{})
		return errors.Is(err, workerapi.ErrGone)
	})
	if !alive(w.PID()) {
		t.Error("the worker is gone, so this test shows nothing")
	}
}

func TestAWorkerNeverBlocksOnAPrint(t *testing.T) {
	w := launched(t, "prints huge lines")
	w.activated()
	w.beats()
	w.Kill()
	if size := len(readFile(t, w.exits().CrashFile)); size != 40*(longLine+1) {
		t.Errorf("the crash file has %d bytes", size)
	}

	w = newPair(t, "floods stdout before Configure").launch(t)
	w.beats()
	w.Kill()
	if size := len(readFile(t, w.exits().CrashFile)); size != 1<<20 {
		t.Errorf("the crash file took %d bytes of a flood", size)
	}
}

func TestMalformedJSONOnStandardErrorHurtsNobody(t *testing.T) {
	w := launched(t, "writes malformed JSON")
	w.beats()
	w.Kill()
	if crash := readFile(t, w.exits().CrashFile); !strings.HasPrefix(crash, `{"@message":5}`) {
		t.Errorf("got %q", crash)
	}
}

func TestARefusedConfigurationKeepsItsCodeAndSentence(t *testing.T) {
	w := newPair(t, "refuses its configuration").launch(t)
	_, err := w.Configure(w.ctx(), workerapi.Configuration{})
	if exit := exitError(t, err); exit.Code != workerapi.ExitSettings || exit.Sentence != "The database is a cat." {
		t.Errorf("got %+v", exit)
	}
}

func TestTheWorkersEnvironmentIsWhatItNeeds(t *testing.T) {
	for _, name := range []string{"DISCORD_TOKEN", "STEADFAST_STATE_DIR", "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID",
		"LISTEN_FDS", "LISTEN_PID", "INVOCATION_ID", "JOURNAL_STREAM", "CREDENTIALS_DIRECTORY", "LD_PRELOAD"} {
		t.Setenv(name, "leaked")
	}
	t.Setenv("TZ", "Europe/Berlin")
	t.Setenv("HTTPS_PROXY", "http://proxy.invalid:1")
	t.Setenv("LC_ALL", "C")
	t.Setenv("GOTRACEBACK", "none")
	environment := strings.Split(newPair(t, "tells its environment").launch(t).configured().Version, "\n")
	for _, variable := range environment {
		if strings.Contains(variable, "leaked") {
			t.Errorf("the worker sees %s", variable)
		}
	}
	for _, want := range []string{"TZ=Europe/Berlin", "HTTPS_PROXY=http://proxy.invalid:1", "LC_ALL=C", "GOTRACEBACK=all"} {
		if !slices.Contains(environment, want) {
			t.Errorf("the worker does not see %s", want)
		}
	}
}

func TestTheWorkerInheritsItsFiveDescriptorsOnly(t *testing.T) {
	p := newPair(t, "tells its descriptors")
	open := map[string]string{}
	for _, line := range strings.Split(p.launch(t).configured().Version, "\n") {
		fd, target, _ := strings.Cut(line, " ")
		open[fd] = target
	}
	crash := filepath.Join(p.stateDir, "crash", "0000000001.txt")
	for fd, want := range map[string]string{"0": "/dev/null", "1": crash, "2": crash} {
		if open[fd] != want {
			t.Errorf("descriptor %s is %q, want %s", fd, open[fd], want)
		}
	}
	for _, fd := range []string{"3", "4"} {
		if !strings.HasPrefix(open[fd], "pipe:") {
			t.Errorf("descriptor %s is %q, want a pipe", fd, open[fd])
		}
	}
	for fd, target := range open {
		if strings.HasPrefix(target, p.stateDir) && target != crash || strings.Contains(target, "workerproc.test") {
			t.Errorf("descriptor %s, %s, has leaked", fd, target)
		}
	}
}

func TestTheWorkerHasItsOwnGroupItsNameAndNoCore(t *testing.T) {
	got := newPair(t, "tells its limits").launch(t).configured().Version
	if want := "core 0/0 group true comm workerproc.test\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTwoWorkersCanBeLaunchedAtOnce(t *testing.T) {
	p := newPair(t, "")
	errs := make(chan error, 2)
	for i := range 2 {
		go func() {
			process, err := p.Launch(context.Background(), supervisor.LaunchSpec{Generation: uint64(i + 1)})
			if err == nil {
				_, err = process.Configure(context.Background(), workerapi.Configuration{})
				err = errors.Join(err, process.Kill(), process.Close())
			}
			errs <- err
		}()
	}
	for range 2 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

func TestManyLivesLeaveNothingBehind(t *testing.T) {
	const cycles = 200
	p := newPair(t, "")
	for range 3 {
		p.live(t)
	}
	before := p.measure()
	for range cycles {
		p.live(t)
	}
	p.isAs(t, before)
}

// live is one life, which ends in one of three ways.
func (p *pair) live(t *testing.T) {
	t.Helper()
	p.generations++
	process, err := p.Launch(t.Context(), supervisor.LaunchSpec{Generation: p.generations})
	if err != nil {
		t.Fatal(err)
	}
	w := &worker{Process: process, t: t}
	switch p.generations % 3 {
	case 0:
		w.Stop(w.ctx(), workerapi.StopRequest{})
	case 1:
		w.configured()
		w.activated()
		w.Kill()
	default:
		w.Kill()
	}
	w.exits()
	w.Close()
}

// isAs waits until no more goroutines, descriptors and sockets are there than before.
func (p *pair) isAs(t *testing.T, before map[string]int) {
	t.Helper()
	eventually(t, fmt.Sprintf("all is as before (%v)", before), func() bool {
		for what, n := range p.measure() {
			if n > before[what] {
				return false
			}
		}
		return true
	})
}

func TestALifeClosesWhatItOpenedWithoutTheCollectorsHelp(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	p := newPair(t, "")
	for range 3 {
		p.live(t)
	}
	before := p.measure()
	for range 12 {
		p.live(t)
	}
	p.isAs(t, before)

	// Process, program, life-line, farewell, crash file, connection.
	w := p.standby(t)
	w.beats()
	if n := p.measure()["descriptors"] - before["descriptors"]; n > 6 {
		t.Errorf("a living worker takes %d descriptors", n)
	}
}

func TestAProgramThatCannotBeRunLeavesNothingBehind(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	program := filepath.Join(t.TempDir(), "worker")
	if err := os.WriteFile(program, []byte("no program"), 0o755); err != nil {
		t.Fatal(err)
	}
	p := newPair(t, "", func(c *workerproc.Config) { c.Worker = program })
	p.fails(t)
	before := p.measure()
	for range 5 {
		p.fails(t)
	}
	p.isAs(t, before)
}

func TestWorkersThatDieRightAfterTheirHandshakeLeaveNothingBehind(t *testing.T) {
	p := newPair(t, "dies after its handshake")
	die := func() {
		p.generations++
		process, err := p.Launch(t.Context(), supervisor.LaunchSpec{Generation: p.generations})
		if err != nil {
			launchError(t, err)
			return
		}
		if _, err := process.Configure(t.Context(), workerapi.Configuration{}); !errors.Is(err, workerapi.ErrGone) {
			t.Errorf("got %v", err)
		}
		process.Close()
		if exit := process.Status(); exit.Code != 3 {
			t.Errorf("got %+v", exit)
		}
	}
	die()
	before := p.measure()
	for range 20 {
		die()
	}
	p.isAs(t, before)
}

func TestFailedLaunchesLeaveNothingBehind(t *testing.T) {
	for _, mode := range []string{"exits early=3", "prints early", "speaks version 2", "never shakes hands"} {
		t.Run(mode, func(t *testing.T) {
			p := newPair(t, mode, quickly)
			p.fails(t)
			before := p.measure()
			for range 4 {
				p.fails(t)
			}
			p.isAs(t, before)
		})
	}
}

func TestAStateDirectoryWithALongPathHasAShortSocket(t *testing.T) {
	long := filepath.Join(t.TempDir(), strings.Repeat("long/", 30), "state")
	stateDir, err := workerproc.PrepareStateDir(long)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // a link that is there already, as after a kill, is used again
		p := newPair(t, "", func(c *workerproc.Config) { c.StateDir = stateDir })
		p.standby(t).beats()
		links, _ := filepath.Glob(fmt.Sprintf("/tmp/steadfast-%d-*", os.Geteuid()))
		if len(links) == 0 {
			t.Error("there is no short name")
		}
	}
}
