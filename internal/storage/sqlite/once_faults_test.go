package sqlite_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/steadfast-bot/steadfast/internal/storage"
	"github.com/steadfast-bot/steadfast/internal/storage/sqlite"
)

func TestOnAFullDiskNewWorkIsRefusedAndTheRefusalsAreRecorded(t *testing.T) {
	onADisk(t, "96m", func(t *testing.T, disk string) {
		d := fullDisk(t, disk)
		for event := d.refused; event < d.refused+500; event++ {
			if err := d.do(event); !errors.Is(err, storage.ErrFull) {
				t.Fatalf("event %d on a full disk: %v", event, err)
			}
			d.refuse(event)
		}
		if h := d.store.Health(); !h.Full || !strings.Contains(h.Trouble, "no room left") {
			t.Errorf("health: %+v", h)
		}

		// A successor on the same disk knows that it is full.
		closeStore(t, d.store)
		d.activate()
		if err := d.do(d.refused); !errors.Is(err, storage.ErrFull) {
			t.Errorf("a successor: %v", err)
		}
		d.seenIs(d.refused, storage.Refused)
		d.refuse(d.refused + 500)

		removeFile(t, d.filler)
		if err := d.do(d.refused + 501); err != nil {
			t.Errorf("when there was room again: %v", err)
		}
		if err := d.do(d.refused); !errors.Is(err, storage.ErrSeen) {
			t.Errorf("a refused event that comes again: %v", err)
		}
		if h := d.store.Health(); h.Full || h.Trouble != "" {
			t.Errorf("health when there was room again: %+v", h)
		}
		if info, err := os.Stat(d.path + "-ballast"); err != nil || info.Size() != 16<<20 {
			t.Errorf("the ballast: %v, %v", info, err)
		}
	})
}

func TestWhenTheBallastIsUsedUpTooThatIsSaidAndGotOver(t *testing.T) {
	onADisk(t, "96m", func(t *testing.T, disk string) {
		d := fullDisk(t, disk)
		var err error
		committed := d.refused
		for ; err == nil; committed++ {
			err = d.store.DoReserved(t.Context(), d.epoch, func(tx storage.Tx) error {
				if _, err := tx.AddTimer(storage.Timer{Kind: "big", Due: noon, Payload: make([]byte, 1<<20)}); err != nil {
					return err
				}
				return tx.Settle(storage.Settled{Key: keyOf(committed), Outcome: storage.Refused, At: noon})
			})
		}
		if !errors.Is(err, storage.ErrFull) || committed < d.refused+8 {
			t.Fatalf("after %d MB: %v", committed-d.refused, err)
		}
		d.seenIs(committed-1, storage.Unseen)
		d.seenIs(committed-2, storage.Refused)
		removeFile(t, d.filler)
		if err := d.do(committed); err != nil {
			t.Errorf("when there was room again: %v", err)
		}
		integrityIsOK(t, d.path)
	})
}

func TestAWorkerThatStartsOnAFullDiskTakesTheBallastOfTheLast(t *testing.T) {
	onADisk(t, "96m", func(t *testing.T, directory string) {
		d := &disk{T: t, path: filepath.Join(directory, "steadfast.db"), filler: filepath.Join(directory, "filler")}
		d.activate()
		if err := d.do(0); err != nil {
			t.Fatal(err)
		}
		closeStore(t, d.store)
		fillAtOnce(t, d.filler)
		d.activate()
		d.seenIs(0, storage.Done)
		if err := d.do(1); !errors.Is(err, storage.ErrFull) {
			t.Errorf("new work: %v", err)
		}
		d.refuse(1)
	})
}

func TestAReadOnlyFileSystemIsRefused(t *testing.T) {
	onADisk(t, "32m", func(t *testing.T, disk string) {
		path := filepath.Join(disk, "steadfast.db")
		store, epoch := activate(t, path)
		beginSession(t, store, epoch)
		closeStore(t, store)
		if err := syscall.Mount("", disk, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
			t.Skipf("needs the right to remount: %v", err)
		}
		refusedForWriting(t, path)
		refusedForWriting(t, filepath.Join(disk, "new.db"))
	})
}

func TestAnEventThatMetALockIsNotDoneAndIsDoneLater(t *testing.T) {
	path := newPath(t)
	store, epoch := activate(t, path)
	beginSession(t, store, epoch)
	release := lockedByAnotherProcess(t, path)
	run := func(tx storage.Tx) error { _, err := command(tx, 7); return err }
	if err := store.Do(t.Context(), epoch, run); !errors.Is(err, storage.ErrLocked) {
		t.Errorf("while locked: %v", err)
	}
	if h := store.Health(); h.Full {
		t.Errorf("a lock is taken for a full disk: %+v", h)
	}
	release()
	if err := store.Do(t.Context(), epoch, run); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestATableThatIsDamagedFailsWhoNeedsItAndNobodyElse(t *testing.T) {
	path := sound(t)
	var page int
	if err := raw(t, path).QueryRow("SELECT rootpage FROM sqlite_schema WHERE name = 'outbox'").Scan(&page); err != nil {
		t.Fatal(err)
	}
	content := readFile(t, path)
	for i := range 4096 {
		content[(page-1)*4096+i] = 0xa5
	}
	writeFile(t, path, content)

	store, epoch := activate(t, path)
	err := store.Do(t.Context(), epoch, func(tx storage.Tx) error { _, err := command(tx, 7); return err })
	if !errors.Is(err, storage.ErrCorrupt) {
		t.Errorf("a command: %v", err)
	}
	err = store.Read(t.Context(), func(view storage.View) error { _, _, err := view.Effect(1); return err })
	if !errors.Is(err, storage.ErrCorrupt) {
		t.Errorf("a reader: %v", err)
	}
	saveProgress(t, store, epoch, 5)
	err = store.Read(t.Context(), func(view storage.View) error {
		outcome, err := view.Seen(keyOf(7))
		if outcome != storage.Unseen {
			t.Errorf("the event is %v", outcome)
		}
		return err
	})
	if err != nil {
		t.Errorf("who does not need it: %v", err)
	}
}

// disk is a database on a disk that is full.
type disk struct {
	*testing.T
	path, filler string
	store        *sqlite.Store
	epoch        storage.Epoch
	refused      int64 // the first event that was refused
}

// fullDisk is full but for what the ballast holds, and has just been found to be.
func fullDisk(t *testing.T, directory string) *disk {
	t.Helper()
	d := &disk{T: t, path: filepath.Join(directory, "steadfast.db"), filler: filepath.Join(directory, "filler")}
	d.activate()
	if err := d.do(0); err != nil {
		t.Fatal(err)
	}
	fillAtOnce(t, d.filler)
	var err error
	for err == nil {
		d.refused++
		err = d.do(d.refused)
	}
	if !errors.Is(err, storage.ErrFull) {
		t.Fatalf("event %d: %v", d.refused, err)
	}
	d.seenIs(d.refused, storage.Unseen)
	d.seenIs(d.refused-1, storage.Done)
	return d
}

// activate opens the database with the ballast that everybody gets.
func (d *disk) activate() {
	d.Helper()
	store, err := sqlite.New(sqlite.Options{Path: d.path, Budget: storage.DefaultBudget()})
	if err != nil {
		d.Fatal(err)
	}
	d.Cleanup(func() { closeStore(d.T, store) })
	if d.epoch, err = store.Activate(d.Context(), storage.Claim{}); err != nil {
		d.Fatal(err)
	}
	d.store = store
	beginSession(d.T, store, d.epoch)
}

func (d *disk) do(event int64) error {
	return d.store.Do(d.Context(), d.epoch, func(tx storage.Tx) error { _, err := command(tx, event); return err })
}

// refuse records that an event was refused, and what its member is told.
func (d *disk) refuse(event int64) {
	d.Helper()
	err := d.store.DoReserved(d.Context(), d.epoch, func(tx storage.Tx) error {
		key := keyOf(event)
		sorry := storage.Effect{Number: 1, Kind: "reply", OrderKey: "c1", NotAfter: noon, Payload: []byte("The disk is full.")}
		if _, err := tx.AddEffects(key, noon, []storage.Effect{sorry}); err != nil {
			return err
		}
		return tx.Settle(storage.Settled{Key: key, Outcome: storage.Refused, At: noon})
	})
	if err != nil {
		d.Fatalf("the refusal of event %d: %v", event, err)
	}
}

func (d *disk) seenIs(event int64, want storage.Outcome) {
	d.Helper()
	err := d.store.Read(d.Context(), func(view storage.View) error {
		got, err := view.Seen(keyOf(event))
		if got != want {
			d.Errorf("event %d is %v, want %v", event, got, want)
		}
		return err
	})
	if err != nil {
		d.Error(err)
	}
}

// fillAtOnce takes up all that is free.
func fillAtOnce(t *testing.T, path string) {
	t.Helper()
	var s unix.Statfs_t
	if err := unix.Statfs(filepath.Dir(path), &s); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := unix.Fallocate(int(f.Fd()), 0, 0, int64(s.Bavail)*s.Bsize); err != nil {
		t.Fatal(err)
	}
}

func removeFile(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}
