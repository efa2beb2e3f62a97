package inflight

import (
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// unknown is the floor when nothing is known of what was tried.
const unknown = int64(math.MaxInt64)

// Fate is what is known of an outbox row's earlier tries.
type Fate int

// The fates.
const (
	// NeverTried: no process has sent a request for it.
	NeverTried Fate = iota
	// WasTried: a request may have left, at the times given.
	WasTried
	// MayBeTried: nothing is known; it counts as tried when it was committed.
	MayBeTried
)

// Try is when requests for an outbox row may have left: the first and the last, in CLOCK_BOOTTIME.
type Try struct{ First, Last time.Duration }

// Tries is what dead processes left of their tries.
type Tries struct {
	rows  map[int64]Try
	floor int64
}

// Of says what is known of a row that is committed and not marked as done.
func (t Tries) Of(row int64) (Try, Fate) {
	if try, ok := t.rows[row]; ok {
		return try, WasTried
	}
	if row <= t.floor {
		return Try{}, MayBeTried
	}
	return Try{}, NeverTried
}

// Rows are those of which the times are known, in rising order. Whoever finds one of them done calls Settled for it.
func (t Tries) Rows() []int64 {
	rows := make([]int64, 0, len(t.rows))
	for row := range t.rows {
		rows = append(rows, row)
	}
	slices.Sort(rows)
	return rows
}

// tries keeps the rows of which a request may have left until they are settled, from one process to the next.
type tries struct {
	mu     sync.Mutex
	memory *memory
	places map[int64]int // by row
	free   []int
}

// take over what is in the file.
func (t *tries) start(m *memory) {
	t.memory, t.places = m, make(map[int64]int)
	for i := range m.tries {
		if row := m.tries[i].row; row != 0 {
			t.places[row] = i
		} else {
			t.free = append(t.free, i)
		}
	}
}

// Tried records that a request for an outbox row is about to leave; to be called before each of them. The first time
// stays and the last moves, over the lives of all processes, until Settled. Rows are numbered from 1 in the order of
// their commits.
//
// When there is no room, the lowest row makes place: from then on all rows up to it of which no time is known count
// as tried when they were committed (MayBeTried), which costs a look or two seconds and never a double.
func (f *File) Tried(row int64, at time.Duration) {
	f.clock.set(Now())
	t := &f.tries
	t.mu.Lock()
	defer t.mu.Unlock()
	if place, ok := t.places[row]; ok {
		atomic.StoreInt64(&t.memory.tries[place].last, int64(at))
		return
	}
	if len(t.free) == 0 && !t.makeRoom(row) {
		return
	}
	place := t.free[len(t.free)-1]
	t.free = t.free[:len(t.free)-1]
	entry := &t.memory.tries[place]
	entry.first = int64(at)
	atomic.StoreInt64(&entry.last, int64(at))
	atomic.StoreInt64(&entry.row, row)
	t.places[row] = place
}

// makeRoom raises the floor to the lowest row there is, for which there is then no need of an entry. False: that is
// the new one.
func (t *tries) makeRoom(row int64) bool {
	lowest := row
	for known := range t.places {
		lowest = min(lowest, known)
	}
	if floor := &t.memory.counters.floor; lowest > atomic.LoadInt64(floor) {
		atomic.StoreInt64(floor, lowest)
	}
	if lowest == row {
		return false
	}
	t.remove(lowest)
	return true
}

// Settled forgets a row's tries. To be called once the row is marked, in the database, as done or given up.
func (f *File) Settled(row int64) {
	f.tries.mu.Lock()
	defer f.tries.mu.Unlock()
	f.tries.remove(row)
}

func (t *tries) remove(row int64) {
	place, ok := t.places[row]
	if !ok {
		return
	}
	atomic.StoreInt64(&t.memory.tries[place].row, 0)
	delete(t.places, row)
	t.free = append(t.free, place)
}

// readTries gives what is in the file. After a reboot, and in a file that nobody has worked with, nothing is known.
func readTries(m *memory, known bool) Tries {
	if !known {
		return Tries{floor: unknown}
	}
	t := Tries{rows: map[int64]Try{}, floor: atomic.LoadInt64(&m.counters.floor)}
	for i := range m.tries {
		entry := &m.tries[i]
		if row := atomic.LoadInt64(&entry.row); row != 0 {
			t.rows[row] = Try{First: time.Duration(entry.first), Last: time.Duration(atomic.LoadInt64(&entry.last))}
		}
	}
	return t
}
