package inflight

import (
	"encoding/binary"
	"errors"
	"slices"
)

// recordSize is that of a Record in the file: accusations, unseen, run, kind, quarantined, the key's length, the key.
const recordSize = 4 + 4 + 8 + 3 + maxKey

// encode writes a history down.
func (h History) encode() []byte {
	h.limit()
	out := make([]byte, 0, 12+recordSize*len(h.Records))
	out = binary.LittleEndian.AppendUint64(out, h.Judged)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(h.Records)))
	for _, r := range h.Records {
		out = binary.LittleEndian.AppendUint32(out, uint32(r.Accusations))
		out = binary.LittleEndian.AppendUint32(out, uint32(r.Unseen))
		out = binary.LittleEndian.AppendUint64(out, r.Run)
		var quarantined byte
		if r.Quarantined {
			quarantined = 1
		}
		var key [maxKey]byte
		length := shorten(&key, r.Key)
		out = append(out, byte(r.Kind), quarantined, byte(length))
		out = append(out, key[:]...)
	}
	return out
}

var errHistory = errors.New("its table of suspects makes no sense")

// decodeHistory reads one; of nothing it makes an empty one.
func decodeHistory(in []byte) (History, error) {
	if len(in) == 0 {
		return History{}, nil
	}
	if len(in) < 12 {
		return History{}, errHistory
	}
	h := History{Judged: binary.LittleEndian.Uint64(in)}
	count := int(binary.LittleEndian.Uint32(in[8:]))
	if in = in[12:]; count > maxRecords || len(in) != count*recordSize {
		return History{}, errHistory
	}
	for one := range slices.Chunk(in, recordSize) {
		length := int(one[18])
		if length > maxKey {
			return History{}, errHistory
		}
		h.Records = append(h.Records, Record{
			Accusations: int(binary.LittleEndian.Uint32(one)),
			Unseen:      int(binary.LittleEndian.Uint32(one[4:])),
			Run:         binary.LittleEndian.Uint64(one[8:]),
			Kind:        Kind(one[16]),
			Quarantined: one[17] != 0,
			Key:         string(one[19 : 19+length]),
		})
	}
	return h, nil
}

// Standing is how something is to be treated that comes up for work. It costs next to nothing while nobody is
// suspected.
func (f *File) Standing(key string) Standing { return f.history.Load().Of(key) }

// History is what is known of suspects now.
func (f *File) History() History { return *f.history.Load() }

// Forget clears a key of all suspicion: it was done and nobody died, it will never come again, or its quarantine is
// kept elsewhere. A successor then knows nothing of it either.
func (f *File) Forget(key string) {
	f.historyMu.Lock()
	defer f.historyMu.Unlock()
	old := *f.history.Load()
	if old.Of(key) != Clear {
		f.keep(old.Without(key))
	}
}

// keep makes a history that of the file.
func (f *File) keep(h History) {
	h.limit()
	if err := f.memory.history.write(h.encode()); err != nil {
		panic("inflight: " + err.Error()) // limit made it fit
	}
	f.history.Store(&h)
}
