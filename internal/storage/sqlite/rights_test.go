package sqlite_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

func TestWithoutTheRightToWriteItIsRefused(t *testing.T) {
	asOrdinaryUser(t, func(t *testing.T) {
		t.Run("a file in a directory we may not write", func(t *testing.T) {
			path := sound(t)
			chmod(t, filepath.Dir(path), 0o500)
			refusedForWriting(t, path)
		})
		t.Run("no file yet in a directory we may not write", func(t *testing.T) {
			path := newPath(t)
			chmod(t, filepath.Dir(path), 0o500)
			refusedForWriting(t, path)
			if facts, err := open(t, path).Inspect(t.Context()); err != nil || facts.Exists {
				t.Errorf("a standby there: %+v, %v", facts, err)
			}
		})
		t.Run("a file we may only read", func(t *testing.T) {
			path := sound(t)
			chmod(t, path, 0o400)
			refusedForWriting(t, path)
		})
		t.Run("a file we may not even read", func(t *testing.T) {
			path := sound(t)
			chmod(t, path, 0)
			refusedForWriting(t, path)
			if err := inspectionError(t, path); !errors.Is(err, storage.ErrReadOnly) {
				t.Errorf("inspect: got %v", err)
			}
		})
		t.Run("a directory we may not enter", func(t *testing.T) {
			path := sound(t)
			chmod(t, filepath.Dir(path), 0)
			refusedForWriting(t, path)
			if err := inspectionError(t, path); !errors.Is(err, storage.ErrReadOnly) {
				t.Errorf("inspect: got %v", err)
			}
		})
	})
}

func TestAFullDiskIsSaidAndGotOverWithoutARestart(t *testing.T) {
	onADisk(t, "1m", func(t *testing.T, disk string) {
		path := filepath.Join(disk, "steadfast.db")
		store, epoch := activate(t, path)
		beginSession(t, store, epoch)
		filler := filepath.Join(disk, "filler")
		fill(t, filler)

		var err error
		saved := int64(0)
		for sequence := int64(1); err == nil && sequence < 10_000; sequence++ {
			err = store.SaveProgress(t.Context(), epoch, storage.Progress{SessionID: "session", Sequence: sequence})
			if err == nil {
				saved = sequence
			}
		}
		if !errors.Is(err, storage.ErrFull) {
			t.Fatalf("after %d writes: got %v", saved, err)
		}
		if trouble := store.Health().Trouble; !strings.Contains(trouble, "no room left") {
			t.Errorf("trouble: %q", trouble)
		}
		if cursor, _, err := store.Cursor(t.Context(), 0); err != nil || cursor.Sequence != saved {
			t.Errorf("the cursor is %d, %v; %d was acknowledged last", cursor.Sequence, err, saved)
		}
		if err := os.Remove(filler); err != nil {
			t.Fatal(err)
		}
		saveProgress(t, store, epoch, 20_000)
		if trouble := store.Health().Trouble; trouble != "" {
			t.Errorf("trouble after there was room again: %q", trouble)
		}

		// And the other way round: a first activation on a full disk.
		fill(t, filler)
		if err := activationError(t, filepath.Join(disk, "second.db")); !errors.Is(err, storage.ErrFull) {
			t.Errorf("activate on a full disk: got %v", err)
		}
	})
}

// insideEnv marks the run of a test in a process made for it.
const insideEnv = "STEADFAST_STORAGE_TEST_INSIDE"

// asOrdinaryUser runs a test that root's rights would spoil: right here, or as nobody in a process of its own.
func asOrdinaryUser(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	if os.Geteuid() != 0 {
		test(t)
		return
	}
	const nobody = 65534
	home, err := os.MkdirTemp("/tmp", "steadfast-storage") // t.TempDir is behind directories that only root may enter
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(home) })
	if err := os.Chown(home, nobody, nobody); err != nil {
		t.Skipf("root that may not give files away: %v", err)
	}
	cmd := again(t, home)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	runAgain(t, cmd, "root that may not become another user")
}

// onADisk runs a test on a file system of that size, mounted in a namespace of its own.
func onADisk(t *testing.T, size string, test func(t *testing.T, disk string)) {
	t.Helper()
	if home := os.Getenv(insideEnv); home != "" {
		disk := filepath.Join(home, "disk")
		if err := os.Mkdir(disk, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size="+size); err != nil {
			t.Skipf("needs the right to mount a tmpfs: %v", err)
		}
		test(t, disk)
		return
	}
	cmd := again(t, t.TempDir())
	// Unshareflags rather than Cloneflags: then os/exec also keeps the mount from spreading to the whole machine.
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	runAgain(t, cmd, "needs a mount namespace")
}

// again is this one test in another process.
func again(t *testing.T, home string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), insideEnv+"="+home, "TMPDIR="+home, "GORACE=atexit_sleep_ms=0")
	return cmd
}

func runAgain(t *testing.T, cmd *exec.Cmd, orSkip string) {
	t.Helper()
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case err != nil && !errors.As(err, &exit):
		t.Skipf("%s: %v", orSkip, err)
	case err != nil:
		t.Errorf("in another process: %v\n%s", err, out)
	case strings.Contains(string(out), "--- SKIP"):
		t.Skipf("in another process: %s", out)
	case !strings.Contains(string(out), "--- PASS: "+t.Name()):
		t.Errorf("nothing was run:\n%s", out)
	}
}

func refusedForWriting(t *testing.T, path string) {
	t.Helper()
	err := activationError(t, path)
	if !errors.Is(err, storage.ErrReadOnly) || !strings.Contains(err.Error(), "right to write") {
		t.Errorf("activate: got %v", err)
	}
}

// chmod lasts until the end of the test, or nothing could be cleaned up.
func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(path, 0o700) })
}

// fill writes a file until nothing more fits.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for {
		if _, err := f.Write(make([]byte, 4096)); errors.Is(err, syscall.ENOSPC) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}
