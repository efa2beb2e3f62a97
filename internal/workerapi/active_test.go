package workerapi_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/steadfast-bot/steadfast/internal/workerapi"
)

func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "hold" {
		if _, err := workerapi.AcquireActive(os.Args[2]); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("held")
		select {}
	}
	os.Exit(m.Run())
}

// holding is another process that holds the lock of the directory.
func holding(t *testing.T, stateDir string) *exec.Cmd {
	t.Helper()
	child := exec.Command("/proc/self/exe", "hold", stateDir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		child.Process.Kill()
		child.Wait()
	})
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "held\n" {
		t.Fatalf("the child says %q, %v", line, err)
	}
	return child
}

func assertHolder(t *testing.T, stateDir string, wantPID int, wantHeld bool) {
	t.Helper()
	if pid, held, err := workerapi.ActiveHolder(stateDir); err != nil || pid != wantPID || held != wantHeld {
		t.Errorf("holder: got %d, %v, %v; want %d, %v", pid, held, err, wantPID, wantHeld)
	}
}

func TestTheLockIsRefusedWithTheHoldersPid(t *testing.T) {
	dir := t.TempDir()
	child := holding(t, dir)
	assertHolder(t, dir, child.Process.Pid, true)
	_, err := workerapi.AcquireActive(dir)
	var held *workerapi.HeldError
	if !errors.As(err, &held) || held.PID != child.Process.Pid {
		t.Errorf("got %v", err)
	}

	child.Process.Signal(syscall.SIGSTOP)
	assertHolder(t, dir, child.Process.Pid, true)

	child.Process.Kill()
	child.Wait()
	assertHolder(t, dir, 0, false)
	lock, err := workerapi.AcquireActive(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := lock.Release(); err != nil {
		t.Error(err)
	}
}

// askElsewhere asks for the holder in another process: the kernel does not show a process its own locks.
func askElsewhere(t *testing.T, stateDir string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	out, _ := exec.CommandContext(ctx, "/proc/self/exe", "hold", stateDir).Output()
	return string(out)
}

func TestNothingInTheHoldersProcessDropsTheLock(t *testing.T) {
	dir := t.TempDir()
	lock, err := workerapi.AcquireActive(dir)
	if err != nil {
		t.Fatal(err)
	}
	alias := filepath.Join(t.TempDir(), "alias")
	if err := os.Symlink(dir, alias); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{dir, alias, dir + "/."} {
		assertHolder(t, name, os.Getpid(), true)
		var held *workerapi.HeldError
		if _, err := workerapi.AcquireActive(name); !errors.As(err, &held) || held.PID != os.Getpid() {
			t.Errorf("a second acquire by the name %s: got %v", name, err)
		}
	}
	want := fmt.Sprintf("%s is held by process %d\n", filepath.Join(dir, workerapi.ActiveLockName), os.Getpid())
	if got := askElsewhere(t, dir); got != want {
		t.Errorf("another process is told %q, want %q", got, want)
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	holding(t, dir)
}

func TestAskingForTheHolderMakesNothing(t *testing.T) {
	dir := t.TempDir()
	assertHolder(t, dir, 0, false)
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Errorf("it made %v", entries)
	}
	if _, _, err := workerapi.ActiveHolder(filepath.Join(dir, "nowhere")); err == nil {
		t.Error("a directory that is not there is no error")
	}
}
