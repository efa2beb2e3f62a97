package rest

import (
	"testing"
	"time"
)

// A script drives a bucket on a clock of its own. Steps: a number of requests leave; one is answered, lost or
// blocked; then so many may leave at once, and otherwise one must wait so long.
type step struct {
	at     time.Duration
	leave  int
	learn  *limits
	free   bool // answered without limits
	lose   bool
	block  time.Duration
	ready  int // how many may leave now
	wait   time.Duration
	answer bool // the wait is for an answer
}

func said(remaining int, after, mark time.Duration) *limits {
	return &limits{limit: 5, remaining: remaining, after: after, mark: mark}
}

const (
	sec  = time.Second
	mark = 1000*time.Second + 123*time.Millisecond // of the first window; the next is 5 s later
)

func TestABucketNeverPromisesMoreThanDiscordHas(t *testing.T) {
	for name, script := range map[string][]step{
		"one goes first to learn, then the rest go side by side": {
			{ready: 1},
			{leave: 1, answer: true},
			{at: sec, learn: said(4, 4*sec, mark), ready: 4},
			{leave: 4, at: sec, wait: 4*sec + slack},
			{at: 5*sec + slack, ready: 1}, // four are still under way and may be counted now
		},
		"a route without limits has none": {
			{leave: 1, answer: true},
			{free: true, ready: 1000},
			{leave: 1000, ready: 1000},
		},
		"a route without limits gets some": {
			{leave: 1, answer: true},
			{free: true, ready: 1000},
			{leave: 3, learn: said(4, 5*sec, mark), ready: 2},
		},
		"answers overtake each other: the smallest remainder counts": {
			{leave: 1, answer: true},
			{learn: said(4, 5*sec, mark), ready: 4},
			{leave: 3, ready: 1},
			{learn: said(1, 5*sec, mark), wait: 5*sec + slack}, // two are under way
			{learn: said(3, 5*sec, mark), wait: 5*sec + slack},
			{learn: said(2, 5*sec, mark), ready: 1},
		},
		"a slow answer does not put the reset off": {
			{leave: 1, answer: true},
			{learn: said(4, 5*sec, mark), ready: 4},
			{leave: 4, wait: 5*sec + slack},
			{at: 3 * sec, learn: said(0, 5*sec, mark), wait: 2*sec + slack},
		},
		"without marks a late answer puts the reset off, to be careful": {
			{leave: 1, answer: true},
			{learn: said(4, 5*sec, 0), ready: 4},
			{leave: 4, wait: 5*sec + slack},
			{at: 3 * sec, learn: said(0, 5*sec, 0), wait: 5*sec + slack},
		},
		"an answer from a window that is over changes nothing": {
			{leave: 1, answer: true},
			{learn: said(4, 5*sec, mark), ready: 4},
			{leave: 4, wait: 5*sec + slack},
			{at: 6 * sec, ready: 1},
			{at: 6 * sec, learn: said(0, 100*time.Millisecond, mark), ready: 2},
		},
		"a new window is taken up before the old one is thought to be over": {
			{leave: 1, answer: true},
			{learn: said(4, 5*sec, mark), ready: 4},
			{leave: 4, wait: 5*sec + slack},
			{at: 5 * sec, learn: said(4, 5*sec, mark+5*sec), ready: 1},
		},
		"a request of unknown fate is spent for a window": {
			{leave: 1, answer: true},
			{learn: said(4, 5*sec, mark), ready: 4},
			{leave: 1, ready: 3},
			{at: 4 * sec, lose: true, ready: 3},
			{at: 6 * sec, ready: 4},
			{at: 9*sec + slack, ready: 5},
		},
		"a lost first request is followed by another": {
			{leave: 1, answer: true},
			{lose: true, ready: 1},
		},
		"all lost: one is tried when the window must be over": {
			{leave: 1, answer: true},
			{learn: said(4, 5*sec, mark), ready: 4},
			{at: 6 * sec, leave: 5, answer: true},
			{at: 6 * sec, lose: true}, {at: 6 * sec, lose: true}, {at: 6 * sec, lose: true}, {at: 6 * sec, lose: true},
			{at: 6 * sec, lose: true, wait: 5*sec + slack},
			{at: 11*sec + slack, ready: 5},
		},
		"the window may have begun with a first request that was lost": {
			{leave: 1, answer: true},
			{at: 2 * sec, lose: true, ready: 1},
			{at: 2 * sec, leave: 1, answer: true},
			{at: 2 * sec, learn: said(3, 3*sec, mark), ready: 3},
			{at: 4 * sec, leave: 1, ready: 2},
			{at: 4 * sec, lose: true, ready: 2},
			{at: 5*sec + slack, ready: 4},
			{at: 8 * sec, ready: 4}, // later than 4 s + 3 s
			{at: 9*sec + slack, ready: 5},
		},
		"marks that differ a little may be those of one window": {
			{leave: 1, answer: true},
			{learn: said(4, 5*sec, mark), ready: 4},
			{leave: 2, ready: 2},
			{learn: said(2, 5*sec, mark+5*time.Millisecond), ready: 1},
			{learn: said(3, 5*sec, mark+9*time.Millisecond), ready: 2},
			{leave: 1, ready: 1},
			{learn: said(1, 5*sec, mark-5*time.Millisecond), ready: 1},
		},
		"a 429 is obeyed whatever the remainder says": {
			{leave: 1, answer: true},
			{learn: said(4, 5*sec, mark), block: 7 * sec, wait: 7 * sec},
			{at: 7 * sec, ready: 5},
		},
		"a clock of Discord's that was set back is believed": {
			{leave: 1, answer: true},
			{learn: said(4, 5*sec, mark), ready: 4},
			{at: 6 * sec, leave: 1, ready: 4},
			{at: 6 * sec, learn: said(1, 5*sec, sec), ready: 1},
		},
		"whole seconds as marks are no proof": {
			{leave: 1, answer: true},
			{learn: said(4, 5*sec, 1000*sec), ready: 4},
			{leave: 1, ready: 3},
			{at: sec, learn: said(3, 5*sec, 1000*sec), ready: 3},
			{at: 5*sec + slack, ready: 3}, // the later of the two resets
			{at: 6*sec + slack, ready: 5},
		},
	} {
		t.Run(name, func(t *testing.T) { follow(t, script) })
	}
}

func follow(t *testing.T, script []step) {
	start := time.Now()
	var b bucket
	for i, s := range script {
		now := start.Add(s.at)
		b.settle(now)
		for range s.leave {
			b.leave(now)
		}
		switch {
		case s.learn != nil:
			b.learn(now, *s.learn)
		case s.free:
			b.unlimited(now)
		case s.lose:
			b.lose(now)
		}
		if s.block > 0 {
			b.block(now.Add(s.block))
		}
		trial := b
		ready := 0
		for d, known := trial.wait(now); d == 0 && known && ready < s.ready+1 && ready < 1000; d, known = trial.wait(now) {
			trial.leave(now)
			ready++
		}
		if ready != s.ready && (s.ready > 0 || s.wait > 0 || s.answer) {
			t.Fatalf("step %d: %d may leave, want %d: %+v", i, ready, s.ready, b)
		}
		if s.wait > 0 || s.answer {
			if d, known := b.wait(now); d != s.wait || known == s.answer {
				t.Fatalf("step %d: wait %v (known %v), want %v: %+v", i, d, known, s.wait, b)
			}
		}
	}
}

func TestTheGlobalWindowForgetsARequestASecondAfterItsAnswer(t *testing.T) {
	w := window{limit: 2, per: time.Second}
	start := time.Now()
	at := func(d time.Duration, want time.Duration, wantKnown bool) {
		t.Helper()
		if got, known := w.wait(start.Add(d)); got != want || known != wantKnown {
			t.Fatalf("at %v: wait %v (known %v), want %v (%v)", d, got, known, want, wantKnown)
		}
	}
	at(0, 0, true)
	w.leave()
	w.leave()
	at(0, 0, false) // nobody knows when they are answered
	w.land(start.Add(300 * time.Millisecond))
	at(300*time.Millisecond, time.Second, true)
	w.land(start.Add(500 * time.Millisecond))
	at(600*time.Millisecond, 700*time.Millisecond, true)
	at(1300*time.Millisecond, 0, true)
	w.leave()
	at(1300*time.Millisecond, 200*time.Millisecond, true)
}

func TestAGlobalLimitThatBecameSmallerIsWaitedForInOneGo(t *testing.T) {
	w := window{limit: 3, per: time.Second}
	start := time.Now()
	for i := range 3 {
		w.leave()
		w.land(start.Add(time.Duration(i) * 100 * time.Millisecond))
	}
	w.limit = 2
	if d, known := w.wait(start.Add(500 * time.Millisecond)); d != 600*time.Millisecond || !known {
		t.Errorf("wait %v (known %v)", d, known)
	}
}

func TestStrikesAreForgottenAfterTenMinutes(t *testing.T) {
	var s strikes
	start := time.Now()
	for i := range 100 {
		s.add(start.Add(time.Duration(i) * time.Second))
	}
	for _, row := range []struct {
		at   time.Duration
		want int
	}{{100 * sec, 100}, {10 * time.Minute, 100}, {10*time.Minute + 110*sec, 0}, {time.Hour, 0}} {
		if got := s.count(start.Add(row.at)); got != row.want {
			t.Errorf("after %v: %d, want %d", row.at, got, row.want)
		}
	}
}

func TestStrikesSpaceRequestsSoThatABanIsOutOfReach(t *testing.T) {
	var s strikes
	now := time.Now()
	worst := 0
	for end := now.Add(time.Hour); now.Before(end); {
		s.add(now) // every request is refused
		worst = max(worst, s.count(now))
		now = now.Add(max(s.gap(now), time.Millisecond))
	}
	if worst > 9500 {
		t.Errorf("%d invalid requests within 10 minutes", worst)
	}
	if worst < strikesFrom {
		t.Errorf("only %d: the test is too slow to show anything", worst)
	}
	if gap := new(strikes).gap(now); gap != 0 {
		t.Errorf("without a strike requests are %v apart", gap)
	}
}
