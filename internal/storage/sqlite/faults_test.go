package sqlite_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

// shortBusyTimeout keeps the tests of locks short.
const shortBusyTimeout = 100 * time.Millisecond

func TestAFileThatIsNoDatabaseIsRefusedAndLeftAsItIs(t *testing.T) {
	for name, content := range map[string]string{
		"a text":           strings.Repeat("Dear diary, today nothing happened. ", 100),
		"a few bytes":      "x",
		"a broken header":  "SQLite format 3\x00" + strings.Repeat("\xff", 4080),
		"zeros":            strings.Repeat("\x00", 8192),
		"a settings file?": "token = \"…\"\n",
	} {
		t.Run(name, func(t *testing.T) {
			path := newPath(t)
			writeFile(t, path, []byte(content))
			refusedEverywhere(t, path, storage.ErrCorrupt)
			if got := readFile(t, path); string(got) != content {
				t.Error("the file was changed")
			}
		})
	}
}

func TestADamagedDatabaseIsRefused(t *testing.T) {
	path := sound(t)
	content := readFile(t, path)
	for page := 1; page < len(content)/4096; page++ {
		copy(content[page*4096:], bytes.Repeat([]byte{0xa5}, 4096))
	}
	writeFile(t, path, content)
	refusedEverywhere(t, path, storage.ErrCorrupt)
}

func TestADatabaseOfOursWithoutItsVersionIsRefused(t *testing.T) {
	for _, damage := range []string{"DROP TABLE schema_version", "DELETE FROM schema_version"} {
		path := sound(t)
		if _, err := raw(t, path).Exec(damage); err != nil {
			t.Fatal(err)
		}
		refusedEverywhere(t, path, storage.ErrCorrupt)
	}
}

func TestADatabaseCutShortIsRefused(t *testing.T) {
	path := sound(t)
	writeFile(t, path, readFile(t, path)[:4096])
	refusedEverywhere(t, path, storage.ErrCorrupt)
}

func TestAnotherProgramsDatabaseIsRefusedAndLeftAsItIs(t *testing.T) {
	path := newPath(t)
	if _, err := raw(t, path).Exec("CREATE TABLE moz_bookmarks (id INTEGER PRIMARY KEY)"); err != nil {
		t.Fatal(err)
	}
	before := readFile(t, path)
	refusedEverywhere(t, path, storage.ErrForeign)
	if !bytes.Equal(before, readFile(t, path)) {
		t.Error("the file was changed")
	}
}

func TestWhatIsNoFileOrHasNoDirectoryIsRefused(t *testing.T) {
	directory := newPath(t)
	if err := os.Mkdir(directory, 0o700); err != nil {
		t.Fatal(err)
	}
	refusedEverywhere(t, directory, storage.ErrCorrupt)

	lost := filepath.Join(t.TempDir(), "no such directory", "steadfast.db")
	err := activationError(t, lost)
	if !errors.Is(err, storage.ErrReadOnly) || !strings.Contains(err.Error(), "create its directory first") {
		t.Errorf("no directory: got %v", err)
	}
	if facts, err := open(t, lost).Inspect(t.Context()); err != nil || facts.Exists {
		t.Errorf("a standby without a directory: %+v, %v", facts, err)
	}
}

func TestADatabaseThatNeedsANewerBuildIsRefusedByNumber(t *testing.T) {
	path := sound(t)
	if _, err := raw(t, path).Exec("UPDATE schema_version SET version = 900, readable_from = 800"); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{inspectionError(t, path), activationError(t, path)} {
		var newer *storage.NewerError
		if !errors.As(err, &newer) || newer.Version != 900 || newer.ReadableFrom != 800 || newer.Ours < 1 || newer.Where != path {
			t.Errorf("got %v", err)
		}
	}
}

func TestADatabaseOfANewerBuildThatOlderOnesCanReadIsUsedAndKeepsItsVersion(t *testing.T) {
	path := sound(t)
	if _, err := raw(t, path).Exec("UPDATE schema_version SET version = 900"); err != nil {
		t.Fatal(err)
	}
	store, epoch := activate(t, path)
	saveProgress(t, store, epoch, 5)
	facts, err := store.Inspect(t.Context())
	if err != nil || facts.Version != 900 || facts.ReadableFrom != 1 {
		t.Errorf("got %+v, %v", facts, err)
	}
}

func TestALockOfAnotherProcessIsSaidAndGotOver(t *testing.T) {
	path := newPath(t)
	store, epoch := activate(t, path)
	beginSession(t, store, epoch)
	release := lockedByAnotherProcess(t, path)

	err := store.SaveProgress(t.Context(), epoch, storage.Progress{SessionID: "session", Sequence: 7})
	if !errors.Is(err, storage.ErrLocked) {
		t.Fatalf("save while locked: got %v", err)
	}
	if trouble := store.Health().Trouble; !strings.Contains(trouble, "locked by another process") {
		t.Errorf("trouble: %q", trouble)
	}
	if cursor, found, err := store.Cursor(t.Context(), 0); err != nil || !found || cursor.Sequence != 0 {
		t.Errorf("reading while locked: %+v, %v, %v", cursor, found, err)
	}
	if err := activationError(t, path); !errors.Is(err, storage.ErrLocked) {
		t.Errorf("activate while locked: got %v", err)
	}
	release()
	saveProgress(t, store, epoch, 8)
	if trouble := store.Health().Trouble; trouble != "" {
		t.Errorf("trouble after recovery: %q", trouble)
	}
}

func TestAnActivationThatWaitsForALockCanBeCalledOff(t *testing.T) {
	path := sound(t)
	defer lockedByAnotherProcess(t, path)()
	store := openWith(t, path, time.Minute)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := store.Activate(ctx, storage.Claim{})
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 10*time.Second {
		t.Errorf("got %v after %v", err, time.Since(start))
	}
}

func TestHealthWaitsForNobodyAndShowsAWriteThatHangs(t *testing.T) {
	path := newPath(t)
	store := openWith(t, path, time.Minute)
	epoch, err := store.Activate(t.Context(), storage.Claim{})
	if err != nil {
		t.Fatal(err)
	}
	beginSession(t, store, epoch)
	release := lockedByAnotherProcess(t, path)
	saved := make(chan error, 1)
	go func() {
		saved <- store.SaveProgress(t.Context(), epoch, storage.Progress{SessionID: "session", Sequence: 7})
	}()
	for store.Health().PendingAge < 20*time.Millisecond {
		runtime.Gosched() // until the write has visibly been under way for a while
	}
	release()
	if err := <-saved; err != nil {
		t.Error(err)
	}
	if h := store.Health(); h.PendingAge >= 0 || h.LastWriteTook < 20*time.Millisecond {
		t.Errorf("after the write: %+v", h)
	}
}

func TestHealthDoesNotWaitForAnActivation(t *testing.T) {
	path := sound(t)
	release := lockedByAnotherProcess(t, path)
	store := openWith(t, path, time.Minute)
	activated := make(chan error, 1)
	go func() {
		_, err := store.Activate(t.Context(), storage.Claim{})
		activated <- err
	}()
	for start := time.Now(); time.Since(start) < 50*time.Millisecond; {
		if h := store.Health(); h.LastWriteAge >= 0 {
			t.Fatalf("a write while another process holds the lock: %+v", h)
		}
	}
	release()
	if err := <-activated; err != nil {
		t.Error(err)
	}
}

func TestHavingNoDescriptorLeftIsNoLackOfRightsAndPasses(t *testing.T) {
	if out, err := child(t, "run out of files", sound(t)).Output(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// The words the tests are written in.

// sound is a database with a session in it, closed in order.
func sound(t *testing.T) string {
	t.Helper()
	path := newPath(t)
	store, epoch := activate(t, path)
	beginSession(t, store, epoch)
	closeStore(t, store)
	return path
}

func inspectionError(t *testing.T, path string) error {
	t.Helper()
	_, err := open(t, path).Inspect(t.Context())
	return err
}

func activationError(t *testing.T, path string) error {
	t.Helper()
	_, err := open(t, path).Activate(t.Context(), storage.Claim{})
	return err
}

func refusedEverywhere(t *testing.T, path string, kind error) {
	t.Helper()
	for what, err := range map[string]error{"inspect": inspectionError(t, path), "activate": activationError(t, path)} {
		var fault *storage.Fault
		if !errors.As(err, &fault) || !errors.Is(err, kind) || fault.Where != path || fault.Hint == "" {
			t.Errorf("%s: got %v, want %v", what, err, kind)
		}
	}
}

// lockedByAnotherProcess returns once the lock is held; the function it returns once it is not.
func lockedByAnotherProcess(t *testing.T, path string) (release func()) {
	t.Helper()
	cmd := child(t, "hold the lock", path)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(stdout, make([]byte, len("held\n"))); err != nil {
		t.Fatal(err)
	}
	return func() {
		_ = stdin.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the holder of the lock: %v", err)
		}
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func writeFile(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}
