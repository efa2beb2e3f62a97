package rest

import (
	"slices"
	"time"
)

const (
	// slack is added to every moment at which a limit is over, for rounded headers.
	slack = 10 * time.Millisecond
	// sameMark: two answers whose X-RateLimit-Reset are so close may speak of the same window.
	sameMark = 250 * time.Millisecond
	// strayMark: no answer is so late. A mark so much lower than the last one means that Discord's clock was set back.
	strayMark = time.Minute
)

// limits is what one answer's headers say of its bucket.
type limits struct {
	limit, remaining int
	after            time.Duration // until the window ends
	// mark is X-RateLimit-Reset. Discord's clock is compared with itself only: the mark tells which of two answers
	// speaks of the later window. 0 when it is missing.
	mark time.Duration
}

// bucket is one rate limit as far as we know it. Its rule: what Discord would still let through is never less than
// left, the smallest remainder any answer of this window told, minus what left and may not have been counted in it.
type bucket struct {
	learned bool // an answer told its limits, or that there are none
	free    bool // there are none
	limit   int
	left    int
	resets  time.Time     // when the window ends, never too early; zero when nothing is known of the present one
	mark    time.Duration // of the window
	span    time.Duration // how long a window may be
	tried   time.Time     // when the first request left
	blocked time.Time     // no request may leave before (429)
	flying  int           // requests under way: each may or may not be counted in left
	lost    []time.Time   // until when each request of unknown fate counts as spent
}

// wait is how long until a request may leave; known is false when that depends on an answer.
func (b *bucket) wait(now time.Time) (d time.Duration, known bool) {
	b.settle(now)
	switch {
	case now.Before(b.blocked):
		return b.blocked.Sub(now), true
	case !b.learned:
		return 0, b.flying == 0 // one goes first
	case b.free || b.left-b.flying-len(b.lost) > 0:
		return 0, true
	}
	var until time.Time
	if !b.resets.IsZero() {
		until = b.resets
	}
	if len(b.lost) > 0 && (until.IsZero() || b.lost[0].Before(until)) {
		until = b.lost[0]
	}
	if until.IsZero() {
		return 0, false
	}
	return until.Sub(now), true
}

// leave counts a request as under way.
func (b *bucket) leave(now time.Time) {
	b.flying++
	if !b.learned && b.tried.IsZero() {
		b.tried = now
	}
}

// forget takes back a request that did not leave, or that did not count.
func (b *bucket) forget() { b.flying-- }

// lose counts a request whose fate is unknown as spent for as long as a window that saw it may last.
func (b *bucket) lose(now time.Time) {
	b.flying--
	if !b.learned || b.free {
		return // the next one alone will learn what was counted
	}
	b.lost = append(b.lost, now.Add(max(b.span, time.Second)))
	if len(b.lost) > b.limit {
		b.lost = b.lost[len(b.lost)-b.limit:]
	}
}

// unlimited learns from an answer without limits.
func (b *bucket) unlimited(now time.Time) {
	if b.learned && !b.free {
		b.lose(now)
		return
	}
	b.flying--
	b.learned, b.free = true, true
}

// learn takes in what an answer says.
func (b *bucket) learn(now time.Time, l limits) {
	b.settle(now)
	b.flying--
	ends := now.Add(l.after + slack)
	first := !b.learned || b.free
	b.learned, b.free = true, false
	b.limit, b.span = l.limit, max(b.span, l.after+slack)
	if first && !b.tried.IsZero() { // the window may have begun with a request that was lost
		b.span = max(b.span, ends.Sub(b.tried))
	}
	if l.mark < b.mark-b.span-strayMark {
		b.mark = 0
	}
	older, newer, exactly := false, false, false
	if l.mark != 0 && b.mark != 0 {
		older, newer = l.mark < b.mark-sameMark, l.mark > b.mark+sameMark
		exactly = l.mark == b.mark && l.mark%time.Second != 0 // whole seconds may be those of two windows
	}
	switch {
	case first:
		b.left, b.resets = l.remaining, ends
	case older, exactly && b.resets.IsZero():
		return // an answer from a window that is over
	case newer:
		b.left, b.resets = l.remaining, ends
	case exactly:
		b.left = min(b.left, l.remaining)
		if ends.Before(b.resets) { // both are late by the way the answer took; the earlier is nearer to the truth
			b.resets = ends
		}
	default:
		b.left = min(b.left, l.remaining)
		if ends.After(b.resets) {
			b.resets = ends
		}
	}
	b.mark = max(b.mark, l.mark)
}

// block obeys a 429.
func (b *bucket) block(until time.Time) {
	if until.After(b.blocked) {
		b.blocked = until
	}
}

// settle lets time pass: the window ends, and with it what is known of it.
func (b *bucket) settle(now time.Time) {
	if !b.resets.IsZero() && !now.Before(b.resets) {
		b.left, b.resets = b.limit, time.Time{}
	}
	b.lost = slices.DeleteFunc(b.lost, func(until time.Time) bool { return !now.Before(until) })
}

// idle says that nothing would be lost but the size of the limit if the bucket were forgotten.
func (b *bucket) idle(now time.Time) bool {
	b.settle(now)
	return b.flying == 0 && len(b.lost) == 0 && b.resets.IsZero() && !now.Before(b.blocked)
}
