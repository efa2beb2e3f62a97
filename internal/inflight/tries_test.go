package inflight_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/steadfast-bot/steadfast/internal/inflight"
)

const second = time.Second

func fateIs(t *testing.T, tries inflight.Tries, row int64, want inflight.Fate, first, last time.Duration) {
	t.Helper()
	got, fate := tries.Of(row)
	if fate != want || got != (inflight.Try{First: first, Last: last}) {
		t.Errorf("row %d: fate %v, tried %v; want %v and %v to %v", row, fate, got, want, first, last)
	}
}

func TestTheFirstTryStaysAndTheLastMovesOverManyDeaths(t *testing.T) {
	dir := t.TempDir()
	file := starts(t, opens(t, dir))
	file.Tried(5, 10*second)
	file.Tried(6, 11*second)
	file.Tried(7, 12*second)
	file.Tried(5, 13*second)
	file.Settled(6)
	file.Settled(99)
	file = starts(t, opens(t, dir))
	file.Tried(5, 20*second)
	file.Tried(8, 21*second)
	file.Settled(7)
	tries := opens(t, dir).Tries
	fateIs(t, tries, 5, inflight.WasTried, 10*second, 20*second)
	fateIs(t, tries, 6, inflight.NeverTried, 0, 0)
	fateIs(t, tries, 7, inflight.NeverTried, 0, 0)
	fateIs(t, tries, 8, inflight.WasTried, 21*second, 21*second)
	if got := tries.Rows(); !slices.Equal(got, []int64{5, 8}) {
		t.Errorf("rows %v", got)
	}
}

func TestInANewFileAllRowsUpToTheLastMayHaveBeenTried(t *testing.T) {
	dir := t.TempDir()
	first := opens(t, dir)
	fateIs(t, first.Tries, 1<<40, inflight.MayBeTried, 0, 0)
	startsWith(t, first, inflight.Inheritance{LastRow: 41})
	second := opens(t, dir)
	fateIs(t, second.Tries, 41, inflight.MayBeTried, 0, 0)
	fateIs(t, second.Tries, 42, inflight.NeverTried, 0, 0)
	startsWith(t, second, inflight.Inheritance{LastRow: 50}) // all is known: it means nothing
	fateIs(t, opens(t, dir).Tries, 42, inflight.NeverTried, 0, 0)
}

func TestWithoutRoomTheLowestRowsCountAsTriedWhenTheyWereCommitted(t *testing.T) {
	file := inflight.Memory()
	for i := range inflight.TryCount + 2 {
		file.Tried(int64(10+i), second)
	}
	tries := left(t, file).Tries
	fateIs(t, tries, 3, inflight.MayBeTried, 0, 0) // below; perhaps it never was
	fateIs(t, tries, 11, inflight.MayBeTried, 0, 0)
	fateIs(t, tries, 12, inflight.WasTried, second, second)
	fateIs(t, tries, inflight.TryCount+11, inflight.WasTried, second, second)
	fateIs(t, tries, inflight.TryCount+12, inflight.NeverTried, 0, 0)
	file.Tried(5, 2*second) // lower than all: it needs no room
	tries = left(t, file).Tries
	fateIs(t, tries, 5, inflight.MayBeTried, 0, 0)
	fateIs(t, tries, 12, inflight.WasTried, second, second)
	file.Settled(12)
	file.Tried(5000, 3*second)
	tries = left(t, file).Tries
	fateIs(t, tries, 13, inflight.WasTried, second, second)
	fateIs(t, tries, 5000, inflight.WasTried, 3*second, 3*second)
}

func TestManyMayTryAndSettleAtOnce(t *testing.T) {
	const goroutines, rows = 8, 500
	file := inflight.Memory()
	var all sync.WaitGroup
	for g := range goroutines {
		all.Go(func() {
			for i := range rows {
				row := int64(1 + g + i*goroutines)
				file.Tried(row, second)
				if i%100 != 0 {
					file.Settled(row)
				}
			}
		})
	}
	all.Wait()
	if got := left(t, file).Tries.Rows(); len(got) != goroutines*rows/100 {
		t.Errorf("%d rows are left: %v", len(got), got)
	}
}
