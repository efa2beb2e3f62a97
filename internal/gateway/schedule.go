package gateway

import "time"

const (
	// patience is how long after the first trouble attempts stay close together.
	patience = time.Minute
	// closeGap and closeSpread: attempts in that time start 1.0 to 1.4 s apart.
	closeGap    = time.Second
	closeSpread = 400 * time.Millisecond
	// firstGap doubles up to lastGap afterwards; half of each gap is jitter.
	firstGap = 3 * time.Second
	lastGap  = 60 * time.Second
)

// schedule decides when the next attempt to connect starts. Gaps are counted from start to start: an attempt that
// hangs does not hold up the next one. The zero value is ready: the first attempt is due at once.
type schedule struct {
	trouble time.Time     // when the first attempt of this trouble started; zero while there is none
	last    time.Time     // when the last attempt started
	gap     time.Duration // the last gap after patience ran out
	earlier time.Time     // not before this, whatever the gaps say
}

// due is when the next attempt may start, given a random number in [0,1).
func (s schedule) due(now time.Time, random float64) time.Time {
	at := now
	switch {
	case s.last.IsZero():
	case s.trouble.IsZero():
		at = later(now, s.last.Add(closeGap)) // even a first attempt never makes a hot loop
	case now.Sub(s.trouble) < patience:
		at = later(now, s.last.Add(closeGap+time.Duration(random*float64(closeSpread))))
	default:
		gap := s.nextGap()
		at = later(now, s.last.Add(gap/2+time.Duration(random*float64(gap/2))))
	}
	return later(at, s.earlier)
}

// started notes that an attempt started.
func (s schedule) started(now time.Time) schedule {
	if s.trouble.IsZero() {
		s.trouble = now
	}
	if now.Sub(s.trouble) >= patience {
		s.gap = s.nextGap()
	}
	s.last, s.earlier = now, time.Time{}
	return s
}

// calm forgets the trouble: a connection held.
func (s schedule) calm() schedule {
	return schedule{last: s.last}
}

// eased forgets how rare attempts have become, not the trouble: a connection worked, if only briefly.
func (s schedule) eased() schedule {
	s.gap = 0
	return s
}

// hold puts the next attempt off.
func (s schedule) hold(until time.Time) schedule {
	s.earlier = until
	return s
}

// nextGap is the gap after the last one.
func (s schedule) nextGap() time.Duration {
	if s.gap == 0 {
		return firstGap
	}
	return min(2*s.gap, lastGap)
}

// later is the later of two times.
func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}
