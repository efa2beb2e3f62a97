package supervisor

import (
	"context"
	"time"

	"github.com/steadfast-bot/steadfast/internal/lifecycle"
)

// step tells the machine what happened and carries out what it says, in order.
func (l *loop) step(in lifecycle.Input) {
	before := l.machine
	now := time.Now()
	after, actions := before.Step(l.cfg.Policy, lifecycle.Event{At: now.Sub(l.began), Jitter: l.cfg.Jitter(), Input: in})
	l.machine = after
	l.noteTransitions(before, after, in, now)
	for _, a := range actions {
		l.carryOut(a, now)
	}
}

func (l *loop) carryOut(a lifecycle.Action, now time.Time) {
	switch a := a.(type) {
	case lifecycle.Launch:
		l.launch(a, now)
	case lifecycle.Activate:
		r := l.runs[a.Generation]
		r.activating, r.activated = true, now
		l.work.Go(func() { l.activate(r.ctx, r.generation, r.proc) })
		// A little later, so that the first beat does not overtake Activate on its way.
		l.agenda.set(appointment{heartbeat: a.Generation}, now.Add(l.cfg.Heartbeats.Settling))
	case lifecycle.Stop:
		r := l.runs[a.Generation]
		l.unwatch(r)
		l.work.Go(func() { l.stop(r.ctx, a, r.proc) })
	case lifecycle.Continue:
		l.try(a.Generation, "sending SIGCONT", l.runs[a.Generation].proc.Continue)
	case lifecycle.Dump:
		r := l.runs[a.Generation]
		l.unwatch(r)
		l.work.Go(func() { l.dump(r.ctx, a, r.proc) })
	case lifecycle.Kill:
		l.kill(l.runs[a.Generation])
	case lifecycle.Arm:
		l.agenda.set(appointment{timer: a.Timer}, now.Add(a.After))
	case lifecycle.Disarm:
		l.agenda.cancel(appointment{timer: a.Timer})
	case lifecycle.RereadToken:
		refused := l.notes.token
		l.work.Go(func() { l.reread(l.life, refused) })
	case lifecycle.Record:
		l.recordAction(a, now)
	case lifecycle.Announce:
		l.announce(a)
	case lifecycle.Answer:
		l.answer(a)
	case lifecycle.Exit:
		l.exit = &a
	}
}

func (l *loop) launch(a lifecycle.Launch, now time.Time) {
	r := &run{generation: a.Generation, started: now}
	r.ctx, r.end = context.WithCancel(l.life)
	l.runs[a.Generation] = r
	if a.Respawn {
		l.history.respawned(now)
	}
	l.work.Go(func() { l.start(r.ctx, LaunchSpec{Generation: a.Generation, Fresh: a.Fresh}) })
}

// kill ends a process, or the launch that may yet yield one.
func (l *loop) kill(r *run) {
	r.killed = true
	l.unwatch(r)
	if r.proc == nil {
		r.end()
		return
	}
	l.try(r.generation, "sending SIGKILL", r.proc.Kill)
}

// unwatch ends the heartbeats of a worker that is leaving.
func (l *loop) unwatch(r *run) {
	r.leaving = true
	l.agenda.cancel(appointment{heartbeat: r.generation})
}

// try does what only fails when the process is gone, which its exit tells better.
func (l *loop) try(generation uint64, what string, do func() error) {
	if err := do(); err != nil {
		l.log(generation).WithError(err).Warn(what)
	}
}

func (l *loop) recordAction(a lifecycle.Record, now time.Time) {
	r := l.runs[a.Generation]
	i := Incident{
		Kind: a.Kind, Generation: a.Generation, Cause: a.Sentence, Successor: a.Successor,
		Exit: r.exit, Dump: r.dump, Heartbeat: r.heartbeat, HeartbeatAt: r.heartbeatAt,
		LogPath: l.cfg.LogPath(a.Generation), Started: r.started, At: now,
	}
	if r.proc != nil {
		i.PID = r.proc.PID()
	}
	if a.Kind.Fatal() && !a.Successor {
		l.history.died(a.Sentence)
	}
	l.logIncident(i)
	// Evidence outlives the loop: the last death is written although nothing else is done any more.
	ctx := context.WithoutCancel(l.life)
	l.work.Go(func() { l.recordIncident(ctx, i) })
}

func (l *loop) answer(a lifecycle.Answer) {
	w := l.waiting[a.Request]
	delete(l.waiting, a.Request)
	if a.Outcome == lifecycle.OK {
		w.reply <- nil
		return
	}
	w.reply <- &RequestError{Verb: w.verb, Refused: a.Outcome == lifecycle.Refused, Sentence: a.Sentence}
}
