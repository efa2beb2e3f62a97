package supervisor_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/steadfast-bot/steadfast/internal/lifecycle"
	"github.com/steadfast-bot/steadfast/internal/supervisor"
	"github.com/steadfast-bot/steadfast/internal/workerapi"
)

const (
	launch1 = "0s launch 1 fresh"
	active1 = "0s activate 1"
	stop1   = "5s stop 1 keep=true away=true budget=1s"
)

func TestAStopKeepsTheSessionAndEndsRun(t *testing.T) {
	for name, stop := range map[string]func(*pair){
		"asked by SIGTERM":           func(p *pair) { p.sup.Stop() },
		"asked by the context's end": func(p *pair) { p.cancel() },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, []worker{{}}, func(p *pair) {
				p.after(5 * time.Second)
				stop(p)
				p.after(time.Second)
				if err := p.ended(); err != nil {
					t.Error(err)
				}
				p.journalIs(launch1, active1, stop1)
				p.incidentsAre()
			})
		})
	}
}

func TestAWorkerThatIgnoresAStopIsKilledASecondPastItsBudget(t *testing.T) {
	inBubble(t, []worker{{ignoresStop: true}}, func(p *pair) {
		p.after(5 * time.Second)
		p.sup.Stop()
		p.after(time.Minute)
		if err := p.ended(); err != nil {
			t.Error(err)
		}
		p.journalIs(launch1, active1, stop1, "7s kill 1")
		p.incidentsAre("overrun")
	})
}

func TestASecondStopMeansNow(t *testing.T) {
	inBubble(t, []worker{{ignoresStop: true}}, func(p *pair) {
		p.after(5 * time.Second)
		p.sup.Stop()
		p.after(500 * time.Millisecond)
		p.sup.StopNow()
		p.after(time.Nanosecond)
		if err := p.ended(); err != nil {
			t.Error(err)
		}
		p.journalIs(launch1, active1, stop1, "5.5s kill 1")
	})
}

func TestAStopWhileStartingGivesTheLaunchUp(t *testing.T) {
	inBubble(t, []worker{{handshakeHangs: true}}, func(p *pair) {
		p.after(5 * time.Second)
		p.sup.Stop()
		p.after(time.Nanosecond)
		if err := p.ended(); err != nil {
			t.Error(err)
		}
		p.journalIs(launch1, "5s launch 1 given up")
	})
}

func TestAStopDuringBackoffEndsAtOnce(t *testing.T) {
	inBubble(t, []worker{{cannotLaunch: errors.New("no")}}, func(p *pair) {
		p.after(20 * time.Second)
		p.sup.Stop()
		p.after(time.Nanosecond)
		if err := p.ended(); err != nil {
			t.Error(err)
		}
	})
}

func TestAPauseEndsTheSessionAndResumeUndoesIt(t *testing.T) {
	inBubble(t, []worker{{leavesAfter: 300 * time.Millisecond}}, func(p *pair) {
		p.after(5 * time.Second)
		p.asks(lifecycle.AskPause)
		p.after(time.Hour)
		p.stateIs(lifecycle.Paused)
		p.asks(lifecycle.AskResume)
		p.after(time.Minute)
		p.stateIs(lifecycle.Running)
		p.journalIs(launch1, active1,
			"5s stop 1 keep=false away=true budget=1s", "5.3s pause: <nil>",
			"1h0m5s launch 2", "1h0m5s activate 2", "1h0m5s resume: <nil>")
		p.incidentsAre()
	})
}

func TestAStopForGoodEndsTheSession(t *testing.T) {
	inBubble(t, []worker{{}}, func(p *pair) {
		p.after(5 * time.Second)
		p.asks(lifecycle.AskStopForGood)
		p.after(time.Second)
		if err := p.ended(); err != nil {
			t.Error(err)
		}
		p.journalIs(launch1, active1, "5s stop 1 keep=false away=true budget=1s", "5s stop for good: <nil>")
	})
}

func TestAfterTheEndRequestsAreRefused(t *testing.T) {
	inBubble(t, []worker{{}}, func(p *pair) {
		p.sup.Stop()
		p.after(time.Second)
		var refused *supervisor.RequestError
		if err := p.sup.Ask(p.t.Context(), lifecycle.AskRestart); !errors.As(err, &refused) || !refused.Refused {
			t.Errorf("a restart after the end: %v", err)
		}
		p.sup.Stop() // must not block
	})
}

// inTheWay is a predecessor that makes way after a time, or not at all.
type inTheWay struct {
	after  time.Duration
	killed int
	err    error
}

func (w inTheWay) MakeWay(ctx context.Context) (int, error) {
	select {
	case <-time.After(w.after):
		return w.killed, w.err
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
}

func behind(w inTheWay) func(*supervisor.Config) {
	return func(c *supervisor.Config) { c.Predecessor = w }
}

func TestTheFirstWorkerWaitsForItsPredecessor(t *testing.T) {
	inBubble(t, []worker{{}}, func(p *pair) {
		p.after(2 * time.Second)
		p.stateIs(lifecycle.Stopped)
		p.after(2 * time.Second)
		p.journalIs("3s launch 1 fresh", "3s activate 1")
		p.says("killed a worker that an earlier supervisor had left behind")
	}, behind(inTheWay{after: 3 * time.Second, killed: 77}))
}

func TestAStopDoesNotWaitForThePredecessor(t *testing.T) {
	inBubble(t, []worker{{}}, func(p *pair) {
		p.after(time.Second)
		p.sup.Stop()
		p.after(time.Nanosecond)
		if err := p.ended(); err != nil {
			t.Error(err)
		}
		p.journalIs()
	}, behind(inTheWay{after: 3 * time.Second}))
}

func TestAPredecessorThatCannotBeEndedIsAnError(t *testing.T) {
	foreign := &workerapi.ExitError{Code: workerapi.ExitTemporary, Sentence: "it runs in another container"}
	inBubble(t, []worker{{}}, func(p *pair) {
		p.after(time.Second)
		p.endedWith(workerapi.ExitTemporary, "it runs in another container")
	}, behind(inTheWay{err: foreign}))
}

func TestSettingsThatDoNotFitAreRefused(t *testing.T) {
	var refused *workerapi.ExitError
	if _, err := supervisor.New(supervisor.Config{}); !errors.As(err, &refused) || refused.Code != workerapi.ExitSettings {
		t.Errorf("got %v", err)
	}
}
