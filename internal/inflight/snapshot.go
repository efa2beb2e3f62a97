package inflight

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"
)

// Item is one thing in flight.
type Item struct {
	Key   string
	Kind  Kind
	Lane  uint64
	Marks Mark
	// Age is how long ago it was entered; negative when that is not known, after a reboot.
	Age time.Duration

	entered int64
}

// Snapshot is what a run left, or has now.
type Snapshot struct {
	// Run is the run's number in this file, 0 when nobody has worked with it yet. Generation is the worker's.
	Run, Generation uint64
	// Rebooted: the machine was booted since, so the times are void.
	Rebooted bool
	// InFlight is what was entered and not left, in that order.
	InFlight []Item
	// Unrecorded is how much more was in flight, without a slot or in one that cannot be read (after loss of power).
	Unrecorded int
	// Overflows is how often there was no slot, since the file was made.
	Overflows uint64
	// Tries is what is known of the tries of outbox rows.
	Tries Tries
	// Rest is what SaveRest was last given; nil when it never was, or when it can't be read.
	Rest []byte
	// UnderWay is how many requests were under way, by the bucket's hash; Elsewhere how many in buckets that found no
	// room: any that is not named may have had them.
	UnderWay  map[uint64]int
	Elsewhere int
	// History is what was known of suspects before this run's death.
	History History
	// SetAside says, in a sentence, why and where a file that was found in this one's place was put; else empty.
	SetAside string
}

// Death is the end of the run that left this, for Judge. named are the keys of the handlers a stall verdict named.
// The cause must be that of this very generation; if it is not known, it is Unseen.
func (s Snapshot) Death(cause Cause, named ...string) Death {
	return Death{Run: s.Run, Cause: cause, Named: named, InFlight: s.InFlight, Unrecorded: s.Unrecorded}
}

// header is what a run says of itself when it starts.
type header struct {
	run, generation uint64
	started         int64
	boot            string
}

func (h header) encode() []byte {
	out := binary.LittleEndian.AppendUint64(nil, h.run)
	out = binary.LittleEndian.AppendUint64(out, h.generation)
	out = binary.LittleEndian.AppendUint64(out, uint64(h.started))
	return append(out, h.boot[:min(len(h.boot), headerHalf-halfHeadSize-24)]...)
}

func decodeHeader(in []byte) (header, error) {
	if len(in) < 24 {
		return header{}, errors.New("its header is broken")
	}
	return header{
		run:        binary.LittleEndian.Uint64(in),
		generation: binary.LittleEndian.Uint64(in[8:]),
		started:    int64(binary.LittleEndian.Uint64(in[16:])),
		boot:       string(in[24:]),
	}, nil
}

// rebooted says whether the header's times are of an earlier boot, or of a clock that is not ours.
func (h header) rebooted(boot string, now time.Duration) bool {
	return boot == "" || h.boot != boot || h.started > int64(now)
}

// checkPreamble says whether the file is one of ours, of this layout.
func (m *memory) checkPreamble() error {
	switch p := m.preamble; {
	case string(p.magic[:]) != magic:
		return errors.New("it is not an in-flight file")
	case p.version != layoutVersion:
		return fmt.Errorf("its layout is version %d and this program's is %d", p.version, layoutVersion)
	case p.size != fileSize:
		return fmt.Errorf("it says it has %d bytes, not %d", p.size, fileSize)
	}
	return nil
}

// read takes a snapshot, which stays as it is when m changes.
func (m *memory) read(boot string, now time.Duration) (Snapshot, error) {
	if err := m.checkPreamble(); err != nil {
		return Snapshot{}, err
	}
	record, _ := m.header.read()
	h, err := decodeHeader(record)
	if err != nil {
		return Snapshot{}, err
	}
	record, whole := m.history.read()
	if !whole {
		return Snapshot{}, errors.New("its table of suspects is broken")
	}
	history, err := decodeHistory(record)
	if err != nil {
		return Snapshot{}, err
	}
	s := Snapshot{
		Run: h.run, Generation: h.generation, Rebooted: h.rebooted(boot, now), History: history,
		Unrecorded: int(max(0, atomic.LoadInt64(&m.counters.unrecorded))),
		Overflows:  atomic.LoadUint64(&m.counters.overflows),
	}
	s.Tries = readTries(m, s.Run != 0 && !s.Rebooted)
	rest, _ := m.rest.read()
	s.Rest = slices.Clone(rest)
	s.UnderWay, s.Elsewhere = readUnderWay(m, h.run)
	s.readSlots(m, now)
	return s, nil
}

// readSlots adds what is in flight.
func (s *Snapshot) readSlots(m *memory, now time.Duration) {
	for i := range m.slots {
		item, free, broken := m.slots[i].item(s.Run)
		switch {
		case broken:
			s.Unrecorded++
		case !free:
			item.Age = max(0, now-time.Duration(item.entered))
			if s.Rebooted {
				item.Age = -1
			}
			s.InFlight = append(s.InFlight, item)
		}
	}
	slices.SortStableFunc(s.InFlight, func(a, b Item) int { return cmp.Compare(a.entered, b.entered) })
}
