package sqlite

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

// These tests look inside because a full disk is not to be had in every place; rights_test.go has the real one.

// plentyOf is a disk with that much room, which a test may change.
func plentyOf(free int64) (*int64, func(string) (int64, error)) {
	return &free, func(string) (int64, error) { return free, nil }
}

func TestTheBallastTakesUpItsRoomAndGivesIt(t *testing.T) {
	free, ask := plentyOf(ballastReturn)
	options := Options{Path: filepath.Join(t.TempDir(), "x.db"), Ballast: ballastSize, Free: ask}
	b := newBallast(options)
	b.begin()
	takesUp(t, b, ballastSize)

	*free = 0
	if !b.release() || !b.out {
		t.Fatal("it was not released")
	}
	takesUp(t, b, 0)
	if b.release() {
		t.Error("it was released twice")
	}
	for _, room := range []int64{0, ballastSize, ballastReturn - 1} {
		if *free = room; true {
			b.restore()
		}
		if !b.out {
			t.Errorf("it came back when %d bytes were free", room)
		}
	}
	*free = ballastReturn
	b.restore()
	if b.out || !b.held {
		t.Error("it did not come back")
	}
	takesUp(t, b, ballastSize)
}

func TestASuccessorKnowsThatTheBallastIsOut(t *testing.T) {
	free, ask := plentyOf(ballastReturn)
	options := Options{Path: filepath.Join(t.TempDir(), "x.db"), Ballast: 1 << 16, Free: ask}
	first := newBallast(options)
	first.begin()
	*free = 0
	first.release()
	second := newBallast(options)
	second.begin()
	if !second.out || second.held {
		t.Error("it does not know")
	}
	*free = ballastReturn
	third := newBallast(options)
	third.begin()
	if third.out || !third.held {
		t.Error("it does not see that there is room again")
	}
}

func TestADiskWithoutRoomForABallastHasNone(t *testing.T) {
	_, ask := plentyOf(ballastReturn - 1)
	b := newBallast(Options{Path: filepath.Join(t.TempDir(), "x.db"), Ballast: 1 << 16, Free: ask})
	b.begin()
	if b.held || b.out || b.release() || b.out {
		t.Error("there is one")
	}
	broken := newBallast(Options{Path: b.path, Ballast: 1 << 16, Free: func(string) (int64, error) { return 0, errors.New("no such disk") }})
	broken.begin()
	if broken.held || broken.out {
		t.Error("there is one on a disk that does not answer")
	}
}

func TestAFullDiskRefusesNewWorkAndRecordsTheRefusal(t *testing.T) {
	s := newSubject(t)
	full := &storage.Fault{Kind: storage.ErrFull, Where: "the file", Hint: hintFull}
	runs := 0
	fullOnce := func(kind memberKind) *job { // the first run finds the disk full
		put := s.put("reserved", nil).do
		return &job{epoch: s.epoch, kind: kind, do: func(t *tx) error {
			if runs++; runs == 1 {
				return errors.Join(full, put(t))
			}
			return put(t)
		}}
	}
	got := s.inOneBatch(s.put("innocent", nil), fullOnce(reserved))
	if got[0] != nil || got[1] != nil || runs != 2 {
		t.Fatalf("got %v after %d runs", got, runs)
	}
	s.holds("innocent", "reserved")

	if h := s.store.Health(); !h.Full || !strings.Contains(h.Trouble, "no room left") {
		t.Errorf("health: %+v", h)
	}
	if err := s.submit(s.put("new work", nil)); !errors.Is(err, storage.ErrFull) {
		t.Errorf("new work: %v", err)
	}
	refusal := s.put("refusal", nil)
	refusal.kind = reserved
	if err := s.submit(refusal); err != nil {
		t.Errorf("the refusal: %v", err)
	}
	if h := s.store.Health(); !h.Full || h.Trouble == "" {
		t.Errorf("health after a success: %+v", h)
	}

	*s.free = ballastReturn
	if err := s.submit(s.put("work", nil)); err != nil {
		t.Errorf("when there is room again: %v", err)
	}
	if h := s.store.Health(); h.Full || h.Trouble != "" {
		t.Errorf("health when there is room again: %+v", h)
	}
	s.holds("innocent", "refusal", "reserved", "work")
}

// takesUp checks how much room the file has set aside.
func takesUp(t *testing.T, b *ballast, want int64) {
	t.Helper()
	info, err := os.Stat(b.path)
	if err != nil {
		t.Fatal(err)
	}
	blocks := info.Sys().(*syscall.Stat_t).Blocks * 512
	if info.Size() != want || blocks < want || want == 0 && blocks > 0 || info.Mode().Perm() != 0o600 {
		t.Errorf("it is %d bytes long, takes up %d, mode %v; want %d", info.Size(), blocks, info.Mode(), want)
	}
}
