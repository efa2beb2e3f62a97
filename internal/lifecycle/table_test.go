package lifecycle_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	. "github.com/steadfast-bot/steadfast/internal/lifecycle"
)

// These states are reached by telling the machine what happens, so that the table needs no look inside. Workers are
// numbered from 1; every story runs at the instant 0 unless a wait says otherwise.

// wait lets time pass in a story.
type wait time.Duration

var (
	starting   = []any{Begin{}}
	activating = then(starting, Configured{Generation: 1, EverReady: true})
	running    = then(activating, Activated{1}, ready(1))
	handover   = then(running, Asked{AskRestart, 7})
	standby    = then(handover, Configured{Generation: 2})
	stopping   = then(running, Asked{AskStop, 0})
	pausing    = then(running, Asked{AskPause, 7})
	paused     = then(pausing, died(1, Done))
	backoff    = then(starting, died(1, Crash))
	refused    = then(activating, died(1, TokenRefused))
	stalled    = then(running, Judged{Generation: 1, Verdict: Stalled, Reason: "stuck"})
)

func then(story []any, more ...any) []any { return append(append([]any{}, story...), more...) }

func ready(g uint64) Judged {
	return Judged{Generation: g, Verdict: Healthy, Answered: true, Ready: true}
}

func died(g uint64, c Class) Exited { return Exited{g, c, "it ended"} }

func elapsed(k TimerKind, g uint64) Elapsed { return Elapsed{Timer{k, g}} }

func arm(k TimerKind, g uint64, d time.Duration) Arm { return Arm{Timer{k, g}, d} }

func disarm(k TimerKind, g uint64) Disarm { return Disarm{Timer{k, g}} }

// tell plays a story and gives the machine after it with the actions of its last event.
func tell(p Policy, story []any) (Machine, []Action) {
	var (
		m       Machine
		actions []Action
		now     time.Duration
	)
	for _, part := range story {
		if w, ok := part.(wait); ok {
			now += time.Duration(w)
			continue
		}
		m, actions = m.Step(p, Event{At: now, Input: part.(Input)})
	}
	return m, actions
}

type row struct {
	name    string
	story   []any
	current State
	next    State // the successor's
	actions []Action
}

func (r row) check(t *testing.T) {
	m, actions := tell(DefaultPolicy(), r.story)
	if m.Current.State != r.current || m.Successor.State != r.next {
		t.Errorf("the slots are %v and %v, want %v and %v", m.Current.State, m.Successor.State, r.current, r.next)
	}
	if diff := cmp.Diff(r.actions, actions); diff != "" {
		t.Errorf("the actions differ (-want +got):\n%s", diff)
	}
}

func TestEachDecision(t *testing.T) {
	for _, r := range append(append(append(starts(), beats()...), deaths()...), wishes()...) {
		t.Run(r.name, r.check)
	}
}

func starts() []row {
	return []row{
		{"the first worker is the one at the path", starting, Starting, Stopped,
			[]Action{Launch{Generation: 1, Fresh: true}, arm(StartTimer, 1, 10*time.Second)}},
		{"a configured worker is activated at once", activating, Activating, Stopped,
			[]Action{disarm(StartTimer, 1), Activate{1}}},
		{"activation is not yet running", then(activating, Activated{1}), Activating, Stopped, nil},
		{"a beat with the gateway ready is", running, Running, Stopped, nil},
		{"a beat without is not", then(activating, Activated{1}, Judged{Generation: 1, Verdict: Degraded, Answered: true}), Activating, Stopped, nil},
		{"too long a start is killed", then(starting, elapsed(StartTimer, 1)), Killing, Stopped, []Action{Kill{1}}},
		{"what refuses Configure may say why by its exit code", then(starting, ConfigureFailed{1, "no"}), Stopping, Stopped,
			[]Action{disarm(StartTimer, 1), arm(StopTimer, 1, time.Second)}},
		{"what refuses Activate too", then(activating, ActivateFailed{1, "no"}), Stopping, Stopped, []Action{arm(StopTimer, 1, time.Second)}},
		{"if it does not exit it is killed", then(activating, ActivateFailed{1, "no"}, elapsed(StopTimer, 1)), Killing, Stopped, []Action{Kill{1}}},
		{"a late answer of a worker that is gone is nobody's", then(backoff, Configured{Generation: 1}), Backoff, Stopped, nil},
	}
}

func beats() []row {
	return []row{
		{"degraded is never replaced", then(running, Judged{Generation: 1, Verdict: Degraded, Answered: true}), Running, Stopped, nil},
		{"a silent worker is continued", then(running, Judged{Generation: 1, Verdict: Silent}), Running, Stopped, []Action{Continue{1}}},
		{"if it beats again it lives", then(running, Judged{Generation: 1, Verdict: Silent}, ready(1)), Running, Stopped,
			[]Action{Record{1, KindPaused, "missed three beats, was continued, and beats again", false}}},
		{"a stalled worker is dumped", stalled, Killing, Stopped, []Action{Dump{1, time.Second}, arm(DumpTimer, 1, 4*time.Second)}},
		{"and killed when the dump does not end it", then(stalled, elapsed(DumpTimer, 1)), Killing, Stopped, []Action{Kill{1}}},
		{"and replaced when it is gone", then(stalled, died(1, Crash)), Starting, Stopped,
			[]Action{disarm(DumpTimer, 1), Record{1, KindStall, "stuck", false}, Launch{Generation: 2, Respawn: true}, arm(StartTimer, 2, 10*time.Second)}},
		{"one that leaves is judged no more", then(stopping, Judged{Generation: 1, Verdict: Stalled}), Stopping, Stopped, nil},
		{"memory is handed over", then(running, Judged{Generation: 1, Verdict: Healthy, Answered: true, Ready: true, Oversized: true, Reason: "big"}), Running, Starting,
			[]Action{Record{1, KindMemory, "big", false}, Launch{Generation: 2, Fresh: true}, arm(StartTimer, 2, 10*time.Second)}},
	}
}

func deaths() []row {
	again := []Action{Record{1, KindCrash, "it ended", false}, Launch{Generation: 2, Respawn: true}, arm(StartTimer, 2, 10*time.Second)}
	recorded := func(k Kind, more ...Action) []Action {
		return append([]Action{Record{1, k, "it ended", false}}, more...)
	}
	wait1 := arm(RespawnTimer, 1, time.Second)
	end := []Action{Announce{AlarmGivenUp, "it ended"}, Exit{78, "it ended"}}
	return []row{
		{"a crash of a running worker is respawned at once", then(running, died(1, Crash)), Starting, Stopped, again},
		{"so is an OOM kill", then(running, died(1, OOM)), Starting, Stopped, recorded(KindOOM, again[1:]...)},
		{"0 unasked is respawned and no crash", then(running, died(1, Done)), Starting, Stopped, recorded(KindDone, again[1:]...)},
		{"75 waits", then(running, died(1, Temporary)), Backoff, Stopped, recorded(KindTemporary, wait1)},
		{"a death before running waits", then(activating, died(1, Crash)), Backoff, Stopped, recorded(KindCrash, wait1)},
		{"and then is respawned", then(backoff, elapsed(RespawnTimer, 1)), Starting, Stopped,
			[]Action{Launch{Generation: 2, Respawn: true}, arm(StartTimer, 2, 10*time.Second)}},
		{"78 is not respawned", then(running, died(1, Settings)), Failed, Stopped, recorded(KindSettings, end...)},
		{"78 after a stall neither", then(stalled, elapsed(DumpTimer, 1), died(1, Settings)), Failed, Stopped, recorded(KindSettings, end...)},
		{"78 instead of activating neither", then(activating, ActivateFailed{1, "no"}, died(1, Settings)), Failed, Stopped,
			append([]Action{disarm(StopTimer, 1)}, recorded(KindSettings, end...)...)},
		{"77 has the token read again", refused, Backoff, Stopped, recorded(KindToken, RereadToken{})},
		{"another token is tried at once", then(refused, TokenRead{true}), Starting, Stopped, again[1:]},
		{"the same is tried again where it once worked", then(refused, TokenRead{false}), Backoff, Stopped,
			[]Action{Announce{AlarmToken, "it ended"}, arm(RespawnTimer, 1, 7*time.Minute+30*time.Second)}},
		{"the same is the end where it never did", then(starting, Configured{Generation: 1}, died(1, TokenRefused), TokenRead{false}), Failed, Stopped, end},
		{"READY once seen counts", then(starting, Configured{Generation: 1}, ready(1), died(1, TokenRefused), TokenRead{false}), Backoff, Stopped,
			[]Action{Announce{AlarmToken, "it ended"}, arm(RespawnTimer, 1, 7*time.Minute+30*time.Second)}},
		{"a start that took too long is told so", then(starting, elapsed(StartTimer, 1), died(1, Crash)), Backoff, Stopped,
			[]Action{Record{1, KindStart, "was not configured 10s after its launch", false}, wait1}},
	}
}

func wishes() []row {
	launch2 := []Action{Launch{Generation: 2, Fresh: true}, arm(StartTimer, 2, 10*time.Second)}
	leave := Stop{Generation: 1, KeepSession: true, Budget: 50 * time.Millisecond}
	return []row{
		{"a stop keeps the session", stopping, Stopping, Stopped,
			[]Action{Stop{Generation: 1, KeepSession: true, GoingAway: true, Budget: time.Second}, arm(StopTimer, 1, 2*time.Second)}},
		{"a stop that is ignored ends in a kill", then(stopping, elapsed(StopTimer, 1)), Killing, Stopped, []Action{Kill{1}}},
		{"and in an incident", then(stopping, elapsed(StopTimer, 1), died(1, Crash)), Stopped, Stopped,
			[]Action{Record{1, KindOverrun, "did not leave in time and was killed", false}, Exit{0, ""}}},
		{"stopped is the end", then(stopping, died(1, Done)), Stopped, Stopped, []Action{disarm(StopTimer, 1), Exit{0, ""}}},
		{"a crash while stopping is recorded, and the end", then(stopping, died(1, Crash)), Stopped, Stopped,
			[]Action{disarm(StopTimer, 1), Record{1, KindCrash, "it ended", false}, Exit{0, ""}}},
		{"a stop now kills", then(stopping, Asked{AskStopNow, 0}), Killing, Stopped, []Action{disarm(StopTimer, 1), Kill{1}}},
		{"a stop for good ends the session", then(running, Asked{AskStopForGood, 7}), Stopping, Stopped,
			[]Action{Stop{Generation: 1, GoingAway: true, Budget: time.Second}, arm(StopTimer, 1, 2*time.Second)}},
		{"a stop while starting kills", then(starting, Asked{AskStop, 0}), Killing, Stopped, []Action{disarm(StartTimer, 1), Kill{1}}},
		{"a stop during backoff is the end", then(backoff, Asked{AskStop, 0}), Stopped, Stopped, []Action{disarm(RespawnTimer, 1), Exit{0, ""}}},
		{"a pause ends the session", pausing, Stopping, Stopped,
			[]Action{Stop{Generation: 1, GoingAway: true, Budget: time.Second}, arm(StopTimer, 1, 2*time.Second)}},
		{"paused answers", paused, Paused, Stopped, []Action{disarm(StopTimer, 1), Answer{7, OK, ""}}},
		{"a resume launches the binary that ran", then(paused, Asked{AskResume, 8}), Starting, Stopped,
			[]Action{Launch{Generation: 2}, arm(StartTimer, 2, 10*time.Second)}},
		{"and is answered when that is active", then(paused, Asked{AskResume, 8}, Configured{Generation: 2}, Activated{2}), Activating, Stopped, []Action{Answer{8, OK, ""}}},
		{"a restart launches a successor beside", handover, Running, Starting, launch2},
		{"a successor that stands by has its predecessor leave", standby, Stopping, Standby,
			[]Action{disarm(StartTimer, 2), leave, arm(StopTimer, 1, 1050*time.Millisecond)}},
		{"and follows it", then(standby, died(1, Done)), Activating, Stopped, []Action{disarm(StopTimer, 1), Activate{2}}},
		{"a restart is answered when the successor has activated", then(standby, died(1, Done), Activated{2}), Activating, Stopped, []Action{Answer{7, OK, ""}}},
		{"78 of a successor fails the hand-over", then(handover, died(2, Settings)), Running, Stopped,
			[]Action{disarm(StartTimer, 2), Record{2, KindSettings, "it ended", true}, Answer{7, NotDone, "the successor failed: it ended"}}},
		{"77 of a successor too", then(handover, died(2, TokenRefused)), Running, Stopped,
			[]Action{disarm(StartTimer, 2), Record{2, KindToken, "it ended", true}, Answer{7, NotDone, "the successor failed: it ended"}}},
		{"78 of a successor that follows its predecessor is retried", then(standby, died(1, Done), died(2, Settings)), Backoff, Stopped,
			[]Action{Record{2, KindSettings, "it ended", false}, Answer{7, NotDone, "the new worker failed: it ended"}, arm(RespawnTimer, 2, time.Second)}},
		{"a death during a hand-over is the successor's turn", then(handover, died(1, Crash)), Starting, Stopped, []Action{Record{1, KindCrash, "it ended", false}}},
		{"78 during a hand-over is the end all the same", then(handover, died(1, Settings)), Failed, Killing,
			[]Action{Record{1, KindSettings, "it ended", false}, Announce{AlarmGivenUp, "it ended"},
				Answer{7, NotDone, "the hand-over was given up: the supervisor gives up: it ended"}, disarm(StartTimer, 2), Kill{2}}},
		{"a second restart during a hand-over is refused", then(handover, Asked{AskRestart, 8}), Running, Starting,
			[]Action{Answer{8, Refused, "a hand-over is under way already"}}},
		{"a hard restart kills", then(running, Asked{AskRestartHard, 7}), Killing, Stopped, []Action{Kill{1}}},
		{"and launches what lies at the path", then(running, Asked{AskRestartHard, 7}, died(1, Crash)), Starting, Stopped, launch2},
		{"a restart ends a backoff", then(backoff, Asked{AskRestart, 7}), Starting, Stopped, append([]Action{disarm(RespawnTimer, 1)}, launch2...)},
		{"a restart of a paused bot is refused", then(paused, Asked{AskRestart, 8}), Paused, Stopped,
			[]Action{Answer{8, Refused, "the bot is paused; resume it instead"}}},
		{"a reread asks the source", then(running, Asked{AskReread, 0}), Running, Stopped, []Action{RereadToken{}}},
		{"a changed token waits for the next launch", then(running, Asked{AskReread, 0}, TokenRead{true}), Running, Stopped, nil},
	}
}
