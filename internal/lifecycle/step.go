package lifecycle

import "time"

// step is one application of an event: the machine as it becomes, and what is owed for it.
type step struct {
	p       Policy
	m       Machine
	at      time.Duration
	jitter  float64
	actions []Action
}

func (s *step) apply(in Input) {
	switch in := in.(type) {
	case Begin:
		s.begin()
	case Configured:
		s.configured(in)
	case ConfigureFailed:
		s.configureFailed(in)
	case Activated:
		s.activated(in)
	case ActivateFailed:
		s.activateFailed(in)
	case Judged:
		s.judged(in)
	case Exited:
		s.exited(in)
	case Elapsed:
		s.elapsed(in.Timer)
	case TokenRead:
		s.tokenRead(in)
	case Asked:
		s.asked(in)
	}
}

func (s *step) do(a ...Action) { s.actions = append(s.actions, a...) }

// slot finds the slot of a living worker; nil when the generation is gone.
func (s *step) slot(generation uint64) *Slot { return s.m.slotOf(generation) }

func (s *step) begin() {
	if s.m.Current.State == Stopped && s.m.Goal == Run {
		s.launch(Launch{Fresh: true}, 0)
	}
}

// launch fills the current slot with a new worker.
func (s *step) launch(l Launch, request uint64) {
	s.m.Current = s.newSlot(l, request)
}

func (s *step) newSlot(l Launch, request uint64) Slot {
	s.m.LastGeneration++
	l.Generation = s.m.LastGeneration
	s.do(l, Arm{Timer{StartTimer, l.Generation}, s.p.StartTimeout})
	return Slot{State: Starting, Generation: l.Generation, Request: request}
}

// handOver launches a successor beside the worker that goes on working.
func (s *step) handOver(request uint64) {
	s.m.Successor = s.newSlot(Launch{Fresh: true}, request)
	s.m.Successor.HandOver = true
}

func (s *step) configured(in Configured) {
	slot := s.slot(in.Generation)
	if slot == nil || slot.State != Starting {
		return
	}
	s.m.EverReady = s.m.EverReady || in.EverReady
	s.do(Disarm{Timer{StartTimer, slot.Generation}})
	slot.State = Standby
	s.followUp()
}

// followUp lets a standby take the next step towards being the active worker: the current one activates; a successor
// has its predecessor leave first.
func (s *step) followUp() {
	cur, next := &s.m.Current, &s.m.Successor
	switch {
	case cur.State == Standby:
		cur.State, cur.Active = Activating, true
		s.do(Activate{cur.Generation})
	case next.State == Standby && (cur.State == Running || cur.State == Activating):
		s.stop(cur, forSuccessor, Stop{KeepSession: true, Budget: s.p.HandOverBudget})
	}
}

// configureFailed, like activateFailed, waits a little for the exit code that says why, instead of hiding it by a kill.
func (s *step) configureFailed(in ConfigureFailed) {
	if slot := s.slot(in.Generation); slot != nil && slot.State == Starting {
		s.do(Disarm{Timer{StartTimer, slot.Generation}})
		s.awaitExit(slot, in.String())
	}
}

func (s *step) activateFailed(in ActivateFailed) {
	if slot := s.slot(in.Generation); slot != nil && slot.State == Activating {
		s.awaitExit(slot, in.String())
	}
}

func (s *step) awaitExit(slot *Slot, why string) {
	slot.State, slot.doom, slot.why = Stopping, refused, why
	s.do(Arm{Timer{StopTimer, slot.Generation}, s.p.RefusalGrace})
}

func (s *step) activated(in Activated) {
	if slot := s.slot(in.Generation); slot != nil && slot.State == Activating {
		s.succeeded(slot)
	}
}

// succeeded ends a hand-over, and the wait of whoever asked for this worker.
func (s *step) succeeded(slot *Slot) {
	slot.HandOver = false
	s.answer(&slot.Request, OK, "")
}

// judged reacts to one heartbeat of the active worker. A worker that is being ended is not judged any more.
func (s *step) judged(in Judged) {
	slot := s.slot(in.Generation)
	if slot == nil || (slot.State != Activating && slot.State != Running) {
		return
	}
	if in.Answered {
		s.beat(slot, in)
	}
	switch {
	case in.Verdict == Stalled:
		slot.State, slot.doom, slot.why = Killing, stalled, in.Reason
		s.do(Dump{slot.Generation, s.p.DumpRPC}, Arm{Timer{DumpTimer, slot.Generation}, s.p.DumpRPC + s.p.DumpQuit})
	case in.Verdict == Silent && !slot.continued:
		slot.continued = true
		s.do(Continue{slot.Generation})
	case in.Oversized:
		s.outgrown(slot, in.Reason)
	}
}

func (s *step) beat(slot *Slot, in Judged) {
	if slot.continued {
		slot.continued = false
		s.do(Record{slot.Generation, KindPaused, "missed three beats, was continued, and beats again", false})
	}
	if slot.State == Activating && in.Ready {
		slot.State, slot.Ran, slot.RunningSince = Running, true, s.at
		s.m.EverReady, s.m.tokenTries = true, 0
		s.succeeded(slot)
	}
	if slot.State == Running && s.at-slot.RunningSince >= s.p.StableAfter {
		s.forget()
	}
}

// outgrown hands over because of memory, now and then at most.
func (s *step) outgrown(slot *Slot, reason string) {
	if slot.State != Running || s.m.Successor.State.live() || s.at < s.m.nextMemory {
		return
	}
	s.m.nextMemory = s.at + s.p.MemoryPause
	s.do(Record{slot.Generation, KindMemory, reason, false})
	s.handOver(0)
}

// forget lets all deaths be past: after stable running, and when the operator takes over.
func (s *step) forget() {
	s.m.respawns = respawns{}
	s.m.tokenTries = 0
	if s.m.Looping {
		s.m.Looping = false
		s.do(Announce{AlarmCrashLoopOver, "the crash loop is over"})
	}
}

// stop asks a worker to leave and arms the kill.
func (s *step) stop(slot *Slot, why doom, stop Stop) {
	stop.Generation = slot.Generation
	slot.State, slot.doom = Stopping, why
	s.do(stop, Arm{Timer{StopTimer, slot.Generation}, stop.Budget + s.p.StopGrace})
}

// kill ends a worker that is not worth asking, or that was asked long enough. A stall stays a stall.
func (s *step) kill(slot *Slot, why doom) {
	s.disarm(slot)
	if slot.doom == stalled {
		slot.overran = true
	} else {
		slot.doom = why
	}
	slot.State = Killing
	s.do(Kill{slot.Generation})
}

// disarm stops the timer that a slot in its present state may have.
func (s *step) disarm(slot *Slot) {
	switch slot.State {
	case Starting:
		s.do(Disarm{Timer{StartTimer, slot.Generation}})
	case Stopping:
		s.do(Disarm{Timer{StopTimer, slot.Generation}})
	case Killing:
		if slot.doom == stalled && !slot.overran {
			s.do(Disarm{Timer{DumpTimer, slot.Generation}})
		}
	case Backoff:
		if !s.m.rereading {
			s.do(Disarm{Timer{RespawnTimer, slot.Generation}})
		}
	}
}

func (s *step) elapsed(t Timer) {
	if t.Kind == RespawnTimer {
		if cur := s.m.Current; cur.State == Backoff && cur.Generation == t.Generation {
			s.launch(Launch{Respawn: true}, 0)
		}
		return
	}
	slot := s.slot(t.Generation)
	switch {
	case slot == nil:
	case t.Kind == StartTimer && slot.State == Starting:
		slot.State, slot.doom = Killing, startTimeout
		s.do(Kill{slot.Generation})
	case t.Kind == StopTimer && slot.State == Stopping, t.Kind == DumpTimer && slot.State == Killing && slot.doom == stalled:
		slot.State, slot.overran = Killing, true
		s.do(Kill{slot.Generation})
	}
}

// answer ends a request once.
func (s *step) answer(request *uint64, o Outcome, sentence string) {
	if *request != 0 {
		s.do(Answer{*request, o, sentence})
		*request = 0
	}
}
