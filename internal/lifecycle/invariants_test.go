package lifecycle

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"
)

func TestEveryReachableStateKeepsTheInvariants(t *testing.T) {
	began := time.Now()
	c := explored(t)
	t.Logf("%d states, %d steps, %v", c.states, c.steps, time.Since(began).Round(time.Millisecond))
	if c.states < 1000 {
		t.Errorf("only %d states: the walk does not get around", c.states)
	}
}

func immediate(p Policy) Policy {
	p.Immediate = true
	return p
}

// brokenState checks what must hold in every state of rest.
func brokenState(s *scene) error {
	if err := errors.Join(watched(s), oneActive(s.w), timersFit(s)); err != nil {
		return err
	}
	cur, next := s.m.Current, s.m.Successor
	switch {
	case s.w.ended && (s.w.respawnTimer || held(&s.m) != 0):
		return errors.New("something is owed after the end")
	case s.w.ended:
		return nil
	case cur.State == Standby:
		return errors.New("a standby rests in the current slot")
	case next.State == Standby && cur.State != Stopping && cur.State != Killing:
		return fmt.Errorf("a successor stands by and the current one is %v", cur.State)
	case s.w.begun && s.m.Goal == Run && !cur.State.live() && cur.State != Backoff:
		return fmt.Errorf("the bot is to run and its slot is %v", cur.State)
	case cur.State == Backoff && !s.w.respawnTimer && s.w.tokenAsked == 0:
		return errors.New("a backoff that nothing ends")
	case s.m.Goal == Pause && cur.State != Paused && cur.State != Stopping && cur.State != Killing:
		return fmt.Errorf("the bot is to pause and its slot is %v", cur.State)
	case s.m.Goal == Quit && !leaving(cur) && !leaving(next):
		return errors.New("the supervisor is to quit and waits for nobody")
	case cur.State == Failed && !leaving(next):
		return errors.New("failed, and the supervisor does not exit")
	}
	return nil
}

func leaving(s Slot) bool { return s.State == Stopping || s.State == Killing }

// watched: no worker that no slot knows, no slot whose worker does not exist.
func watched(s *scene) error {
	for _, p := range s.w.procs {
		if p.generation != 0 && s.m.slotOf(p.generation) == nil {
			return fmt.Errorf("nobody watches worker %d", p.generation)
		}
	}
	for _, slot := range []Slot{s.m.Current, s.m.Successor} {
		if slot.State.live() && s.w.proc(slot.Generation) == nil {
			return fmt.Errorf("slot of worker %d is %v, and it does not exist", slot.Generation, slot.State)
		}
	}
	return nil
}

func oneActive(w world) error {
	if w.procs[0].active && w.procs[1].active {
		return errors.New("two active workers")
	}
	return nil
}

// timersFit: whoever is waited for has a timer or is dead soon, and no timer runs for nothing.
func timersFit(s *scene) error {
	for _, slot := range []Slot{s.m.Current, s.m.Successor} {
		p := s.w.proc(slot.Generation)
		if p == nil {
			continue
		}
		want := proc{
			startTimer: slot.State == Starting,
			stopTimer:  slot.State == Stopping,
			dump:       slot.State == Killing && !p.killed,
		}
		if got := (proc{startTimer: p.startTimer, stopTimer: p.stopTimer, dump: p.dump}); got != want {
			return fmt.Errorf("worker %d is %v with timers %+v", slot.Generation, slot.State, got)
		}
		if slot.Active != p.active {
			return fmt.Errorf("worker %d: the slot says active=%v, the world %v", slot.Generation, slot.Active, p.active)
		}
	}
	if s.w.respawnTimer && s.m.Current.State != Backoff {
		return fmt.Errorf("a respawn is due while the slot is %v", s.m.Current.State)
	}
	return nil
}

// brokenStep checks what must hold between a state and the next.
func brokenStep(before, after *scene, in Input, actions []Action) error {
	return errors.Join(
		everyRequestIsAnsweredOnce(before, after, in, actions),
		settingsNeverRespawn(before, in, actions),
		aFailedHandOverLeavesTheOldAlone(before, after, in, actions),
		everyDeathLeavesEvidence(before, in, actions),
		onlyARunningBotIsLaunched(after, actions),
		theDeadHaveNoTimers(before, in, actions),
	)
}

func everyRequestIsAnsweredOnce(before, after *scene, in Input, actions []Action) error {
	open := held(&before.m)
	if a, ok := in.(Asked); ok {
		open |= only(a.Request)
	}
	for _, a := range actions {
		if a, ok := a.(Answer); ok {
			if open&only(a.Request) == 0 {
				return fmt.Errorf("request %d is answered, but nobody waits", a.Request)
			}
			open &^= only(a.Request)
		}
	}
	if still := held(&after.m); still != open {
		return fmt.Errorf("requests %b wait, but the machine holds %b", open, still)
	}
	return nil
}

// settingsNeverRespawn: exit code 78 of a current worker that nobody had told to leave ends the supervisor. One that
// was launched as a successor and has not activated yet only fails its hand-over.
func settingsNeverRespawn(before *scene, in Input, actions []Action) error {
	e, ok := in.(Exited)
	if !ok || e.Class != Settings || e.Generation != before.m.Current.Generation || before.m.Current.HandOver {
		return nil
	}
	for _, a := range actions {
		if l, ok := a.(Launch); ok && l.Respawn {
			return errors.New("exit code 78 is respawned")
		}
	}
	if cur := before.m.Current; before.m.Goal == Run && (cur.State == Running || cur.State == Activating || cur.State == Starting) &&
		!announces(actions, AlarmGivenUp) {
		return errors.New("exit code 78 does not end the supervisor")
	}
	return nil
}

func announces(actions []Action, alarm Alarm) bool {
	for _, a := range actions {
		if a, ok := a.(Announce); ok && a.Alarm == alarm {
			return true
		}
	}
	return false
}

// aFailedHandOverLeavesTheOldAlone: nothing that befalls a successor reaches the current worker, except that its
// being configured has it leave.
func aFailedHandOverLeavesTheOldAlone(before, after *scene, in Input, actions []Action) error {
	var about uint64
	switch in := in.(type) {
	case Exited:
		about = in.Generation
	case ConfigureFailed:
		about = in.Generation
	case Elapsed:
		about = in.Timer.Generation
	}
	if about == 0 || about != before.m.Successor.Generation || before.m.Goal == Quit {
		return nil
	}
	if before.m.Current != after.m.Current {
		return fmt.Errorf("the failure of a successor changes the current worker: %+v", actions)
	}
	return nil
}

// everyDeathLeavesEvidence: a death that nobody asked for is recorded, exactly once.
func everyDeathLeavesEvidence(before *scene, in Input, actions []Action) error {
	e, ok := in.(Exited)
	if !ok {
		return nil
	}
	records := 0
	for _, a := range actions {
		if _, ok := a.(Record); ok {
			records++
		}
	}
	slot := *before.m.slotOf(e.Generation)
	asked := slot.State == Stopping || slot.State == Killing
	if (!asked && records != 1) || records > 1 {
		return fmt.Errorf("%d incidents for the death of a worker that was %v", records, slot.State)
	}
	return nil
}

func onlyARunningBotIsLaunched(after *scene, actions []Action) error {
	for _, a := range actions {
		if _, ok := a.(Launch); ok && after.m.Goal != Run {
			return errors.New("a worker is launched though the bot is to be away")
		}
	}
	return nil
}

func theDeadHaveNoTimers(before *scene, in Input, actions []Action) error {
	e, ok := in.(Exited)
	if !ok {
		return nil
	}
	p := before.w.proc(e.Generation)
	for kind := StartTimer; kind <= DumpTimer; kind++ {
		if *p.timer(kind) && !slices.Contains(actions, Action(Disarm{Timer{kind, e.Generation}})) {
			return fmt.Errorf("the timer %q outlives its worker", kind)
		}
	}
	return nil
}

// endless plays the worst worker from here on: it answers nothing and does not die before SIGKILL. Whatever is being
// ended must come to its end all the same.
func endless(p Policy, s scene) error {
	if s.m.Goal == Run && !leaving(s.m.Current) && !leaving(s.m.Successor) {
		return nil
	}
	for range 8 {
		if s.w.ended || s.m.Current.State == Paused && s.w.procs == [2]proc{} {
			return nil
		}
		if s.m.Goal == Run && !leaving(s.m.Current) && !leaving(s.m.Successor) {
			return nil
		}
		in := hung(s)
		if in == nil {
			return errors.New("nothing ends a worker that hangs")
		}
		var err error
		if s, _, err = s.next(p, in, 0); err != nil {
			return err
		}
	}
	return errors.New("ending a worker that hangs goes on for ever")
}

// hung is the next thing that happens to a worker that does nothing: SIGKILL works, or a timer runs out.
func hung(s scene) Input {
	for _, p := range s.w.procs {
		if p.killed {
			return Exited{p.generation, Crash, "killed"}
		}
	}
	for _, p := range s.w.procs {
		switch {
		case p.stopTimer:
			return Elapsed{Timer{StopTimer, p.generation}}
		case p.dump:
			return Elapsed{Timer{DumpTimer, p.generation}}
		}
	}
	return nil
}
