package inflight

import (
	"os"
	"time"
)

// The numbers of places, for tests that fill them.
const (
	SlotCount   = slotCount
	TryCount    = tryCount
	BucketCount = bucketCount
	FileSize    = fileSize
)

// System replaces parts of the operating system; nil is the real one.
type System struct {
	BootID   func() (string, error)
	Now      func() time.Duration
	Allocate func(*os.File) error
}

// OpenOn is Open on another system.
func OpenOn(dir string, s System) (*Predecessor, error) {
	sys := kernel
	if s.BootID != nil {
		sys.bootID = s.BootID
	}
	if s.Now != nil {
		sys.now = s.Now
	}
	if s.Allocate != nil {
		sys.allocate = s.Allocate
	}
	return open(dir, sys)
}

// FillHoles is what allocates where the file system can't.
var FillHoles = fillHoles

// Left is what a successor would find now.
func (f *File) Left() (Snapshot, error) {
	m := copyOf(f.memory.bytes)
	record, _ := m.header.read()
	h, err := decodeHeader(record)
	if err != nil {
		return Snapshot{}, err
	}
	return m.read(h.boot, Now())
}

// SpoilSlots overwrites something in every slot, as a page that was half written does after loss of power.
func (f *File) SpoilSlots() {
	for i := range f.memory.slots {
		f.memory.slots[i].key[0] ^= 1
	}
}
