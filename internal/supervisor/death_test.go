package supervisor_test

import (
	"errors"
	"syscall"
	"testing"
	"time"

	"github.com/steadfast-bot/steadfast/internal/lifecycle"
	"github.com/steadfast-bot/steadfast/internal/supervisor"
	"github.com/steadfast-bot/steadfast/internal/workerapi"
)

func TestADeadWorkerIsRespawnedAtOnceWithTheSameBinary(t *testing.T) {
	inBubble(t, []worker{{diesAfter: 5 * time.Second, as: supervisor.Exit{Code: -1, Signal: syscall.SIGKILL}}, {}}, func(p *pair) {
		p.after(time.Minute)
		p.journalIs("0s launch 1 fresh", "0s activate 1", "5s launch 2", "5s activate 2")
		p.incidentsAre("crash")
		if got := p.incident(0).Cause; got != "was ended by signal SIGKILL" {
			t.Errorf("the cause is %q", got)
		}
	})
}

func TestAWorkerThatDiesBeforeItRunsIsRetriedEverSlower(t *testing.T) {
	// Six deaths within a minute are a crash loop: from then on the pause is the longest.
	inBubble(t, []worker{{cannotLaunch: errors.New("no")}}, func(p *pair) {
		p.after(30 * time.Second)
		if p.sup.Snapshot().CrashLoop {
			t.Error("a crash loop already")
		}
		p.after(3 * time.Minute)
		p.launchedAt("0s", "1s", "3s", "7s", "15s", "31s", "1m31s", "2m31s")
		if s := p.sup.Snapshot(); !s.CrashLoop || s.State != lifecycle.Backoff || s.RespawnAt.Sub(p.began) != 3*time.Minute+31*time.Second {
			t.Errorf("the snapshot is %+v", s)
		}
		p.says("crash loop")
	})
}

func TestTokensForRunningWorkersRunOut(t *testing.T) {
	// Each runs for not quite a second. Ten deaths have a token each; then running earns one now and then, and
	// otherwise the pauses double.
	inBubble(t, []worker{{diesAfter: time.Second, as: crash()}}, func(p *pair) {
		p.after(20 * time.Second)
		p.launchedAt("0s", "1s", "2s", "3s", "4s", "5s", "6s", "7s", "8s", "9s", "10s", "12s", "13s", "16s")
	})
}

func TestImmediateNeverWaits(t *testing.T) {
	inBubble(t, []worker{{diesAfter: 50 * time.Millisecond, readyAfter: time.Hour, as: crash()}}, func(p *pair) {
		p.after(10 * time.Second)
		if got := len(p.launches()); got != 201 {
			t.Errorf("%d launches, want 201", got)
		}
	}, func(c *supervisor.Config) { c.Policy.Immediate = true })
}

func TestATemporaryExitIsWaitedOut(t *testing.T) {
	inBubble(t, []worker{{diesAfter: 5 * time.Second, as: exit(workerapi.ExitTemporary, "the disk is full")}, {}}, func(p *pair) {
		p.after(time.Minute)
		p.launchedAt("0s", "6s")
		p.incidentsAre("temporary")
	})
}

func TestAnUnaskedExitWithoutErrorIsNoCrash(t *testing.T) {
	inBubble(t, []worker{{diesAfter: 5 * time.Second}, {}}, func(p *pair) {
		p.after(time.Minute)
		p.launchedAt("0s", "5s")
		p.incidentsAre("exit")
	})
}

func TestBrokenSettingsEndTheSupervisor(t *testing.T) {
	const sentence = "Discord forbids the message content intent: switch it on at discord.com/developers"
	for name, w := range map[string]worker{
		"while running":              {diesAfter: 5 * time.Second, as: exit(workerapi.ExitSettings, sentence)},
		"instead of being activated": {cannotActivate: errors.New("no"), exitsAfterRefusal: true, as: exit(workerapi.ExitSettings, sentence)},
		"instead of being configured": {cannotConfigure: errors.New("no"), exitsAfterRefusal: true,
			as: exit(workerapi.ExitSettings, sentence)},
		"before the handshake":   {cannotLaunch: &supervisor.LaunchError{Sentence: sentence, Exit: &supervisor.Exit{Code: workerapi.ExitSettings}}},
		"by the launcher's word": {cannotLaunch: &workerapi.ExitError{Code: workerapi.ExitSettings, Sentence: sentence}},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, []worker{w}, func(p *pair) {
				p.after(time.Minute)
				p.endedWith(workerapi.ExitSettings, sentence)
				p.launchedAt("0s")
				p.incidentsAre("settings")
			})
		})
	}
}

func TestARefusedTokenThatNeverWorkedEndsTheSupervisorAtOnce(t *testing.T) {
	inBubble(t, []worker{{diesAfter: time.Second, readyAfter: time.Hour, as: exit(workerapi.ExitTokenRefused, "Discord refuses the token")}}, func(p *pair) {
		p.after(time.Minute)
		p.endedWith(workerapi.ExitSettings, "Discord refuses the token")
		p.launchedAt("0s")
	})
}

func TestARefusedTokenThatOnceWorkedIsTriedThriceInAQuarterOfAnHour(t *testing.T) {
	refused := worker{everReady: true, diesAfter: time.Second, readyAfter: time.Hour, as: exit(workerapi.ExitTokenRefused, "Discord refuses the token")}
	inBubble(t, []worker{refused}, func(p *pair) {
		p.after(15 * time.Minute)
		p.stateIs(lifecycle.Backoff)
		p.says("token refused")
		p.after(5 * time.Second)
		p.endedWith(workerapi.ExitSettings, "Discord refuses the token")
		p.launchedAt("0s", "7m31s", "15m2s")
	})
}

func TestAChangedTokenIsTriedAtOnce(t *testing.T) {
	refused := worker{diesAfter: time.Second, readyAfter: time.Hour, as: exit(workerapi.ExitTokenRefused, "Discord refuses the token")}
	inBubble(t, []worker{refused, {}}, func(p *pair) {
		p.tokenIs("second")
		p.after(time.Minute)
		p.launchedAt("0s", "1s")
		p.stateIs(lifecycle.Running)
	})
}

func TestAHangupBringsAChangedTokenForward(t *testing.T) {
	refused := worker{everReady: true, diesAfter: time.Second, readyAfter: time.Hour, as: exit(workerapi.ExitTokenRefused, "Discord refuses the token")}
	inBubble(t, []worker{refused, {}}, func(p *pair) {
		p.after(time.Minute)
		p.sup.Reread()
		p.after(time.Second)
		p.launchedAt("0s")
		p.tokenIs("second")
		p.sup.Reread()
		p.after(time.Second)
		p.launchedAt("0s", "1m1s")
	})
}

func TestALaunchThatHangsIsGivenUp(t *testing.T) {
	inBubble(t, []worker{{handshakeHangs: true}, {}}, func(p *pair) {
		p.after(time.Minute)
		p.journalIs("0s launch 1 fresh", "10s launch 1 given up", "11s launch 2", "11s activate 2")
		p.incidentsAre("start")
	})
}

func TestAWorkerThatCannotBeActivatedAndDoesNotExitIsKilled(t *testing.T) {
	inBubble(t, []worker{{cannotActivate: errors.New("the lock is held by 7")}, {}}, func(p *pair) {
		p.after(time.Minute)
		p.journalIs("0s launch 1 fresh", "0s activate 1", "1s kill 1", "2s launch 2", "2s activate 2")
		if got := p.incident(0).Cause; got != "could not be activated: the lock is held by 7" {
			t.Errorf("the cause is %q", got)
		}
	})
}

func TestCallsToADeadWorkerAreGivenUp(t *testing.T) {
	inBubble(t, []worker{{activateHangs: true, readyAfter: time.Hour, diesAfter: 5 * time.Second, as: crash()}, {}}, func(p *pair) {
		p.after(5 * time.Second)
		p.journalIs("0s launch 1 fresh", "0s activate 1", "5s activate 1 given up")
	})
}

func TestHistoryTellsOfTheLastDeath(t *testing.T) {
	inBubble(t, []worker{
		{diesAfter: 10 * time.Second, as: exit(3, "panic: index out of range")},
		{readyAfter: 2 * time.Second, diesAfter: 25 * time.Hour, as: crash()}, {},
	}, func(p *pair) {
		p.after(time.Minute)
		h := p.sup.Snapshot().History
		want := workerapi.History{SupervisorUpSince: p.began, RestartsLastDay: 1, LastCause: "panic: index out of range",
			LastOutage: h.LastOutage, LastRestart: p.began.Add(10*time.Second + h.LastOutage)}
		if h != want || h.LastOutage < 2*time.Second || h.LastOutage > 2500*time.Millisecond {
			t.Errorf("the history is %+v, want %+v", h, want)
		}
		if told := p.lastTold(); told != h {
			t.Errorf("the worker was told %+v", told)
		}
		p.after(24 * time.Hour)
		if got := p.sup.Snapshot().History.RestartsLastDay; got != 0 {
			t.Errorf("a day later there were %d restarts", got)
		}
		p.after(2 * time.Hour)
		h = p.sup.Snapshot().History
		if h.RestartsLastDay != 1 || h.LastCause != "exited with code 3" || h.LastOutage > 100*time.Millisecond {
			t.Errorf("after the second death the history is %+v", h)
		}
	})
}
