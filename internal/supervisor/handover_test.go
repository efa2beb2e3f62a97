package supervisor_test

import (
	"errors"
	"testing"
	"time"

	"github.com/steadfast-bot/steadfast/internal/lifecycle"
	"github.com/steadfast-bot/steadfast/internal/supervisor"
	"github.com/steadfast-bot/steadfast/internal/workerapi"
)

const handOver1 = "5.03s stop 1 keep=true away=false budget=50ms"

func TestARestartHandsOverToASuccessor(t *testing.T) {
	inBubble(t, []worker{{leavesAfter: 20 * time.Millisecond}, {startsAfter: 30 * time.Millisecond, activatesAfter: 10 * time.Millisecond}}, func(p *pair) {
		p.after(5 * time.Second)
		p.asks(lifecycle.AskRestart)
		p.after(time.Minute)
		p.journalIs(launch1, active1,
			"5s launch 2 fresh", handOver1, "5.05s activate 2", "5.06s restart: <nil>")
		p.incidentsAre()
		if h := p.sup.Snapshot().History; h.RestartsLastDay != 0 || h.LastCause != "" {
			t.Errorf("a hand-over is told as a death: %+v", h)
		}
	})
}

func TestAnOldWorkerThatDoesNotLeaveIsKilled(t *testing.T) {
	inBubble(t, []worker{{ignoresStop: true}, {startsAfter: 30 * time.Millisecond, activatesAfter: 10 * time.Millisecond}}, func(p *pair) {
		p.after(5 * time.Second)
		p.asks(lifecycle.AskRestart)
		p.after(time.Minute)
		p.journalIs(launch1, active1,
			"5s launch 2 fresh", handOver1, "6.08s kill 1", "6.08s activate 2", "6.09s restart: <nil>")
		p.incidentsAre("overrun")
	})
}

func TestASuccessorThatFailsLeavesTheOldOneRunning(t *testing.T) {
	for name, row := range map[string]struct {
		successor worker
		answer    string
	}{
		"no binary":        {worker{cannotLaunch: errors.New("no such file")}, "5s restart: the successor failed: could not be launched: no such file"},
		"broken settings":  {worker{cannotLaunch: &supervisor.LaunchError{Sentence: "no", Exit: &supervisor.Exit{Code: workerapi.ExitSettings}}}, "5s restart: the successor failed: no"},
		"a refused token":  {worker{cannotConfigure: errors.New("no"), exitsAfterRefusal: true, as: exit(workerapi.ExitTokenRefused, "bad token")}, "5.01s restart: the successor failed: bad token"},
		"a hung handshake": {worker{handshakeHangs: true}, "15s restart: the successor failed: was not configured 10s after its launch"},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, []worker{{}, row.successor}, func(p *pair) {
				p.after(5 * time.Second)
				p.asks(lifecycle.AskRestart)
				p.after(time.Minute)
				p.stateIs(lifecycle.Running)
				if s := p.sup.Snapshot(); s.Generation != 1 || s.Successor != lifecycle.Stopped {
					t.Errorf("generation %d, successor %v", s.Generation, s.Successor)
				}
				if got := p.journal[len(p.journal)-1]; got != row.answer {
					t.Errorf("the answer is %q, want %q", got, row.answer)
				}
				if h := p.sup.Snapshot().History; h.LastCause != "" || h.RestartsLastDay != 0 {
					t.Errorf("the successor's death is told as the bot's: %+v", h)
				}
				if i := p.incident(0); !i.Successor {
					t.Errorf("the incident is told as the bot's: %+v", i)
				}
			})
		})
	}
}

func TestASuccessorThatCannotActivateIsAnsweredAndReplaced(t *testing.T) {
	bad := worker{cannotActivate: errors.New("no"), exitsAfterRefusal: true, as: exit(workerapi.ExitSettings, "another application's database")}
	inBubble(t, []worker{{}, bad, {}}, func(p *pair) {
		p.after(5 * time.Second)
		p.asks(lifecycle.AskRestart)
		p.after(time.Minute)
		p.stateIs(lifecycle.Running)
		if got := p.journal[len(p.journal)-3]; got != "5.01s restart: the new worker failed: another application's database" {
			t.Errorf("the answer is %q in %q", got, p.journal)
		}
		p.launchedAt("0s", "5s", "6.01s")
	})
}

func TestAHardRestartKills(t *testing.T) {
	inBubble(t, []worker{{ignoresStop: true}, {}}, func(p *pair) {
		p.after(5 * time.Second)
		p.asks(lifecycle.AskRestartHard)
		p.after(time.Minute)
		p.journalIs(launch1, active1, "5s kill 1", "5s launch 2 fresh", "5s activate 2", "5s restart --hard: <nil>")
		p.incidentsAre()
	})
}

func TestARestartEndsABackoff(t *testing.T) {
	inBubble(t, []worker{{cannotLaunch: errors.New("no")}, {cannotLaunch: errors.New("no")}, {}}, func(p *pair) {
		p.after(1500 * time.Millisecond)
		p.asks(lifecycle.AskRestart)
		p.after(time.Minute)
		p.journalIs(launch1, "1s launch 2", "1.5s launch 3 fresh", "1.5s activate 3", "1.5s restart: <nil>")
	})
}

func TestADeathDuringAHandOverIsTheSuccessorsTurn(t *testing.T) {
	inBubble(t, []worker{{diesAfter: 6 * time.Second, as: crash()}, {startsAfter: 5 * time.Second}}, func(p *pair) {
		p.after(5 * time.Second)
		p.asks(lifecycle.AskRestart)
		p.after(time.Minute)
		p.journalIs(launch1, active1, "5s launch 2 fresh", "10s activate 2", "10s restart: <nil>")
		p.incidentsAre("crash")
	})
}

func TestAWorkerThatOutgrowsItsMemoryIsHandedOver(t *testing.T) {
	inBubble(t, []worker{{resident: 600 << 20}, {resident: 40 << 20}}, func(p *pair) {
		p.after(time.Minute)
		p.launchedAt("0s", "4.05s")
		p.incidentsAre("memory")
		if got := p.incident(0).Cause; got != "uses 600 MB of memory, more than the limit of 512 MB" {
			t.Errorf("the cause is %q", got)
		}
	})
}

func TestAMemoryLimitSetTooLowCostsAHandOverEveryTenMinutes(t *testing.T) {
	inBubble(t, []worker{{resident: 600 << 20}}, func(p *pair) {
		p.after(25 * time.Minute)
		p.launchedAt("0s", "4.05s", "10m4.1s", "20m4.15s")
	})
}
