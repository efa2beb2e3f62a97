package dispatch

// lowWater knows up to which sequence every event of a session is done. Sequences arrive in rising order, with gaps:
// a number that was passed over was never sent (or never readable) and counts as done. So only the open ones are kept,
// in order of arrival, each with the highest number that was seen before it: the oldest open one's is the answer, and
// an event that needs no work costs one comparison.
type lowWater struct {
	top         int64 // the highest sequence seen
	first, last *openMark
}

// openMark is one open event's place in the row. It lives in its task, so that nothing is allocated for it.
type openMark struct {
	before     int64 // the highest sequence seen before this one
	prev, next *openMark
	held       bool // in the row
}

// seen says that a sequence at or below this was here before: whatever carries it is a replay.
func (w *lowWater) seen(sequence int64) bool { return sequence <= w.top }

// skip counts an event as done.
func (w *lowWater) skip(sequence int64) {
	if sequence > w.top {
		w.top = sequence
	}
}

// begin counts an event as open. Its sequence must not have been seen.
func (w *lowWater) begin(m *openMark, sequence int64) {
	*m = openMark{before: w.top, prev: w.last, held: true}
	if w.last == nil {
		w.first = m
	} else {
		w.last.next = m
	}
	w.last, w.top = m, sequence
}

// done counts an open event as done. Of one that an earlier session left behind it takes no notice.
func (w *lowWater) done(m *openMark) {
	if !m.held {
		return
	}
	if m.prev == nil {
		w.first = m.next
	} else {
		m.prev.next = m.next
	}
	if m.next == nil {
		w.last = m.prev
	} else {
		m.next.prev = m.prev
	}
	*m = openMark{}
}

// value is the low-water mark.
func (w *lowWater) value() int64 {
	if w.first == nil {
		return w.top
	}
	return w.first.before
}

// reset forgets the session; the next begins after sequence.
func (w *lowWater) reset(sequence int64) {
	for m := w.first; m != nil; {
		next := m.next
		*m = openMark{}
		m = next
	}
	*w = lowWater{top: sequence}
}
