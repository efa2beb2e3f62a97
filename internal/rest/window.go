package rest

import "time"

// window is the global limit: so many requests in any stretch of time, however that stretch lies and however long
// requests take. A request counts from its leaving until one stretch after its answer, so those that Discord may have
// seen within one of its stretches never exceed the limit. (Proof: of those it saw in one, take the one that left
// last; when it left, each other was either unanswered or answered less than a stretch ago.)
type window struct {
	limit  int
	per    time.Duration
	flying int
	landed []time.Time // when those answered within the last stretch were
}

// wait is how long until a request may leave; known is false when that depends on an answer.
func (w *window) wait(now time.Time) (d time.Duration, known bool) {
	w.settle(now)
	if w.flying+len(w.landed) < w.limit {
		return 0, true
	}
	if w.flying >= w.limit {
		return 0, false
	}
	// The last of those that must be forgotten for one place to be free.
	return w.landed[w.flying+len(w.landed)-w.limit].Add(w.per).Sub(now), true
}

func (w *window) leave() { w.flying++ }

func (w *window) land(now time.Time) {
	w.flying--
	w.settle(now)
	w.landed = append(w.landed, now)
}

func (w *window) settle(now time.Time) {
	gone := 0
	for gone < len(w.landed) && !now.Before(w.landed[gone].Add(w.per)) {
		gone++
	}
	w.landed = w.landed[gone:]
}
