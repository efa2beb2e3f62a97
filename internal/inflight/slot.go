package inflight

import (
	"encoding/binary"
	"fmt"
	"sync/atomic"
)

// Kind is the sort of what is in flight.
type Kind uint8

// What may be in flight (DESIGN.md §3.7).
const (
	GatewayEvent Kind = 1 + iota
	AcceptedRow
	Timer
	EffectResult
	CaughtUpMessage
	OutboxRow
	// Decode is an event of which nothing is known yet but its session and sequence.
	Decode
)

var kindNames = [...]string{
	GatewayEvent: "gateway event", AcceptedRow: "accepted row", Timer: "timer", EffectResult: "effect result",
	CaughtUpMessage: "caught-up message", OutboxRow: "outbox row", Decode: "decode",
}

// String is the kind in words.
func (k Kind) String() string {
	if int(k) < len(kindNames) && kindNames[k] != "" {
		return kindNames[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Mark says how far something in flight has come.
type Mark uint64

// The marks.
const (
	// Tried: a request about it may have left.
	Tried Mark = 1 << (1 + iota)
	// Sent: Discord has taken it.
	Sent

	marks = uint64(Tried | Sent)
)

// The rest of a slot's state. A free one has its turn only, which tells its uses apart.
const (
	busy    = 1 << 0 // in flight
	claimed = 1 << 3 // being filled: to a successor as good as free

	turnShift = 8
	turnMask  = 1<<24 - 1
	runShift  = 32
)

// golden spreads (the golden ratio of 64 bits).
const golden = 0x9e3779b97f4a7c15

// noSlot is the number of a slot that was not to be had.
const noSlot = ^uint32(0)

// Lane is the number under which a lane's name is kept, the same in all processes.
func Lane(name string) uint64 {
	const offset, prime = 14695981039346656037, 1099511628211 // FNV-1a
	hash := uint64(offset)
	for i := range len(name) {
		hash = (hash ^ uint64(name[i])) * prime
	}
	return hash
}

// Slot is the place of one thing in flight. Its methods are for one goroutine at a time; the zero Slot does nothing.
type Slot struct {
	file   *File
	number uint32
	state  uint64
}

// Enter records that something is about to be worked on: before it is decoded, rendered or sent. key is what it is
// known by in every process (the inbox's key; an outbox row's must not look like one), because a suspect is known by
// its key alone, whatever its kind: an interaction that came from the gateway comes back as an accepted row. Keys over
// 64 bytes are kept shortened, the same way everywhere.
//
// When all slots are taken those in them stay, and the new one is only counted: nobody is then found to have been
// alone. Safe for concurrent use; allocates nothing.
func (f *File) Enter(kind Kind, key string, lane uint64) Slot {
	now := f.clock.now()
	number, state, ok := f.claim(uint64(now))
	if !ok {
		atomic.AddInt64(&f.memory.counters.unrecorded, 1)
		atomic.AddUint64(&f.memory.counters.overflows, 1)
		return Slot{file: f, number: noSlot}
	}
	var name [maxKey]byte
	length := shorten(&name, key)
	s := &f.memory.slots[number]
	s.entered, s.lane = now, lane
	s.about = uint64(kind) | uint64(length)<<8
	for i := range (length + 7) / 8 { // behind them the slot's earlier keys may show
		s.key[i&7] = binary.LittleEndian.Uint64(name[8*(i&7):])
	}
	s.check = s.sum(state, length)
	atomic.StoreUint64(&s.state, state) // from here on it is in flight
	return Slot{file: f, number: number, state: state}
}

// claim takes a free slot and gives the state that fills it. It begins to look at one of the first 128, as the seed
// says: enough for many who look at once rarely to meet, and few pages that are ever written.
func (f *File) claim(seed uint64) (number uint32, state uint64, ok bool) {
	first := uint32(seed * golden >> 57)
	for i := range uint32(slotCount) {
		number = (first + i) % slotCount
		word := &f.memory.slots[number].state
		free := atomic.LoadUint64(word)
		if free&(busy|claimed) != 0 {
			continue
		}
		turn := (free>>turnShift + 1) & turnMask
		if atomic.CompareAndSwapUint64(word, free, turn<<turnShift|claimed) {
			return number, f.run<<runShift | turn<<turnShift | busy, true
		}
	}
	return 0, 0, false
}

// Mark adds a mark.
func (s *Slot) Mark(mark Mark) {
	if s.file != nil && s.number != noSlot {
		atomic.OrUint64(&s.file.memory.slots[s.number].state, uint64(mark)&marks)
	}
}

// Leave records that the work is done, whatever came of it. A second Leave does nothing.
func (s *Slot) Leave() {
	f := s.file
	if f == nil {
		return
	}
	s.file = nil
	if s.number == noSlot {
		atomic.AddInt64(&f.memory.counters.unrecorded, -1)
		return
	}
	state := &f.memory.slots[s.number].state
	if atomic.LoadUint64(state)&^marks != s.state {
		return // a copy of this Slot has left
	}
	atomic.StoreUint64(state, s.state&(turnMask<<turnShift))
}

// sum is over what must belong together; of the key, over the words that length says.
func (s *slot) sum(state uint64, length int) uint64 {
	hash := mix(state&^marks, uint64(s.entered))
	hash = mix(mix(hash, s.lane), s.about)
	for i := range (length + 7) / 8 {
		hash = mix(hash, s.key[i&7])
	}
	return hash
}

func mix(hash, word uint64) uint64 {
	hash = (hash ^ word) * golden
	return hash ^ hash>>29
}

// item reads a slot of the given run. free: there is nothing in it. broken: there is, but not as it was written.
func (s *slot) item(run uint64) (item Item, free, broken bool) {
	state := atomic.LoadUint64(&s.state)
	if state&busy == 0 || state>>runShift != run&0xffffffff {
		return Item{}, true, false
	}
	length := s.about >> 8
	if length > maxKey || s.check != s.sum(state, int(length)) {
		return Item{}, false, true
	}
	var name [maxKey]byte
	for i, word := range s.key {
		binary.LittleEndian.PutUint64(name[8*i:], word)
	}
	return Item{
		Key: string(name[:length]), Kind: Kind(s.about), Lane: s.lane, Marks: Mark(state & marks),
		entered: s.entered,
	}, false, false
}

// shorten puts a key, or what stands for it, into a slot's room.
func shorten(name *[maxKey]byte, key string) (length int) {
	if len(key) <= maxKey {
		return copy(name[:], key)
	}
	const kept, digits = maxKey - 17, "0123456789abcdef"
	copy(name[:], key[:kept])
	name[kept] = '~'
	hash := Lane(key)
	for i := maxKey - 1; i > kept; i-- {
		name[i] = digits[hash&15]
		hash >>= 4
	}
	return maxKey
}

// canonical is a key as it is kept.
func canonical(key string) string {
	if len(key) <= maxKey {
		return key
	}
	var name [maxKey]byte
	return string(name[:shorten(&name, key)])
}
