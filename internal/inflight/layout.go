package inflight

import "unsafe"

// The layout of the file, version 1, in the byte order of the machine it never leaves. A change of anything in this
// file, or of what is kept in a twin, is a new version: the file of another version is set aside, not read.
const (
	layoutVersion = 1

	slotCount   = 1024
	tryCount    = 1024
	bucketCount = 1024

	countersAt  = 64
	headerAt    = 1024
	headerHalf  = 256
	slotsAt     = 4096
	triesAt     = slotsAt + slotCount*128
	bucketsAt   = triesAt + tryCount*32
	historyAt   = bucketsAt + bucketCount*16
	historyHalf = 96 << 10
	restAt      = historyAt + 2*historyHalf
	restHalf    = 48 << 10
	fileSize    = 512 << 10
	maxKey      = 64
	magic       = "STDFSTIF"
)

// Does not compile unless the parts have the sizes that the offsets say, and fit.
var (
	_ [128]byte = [unsafe.Sizeof(slot{})]byte{}
	_ [32]byte  = [unsafe.Sizeof(try{})]byte{}
	_ [16]byte  = [unsafe.Sizeof(underWay{})]byte{}
	_ [fileSize - restAt - 2*restHalf]struct{}
)

// preamble is the same in all versions.
type preamble struct {
	magic   [8]byte
	version uint32
	size    uint32
}

// counters are words that are valid at any time, each for itself.
type counters struct {
	unrecorded int64  // in flight now without a slot
	overflows  uint64 // how often there was no slot
	floor      int64  // rows up to it may have been tried without being among the tries
	elsewhere  uint64 // the word of all buckets that found no entry
}

// slot is one thing in flight. It belongs to whoever claimed it.
type slot struct {
	state   uint64 // see slot.go; busy is written last on entering, and taken back first on leaving
	check   uint64 // of all that follows, and of the state without marks
	entered int64
	lane    uint64
	about   uint64 // the kind, and the key's length
	key     [maxKey / 8]uint64
	_       [3]uint64
}

// try is one outbox row of which a request may have left.
type try struct {
	row         int64 // 0 is free; written last on entering, first on leaving
	first, last int64
	_           int64
}

// underWay counts a bucket's requests.
type underWay struct {
	hash uint64
	word uint64 // the run and the count
}

// memory is the file as seen through a mapping of it, or a copy.
type memory struct {
	bytes    []byte
	preamble *preamble
	counters *counters
	slots    *[slotCount]slot
	tries    *[tryCount]try
	buckets  *[bucketCount]underWay
	header   twin
	history  twin
	rest     twin
}

// overlay lays the layout over fileSize bytes that are aligned to 8.
func overlay(bytes []byte) *memory {
	bytes = bytes[:fileSize:fileSize]
	return &memory{
		bytes:    bytes,
		preamble: (*preamble)(unsafe.Pointer(&bytes[0])),
		counters: (*counters)(unsafe.Pointer(&bytes[countersAt])),
		slots:    (*[slotCount]slot)(unsafe.Pointer(&bytes[slotsAt])),
		tries:    (*[tryCount]try)(unsafe.Pointer(&bytes[triesAt])),
		buckets:  (*[bucketCount]underWay)(unsafe.Pointer(&bytes[bucketsAt])),
		header:   twin{bytes[headerAt : headerAt+2*headerHalf]},
		history:  twin{bytes[historyAt : historyAt+2*historyHalf]},
		rest:     twin{bytes[restAt : restAt+2*restHalf]},
	}
}

// blank is the layout over bytes of our own.
func blank() *memory {
	words := make([]uint64, fileSize/8) // words, for the alignment
	return overlay(unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), fileSize))
}
