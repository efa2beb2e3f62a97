package sqlite_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/steadfast-bot/steadfast/internal/storage"
	"github.com/steadfast-bot/steadfast/internal/storage/sqlite"
	"github.com/steadfast-bot/steadfast/internal/storage/storagetest"
)

func TestItKeepsTheContractOfAStore(t *testing.T) {
	storagetest.Run(t, func(t *testing.T) storagetest.Database {
		path := newPath(t)
		return func(budget storage.Budget) storage.Store {
			store, err := sqlite.New(sqlite.Options{Path: path, Budget: budget, Ballast: smallBallast})
			if err != nil {
				t.Fatal(err)
			}
			return store
		}
	})
}

func TestTheFilesAreOursAloneWhateverTheUmask(t *testing.T) {
	path := newPath(t)
	store, epoch := activate(t, path)
	beginSession(t, store, epoch)
	for _, suffix := range []string{"", "-wal", "-shm"} {
		modeIs(t, path+suffix, 0o600)
	}
}

func TestAFileOthersCouldReadIsClosedToThem(t *testing.T) {
	path := newPath(t)
	store, _ := activate(t, path)
	closeStore(t, store)
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	activate(t, path)
	modeIs(t, path, 0o600)
}

func TestAStandbyCreatesNothing(t *testing.T) {
	path := newPath(t)
	store := open(t, path)
	for range 2 {
		facts, err := store.Inspect(t.Context())
		if err != nil || facts != (storage.Facts{}) {
			t.Fatalf("got %+v, %v", facts, err)
		}
	}
	if names := namesIn(t, filepath.Dir(path)); len(names) > 0 {
		t.Fatalf("a standby made %v", names)
	}
}

func TestAStandbyBesideALiveWriterChangesNothingButReadsTheNewest(t *testing.T) {
	path := newPath(t)
	store, epoch := activate(t, path)
	beginSession(t, store, epoch)
	before := namesIn(t, filepath.Dir(path))
	standby := open(t, path)
	for sequence := range int64(300) { // past a checkpoint
		saveProgress(t, store, epoch, sequence)
		if cursor, _, err := standby.Cursor(t.Context(), 0); err != nil || cursor.Sequence != sequence {
			t.Fatalf("standby sees %d, %v; want %d", cursor.Sequence, err, sequence)
		}
	}
	if diff := cmp.Diff(before, namesIn(t, filepath.Dir(path))); diff != "" {
		t.Fatal(diff)
	}
}

func TestAStandbyAfterAnOrderlyStopLeavesTheFileAsItIs(t *testing.T) {
	path := sound(t)
	before := readFile(t, path)
	facts, err := open(t, path).Inspect(t.Context())
	if err != nil || !facts.Exists || !facts.EverReady {
		t.Errorf("got %+v, %v", facts, err)
	}
	if !bytes.Equal(before, readFile(t, path)) {
		t.Error("the file was changed")
	}
	for _, name := range namesIn(t, filepath.Dir(path)) {
		modeIs(t, filepath.Join(filepath.Dir(path), name), 0o600)
	}
}

func TestRootLookingAtAUsersDatabaseDoesNotLockTheUserOut(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to be another user than the file's owner")
	}
	const user = 65534
	path := sound(t)
	for _, name := range namesIn(t, filepath.Dir(path)) {
		if err := os.Chown(filepath.Join(filepath.Dir(path), name), user, user); err != nil {
			t.Skipf("root that may not give files away: %v", err)
		}
	}
	if _, err := open(t, path).Inspect(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, name := range namesIn(t, filepath.Dir(path)) {
		info, err := os.Stat(filepath.Join(filepath.Dir(path), name))
		if err != nil {
			t.Fatal(err)
		}
		if owner := info.Sys().(*syscall.Stat_t).Uid; owner != user {
			t.Errorf("%s belongs to user %d, want %d", name, owner, user)
		}
	}
}

func TestOrderlyStopLeavesTheFileAndItsBallast(t *testing.T) {
	path := newPath(t)
	store, epoch := activate(t, path)
	beginSession(t, store, epoch)
	closeStore(t, store)
	if diff := cmp.Diff([]string{filepath.Base(path), filepath.Base(path) + "-ballast"}, namesIn(t, filepath.Dir(path))); diff != "" {
		t.Fatal(diff)
	}
}

func TestAPathWithStrangeCharactersIsThatPath(t *testing.T) {
	path := filepath.Join(t.TempDir(), "100% sure; a b&c=d é.db")
	store, epoch := activate(t, path)
	beginSession(t, store, epoch)
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsNoFileOnADiskIsRefused(t *testing.T) {
	for _, path := range []string{"", ":memory:", "file::memory:?cache=shared", "relative.db", "/tmp/x.db?mode=memory", "/tmp/x#y"} {
		if _, err := sqlite.New(sqlite.Options{Path: path}); !errors.Is(err, storage.ErrAddress) {
			t.Errorf("%q: got %v", path, err)
		}
	}
}

// The words the tests are written in.

// smallBallast keeps a hundred databases from taking up a gigabyte.
const smallBallast = 64 << 10

func newPath(t testing.TB) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "steadfast.db")
}

func open(t testing.TB, path string) *sqlite.Store {
	t.Helper()
	return openWith(t, path, shortBusyTimeout)
}

func openWith(t testing.TB, path string, busyTimeout time.Duration) *sqlite.Store {
	t.Helper()
	store, err := sqlite.New(sqlite.Options{Path: path, Budget: storage.DefaultBudget(), BusyTimeout: busyTimeout, Ballast: smallBallast})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeStore(t, store) })
	return store
}

func activate(t testing.TB, path string) (*sqlite.Store, storage.Epoch) {
	t.Helper()
	store := open(t, path)
	epoch, err := store.Activate(t.Context(), storage.Claim{})
	if err != nil {
		t.Fatal(err)
	}
	return store, epoch
}

func closeStore(t testing.TB, store *sqlite.Store) {
	t.Helper()
	if err := store.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

func beginSession(t testing.TB, store *sqlite.Store, epoch storage.Epoch) {
	t.Helper()
	session := storage.Session{ID: "session", ResumeURL: "wss://resume.example"}
	if err := store.BeginSession(t.Context(), epoch, session, 0); err != nil {
		t.Fatal(err)
	}
}

func saveProgress(t testing.TB, store *sqlite.Store, epoch storage.Epoch, sequence int64) {
	t.Helper()
	if err := store.SaveProgress(t.Context(), epoch, storage.Progress{SessionID: "session", Sequence: sequence}); err != nil {
		t.Fatal(err)
	}
}

func modeIs(t *testing.T, path string, want os.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != want {
		t.Errorf("%s has mode %v, want %v", filepath.Base(path), got, want)
	}
}

func namesIn(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}
