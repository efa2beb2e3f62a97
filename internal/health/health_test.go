package health_test

import (
	"strings"
	"testing"
	"time"

	"github.com/steadfast-bot/steadfast/internal/health"
	"github.com/steadfast-bot/steadfast/internal/lifecycle"
)

// well is an answered beat of a worker with nothing to do; change turns it into the case at hand.
func well(change ...func(*health.Facts)) health.Facts {
	f := health.Facts{
		Answered: true,
		Gateway:  health.Gateway{Ready: true, State: "ready", AckAge: time.Second, Interval: 41 * time.Second, StateAge: time.Hour},
		Work:     health.Work{OldestQueued: -1, OldestRunning: -1, SinceFinished: time.Second},
		Storage:  health.Storage{LastWriteTook: time.Millisecond}, OutboxAge: -1,
		Resident: 40 << 20,
	}
	for _, c := range change {
		c(&f)
	}
	return f
}

func miss(change ...func(*health.Facts)) health.Facts {
	f := health.Facts{}
	for _, c := range change {
		c(&f)
	}
	return f
}

func late(f *health.Facts)       { f.Late = true }
func activating(f *health.Facts) { f.Activating = true }

func queued(d time.Duration) func(*health.Facts) {
	return func(f *health.Facts) { f.Work.OldestQueued = d }
}

func running(d time.Duration) func(*health.Facts) {
	return func(f *health.Facts) {
		f.Work.OldestRunning, f.Work.Handler, f.Work.Phase = d, "headpat", "apply"
	}
}

func idle(d time.Duration) func(*health.Facts) {
	return func(f *health.Facts) { f.Work.SinceFinished = d }
}

func overrun(by time.Duration) func(*health.Facts) {
	return func(f *health.Facts) {
		f.Work.Handler, f.Work.Phase, f.Work.Overrun = "headpat", "apply", by
	}
}

func awaiting(what health.Awaited, why string) func(*health.Facts) {
	return func(f *health.Facts) { f.Awaiting, f.AwaitingWhy = what, why }
}

func resident(mb uint64) func(*health.Facts) {
	return func(f *health.Facts) { f.Resident = mb << 20 }
}

func TestOneBeatIsJudged(t *testing.T) {
	const s = time.Second
	for _, row := range []struct {
		name   string
		facts  health.Facts
		want   lifecycle.Verdict
		reason string // a part of it
	}{
		{"nothing to do is ok", well(), lifecycle.Healthy, ""},
		{"a quiet guild is ok, for hours", well(idle(9*time.Hour), func(f *health.Facts) { f.Gateway.StateAge = 9 * time.Hour }), lifecycle.Healthy, ""},
		{"the first command after a quiet hour is ok", well(idle(time.Hour), running(10*time.Millisecond)), lifecycle.Healthy, ""},
		{"the first event queued after a quiet hour is ok", well(idle(time.Hour), queued(10*time.Millisecond)), lifecycle.Healthy, ""},
		{"old work that moves is ok", well(idle(s), queued(20*s)), lifecycle.Healthy, ""},
		{"just inside six seconds is ok", well(idle(5999*time.Millisecond), queued(time.Minute)), lifecycle.Healthy, ""},
		{"nothing finished for 6 s while queued is a stall", well(idle(6*s), queued(6*s)), lifecycle.Stalled, "nothing was finished for 6s"},
		{"nothing finished for 6 s while running is a stall", well(idle(7*s), running(6*s)), lifecycle.Stalled, "nothing was finished for 6s"},
		{"unless Discord is what it waits for", well(idle(60*s), running(60*s), awaiting(health.Discord, "429 on a route")), lifecycle.Degraded, "waits for Discord: 429 on a route"},
		{"unless the disk is what it waits for", well(idle(60*s), queued(60*s), awaiting(health.Disk, "")), lifecycle.Degraded, "waits for the disk"},
		{"a handler less than 3 s past its deadline is ok", well(overrun(2999 * time.Millisecond)), lifecycle.Healthy, ""},
		{"a handler 3 s past is a stall that names it", well(overrun(3 * s)), lifecycle.Stalled, "headpat is 3s past the deadline of apply"},
		{"even while Discord is awaited", well(overrun(4*s), awaiting(health.Discord, "")), lifecycle.Stalled, "headpat"},
		{"no stall is seen during activation", well(activating, overrun(time.Hour), idle(time.Hour), queued(time.Hour)), lifecycle.Degraded, "activating"},
		{"when our timer was late nobody is stuck", well(late, overrun(time.Hour), idle(time.Hour), queued(time.Hour)), lifecycle.Healthy, ""},
		{"no gateway is degraded", well(func(f *health.Facts) {
			f.Gateway = health.Gateway{State: "connecting", Trouble: "connection refused", AckAge: -1}
		}), lifecycle.Degraded, "no gateway (connecting): connection refused"},
		{"waiting for the identify budget is degraded", well(func(f *health.Facts) {
			f.Gateway = health.Gateway{State: "waiting", AckAge: -1}
			f.AwaitingWhy = "identify budget"
		}), lifecycle.Degraded, "no gateway (waiting): identify budget"},
		{"an ACK one interval and 5 s old is ok", well(func(f *health.Facts) { f.Gateway.AckAge = 46 * s }), lifecycle.Healthy, ""},
		{"an older one is degraded", well(func(f *health.Facts) { f.Gateway.AckAge = 47 * s }), lifecycle.Degraded, "no gateway ACK for 47s"},
		{"no ACK yet is ok at first", well(func(f *health.Facts) { f.Gateway.AckAge, f.Gateway.StateAge = -1, 40*s }), lifecycle.Healthy, ""},
		{"no ACK ever is degraded", well(func(f *health.Facts) { f.Gateway.AckAge, f.Gateway.StateAge = -1, 50*s }), lifecycle.Degraded, "no gateway ACK for 50s"},
		{"database trouble is degraded", well(func(f *health.Facts) { f.Storage.Trouble = "disk full" }), lifecycle.Degraded, "database: disk full"},
		{"a slow disk is degraded", well(func(f *health.Facts) { f.Storage.LastWriteTook = 2 * s }), lifecycle.Degraded, "slow disk: the last write took 2s"},
		{"an answer that waits is degraded", well(func(f *health.Facts) { f.OutboxAge = 11 * s }), lifecycle.Degraded, "an answer has waited for 11s"},
		{"catching up is degraded", well(awaiting(health.Nothing, "catching up")), lifecycle.Degraded, "catching up"},
		{"one missed beat is no verdict", miss(), lifecycle.Unjudged, "a beat missed"},
		{"nor is one that our late timer missed", miss(late), lifecycle.Unjudged, "our own timer was late"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, v := health.Judge(health.DefaultLimits(), health.Record{}, row.facts)
			if v.Verdict != row.want || !strings.Contains(v.Reason, row.reason) || (row.reason == "") != (v.Reason == "") {
				t.Errorf("got %v (%q), want %v (%q)", v.Verdict, v.Reason, row.want, row.reason)
			}
		})
	}
}

func TestBeatsInARowAreJudged(t *testing.T) {
	const (
		ok       = lifecycle.Healthy
		unjudged = lifecycle.Unjudged
		silent   = lifecycle.Silent
		stalled  = lifecycle.Stalled
	)
	frozen := well(overrun(8*time.Second), idle(9*time.Second), running(9*time.Second))
	for _, row := range []struct {
		name  string
		beats []health.Facts
		want  []lifecycle.Verdict
	}{
		{"three missed ask for SIGCONT, a fourth is a stall",
			[]health.Facts{miss(), miss(), miss(), miss()}, []lifecycle.Verdict{unjudged, unjudged, silent, stalled}},
		{"missed beats count during activation too: a frozen one would never end",
			[]health.Facts{miss(activating), miss(activating), miss(activating), miss(activating)},
			[]lifecycle.Verdict{unjudged, unjudged, silent, stalled}},
		{"an answer starts the count again",
			[]health.Facts{miss(), miss(), well(), miss(), miss(), miss()},
			[]lifecycle.Verdict{unjudged, unjudged, ok, unjudged, unjudged, silent}},
		{"what our late timer missed does not count",
			[]health.Facts{miss(), miss(), miss(late), miss(late), miss()},
			[]lifecycle.Verdict{unjudged, unjudged, unjudged, unjudged, silent}},
		{"a late answer starts the count again",
			[]health.Facts{miss(), miss(), well(late), miss()}, []lifecycle.Verdict{unjudged, unjudged, ok, unjudged}},
		{"one that beats again after SIGCONT lives, whatever its ages say",
			[]health.Facts{miss(), miss(), miss(), frozen, well()}, []lifecycle.Verdict{unjudged, unjudged, silent, ok, ok}},
		{"if they still say it at the next beat it is stuck",
			[]health.Facts{miss(), miss(), miss(), frozen, frozen}, []lifecycle.Verdict{unjudged, unjudged, silent, ok, stalled}},
	} {
		t.Run(row.name, func(t *testing.T) {
			var r health.Record
			for i, f := range row.beats {
				var v health.Verdict
				if r, v = health.Judge(health.DefaultLimits(), r, f); v.Verdict != row.want[i] {
					t.Errorf("beat %d: got %v (%q), want %v", i+1, v.Verdict, v.Reason, row.want[i])
				}
			}
		})
	}
}

func TestThreeBeatsAboveTheMemoryLimitWishForAHandOver(t *testing.T) {
	for _, row := range []struct {
		name  string
		limit uint64
		beats []health.Facts
		want  bool
	}{
		{"two are not enough", 512 << 20, []health.Facts{well(resident(600)), well(resident(600))}, false},
		{"three are", 512 << 20, []health.Facts{well(resident(600)), well(resident(600)), well(resident(513))}, true},
		{"one in between below it starts again", 512 << 20, []health.Facts{well(resident(600)), well(resident(600)), well(resident(512)), well(resident(600)), well(resident(600))}, false},
		{"so does a missed one", 512 << 20, []health.Facts{well(resident(600)), well(resident(600)), miss(), well(resident(600))}, false},
		{"no limit, no wish", 0, []health.Facts{well(resident(600)), well(resident(600)), well(resident(600))}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			l := health.DefaultLimits()
			l.Resident = row.limit
			var r health.Record
			var v health.Verdict
			for _, f := range row.beats {
				r, v = health.Judge(l, r, f)
			}
			if v.Oversized != row.want || (v.MemoryReason != "") != row.want {
				t.Errorf("got %v (%q), want %v", v.Oversized, v.MemoryReason, row.want)
			}
		})
	}
}

func TestLimitsThatWouldCondemnEveryWorkerAreRefused(t *testing.T) {
	if err := health.DefaultLimits().Validate(); err != nil {
		t.Fatalf("the defaults are refused: %v", err)
	}
	for name, change := range map[string]func(*health.Limits){
		"no missed beats":    func(l *health.Limits) { l.MissedBeats = 0 },
		"no oversized beats": func(l *health.Limits) { l.OversizedBeats = 0 },
		"no progress time":   func(l *health.Limits) { l.NoProgress = 0 },
		"negative overrun":   func(l *health.Limits) { l.Overrun = -time.Second },
	} {
		l := health.DefaultLimits()
		change(&l)
		if l.Validate() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
