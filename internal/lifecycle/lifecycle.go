// Package lifecycle decides what is done now with the worker: Step takes the machine as it stands and one event, and
// gives the machine as it stands then and the actions owed, in order. It leaves carrying them out, all clocks, timers
// and processes, to package supervisor, and says nothing about how health is judged (package health).
package lifecycle

import "time"

// State is where a worker slot stands.
type State int

// The states of a slot. Stopped is also the empty slot's.
const (
	// Stopped: no process, and none is due; before the start and after the end.
	Stopped State = iota
	// Starting: launched; handshake and Configure are under way.
	Starting
	// Standby: configured, not active; touches neither Discord nor the lock.
	Standby
	// Activating: asked to activate; the gateway has not been ready yet.
	Activating
	// Running: the gateway was ready and a beat answered. It stays running while Discord is away.
	Running
	// Stopping: asked to leave; killed when it has not left in time.
	Stopping
	// Killing: being dumped and killed; only its exit is waited for.
	Killing
	// Backoff: dead; a respawn is due when the timer elapses or the token has been reread.
	Backoff
	// Failed: dead of what no respawn can mend; the supervisor exits.
	Failed
	// Paused: ended by the operator until he resumes.
	Paused
)

var stateNames = [...]string{"stopped", "starting", "standby", "activating", "running",
	"stopping", "killing", "backoff", "failed", "paused"}

// String is the name of the state as it stands in logs, status and the diagram.
func (s State) String() string { return stateNames[s] }

// live tells whether a slot in this state has a process, or a launch that may yet yield one.
func (s State) live() bool {
	switch s {
	case Starting, Standby, Activating, Running, Stopping, Killing:
		return true
	default:
		return false
	}
}

// Goal is what the operator wants of the bot.
type Goal int

// The goals.
const (
	// Run: a worker is kept running.
	Run Goal = iota
	// Pause: no worker; the supervisor stays.
	Pause
	// Quit: no worker; then the supervisor exits.
	Quit
)

// doom says why we end a worker, and so how its exit is judged.
type doom int

const (
	// unasked: we did not; whatever happens to it is its own death.
	unasked doom = iota
	// byOperator: stop, pause, or restart of a worker that could not be handed over.
	byOperator
	// forSuccessor: it leaves so that its successor can activate.
	forSuccessor
	// discarded: a successor that is not wanted any more.
	discarded
	// stalled: the verdict.
	stalled
	// startTimeout: neither handshake nor Configure in time.
	startTimeout
	// refused: Configure or Activate failed. It is expected to exit by itself with the code that says why.
	refused
)

// sequel says what follows the exit of a worker that is being ended.
type sequel int

const (
	// asPolicySays: successor, respawn, backoff, or the end.
	asPolicySays sequel = iota
	// sameAgain: launched again at once, the binary that ran.
	sameAgain
	// freshAgain: launched again at once, whatever lies at the path.
	freshAgain
)

// Slot is one worker: its generation and how far it has come.
type Slot struct {
	State      State
	Generation uint64

	// Active is set from the moment it is asked to activate until it has exited. Never two slots are active.
	Active bool
	// Ran tells whether it was ever running, since the instant RunningSince.
	Ran          bool
	RunningSince time.Duration
	// HandOver marks a worker launched as a successor, until it has activated: its end only fails the hand-over.
	HandOver bool
	// Request is the operator's request that is answered when this worker has activated, or when it cannot.
	Request uint64

	continued bool // SIGCONT was sent because beats were missed
	overran   bool // killed because it ignored a Stop
	doom      doom
	why       string // the sentence about doom, where there is one
	sequel    sequel
}

// Machine is all that the decisions depend on. It is a value: it can be compared, printed, and used as a key.
// Its zero value is a supervisor that has not begun.
type Machine struct {
	// Current is the worker that is, or is to be, active; Successor the one that stands by to follow it.
	Current, Successor Slot
	Goal               Goal
	// LastGeneration is the highest generation ever launched in this state directory. The supervisor sets it once,
	// before its first Step, from what the state directory says.
	LastGeneration uint64
	// EverReady tells whether any worker ever saw READY with this state directory.
	EverReady bool
	// Looping tells whether the worker is in a crash loop; it is what status and alerts say loudly.
	Looping bool

	request  uint64 // the pause or stop that is answered when the goal is reached
	respawns respawns
	// tokenTries counts refusals of the token since the last running worker; rereading that its source is being asked
	// because of one of them.
	tokenTries int
	rereading  bool
	// nextMemory is the earliest instant of another hand-over because of memory.
	nextMemory time.Duration
	exitCode   int
	sentence   string
	finished   bool
}

// slotOf finds the slot of a living worker; nil when the generation is gone.
func (m *Machine) slotOf(generation uint64) *Slot {
	for _, slot := range [...]*Slot{&m.Current, &m.Successor} {
		if slot.Generation == generation && slot.State.live() {
			return slot
		}
	}
	return nil
}

// Step applies one event. Events that mean nothing in the current state, because they come late or from a worker that
// is gone, change nothing.
func (m Machine) Step(p Policy, ev Event) (Machine, []Action) {
	if m.finished {
		return m, nil
	}
	s := &step{p: p, m: m, at: ev.At, jitter: ev.Jitter}
	s.apply(ev.Input)
	return s.m, s.actions
}
