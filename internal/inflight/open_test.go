package inflight_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/steadfast-bot/steadfast/internal/inflight"
)

func TestANewFileIsPrivateAllocatedAndEmpty(t *testing.T) {
	dir := t.TempDir()
	found := opens(t, dir)
	if found.Run != 0 || found.SetAside != "" || found.Rebooted || len(found.InFlight) != 0 {
		t.Errorf("found %+v", found.Snapshot)
	}
	info, err := os.Stat(pathIn(dir))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != 0o600 || info.Size() != inflight.FileSize {
		t.Errorf("it has mode %v and %d bytes", info.Mode(), info.Size())
	}
	if blocks := info.Sys().(*syscall.Stat_t).Blocks; blocks*512 < inflight.FileSize {
		t.Errorf("only %d bytes are allocated: a write may end in SIGBUS", blocks*512)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("in the directory: %v", entries)
	}
}

func TestAfterARebootTimesAreVoidAndWhatWasInFlightIsNot(t *testing.T) {
	dir := t.TempDir()
	boot := func(id string, now time.Duration) inflight.System {
		return inflight.System{
			BootID: func() (string, error) { return id, nil },
			Now:    func() time.Duration { return now },
		}
	}
	reopens := func(s inflight.System) *inflight.Predecessor {
		t.Helper()
		found, err := inflight.OpenOn(dir, s)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	file := startsWith(t, reopens(boot("one", 100*second)), inflight.Inheritance{LastRow: 3})
	file.Enter(inflight.Timer, "a", 0)
	file.Tried(5, 101*second)
	if found := reopens(boot("one", 102*second)); found.Rebooted || found.InFlight[0].Age < second {
		t.Errorf("in the same boot: rebooted %v, %v", found.Rebooted, found.InFlight)
	}
	for name, s := range map[string]inflight.System{
		"another boot":          boot("two", 200*second),
		"a clock before ours":   boot("one", 99*second),
		"no name for this boot": {BootID: func() (string, error) { return "", os.ErrNotExist }},
	} {
		found := reopens(s)
		if !found.Rebooted || !slices.Equal(keys(found.InFlight), []string{"a"}) || found.InFlight[0].Age >= 0 {
			t.Errorf("%s: rebooted %v, in flight %v", name, found.Rebooted, found.InFlight)
		}
		fateIs(t, found.Tries, 5, inflight.MayBeTried, 0, 0)
		fateIs(t, found.Tries, 1000, inflight.MayBeTried, 0, 0)
	}
	file = startsWith(t, reopens(boot("two", 200*second)), inflight.Inheritance{LastRow: 8})
	file.Tried(9, 201*second)
	found := reopens(boot("two", 202*second)) // what was unknown stays so over the next death
	fateIs(t, found.Tries, 5, inflight.MayBeTried, 0, 0)
	fateIs(t, found.Tries, 8, inflight.MayBeTried, 0, 0)
	fateIs(t, found.Tries, 9, inflight.WasTried, 201*second, 201*second)
	fateIs(t, found.Tries, 10, inflight.NeverTried, 0, 0)
}

// spoil changes bytes of a file.
func spoil(t *testing.T, path string, at int, with ...byte) {
	t.Helper()
	content := reads(t, path)
	copy(content[at:], with)
	writes(t, path, content)
}

func TestWhatIsNotOurFileIsSetAsideAndNotBelieved(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(t *testing.T, path string)
		says  string
	}{
		"another version": {func(t *testing.T, path string) { spoil(t, path, 8, 99) }, "version 99"},
		"another size":    {func(t *testing.T, path string) { spoil(t, path, 12, 1) }, "it says it has"},
		"another program": {func(t *testing.T, path string) { spoil(t, path, 0, 'x') }, "not an in-flight file"},
		"short":           {func(t *testing.T, path string) { writes(t, path, []byte("short")) }, "5 bytes"},
		"empty":           {func(t *testing.T, path string) { writes(t, path, nil) }, "0 bytes"},
		"zeros":           {func(t *testing.T, path string) { writes(t, path, make([]byte, inflight.FileSize)) }, "not an in-flight file"},
		"header": {func(t *testing.T, path string) {
			spoil(t, path, 1024, make([]byte, 512)...)
		}, "header"},
		"suspects": {func(t *testing.T, path string) {
			content := reads(t, path)
			at := strings.Index(string(content), "a suspect")
			spoil(t, path, at, 'x')
		}, "suspects"},
		"a directory": {func(t *testing.T, path string) {
			if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
				t.Fatal(err)
			}
		}, "directory"},
		"a link": {func(t *testing.T, path string) {
			elsewhere := path + ".elsewhere"
			if err := errors.Join(os.Rename(path, elsewhere), os.Symlink(elsewhere, path)); err != nil {
				t.Fatal(err)
			}
		}, "symbolic links"},
		"a pipe": {func(t *testing.T, path string) {
			if err := errors.Join(os.Remove(path), unix.Mkfifo(path, 0o600)); err != nil {
				t.Fatal(err)
			}
		}, "not a file"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file := startsWith(t, opens(t, dir), inflight.Inheritance{
				History: inflight.History{Records: []inflight.Record{{Key: "a suspect"}}},
			})
			file.Enter(inflight.Timer, "a", 0)
			c.spoil(t, pathIn(dir))
			found := opens(t, dir)
			if !strings.Contains(found.SetAside, c.says) || !strings.Contains(found.SetAside, inflight.AsideName) {
				t.Errorf("it says %q, want %q", found.SetAside, c.says)
			}
			if found.Run != 0 || len(found.InFlight) != 0 || len(found.History.Records) != 0 {
				t.Errorf("it was believed: %+v", found.Snapshot)
			}
			fateIs(t, found.Tries, 1, inflight.MayBeTried, 0, 0)
			if _, err := os.Lstat(filepath.Join(dir, inflight.AsideName)); err != nil {
				t.Error(err)
			}
			starts(t, found).Enter(inflight.Timer, "b", 0)
			if found = opens(t, dir); found.SetAside != "" || !slices.Equal(keys(found.InFlight), []string{"b"}) {
				t.Errorf("the new one has %v, %q", found.InFlight, found.SetAside)
			}
		})
	}
}

func TestWithoutSpaceThereIsOneClearErrorAndNoFile(t *testing.T) {
	dir := t.TempDir()
	full := inflight.System{Allocate: func(*os.File) error { return fmt.Errorf("allocate: %w", unix.ENOSPC) }}
	_, err := inflight.OpenOn(dir, full)
	isUnavailable(t, err, unix.ENOSPC, "it needs 512 KiB of disk")
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Errorf("left behind: %v", entries)
	}
	starts(t, opens(t, dir)) // there is space again
	if _, err := inflight.OpenOn(dir, full); err != nil {
		t.Errorf("a file that is there needs no more space: %v", err)
	}
}

func isUnavailable(t *testing.T, err, cause error, says string) {
	t.Helper()
	var unavailable *inflight.UnavailableError
	if !errors.As(err, &unavailable) || !errors.Is(err, cause) || !strings.Contains(err.Error(), says) {
		t.Errorf("the error is %v, want an UnavailableError with %v that says %q", err, cause, says)
	}
}

func TestOnAFullDiskNothingDiesOfIt(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: mounts a tmpfs")
	}
	mount := func(size string) (dir string) {
		dir = t.TempDir()
		if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
			t.Skipf("needs a tmpfs of its own: %v", err)
		}
		t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
		return dir
	}
	_, err := inflight.Open(mount("128k"))
	isUnavailable(t, err, unix.ENOSPC, "it needs")

	dir := mount("1m")
	found := opens(t, dir)
	if err := os.WriteFile(filepath.Join(dir, "ballast"), make([]byte, 2<<20), 0o600); !errors.Is(err, unix.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
	file := starts(t, found)
	for range inflight.SlotCount { // every page of the slots is written for the first time
		file.Enter(inflight.Timer, "a", 0)
	}
	if err := file.SaveRest(make([]byte, inflight.MaxRest)); err != nil {
		t.Error(err)
	}
	if got := len(opens(t, dir).InFlight); got != inflight.SlotCount {
		t.Errorf("%d are in flight", got)
	}
}

func TestAFileWithHolesIsFilledBeforeItIsUsed(t *testing.T) {
	dir := t.TempDir()
	starts(t, opens(t, dir)).Enter(inflight.Timer, "a", 0)
	content := reads(t, pathIn(dir))
	if err := os.Remove(pathIn(dir)); err != nil {
		t.Fatal(err)
	}
	writes(t, pathIn(dir), content[:inflight.FileSize/2])
	if err := os.Truncate(pathIn(dir), inflight.FileSize); err != nil {
		t.Fatal(err)
	}
	found, err := inflight.OpenOn(dir, inflight.System{Allocate: inflight.FillHoles})
	if err != nil || !slices.Equal(keys(found.InFlight), []string{"a"}) {
		t.Fatalf("found %v, %v", found, err)
	}
	info, err := os.Stat(pathIn(dir))
	if err != nil || info.Sys().(*syscall.Stat_t).Blocks*512 < inflight.FileSize {
		t.Errorf("it still has holes: %v", err)
	}
}

func TestWithoutPermissionThereIsOneClearError(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("needs an ordinary user: root may write everywhere")
	}
	dir := t.TempDir()
	starts(t, opens(t, dir))
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(dir, 0o700) })
	if _, err := inflight.Open(dir); err != nil {
		t.Errorf("a file that is there needs no writing in the directory: %v", err)
	}
	_, err := inflight.Open(filepath.Join(dir, "missing"))
	isUnavailable(t, err, os.ErrNotExist, "cannot be used")
	if err := errors.Join(os.Chmod(dir, 0o700), os.Remove(pathIn(dir)), os.Chmod(dir, 0o500)); err != nil {
		t.Fatal(err)
	}
	_, err = inflight.Open(dir)
	isUnavailable(t, err, os.ErrPermission, "must be able to write")
}

func TestAFileOutOfReachIsSetAsideSoThatNobodyBelievesItLater(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("needs an ordinary user: root may read everything")
	}
	dir := t.TempDir()
	starts(t, opens(t, dir))
	if err := os.Chmod(pathIn(dir), 0); err != nil {
		t.Fatal(err)
	}
	if found := opens(t, dir); found.Run != 0 || !strings.Contains(found.SetAside, "permission denied") {
		t.Errorf("found run %d, %q", found.Run, found.SetAside)
	}
}

func TestAnotherUsersFileIsSetAside(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: gives a file away")
	}
	dir := t.TempDir()
	starts(t, opens(t, dir))
	if err := os.Chown(pathIn(dir), 65534, -1); err != nil {
		t.Fatal(err)
	}
	if found := opens(t, dir); found.Run != 0 || !strings.Contains(found.SetAside, "uid 65534") {
		t.Errorf("found run %d, %q", found.Run, found.SetAside)
	}
}

func TestOthersMayNotReadItForLong(t *testing.T) {
	dir := t.TempDir()
	starts(t, opens(t, dir))
	if err := os.Chmod(pathIn(dir), 0o644); err != nil {
		t.Fatal(err)
	}
	opens(t, dir)
	if info, err := os.Stat(pathIn(dir)); err != nil || info.Mode() != 0o600 {
		t.Errorf("it has mode %v, %v", info.Mode(), err)
	}
}

func TestALeftoverOfADeathWhileTheFileWasMadeIsOverwritten(t *testing.T) {
	dir := t.TempDir()
	writes(t, pathIn(dir)+".new", []byte("half"))
	if found := opens(t, dir); found.SetAside != "" {
		t.Errorf("it says %q", found.SetAside)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("in the directory: %v", entries)
	}
}

func TestWhoeverDoesNotOwnTheFileMayReadIt(t *testing.T) {
	dir := t.TempDir()
	if _, err := inflight.Read(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without a file: %v", err)
	}
	file := startsWith(t, opens(t, dir), inflight.Inheritance{Generation: 4})
	file.Enter(inflight.Timer, "a", 0)
	found, err := inflight.Read(dir)
	if err != nil || found.Generation != 4 || !slices.Equal(keys(found.InFlight), []string{"a"}) {
		t.Errorf("read %+v, %v", found, err)
	}
	spoil(t, pathIn(dir), 0, 'x')
	if _, err := inflight.Read(dir); err == nil || !strings.Contains(err.Error(), pathIn(dir)) {
		t.Errorf("of another program's: %v", err)
	}
	writes(t, pathIn(dir), nil)
	if _, err := inflight.Read(dir); err == nil || !strings.Contains(err.Error(), "0 bytes") {
		t.Errorf("of an empty one: %v", err)
	}
}
