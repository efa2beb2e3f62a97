package inflight

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"sync/atomic"
	"unsafe"
)

// twin is a record that is rewritten as a whole: two halves, of which the valid one with the higher number counts.
// A write goes into the other one, so that at any instant there is a whole record. Writers exclude each other.
type twin struct{ bytes []byte }

// halfHead begins each half. The number is 0 while the half is being written.
type halfHead struct {
	number uint64
	length uint32
	sum    uint32
}

const halfHeadSize = 16

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (t twin) half(i int) (*halfHead, []byte) {
	size := len(t.bytes) / 2
	bytes := t.bytes[i*size : (i+1)*size]
	return (*halfHead)(unsafe.Pointer(&bytes[0])), bytes[halfHeadSize:]
}

// room is how long a record may be.
func (t twin) room() int { return len(t.bytes)/2 - halfHeadSize }

// read gives the record, which still lies in the twin. It is nil when none was ever written, or when the only one is
// broken; then whole is false.
func (t twin) read() (record []byte, whole bool) {
	_, record, whole = t.newest()
	return record, whole
}

func (t twin) newest() (half int, record []byte, whole bool) {
	half, whole = -1, true
	var highest uint64
	for i := range 2 {
		head, body := t.half(i)
		number := atomic.LoadUint64(&head.number)
		if number == 0 {
			continue
		}
		if int(head.length) > len(body) || head.sum != recordSum(number, body[:head.length]) {
			whole = false
			continue
		}
		if number > highest {
			half, record, highest = i, body[:head.length], number
		}
	}
	return half, record, whole || half >= 0
}

// write replaces the record.
func (t twin) write(record []byte) error {
	if len(record) > t.room() {
		return fmt.Errorf("%d bytes do not fit into the %d of the in-flight file", len(record), t.room())
	}
	current, _, _ := t.newest()
	number := uint64(1)
	if current >= 0 {
		head, _ := t.half(current)
		number = head.number + 1
	}
	head, body := t.half(1 - max(current, 0))
	atomic.StoreUint64(&head.number, 0) // so that after kill -9 no check sum has to be trusted
	copy(body, record)
	head.length, head.sum = uint32(len(record)), recordSum(number, record)
	atomic.StoreUint64(&head.number, number)
	return nil
}

func recordSum(number uint64, record []byte) uint32 {
	var head [12]byte
	binary.LittleEndian.PutUint64(head[:], number)
	binary.LittleEndian.PutUint32(head[8:], uint32(len(record)))
	return crc32.Update(crc32.Checksum(head[:], castagnoli), castagnoli, record)
}
