package inflight

import (
	"fmt"
	"sync"
	"sync/atomic"
)

// MaxRest is how much SaveRest takes.
const MaxRest = restHalf - halfHeadSize

// SaveRest keeps what package rest knows of Discord's limits, instead of what it gave before. At any instant either
// the old or the new is there, whole. It costs microseconds, so it can be called for every answer, before End: what an
// answer said and is not in here at a kill, the successor does not know.
func (f *File) SaveRest(blob []byte) error {
	f.restMu.Lock()
	defer f.restMu.Unlock()
	if err := f.memory.rest.write(blob); err != nil {
		return fmt.Errorf("keep the rate limits: %w", err)
	}
	return nil
}

// Bucket counts the requests under way of one rate limit. Whoever sends keeps it as long as it needs it.
type Bucket struct {
	table *buckets
	place int // -1 is elsewhere
	hash  uint64
	word  *uint64
	users int
}

// buckets are the entries of the file and who uses them.
type buckets struct {
	mu        sync.Mutex
	memory    *memory
	blank     uint64 // the word of this run with nothing under way
	known     map[uint64]*Bucket
	used      [bucketCount]*Bucket
	next      int
	elsewhere Bucket
}

func (t *buckets) start(m *memory, run uint64) {
	t.memory, t.blank, t.known = m, run<<32, make(map[uint64]*Bucket)
	for i := range m.buckets {
		if m.buckets[i].word != 0 { // untouched pages stay so
			atomic.StoreUint64(&m.buckets[i].word, 0)
		}
	}
	atomic.StoreUint64(&m.counters.elsewhere, t.blank)
	t.elsewhere = Bucket{table: t, place: -1, word: &m.counters.elsewhere}
}

// Bucket gives the counter of the rate limit with this hash, which must be the same in all processes. All who ask for
// one share it. When there are more than the file has room for, the others share one counter (Snapshot.Elsewhere).
func (f *File) Bucket(hash uint64) *Bucket {
	t := &f.buckets
	t.mu.Lock()
	defer t.mu.Unlock()
	b := t.known[hash]
	if b == nil {
		if b = t.claim(hash); b == nil {
			return &t.elsewhere
		}
	}
	b.users++
	return b
}

// claim finds an entry that nobody uses.
func (t *buckets) claim(hash uint64) *Bucket {
	for range bucketCount {
		place := t.next
		t.next = (t.next + 1) % bucketCount
		old, entry := t.used[place], &t.memory.buckets[place]
		if old != nil {
			if old.users > 0 || atomic.LoadUint64(&entry.word) != t.blank {
				continue
			}
			delete(t.known, old.hash)
		}
		entry.hash = hash
		atomic.StoreUint64(&entry.word, t.blank)
		b := &Bucket{table: t, place: place, hash: hash, word: &entry.word}
		t.used[place], t.known[hash] = b, b
		return b
	}
	return nil
}

// Begin counts a request that is about to leave.
func (b *Bucket) Begin() { atomic.AddUint64(b.word, 1) }

// End counts one whose fate is known, and taken into account.
func (b *Bucket) End() {
	if uint32(atomic.AddUint64(b.word, ^uint64(0))) == ^uint32(0) {
		panic("inflight: a request has ended that did not begin")
	}
}

// Release says that one who asked for the bucket needs it no more. Its entry is used for another when nobody does and
// nothing is under way.
func (b *Bucket) Release() {
	if b.place < 0 {
		return
	}
	b.table.mu.Lock()
	b.users--
	b.table.mu.Unlock()
}

// readUnderWay gives the requests that a run left under way.
func readUnderWay(m *memory, run uint64) (byHash map[uint64]int, elsewhere int) {
	count := func(word *uint64) int {
		value := atomic.LoadUint64(word)
		if value>>32 != run&0xffffffff {
			return 0
		}
		return int(uint32(value))
	}
	byHash = make(map[uint64]int)
	for i := range m.buckets {
		if n := count(&m.buckets[i].word); n > 0 {
			byHash[m.buckets[i].hash] += n
		}
	}
	return byHash, count(&m.counters.elsewhere)
}
