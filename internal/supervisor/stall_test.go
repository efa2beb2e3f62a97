package supervisor_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/steadfast-bot/steadfast/internal/lifecycle"
	"github.com/steadfast-bot/steadfast/internal/workerapi"
)

func TestAHungWorkerIsContinuedDumpedKilledAndReplacedAtExactTimes(t *testing.T) {
	inBubble(t, []worker{{hangsAfter: 10 * time.Second, ignoresQuit: true}, {}}, func(p *pair) {
		p.after(time.Minute)
		// Beats at 10.05, 12.05, 14.05 and 16.05 s are missed, each a second later.
		p.journalIs(
			"0s launch 1 fresh", "0s activate 1",
			"15.05s continue 1",
			"17.05s dump 1",
			"18.05s quit 1",
			"21.05s kill 1",
			"21.05s launch 2", "21.05s activate 2",
		)
		p.incidentsAre("stall")
		p.stateIs(lifecycle.Running)
	})
}

func TestAWorkerThatDiesOfItsDumpIsReplacedAtOnce(t *testing.T) {
	inBubble(t, []worker{{hangsAfter: 10 * time.Second}, {}}, func(p *pair) {
		p.after(time.Minute)
		p.journalIs(
			"0s launch 1 fresh", "0s activate 1", "15.05s continue 1", "17.05s dump 1", "18.05s quit 1",
			"18.05s launch 2", "18.05s activate 2",
		)
	})
}

func TestAStoppedWorkerIsContinuedAndLives(t *testing.T) {
	inBubble(t, []worker{{stoppedAfter: 10 * time.Second}}, func(p *pair) {
		p.after(time.Hour)
		p.journalIs("0s launch 1 fresh", "0s activate 1", "15.05s continue 1")
		p.incidentsAre("paused")
		if got := p.sup.Snapshot().Verdict; got != lifecycle.Healthy {
			t.Errorf("the verdict is %v", got)
		}
	})
}

func TestAHandlerPastItsDeadlineIsNamedAndReplaced(t *testing.T) {
	stuck := &workerapi.Handler{Key: "1", Name: "headpat", Phase: "apply", Age: 6 * time.Second, Overrun: 4 * time.Second}
	inBubble(t, []worker{{handler: stuck}, {}}, func(p *pair) {
		p.after(time.Minute)
		p.launchedAt("0s", "50ms")
		p.incidentsAre("stall")
		i := p.incident(0)
		if diff := cmp.Diff([]string{"handler headpat is 4s past the deadline of apply", "all stacks"}, []string{i.Cause, string(i.Dump)}); diff != "" {
			t.Error(diff)
		}
		if i.Heartbeat == nil || i.Heartbeat.OldestHandler != stuck || i.LogPath != "worker-1.log" || i.PID != 1001 {
			t.Errorf("the incident lacks evidence: %+v", i)
		}
	})
}

func TestALateTimerJudgesNobody(t *testing.T) {
	for _, row := range []struct {
		name      string
		jam       time.Duration // when our loop stands still, for 20 s
		continued string
	}{
		// Beats at 10, 12 and 14 s would be the three that make it silent, at 15 s.
		{"the third beat was sent late", 13500 * time.Millisecond, "35.5s continue 1"},
		{"the third beat was heard late", 14500 * time.Millisecond, "35.5s continue 1"},
	} {
		t.Run(row.name, func(t *testing.T) {
			inBubble(t, []worker{{stoppedAfter: 10 * time.Second}}, func(p *pair) {
				p.after(row.jam)
				p.jam <- 20 * time.Second
				p.sup.Reread()
				p.after(time.Minute)
				p.journalIs("0s launch 1 fresh", "0s activate 1", row.continued)
			})
		})
	}
}

func TestAFrozenActivationEndsToo(t *testing.T) {
	inBubble(t, []worker{{activatesAfter: time.Hour, hangsAfter: time.Second}, {}}, func(p *pair) {
		p.after(time.Minute)
		if got := p.kinds(); len(got) != 1 || got[0] != "stall" {
			t.Errorf("the incidents are %v", got)
		}
		p.stateIs(lifecycle.Running)
	})
}

func TestALongMigrationIsWaitedForWhileBeatsAreAnswered(t *testing.T) {
	busy := &workerapi.Handler{Name: "migration", Phase: "apply", Age: time.Hour, Overrun: time.Hour}
	inBubble(t, []worker{{activatesAfter: time.Hour, readyAfter: 2 * time.Hour, busyMigrating: busy}}, func(p *pair) {
		p.after(90 * time.Minute)
		p.journalIs("0s launch 1 fresh", "0s activate 1")
		p.stateIs(lifecycle.Activating)
		p.after(time.Hour)
		p.stateIs(lifecycle.Running)
	})
}

func TestWithoutDiscordTheWorkerStays(t *testing.T) {
	inBubble(t, []worker{{readyAfter: 24 * time.Hour}}, func(p *pair) {
		p.after(23 * time.Hour)
		p.journalIs("0s launch 1 fresh", "0s activate 1")
		if s := p.sup.Snapshot(); s.Verdict != lifecycle.Degraded || s.Reason != "no gateway (connecting)" {
			t.Errorf("the verdict is %v (%s)", s.Verdict, s.Reason)
		}
	})
}
