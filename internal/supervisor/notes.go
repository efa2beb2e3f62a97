package supervisor

import (
	"strings"
	"time"
	"unicode"

	"github.com/sirupsen/logrus"

	"github.com/steadfast-bot/steadfast/internal/health"
	"github.com/steadfast-bot/steadfast/internal/lifecycle"
)

// The names of log fields.
const (
	FieldGeneration = "generation"
	FieldPID        = "pid"
	FieldFrom       = "from"
	FieldTo         = "to"
	FieldCause      = "cause"
	FieldKind       = "kind"
	FieldCode       = "code"
	FieldSignal     = "signal"
)

// notes is what the loop remembers only to tell it.
type notes struct {
	// since and cause are those of the current slot's state.
	since time.Time
	cause string
	alarm string
	// token is that of the current worker's launch: the one that was refused when it exits with 77.
	token    string
	incident *IncidentSummary
}

func (s *Supervisor) log(generation uint64) *logrus.Entry {
	return s.cfg.Log.WithField(FieldGeneration, generation)
}

// noteTransitions says every change of state once, by worker: a successor that becomes the current worker is the same
// worker.
func (l *loop) noteTransitions(before, after lifecycle.Machine, in lifecycle.Input, now time.Time) {
	old, current := states(before), states(after)
	for _, generation := range []uint64{before.Current.Generation, before.Successor.Generation, after.Current.Generation, after.Successor.Generation} {
		from, to := old[generation], current[generation]
		if generation == 0 || from == to {
			continue
		}
		l.log(generation).WithFields(logrus.Fields{FieldFrom: from.String(), FieldTo: to.String(), FieldCause: in.String()}).Info("worker state")
		old[generation] = to // said
	}
	if before.Current.State != after.Current.State || before.Current.Generation != after.Current.Generation {
		l.notes.since, l.notes.cause = now, in.String()
	}
	if before.Current.State == lifecycle.Running && current[before.Current.Generation] != lifecycle.Running {
		l.history.left(now)
	}
	if after.Current.State == lifecycle.Running && old[after.Current.Generation] == lifecycle.Running && before.Current.State != lifecycle.Running {
		l.history.running(now)
		if !after.Looping {
			l.notes.alarm = "" // whatever it was, it is over
		}
	}
	if r := l.runs[after.Current.Generation]; r != nil && r.token != "" {
		l.notes.token = r.token
	}
}

// states gives the state of each worker by its generation; the empty slot's is that of nobody.
func states(m lifecycle.Machine) map[uint64]lifecycle.State {
	return map[uint64]lifecycle.State{m.Successor.Generation: m.Successor.State, m.Current.Generation: m.Current.State}
}

// note keeps a verdict; one that says nothing leaves the last that did.
func (l *loop) note(r *run, v health.Verdict) {
	if v.Verdict == lifecycle.Unjudged {
		return
	}
	if v.Verdict != r.verdict || withoutNumbers(v.Reason) != withoutNumbers(r.reason) {
		level := levels[v.Verdict]
		if v.Verdict == lifecycle.Degraded && r.verdict == lifecycle.Unjudged {
			level = logrus.InfoLevel // every worker begins without a gateway
		}
		l.log(r.generation).WithFields(logrus.Fields{FieldFrom: r.verdict.String(), FieldTo: v.Verdict.String(), FieldCause: v.Reason}).
			Log(level, "worker verdict")
	}
	r.verdict, r.reason = v.Verdict, v.Reason
}

// withoutNumbers makes reasons comparable: the same one with a higher age is not said again.
func withoutNumbers(reason string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return -1
		}
		return r
	}, reason)
}

var levels = map[lifecycle.Verdict]logrus.Level{
	lifecycle.Healthy:  logrus.InfoLevel,
	lifecycle.Degraded: logrus.WarnLevel,
	lifecycle.Silent:   logrus.WarnLevel,
	lifecycle.Stalled:  logrus.ErrorLevel,
}

func (l *loop) announce(a lifecycle.Announce) {
	l.notes.alarm = a.Alarm.String() + ": " + a.Sentence
	level := logrus.ErrorLevel
	if a.Alarm == lifecycle.AlarmCrashLoopOver {
		l.notes.alarm, level = "", logrus.InfoLevel
	}
	l.cfg.Log.WithField(FieldCause, a.Sentence).Log(level, a.Alarm.String())
}

func (l *loop) logIncident(i Incident) {
	entry := l.log(i.Generation).WithFields(logrus.Fields{FieldKind: i.Kind.String(), FieldCause: i.Cause})
	if i.Exit != nil {
		entry = entry.WithField(FieldCode, int(i.Exit.Code))
		if i.Exit.Signal != 0 {
			entry = entry.WithField(FieldSignal, i.Exit.Signal.String())
		}
	}
	entry.Error("incident")
}

// publish makes the snapshot of this turn.
func (l *loop) publish() {
	m := l.machine
	s := &Snapshot{
		UpSince: l.began, State: m.Current.State, Goal: m.Goal, Since: l.notes.since, Cause: l.notes.cause,
		Generation: m.Current.Generation, Successor: m.Successor.State, SuccessorGeneration: m.Successor.Generation,
		CrashLoop: m.Looping, Alarm: l.notes.alarm, History: l.history.told(time.Now()), LastIncident: l.notes.incident,
		RespawnAt: l.agenda.due[appointment{timer: lifecycle.Timer{Kind: lifecycle.RespawnTimer, Generation: m.Current.Generation}}],
	}
	if r := l.runs[m.Current.Generation]; r != nil {
		s.Version, s.Epoch, s.Verdict, s.Reason = r.version, r.epoch, r.verdict, r.reason
		s.Heartbeat, s.HeartbeatAt, s.MissedBeats = r.heartbeat, r.heartbeatAt, r.record.Missed
		if r.proc != nil {
			s.PID = r.proc.PID()
		}
	}
	l.snapshot.Store(s)
}
