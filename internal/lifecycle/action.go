package lifecycle

import "time"

// Action is an obligation: one of the types of this file. Those of one Step are carried out in their order; none of
// them is waited for, what comes of it comes back as an Event.
type Action interface{ action() }

// Launch starts a worker and configures it. Owed in return: Configured, ConfigureFailed or Exited, and in any case one Exited
// in the end.
type Launch struct {
	Generation uint64
	// Fresh looks at the worker's path again; otherwise the binary that was running is run.
	Fresh bool
	// Respawn tells a launch that answers a death from one that was asked for.
	Respawn bool
}

// Activate makes a standby the active worker. Owed in return: Activated or ActivateFailed; and Judged from now on.
type Activate struct{ Generation uint64 }

// Stop asks a worker to leave. Its exit is the answer.
type Stop struct {
	Generation uint64
	// KeepSession leaves the session resumable; GoingAway says that no successor follows at once.
	KeepSession, GoingAway bool
	// Budget is how long handlers and sends may take.
	Budget time.Duration
}

// Continue sends SIGCONT.
type Continue struct{ Generation uint64 }

// Dump collects evidence from a stalled worker: the RPC Dump (deadline RPC), then SIGCONT and SIGQUIT, of which it
// usually dies.
type Dump struct {
	Generation uint64
	RPC        time.Duration
}

// Kill sends SIGKILL to the worker's group, or gives its launch up.
type Kill struct{ Generation uint64 }

// TimerKind says what time runs out.
type TimerKind int

// The timers.
const (
	// StartTimer: handshake and Configure.
	StartTimer TimerKind = iota
	// StopTimer: the worker's leaving.
	StopTimer
	// DumpTimer: the dump.
	DumpTimer
	// RespawnTimer: the pause before a respawn.
	RespawnTimer
)

var timerNames = [...]string{"start took too long", "stop took too long", "dump took too long", "pause over"}

// String says what it means that this timer has elapsed.
func (k TimerKind) String() string { return timerNames[k] }

// Timer names one timer: its kind and the worker that it is about. At most one of each exists.
type Timer struct {
	Kind       TimerKind
	Generation uint64
}

// Arm starts a timer; Elapsed comes After that time unless it is disarmed.
type Arm struct {
	Timer Timer
	After time.Duration
}

// Disarm stops a timer: its Elapsed does not come any more.
type Disarm struct{ Timer Timer }

// RereadToken asks the token's source again. Owed in return: TokenRead.
type RereadToken struct{}

// Kind is the kind of an incident.
type Kind int

// The kinds of incidents.
const (
	// KindCrash: ended by itself, with a code or signal that no rule names.
	KindCrash Kind = iota
	// KindOOM: the kernel killed it for want of memory.
	KindOOM
	// KindStall: judged stalled, dumped and killed.
	KindStall
	// KindStart: not configured in time.
	KindStart
	// KindDone: exited with 0 though nobody had asked.
	KindDone
	// KindTemporary: exit code 75.
	KindTemporary
	// KindToken: exit code 77.
	KindToken
	// KindSettings: exit code 78.
	KindSettings
	// KindOverrun: ignored a Stop and was killed.
	KindOverrun
	// KindPaused: missed beats, was continued, and beats again. It lives.
	KindPaused
	// KindMemory: outgrew its limit; it lives, and a successor follows.
	KindMemory
)

var kindNames = [...]string{"crash", "oom", "stall", "start", "exit", "temporary", "token", "settings", "overrun", "paused", "memory"}

// String is the kind's name as it stands in incidents.
func (k Kind) String() string { return kindNames[k] }

// Fatal tells a death from an incident that its worker survived.
func (k Kind) Fatal() bool { return k != KindPaused && k != KindMemory }

// Record writes an incident about a worker.
type Record struct {
	Generation uint64
	Kind       Kind
	// Sentence is the cause.
	Sentence string
	// Successor tells that it was not (yet) the active worker: the bot did not go away with it.
	Successor bool
}

// Alarm is what people must be told.
type Alarm int

// The alarms.
const (
	// AlarmCrashLoop: the worker dies again and again.
	AlarmCrashLoop Alarm = iota
	// AlarmCrashLoopOver: it does not any more.
	AlarmCrashLoopOver
	// AlarmToken: Discord refuses the token; it is tried again later.
	AlarmToken
	// AlarmGivenUp: the supervisor exits because a restart cannot help.
	AlarmGivenUp
)

var alarmNames = [...]string{"crash loop", "crash loop over", "token refused", "given up"}

// String is the alarm's name.
func (a Alarm) String() string { return alarmNames[a] }

// Announce tells people loudly.
type Announce struct {
	Alarm    Alarm
	Sentence string
}

// Exit ends the supervisor: no worker is left. It is the last action of a machine.
type Exit struct {
	Code     int
	Sentence string
}

// Outcome is how a request ended.
type Outcome int

// The outcomes.
const (
	// OK: done as asked.
	OK Outcome = iota
	// NotDone: tried, and it did not work.
	NotDone
	// Refused: not tried.
	Refused
)

// Answer ends an operator's request.
type Answer struct {
	Request  uint64
	Outcome  Outcome
	Sentence string
}

func (Launch) action()      {}
func (Activate) action()    {}
func (Stop) action()        {}
func (Continue) action()    {}
func (Dump) action()        {}
func (Kill) action()        {}
func (Arm) action()         {}
func (Disarm) action()      {}
func (RereadToken) action() {}
func (Record) action()      {}
func (Announce) action()    {}
func (Exit) action()        {}
func (Answer) action()      {}
