package workerproc_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/steadfast-bot/steadfast/internal/supervisor"
	"github.com/steadfast-bot/steadfast/internal/workerapi"
	"github.com/steadfast-bot/steadfast/internal/workerproc"
)

// refuses asserts that the state directory is refused as a matter of settings, in one sentence with these words.
func refuses(t *testing.T, path string, words ...string) {
	t.Helper()
	_, err := workerproc.PrepareStateDir(path)
	exit := exitError(t, err)
	if exit.Code != workerapi.ExitSettings || strings.Contains(exit.Sentence, "\n") {
		t.Errorf("got %+v", exit)
	}
	for _, word := range append(words, path) {
		if !strings.Contains(exit.Sentence, word) {
			t.Errorf("%q lacks %q", exit.Sentence, word)
		}
	}
}

func TestTheStateDirectoryIsMadePrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "parent", "state")
	for range 2 { // a second time it is there already
		got, err := workerproc.PrepareStateDir(path)
		if err != nil || got != path {
			t.Fatalf("got %q, %v", got, err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode() != os.ModeDir|0o700 {
			t.Errorf("got %v, %v", info.Mode(), err)
		}
		if entries, _ := os.ReadDir(path); len(entries) != 0 {
			t.Errorf("preparing leaves %v", entries)
		}
	}
}

func TestAStateDirectoryMayBeALinkToOne(t *testing.T) {
	dir := t.TempDir()
	os.Chmod(dir, 0o700)
	link := filepath.Join(t.TempDir(), "link")
	os.Symlink(dir, link)
	if _, err := workerproc.PrepareStateDir(link); err != nil {
		t.Error(err)
	}
}

func TestAStateDirectoryThatIsNoneIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	os.WriteFile(path, nil, 0o600)
	refuses(t, path, "is not a directory")
	refuses(t, filepath.Join(path, "below"), "STEADFAST_STATE_DIR")
	link := filepath.Join(t.TempDir(), "link")
	os.Symlink(filepath.Join(t.TempDir(), "nowhere"), link)
	refuses(t, link, "cannot be made")
	refuses(t, "", "No state directory")
}

func TestAStateDirectoryThatOthersMayWriteIsRefused(t *testing.T) {
	path := t.TempDir()
	for _, mode := range []os.FileMode{0o777, 0o720, 0o777 | os.ModeSticky} {
		os.Chmod(path, mode)
		refuses(t, path, "Other users may write", "chmod 700")
	}
}

func TestAForeignStateDirectoryIsRefused(t *testing.T) {
	path := "/usr" // root's
	if os.Geteuid() == 0 {
		path = t.TempDir()
		os.Chmod(path, 0o700)
		if err := os.Chown(path, 12345, 12345); err != nil {
			t.Fatal(err)
		}
	}
	refuses(t, path, "belongs to", "run it as that user")
}

func TestAStateDirectoryThatCannotBeWrittenIsRefusedAndNothingIsHalfMade(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Run("as root only where nobody may: /proc", func(t *testing.T) {
			refuses(t, "/proc/steadfast/state", "cannot be made", "mode 700")
		})
		t.Skip("root may write everywhere else: skipped without an ordinary user")
	}
	parent := t.TempDir()
	locked := filepath.Join(parent, "locked")
	os.Mkdir(locked, 0o500)
	refuses(t, locked, "cannot write")
	refuses(t, filepath.Join(locked, "state"), "cannot be made", "mode 700")
	refuses(t, filepath.Join(locked, "deep", "state"), "cannot be made")
	if entries, _ := os.ReadDir(locked); len(entries) != 0 {
		t.Errorf("half-made: %v", entries)
	}
}

func TestASecondSupervisorIsToldWhoTheFirstIs(t *testing.T) {
	dir := t.TempDir()
	first, err := workerproc.LockSupervisor(dir)
	if err != nil {
		t.Fatal(err)
	}
	_, err = workerproc.LockSupervisor(dir)
	var running *workerproc.SupervisorRunningError
	if !errors.As(err, &running) || running.PID != os.Getpid() || time.Since(running.Since) > time.Minute {
		t.Fatalf("got %#v", err)
	}
	for _, word := range []string{"pid " + strconv.Itoa(os.Getpid()), "since 20", dir, "stop it first"} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q lacks %q", err, word)
		}
	}
	if err := first.Release(); err != nil {
		t.Fatal(err)
	}
	again, err := workerproc.LockSupervisor(dir)
	if err != nil {
		t.Fatal(err)
	}
	again.Release()
}

func TestAWorkerDoesNotInheritTheSupervisorsLock(t *testing.T) {
	p := newPair(t, "ignores all pleas")
	lock, err := workerproc.LockSupervisor(p.stateDir)
	if err != nil {
		t.Fatal(err)
	}
	p.standby(t).activated()
	lock.Release()
	again, err := workerproc.LockSupervisor(p.stateDir)
	if err != nil {
		t.Fatalf("the worker holds it: %v", err)
	}
	again.Release()
}

func TestTheGenerationRisesAcrossLaunchersAndDamage(t *testing.T) {
	p := newPair(t, "")
	last := func() uint64 {
		t.Helper()
		n, err := workerproc.LastGeneration(p.stateDir)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := last(); n != 0 {
		t.Errorf("before the first launch: %d", n)
	}
	p.generations = 6
	p.launch(t)
	if n := last(); n != 7 {
		t.Errorf("after generation 7: %d", n)
	}
	p.generations = 2
	p.launch(t)
	if n := last(); n != 7 {
		t.Errorf("a lower one took it back to %d", n)
	}

	os.WriteFile(filepath.Join(p.stateDir, "generation"), nil, 0o600)
	os.WriteFile(workerproc.LogPath(p.stateDir, 41), []byte("{}\n"), 0o600)
	if n := last(); n != 41 {
		t.Errorf("with a damaged file: %d, want that of the newest log", n)
	}
}

func TestAKillAtAnyInstantLeavesTheGenerationReadable(t *testing.T) {
	dir := t.TempDir()
	for range 10 {
		child := exec.Command("/proc/self/exe", "fakerecorder", dir)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		said := uint64(0)
		lines := bufio.NewScanner(out)
		for range 20 {
			if !lines.Scan() {
				t.Fatal("the child ended")
			}
			fmt.Sscan(lines.Text(), &said)
		}
		child.Process.Kill()
		child.Wait()
		if n, err := workerproc.LastGeneration(dir); err != nil || n < said {
			t.Fatalf("after %d was recorded: %d, %v", said, n, err)
		}
	}
}

// fakeRecorderMain records generations until it is killed.
func fakeRecorderMain(stateDir string) {
	last, err := workerproc.LastGeneration(stateDir)
	if err != nil {
		panic(err)
	}
	for generation := last + 1; ; generation++ {
		if err := workerproc.RecordGeneration(stateDir, generation); err != nil {
			panic(err)
		}
		fmt.Println(generation)
	}
}

func TestASocketDirectoryThatIsNotOursAloneIsRefused(t *testing.T) {
	for name, spoil := range map[string]func(run string) error{
		"mode 0755": func(run string) error { return os.Chmod(run, 0o755) },
		"a directory of our own": func(run string) error {
			return errors.Join(os.Remove(run), os.Symlink(t.TempDir(), run))
		},
		"remove what lies there": func(run string) error {
			return errors.Join(os.Remove(run), os.WriteFile(run, nil, 0o600))
		},
	} {
		p := newPair(t, "")
		if err := spoil(filepath.Join(p.stateDir, "run")); err != nil {
			t.Fatal(err)
		}
		if exit := exitError(t, p.fails(t)); exit.Code != workerapi.ExitSettings || !strings.Contains(exit.Sentence, name) {
			t.Errorf("%s: got %+v", name, exit)
		}
	}
}

func TestASocketDirectoryThatWasSweptAwayIsMadeAgain(t *testing.T) {
	p := newPair(t, "")
	if err := os.RemoveAll(filepath.Join(p.stateDir, "run")); err != nil {
		t.Fatal(err)
	}
	p.standby(t).beats()
}

func TestOldSocketsAreClearedAtTheStart(t *testing.T) {
	p := newPair(t, "")
	orphan(t, p.stateDir, "follows its supervisor")
	sockets, _ := filepath.Glob(filepath.Join(p.stateDir, "run", "*"))
	if len(sockets) == 0 {
		t.Fatal("a supervisor that was killed left no socket, so this test shows nothing")
	}
	newPair(t, "", func(c *workerproc.Config) { c.StateDir = p.stateDir })
	if sockets, _ := filepath.Glob(filepath.Join(p.stateDir, "run", "*")); len(sockets) != 0 {
		t.Errorf("left: %v", sockets)
	}
}

func TestOldCrashFilesArePrunedAtTheStart(t *testing.T) {
	p := newPair(t, "")
	for i := range 30 {
		os.WriteFile(filepath.Join(p.stateDir, "crash", fmt.Sprintf("%010d.txt", i)), []byte("x"), 0o600)
	}
	newPair(t, "", func(c *workerproc.Config) { c.StateDir = p.stateDir })
	left, _ := filepath.Glob(filepath.Join(p.stateDir, "crash", "*"))
	if len(left) != 20 || filepath.Base(left[0]) != "0000000010.txt" {
		t.Errorf("%d left, from %s", len(left), left[0])
	}
}

func TestACrashFileThatGrowsKeepsItsBeginning(t *testing.T) {
	path := filepath.Join(t.TempDir(), "crash.txt")
	ours, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	ours.WriteString("the beginning" + strings.Repeat("x", 1000))
	workerproc.Trim(ours, 2000, 13)
	if got := readFile(t, path); len(got) != 1013 {
		t.Errorf("within its limit: %d bytes", len(got))
	}
	workerproc.Trim(ours, 1000, 13)
	ours.WriteString("what comes next")
	if want, got := "the beginning\n[... 1000 bytes were cut off here ...]\nwhat comes next", readFile(t, path); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAnOOMKillIsToldFromOthers(t *testing.T) {
	events := filepath.Join(t.TempDir(), "memory.events")
	report := func(kills int) {
		os.WriteFile(events, fmt.Appendf(nil, "low 0\nhigh 0\nmax 7\noom 9\noom_kill %d\noom_group_kill 5\n", kills), 0o600)
	}
	for _, row := range []struct {
		about string
		end   func(w *worker)
		kills int
		want  bool
	}{
		{"the kernel counts one and the worker was killed", func(w *worker) { w.dies() }, 4, true},
		{"the kernel counts none", func(w *worker) { w.dies() }, 3, false},
		{"we killed it", func(w *worker) { w.Kill() }, 4, false},
		{"it left by itself", func(w *worker) { w.Stop(w.ctx(), workerapi.StopRequest{}) }, 4, false},
	} {
		report(3)
		p := newPair(t, "kills itself")
		workerproc.SetMemoryEvents(p.Launcher, events)
		w := p.standby(t)
		report(row.kills)
		row.end(w)
		if exit := w.exits(); exit.OOM != row.want {
			t.Errorf("%s: got %+v", row.about, exit)
		}
	}
}

func TestAWorkerThatCannotBeRunIsAMatterOfSettings(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for path, words := range map[string]string{
		filepath.Join(dir, "nowhere"):              "There is no worker at",
		dir:                                        "is not a program",
		file("plain", "\x7fELF", 0o644):            "chmod a+rx",
		file("script", "#!/bin/sh\nexit", 0o755):   "is a script",
		file("foreign", "\x7fELF nonsense", 0o755): "no program for this machine",
	} {
		p := newPair(t, "", func(c *workerproc.Config) { c.Worker = path })
		if exit := exitError(t, p.fails(t)); exit.Code != workerapi.ExitSettings || !strings.Contains(exit.Sentence, words) {
			t.Errorf("%s: got %+v", path, exit)
		}
		if err := workerproc.CheckWorker(path); err == nil && words != "no program for this machine" {
			t.Errorf("%s passes the check", path) // that one only shows when it is run
		}
	}
	if err := workerproc.CheckWorker(testBinary(t)); err != nil {
		t.Error(err)
	}
}

func TestARespawnRunsTheProgramThatWasActivatedAFreshLaunchWhatLiesAtThePath(t *testing.T) {
	path := filepath.Join(t.TempDir(), "worker")
	p := newPair(t, "", func(c *workerproc.Config) { c.Worker = path })
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	install := func(content string) { // as a careful upgrade does
		t.Helper()
		os.Remove(path)
		if content == "" {
			if err := exec.Command("cp", self, path).Run(); err != nil {
				t.Fatal(err)
			}
			return
		}
		if err := os.WriteFile(path, []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	install("")
	w := p.standby(t)
	install("\x7fELF broken")
	exitError(t, p.fails(t)) // nothing was ever activated: the path counts
	w.activated()
	p.standby(t).activated()

	p.generations++
	_, err = p.Launch(t.Context(), supervisor.LaunchSpec{Generation: p.generations, Fresh: true})
	exitError(t, err)
	p.standby(t).beats() // a failed upgrade changes nothing

	os.Remove(path)
	p.standby(t).beats()
}
