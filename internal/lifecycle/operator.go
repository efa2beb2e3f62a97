package lifecycle

func (s *step) asked(in Asked) {
	switch in.Verb {
	case AskStop:
		s.quit(in.Request, true)
	case AskStopForGood:
		s.quit(in.Request, false)
	case AskStopNow:
		s.quitNow(in.Request)
	case AskPause:
		s.pause(in.Request)
	case AskResume:
		s.resume(in.Request)
	case AskRestart, AskRestartHard:
		s.restart(in)
	case AskReread:
		// An answer to a refusal is under way already: that one is as fresh.
		if !s.m.rereading {
			s.do(RereadToken{})
		}
		s.reply(in.Request, OK, "")
	}
}

func (s *step) reply(request uint64, o Outcome, sentence string) { s.answer(&request, o, sentence) }

func (s *step) quit(request uint64, keepSession bool) {
	if s.m.Goal == Quit {
		s.reply(request, Refused, "the supervisor is stopping already")
		return
	}
	s.aim(Quit, request)
	s.endAll(keepSession)
}

// quitNow does not wait for what a first stop waits for.
func (s *step) quitNow(request uint64) {
	if s.m.Goal != Quit {
		s.aim(Quit, request)
	} else {
		s.reply(request, Refused, "the supervisor is stopping already; what is left is killed")
	}
	s.discardSuccessor("the supervisor was stopped")
	cur := &s.m.Current
	if cur.State.live() {
		s.abandon(cur)
		if !s.beingKilled(*cur) {
			s.kill(cur, byOperator)
		}
		return
	}
	s.dropWait(Stopped)
	s.finish()
}

// beingKilled tells whether SIGKILL was sent already.
func (s *step) beingKilled(slot Slot) bool {
	return slot.State == Killing && (slot.doom != stalled || slot.overran)
}

func (s *step) pause(request uint64) {
	switch {
	case s.m.Goal == Quit:
		s.reply(request, Refused, "the supervisor is stopping")
	case s.m.Current.State == Paused:
		s.reply(request, OK, "")
	case s.m.Goal == Pause:
		s.reply(request, Refused, "a pause is under way already")
	default:
		s.aim(Pause, request)
		s.endAll(false)
	}
}

// aim changes the goal; whoever waited for the old one is told.
func (s *step) aim(g Goal, request uint64) {
	s.answer(&s.m.request, NotDone, "overtaken by a later request")
	s.m.Goal, s.m.request = g, request
}

// endAll ends every worker as the goal, pause or quit, demands.
func (s *step) endAll(keepSession bool) {
	s.discardSuccessor("the bot was asked to stop")
	cur := &s.m.Current
	s.abandon(cur)
	switch cur.State {
	case Activating, Running:
		s.stop(cur, byOperator, Stop{KeepSession: keepSession, GoingAway: true, Budget: s.p.StopBudget})
	case Starting, Standby:
		s.kill(cur, byOperator)
	case Stopping:
		cur.doom = byOperator
	case Killing:
	default:
		s.endIdle()
	}
}

// endIdle reaches the goal when there is no current worker to wait for.
func (s *step) endIdle() {
	if s.m.Goal == Pause {
		s.dropWait(Paused)
		s.answer(&s.m.request, OK, "")
		return
	}
	s.dropWait(Stopped)
	s.finish()
}

// dropWait leaves a backoff for good.
func (s *step) dropWait(to State) {
	s.disarm(&s.m.Current)
	s.m.rereading = false
	if s.m.Current.State != Failed {
		s.m.Current.State = to
	}
}

// abandon lets nothing follow the worker's end, and tells whoever waited for that.
func (s *step) abandon(slot *Slot) {
	slot.sequel = asPolicySays
	s.answer(&slot.Request, NotDone, "overtaken by a later request")
}

func (s *step) discardSuccessor(why string) {
	next := &s.m.Successor
	if next.State == Starting || next.State == Standby || next.State == Stopping {
		s.answer(&next.Request, NotDone, "the hand-over was given up: "+why)
		s.kill(next, discarded)
	}
}

func (s *step) resume(request uint64) {
	switch {
	case s.m.Goal == Quit:
		s.reply(request, Refused, "the supervisor is stopping")
		return
	case s.m.Goal == Run:
		s.reply(request, OK, "")
		return
	}
	s.aim(Run, 0)
	s.forget()
	if cur := &s.m.Current; cur.State.live() {
		cur.sequel, cur.Request = sameAgain, request
		return
	}
	s.launch(Launch{}, request)
}

func (s *step) restart(in Asked) {
	cur := &s.m.Current
	switch {
	case s.m.Goal == Quit:
		s.reply(in.Request, Refused, "the supervisor is stopping")
		return
	case s.m.Goal == Pause:
		s.reply(in.Request, Refused, "the bot is paused; resume it instead")
		return
	case cur.State == Stopped:
		s.reply(in.Request, Refused, "the supervisor is still starting")
		return
	case s.m.Successor.State.live():
		s.reply(in.Request, Refused, "a hand-over is under way already")
		return
	}
	s.forget()
	switch cur.State {
	case Backoff:
		s.dropWait(Backoff)
		s.launch(Launch{Fresh: true}, in.Request)
		return
	case Activating, Running:
		if in.Verb == AskRestart {
			s.handOver(in.Request)
			return
		}
	}
	s.abandon(cur)
	cur.sequel, cur.Request = freshAgain, in.Request
	if cur.State != Stopping && cur.State != Killing {
		s.kill(cur, byOperator)
	}
}
