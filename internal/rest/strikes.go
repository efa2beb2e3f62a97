package rest

import (
	"math"
	"time"
)

// Discord bans an address that gets 10,000 answers of 401, 403 or 429 (scope shared apart) within 10 minutes.
const (
	strikeSpan  = 10 * time.Minute
	strikeSlot  = 10 * time.Second
	strikeSlots = int(strikeSpan/strikeSlot) + 1 // one more, since the oldest counts whole
	// From so many on, requests are spaced, at first by strikeGap, twice as much for every strikeStep more. At 9,000
	// that is 2.6 s, which lets 240 in the span: the 10,000 cannot be reached.
	strikesFrom = 5000
	strikeStep  = 500
	strikeGap   = 10 * time.Millisecond
)

// strikes counts invalid requests over the span.
type strikes struct {
	slots [strikeSlots]int
	start time.Time // of the newest slot
	head  int
	total int
}

func (s *strikes) add(now time.Time) {
	s.settle(now)
	s.slots[s.head]++
	s.total++
}

func (s *strikes) count(now time.Time) int {
	s.settle(now)
	return s.total
}

// gap is how far apart requests must leave now.
func (s *strikes) gap(now time.Time) time.Duration {
	over := s.count(now) - strikesFrom
	if over < 0 {
		return 0
	}
	return time.Duration(float64(strikeGap) * math.Exp2(float64(over)/strikeStep))
}

// settle drops the slots that are older than the span.
func (s *strikes) settle(now time.Time) {
	if s.start.IsZero() {
		s.start = now
	}
	passed := int(now.Sub(s.start) / strikeSlot)
	if passed <= 0 {
		return
	}
	s.start = s.start.Add(time.Duration(passed) * strikeSlot)
	for range min(passed, strikeSlots) {
		s.head = (s.head + 1) % strikeSlots
		s.total -= s.slots[s.head]
		s.slots[s.head] = 0
	}
}
