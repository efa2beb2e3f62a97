package inflight

import (
	"fmt"
	"testing"
	"unsafe"
)

// newTwin is one with room for four words.
func newTwin() twin {
	words := make([]uint64, 2*(halfHeadSize/8+4))
	return twin{unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), 8*len(words))}
}

// torn puts the first n bytes that a write would change into a copy, as if the writer had died there; first the
// number is voided, then the body, the length and the sum are written, the number last.
func torn(before, after twin, half, n int) twin {
	t := newTwin()
	copy(t.bytes, before.bytes)
	head, body := t.half(half)
	newHead, newBody := after.half(half)
	head.number = 0
	n -= copy(body[:min(n, len(body))], newBody)
	if n > 0 {
		head.length = newHead.length
	}
	if n > 1 {
		head.sum = newHead.sum
	}
	return t
}

func TestAWriterThatDiesAnywhereLeavesTheOldRecordWhole(t *testing.T) {
	before := newTwin()
	for write := range 4 {
		old := fmt.Sprintf("record %d, which is long", write)
		if err := before.write([]byte(old)); err != nil {
			t.Fatal(err)
		}
		after := newTwin()
		copy(after.bytes, before.bytes)
		if err := after.write([]byte("the next")); err != nil {
			t.Fatal(err)
		}
		if got, whole := after.read(); string(got) != "the next" || !whole {
			t.Errorf("the new record is %q", got)
		}
		half, _, _ := after.newest()
		for n := range before.room() + 3 {
			if got, whole := torn(before, after, half, n).read(); string(got) != old || !whole {
				t.Errorf("write %d, dead after %d bytes: %q, whole %v", write, n, got, whole)
			}
		}
	}
}

func TestAFirstWriterThatDiesLeavesNothing(t *testing.T) {
	empty, written := newTwin(), newTwin()
	if err := written.write([]byte("first")); err != nil {
		t.Fatal(err)
	}
	half, _, _ := written.newest()
	for n := range empty.room() + 3 {
		if got, whole := torn(empty, written, half, n).read(); got != nil || !whole {
			t.Errorf("dead after %d bytes: %q, whole %v", n, got, whole)
		}
	}
}

func TestABrokenHalfIsNotBelieved(t *testing.T) {
	w := newTwin()
	for _, record := range []string{"old", "new"} {
		if err := w.write([]byte(record)); err != nil {
			t.Fatal(err)
		}
	}
	half, _, _ := w.newest()
	for i := range halfHeadSize + 3 { // every bit that counts
		for bit := range 8 {
			at := half*len(w.bytes)/2 + i
			w.bytes[at] ^= 1 << bit
			if got, whole := w.read(); string(got) != "old" || !whole {
				t.Errorf("with bit %d of byte %d changed: %q, %v", bit, i, got, whole)
			}
			w.bytes[at] ^= 1 << bit
		}
	}
	w.bytes[halfHeadSize] ^= 1
	w.bytes[len(w.bytes)/2+halfHeadSize] ^= 1
	if got, whole := w.read(); got != nil || whole {
		t.Errorf("with both broken: %q, %v", got, whole)
	}
}

func TestARecordThatIsTooLongIsRefused(t *testing.T) {
	w := newTwin()
	if err := w.write(make([]byte, w.room())); err != nil {
		t.Error(err)
	}
	if err := w.write(make([]byte, w.room()+1)); err == nil {
		t.Error("it was taken")
	}
}
