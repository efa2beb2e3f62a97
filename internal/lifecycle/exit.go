package lifecycle

import "time"

// The exit codes of the supervisor itself.
const (
	exitDone     = 0
	exitSettings = 78
)

// exited is told for every worker in the end, however it came to it.
func (s *step) exited(in Exited) {
	slot := s.slot(in.Generation)
	if slot == nil {
		return
	}
	s.disarm(slot)
	dead := *slot
	in.Sentence = s.sentence(dead, in)
	s.record(dead, in)
	if slot == &s.m.Successor {
		s.successorExited(dead, in)
		return
	}
	if dead.Ran {
		s.m.respawns = s.m.respawns.ran(s.at - dead.RunningSince)
	}
	if dead.sequel == asPolicySays {
		s.answer(&dead.Request, NotDone, "the new worker failed: "+in.Sentence)
	}
	// What is left is a slot without a process; its generation names it until the next launch.
	s.m.Current = Slot{State: Stopped, Generation: dead.Generation}
	switch s.m.Goal {
	case Run:
		s.follow(dead, in)
	case Pause:
		s.m.Current.State = Paused
		s.answer(&s.m.request, OK, "")
	case Quit:
		s.finish()
	}
}

// follow decides what takes the place of a current worker that has gone while the bot is to run.
func (s *step) follow(dead Slot, in Exited) {
	next := s.m.Successor.State
	ready := next == Starting || next == Standby
	fatal := in.Class == Settings && dead.sequel == asPolicySays && !dead.HandOver
	switch {
	case ready && (!fatal || dead.doom == forSuccessor):
		s.m.Current, s.m.Successor = s.m.Successor, Slot{}
		s.followUp()
	case fatal:
		s.giveUp(in.Sentence)
	case dead.sequel != asPolicySays:
		s.launch(Launch{Fresh: dead.sequel == freshAgain}, dead.Request)
	case dead.doom == forSuccessor:
		// Its successor died while it was leaving. It did nothing wrong.
		s.launch(Launch{Respawn: true}, 0)
	case in.Class == TokenRefused && !dead.HandOver:
		s.tokenRefused(in.Sentence)
	default:
		s.respawn(dead, in)
	}
}

// successorExited fails the hand-over, whatever the exit code; the current worker is not touched.
func (s *step) successorExited(dead Slot, in Exited) {
	s.m.Successor = Slot{}
	s.answer(&dead.Request, NotDone, "the successor failed: "+in.Sentence)
	if s.m.Goal == Quit && !s.m.Current.State.live() {
		s.finish()
	}
}

// respawn launches again, now or later.
func (s *step) respawn(dead Slot, in Exited) {
	r, delay, looping := s.m.respawns.died(s.p, s.at, dead.Ran, in.Class == Temporary, s.jitter)
	s.m.respawns = r
	if looping && !s.m.Looping {
		s.m.Looping = true
		s.do(Announce{AlarmCrashLoop, "the worker dies again and again; last: " + in.Sentence})
	}
	if delay == 0 {
		s.launch(Launch{Respawn: true}, 0)
		return
	}
	s.m.Current.State = Backoff
	s.do(Arm{Timer{RespawnTimer, dead.Generation}, delay})
}

// tokenRefused asks the token's source again before it judges.
func (s *step) tokenRefused(sentence string) {
	s.m.Current.State = Backoff
	s.m.tokenTries++
	s.m.rereading = true
	s.m.sentence = sentence
	s.do(RereadToken{})
}

// tokenRead answers a refusal, or a SIGHUP while a refused token is waited for.
func (s *step) tokenRead(in TokenRead) {
	refused := s.m.rereading
	s.m.rereading = false
	switch {
	case s.m.Current.State != Backoff || s.m.tokenTries == 0:
		// Nobody waits for a token: the next launch uses whatever its source gives then.
	case in.Changed:
		if !refused {
			s.disarm(&s.m.Current)
		}
		s.launch(Launch{Respawn: true}, 0)
	case !refused:
	case !s.m.EverReady || s.m.tokenTries >= s.p.TokenTries:
		s.giveUp(s.m.sentence)
	default:
		pause := s.p.TokenSpan
		if s.p.TokenTries > 1 {
			pause /= time.Duration(s.p.TokenTries - 1)
		}
		s.do(Announce{AlarmToken, s.m.sentence}, Arm{Timer{RespawnTimer, s.m.Current.Generation}, pause})
	}
}

// giveUp ends the supervisor because a restart cannot help. A successor that still lives is killed first.
func (s *step) giveUp(sentence string) {
	s.m.Current.State = Failed
	s.m.Goal, s.m.exitCode, s.m.sentence = Quit, exitSettings, sentence
	s.do(Announce{AlarmGivenUp, sentence})
	s.discardSuccessor("the supervisor gives up: " + sentence)
	s.finish()
}

// finish exits once no process is left.
func (s *step) finish() {
	if s.m.Successor.State.live() {
		return
	}
	if s.m.exitCode == exitDone {
		s.m.sentence = ""
	}
	s.answer(&s.m.request, OK, "")
	s.m.finished = true
	s.do(Exit{s.m.exitCode, s.m.sentence})
}

// record notes every death, except the one that was asked for and came as asked.
func (s *step) record(dead Slot, in Exited) {
	kind := kindOf(dead, in.Class)
	if kind == KindDone && dead.doom != unasked {
		return
	}
	if dead.State == Killing && !dead.overran && (dead.doom == byOperator || dead.doom == discarded) {
		return
	}
	s.do(Record{dead.Generation, kind, in.Sentence, dead.HandOver && !dead.Active})
}

// sentence says what a worker died of: why we ended it, if we did, rather than how.
func (s *step) sentence(dead Slot, in Exited) string {
	switch kind := kindOf(dead, in.Class); {
	case kind == KindStart:
		return "was not configured " + s.p.StartTimeout.String() + " after its launch"
	case kind == KindStall, kind == KindOverrun && dead.doom == refused:
		return dead.why
	case kind == KindOverrun:
		return "did not leave in time and was killed"
	}
	return in.Sentence
}

// kindOf trusts the two exit codes that no accident gives, then our own reason, then the class.
func kindOf(dead Slot, c Class) Kind {
	switch {
	case c == Settings:
		return KindSettings
	case c == TokenRefused:
		return KindToken
	case dead.doom == stalled:
		return KindStall
	case dead.doom == startTimeout:
		return KindStart
	case dead.overran:
		return KindOverrun
	}
	return [...]Kind{Done: KindDone, Temporary: KindTemporary, Crash: KindCrash, OOM: KindOOM}[c]
}
