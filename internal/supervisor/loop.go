package supervisor

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/steadfast-bot/steadfast/internal/health"
	"github.com/steadfast-bot/steadfast/internal/lifecycle"
	"github.com/steadfast-bot/steadfast/internal/workerapi"
)

// loop is the one goroutine that owns the machine, the timers and the workers. It tells the machine what happens and
// does what the machine says; all that could block is done by goroutines that it waits for.
type loop struct {
	*Supervisor
	machine lifecycle.Machine
	began   time.Time
	agenda  *agenda
	runs    map[uint64]*run
	// waiting are the askers of requests, by number.
	waiting     map[uint64]waiter
	lastRequest uint64
	history     history
	notes       notes

	// life is the context of all that is done for workers; it outlives the context of Run, whose end only begins
	// the end.
	life   context.Context
	cancel context.CancelFunc
	work   sync.WaitGroup

	// exit is the machine's last word; blocked what kept it from even beginning.
	exit    *lifecycle.Exit
	blocked error
}

type waiter struct {
	verb  lifecycle.Verb
	reply chan<- error
}

func newLoop(s *Supervisor, ctx context.Context) *loop {
	now := time.Now()
	l := &loop{
		Supervisor: s,
		machine:    lifecycle.Machine{LastGeneration: s.cfg.LastGeneration},
		began:      now,
		agenda:     newAgenda(),
		runs:       map[uint64]*run{},
		waiting:    map[uint64]waiter{},
		history:    history{began: now, away: now},
		notes:      notes{since: now},
	}
	l.life, l.cancel = context.WithCancel(context.WithoutCancel(ctx))
	return l
}

func (l *loop) run(ctx context.Context) error {
	l.begin()
	end := ctx.Done()
	for l.exit == nil {
		l.publish()
		select {
		case m := <-l.inbox:
			l.receive(m)
		case <-l.agenda.ring():
			l.keepAppointments()
		case <-end:
			end = nil
			l.step(lifecycle.Asked{Verb: lifecycle.AskStop})
		}
	}
	l.publish()
	if l.blocked != nil {
		return l.blocked
	}
	if l.exit.Code != 0 {
		return &workerapi.ExitError{Code: workerapi.ExitCode(l.exit.Code), Sentence: l.exit.Sentence}
	}
	return nil
}

// begin launches the first worker once no earlier supervisor's worker is in the way.
func (l *loop) begin() {
	if l.cfg.Predecessor == nil {
		l.step(lifecycle.Begin{})
		return
	}
	l.work.Go(func() { l.makeWay(l.life) })
}

// receive takes what a message brings into the loop's books and tells the machine. What comes from a worker that is
// gone already is dropped.
func (l *loop) receive(m message) {
	switch m := m.(type) {
	case event:
		l.heard(m.input)
	case launched:
		l.launched(m)
	case configured:
		l.configured(m)
	case activated:
		l.activated(m)
	case beaten:
		l.beaten(m)
	case dumped:
		if r := l.runs[m.generation]; r != nil {
			r.dump = m.stacks
		}
	case exited:
		l.exited(m)
	case recorded:
		l.notes.incident = &m.incident
	case wayMade:
		l.wayMade(m.err)
	case asked:
		l.asked(m)
	}
}

func (l *loop) heard(in lifecycle.Input) {
	if failed, ok := in.(lifecycle.ActivateFailed); ok {
		if r := l.runs[failed.Generation]; r != nil {
			r.activating = false
		}
	}
	l.step(in)
}

func (l *loop) launched(m launched) {
	r := l.runs[m.generation]
	r.proc, r.token = m.proc, m.token
	l.work.Go(func() { l.watch(m.generation, m.proc) })
	if r.killed {
		l.kill(r)
	}
}

func (l *loop) configured(m configured) {
	if r := l.runs[m.generation]; r != nil {
		r.version = m.answer.Version
		l.step(lifecycle.Configured{Generation: m.generation, EverReady: m.answer.EverReady})
	}
}

func (l *loop) activated(m activated) {
	if r := l.runs[m.generation]; r != nil {
		r.activating, r.epoch = false, m.epoch
		l.step(lifecycle.Activated{Generation: m.generation})
	}
}

// beaten has health judge a heartbeat, and makes an appointment for the next.
func (l *loop) beaten(m beaten) {
	r := l.runs[m.generation]
	if r == nil || r.leaving {
		return
	}
	now, beats := time.Now(), l.cfg.Heartbeats
	f := health.Facts{}
	if m.err == nil {
		f = facts(m.heartbeat)
		r.heartbeat, r.heartbeatAt = &m.heartbeat, now
	}
	f.Activating = r.activating
	f.Late = m.sent.Sub(m.due) > beats.Tolerance || now.Sub(m.sent) > beats.Deadline+beats.Tolerance
	var v health.Verdict
	r.record, v = health.Judge(l.cfg.Limits, r.record, f)
	l.note(r, v)
	reason := v.Reason
	if v.Oversized && v.Verdict != lifecycle.Stalled {
		reason = v.MemoryReason
	}
	l.step(lifecycle.Judged{Generation: m.generation, Verdict: v.Verdict, Reason: reason,
		Answered: f.Answered, Ready: f.Gateway.Ready, Oversized: v.Oversized})
	if !r.leaving {
		l.nextBeat(r, m, f.Answered, now)
	}
}

// nextBeat keeps the rhythm: beats are counted from when they were due, but one that came late is not made up for.
// A worker that has just activated is asked more often, less and less so.
func (l *loop) nextBeat(r *run, m beaten, answered bool, now time.Time) {
	interval := l.cfg.Heartbeats.Every
	if answered && l.machine.Current.State == lifecycle.Activating {
		interval = min(interval, max(l.cfg.Heartbeats.Settling, now.Sub(r.activated)/4))
	}
	next := m.due.Add(interval)
	if next.Before(now) {
		next = now
	}
	l.agenda.set(appointment{heartbeat: m.generation}, next)
}

func (l *loop) exited(m exited) {
	r := l.runs[m.generation]
	r.exit = m.exit
	r.end()
	l.unwatch(r)
	l.step(lifecycle.Exited{Generation: m.generation, Class: m.class, Sentence: m.sentence})
	delete(l.runs, m.generation)
}

func (l *loop) wayMade(err error) {
	if err == nil {
		l.step(lifecycle.Begin{})
		return
	}
	l.blocked = err
	var coded *workerapi.ExitError
	if !errors.As(err, &coded) {
		l.blocked = &workerapi.ExitError{Code: workerapi.ExitTemporary,
			Sentence: "a worker of an earlier supervisor still runs in this state directory and could not be ended", Cause: err}
	}
	l.step(lifecycle.Asked{Verb: lifecycle.AskStopNow})
}

func (l *loop) asked(m asked) {
	in := lifecycle.Asked{Verb: m.verb}
	if m.reply != nil {
		l.lastRequest++
		in.Request = l.lastRequest
		l.waiting[in.Request] = waiter(m)
	}
	l.step(in)
}

// keepAppointments does all that is due by now. Each is looked up anew: what the one before cancelled is not kept.
func (l *loop) keepAppointments() {
	for l.exit == nil {
		what, due, ok := l.agenda.pop(time.Now())
		if !ok {
			return
		}
		if what.heartbeat == 0 {
			l.step(lifecycle.Elapsed{Timer: what.timer})
			continue
		}
		r, now := l.runs[what.heartbeat], time.Now()
		told := l.history.told(now)
		b := beaten{generation: r.generation, due: due, sent: now}
		l.work.Go(func() { l.beat(r.ctx, b, r.proc, told) })
	}
}
