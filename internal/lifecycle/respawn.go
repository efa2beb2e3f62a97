package lifecycle

import "time"

// maxDeaths is the room for deaths in a window: an array keeps the machine comparable.
const maxDeaths = 64

// deaths holds the newest deaths inside a window, oldest first; unused places are zero.
type deaths struct {
	n  int
	at [maxDeaths]time.Duration
}

// add notes a death at now and tells whether more than limit now lie within window.
func (d deaths) add(now, window time.Duration, limit int) (deaths, bool) {
	var kept deaths
	for i, at := range d.at[:d.n] {
		tooMany := d.n-i > limit // one more comes below; limit+1 are enough to know
		if now-at < window && !tooMany {
			kept.at[kept.n] = at
			kept.n++
		}
	}
	kept.at[kept.n] = now
	kept.n++
	return kept, kept.n > limit
}

// respawns decides how long to wait after a death.
type respawns struct {
	// spent is the running time that would have to pass for all tokens to be back: a token costs TokenEvery.
	// Kept as a debt, so that the zero value has all its tokens.
	spent time.Duration
	// waits counts the delays so far; it stands still once the cap is reached.
	waits int
	// early are the deaths before running, all those of any kind.
	early, all deaths
	// earlyLoop is set by a crash loop before running, until all is forgotten: retried at the cap only.
	earlyLoop bool
}

// ran pays tokens back for a time of running.
func (r respawns) ran(d time.Duration) respawns {
	r.spent = max(0, r.spent-d)
	return r
}

// died notes a death and gives the delay before the respawn, and whether it makes a crash loop. Ran tells whether
// the worker had been running; temporary deaths (75) wait even then: what they wait for is outside.
func (r respawns) died(p Policy, now time.Duration, ran, temporary bool, jitter float64) (respawns, time.Duration, bool) {
	var looping, earlyLooping bool
	r.all, looping = r.all.add(now, p.DeathWindow, p.Deaths)
	if !ran {
		r.early, earlyLooping = r.early.add(now, p.EarlyWindow, p.EarlyDeaths)
		r.earlyLoop = r.earlyLoop || earlyLooping
	}
	looping = looping || earlyLooping
	switch full := time.Duration(p.Tokens) * p.TokenEvery; {
	case p.Immediate:
		return r, 0, looping
	case ran && !temporary && r.spent+p.TokenEvery <= full:
		r.spent += p.TokenEvery
		return r, 0, looping
	case !ran && r.earlyLoop:
		return r, spread(p, p.BackoffCap, jitter), looping
	}
	delay := p.BackoffFirst << r.waits
	if delay < p.BackoffCap {
		r.waits++
	}
	return r, spread(p, min(delay, p.BackoffCap), jitter), looping
}

// spread moves a delay by jitter, which lies in [-1, 1], times the policy's part.
func spread(p Policy, d time.Duration, jitter float64) time.Duration {
	return d + time.Duration(float64(d)*p.JitterPart*max(-1, min(1, jitter)))
}
