package lifecycle

// The explorer looks inside the machine: to walk every state, it has to tell those apart that differ in nothing that
// matters (absolute times, generation and request numbers), and to compare what the machine believes with a world of
// its own.

import (
	"fmt"
	"hash/maphash"
	"strings"
	"testing"
	"time"
)

// small is a policy in which every limit is soon reached, so that the walk comes to an end.
func small() Policy {
	p := DefaultPolicy()
	p.Tokens, p.TokenTries = 1, 2
	p.StableAfter, p.TokenEvery, p.MemoryPause = instant, instant, instant
	return p
}

// proc is a worker as the world has it, whatever the machine believes.
type proc struct {
	generation                  uint64 // 0: none
	answered                    bool   // Configure was answered, one way or the other
	active                      bool   // Activate was called
	activateAnswered            bool
	killed                      bool
	startTimer, stopTimer, dump bool // armed
}

func (p *proc) timer(k TimerKind) *bool {
	return [...]*bool{StartTimer: &p.startTimer, StopTimer: &p.stopTimer, DumpTimer: &p.dump}[k]
}

// world is everything outside the machine.
type world struct {
	procs        [2]proc
	respawnTimer bool
	tokenAsked   int // more than one at once is one
	begun, ended bool
}

// scene is one state of the walk, always told as of the instant `noon`.
type scene struct {
	m Machine
	w world
}

const noon = 1000 * time.Hour

// instant is the grain of time in the walk: each input comes at once, or so much later.
const instant = 10 * time.Second

func (w *world) proc(generation uint64) *proc {
	for i := range w.procs {
		if generation != 0 && w.procs[i].generation == generation {
			return &w.procs[i]
		}
	}
	return nil
}

// carryOut does what the loop would do, and complains of what must never be asked of it.
func (w *world) carryOut(a Action, highest uint64) error {
	if w.ended {
		return fmt.Errorf("%T after Exit", a)
	}
	switch a := a.(type) {
	case Launch:
		return w.launch(a, highest)
	case Activate:
		return w.activate(a)
	case Stop:
		return w.to(a.Generation, func(*proc) {})
	case Continue:
		return w.to(a.Generation, func(*proc) {})
	case Dump:
		return w.to(a.Generation, func(*proc) {})
	case Kill:
		return w.kill(a)
	case Arm:
		return w.timer(a.Timer, true)
	case Disarm:
		return w.timer(a.Timer, false)
	case RereadToken:
		w.tokenAsked = 1
	case Exit:
		w.ended = true
		if w.procs != [2]proc{} {
			return fmt.Errorf("the supervisor exits and leaves a worker behind")
		}
	}
	return nil
}

func (w *world) launch(a Launch, highest uint64) error {
	if a.Generation <= highest {
		return fmt.Errorf("generation %d is used again", a.Generation)
	}
	for i := range w.procs {
		if w.procs[i].generation == 0 {
			w.procs[i] = proc{generation: a.Generation}
			return nil
		}
	}
	return fmt.Errorf("a third worker is launched")
}

func (w *world) activate(a Activate) error {
	for _, p := range w.procs {
		if p.active {
			return fmt.Errorf("two active workers: %d is activated while %d lives", a.Generation, p.generation)
		}
	}
	return w.to(a.Generation, func(p *proc) { p.active = true })
}

func (w *world) kill(a Kill) error {
	if p := w.proc(a.Generation); p != nil && p.killed {
		return fmt.Errorf("worker %d is killed twice", a.Generation)
	}
	return w.to(a.Generation, func(p *proc) { p.killed = true })
}

func (w *world) to(generation uint64, do func(*proc)) error {
	p := w.proc(generation)
	if p == nil {
		return fmt.Errorf("something is asked of worker %d, which does not exist", generation)
	}
	do(p)
	return nil
}

func (w *world) timer(t Timer, armed bool) error {
	which := &w.respawnTimer
	if t.Kind != RespawnTimer {
		p := w.proc(t.Generation)
		if p == nil {
			if !armed {
				return nil // its worker has exited, and its timers with it
			}
			return fmt.Errorf("timer %v for a worker that does not exist", t)
		}
		which = p.timer(t.Kind)
	}
	if *which == armed {
		return fmt.Errorf("timer %v is armed or disarmed twice", t)
	}
	*which = armed
	return nil
}

// inputs lists everything that can happen next in this world, late answers included.
func (s scene) inputs() []Input {
	if s.w.ended {
		return nil // the loop has returned; nobody asks a finished machine
	}
	if !s.w.begun {
		return append(verbs(), Begin{})
	}
	in := verbs()
	for _, p := range s.w.procs {
		if p.generation != 0 {
			in = append(in, p.inputs()...)
		}
	}
	if s.w.respawnTimer {
		in = append(in, Elapsed{Timer{RespawnTimer, s.m.Current.Generation}})
	}
	if s.w.tokenAsked > 0 {
		in = append(in, TokenRead{true}, TokenRead{false})
	}
	return in
}

func verbs() []Input {
	var in []Input
	for v := AskStop; v <= AskReread; v++ {
		in = append(in, Asked{v, newRequest})
	}
	return in
}

func (p proc) inputs() []Input {
	g := p.generation
	var in []Input
	for c := Done; c <= OOM; c++ {
		in = append(in, Exited{g, c, "it ended"})
	}
	if !p.answered {
		in = append(in, Configured{g, true}, Configured{g, false}, ConfigureFailed{g, "no"})
	}
	if p.active && !p.activateAnswered {
		in = append(in, Activated{g}, ActivateFailed{g, "no"})
	}
	if p.active {
		for _, answered := range []bool{true, false} {
			in = append(in, Judged{Generation: g, Verdict: Unjudged, Answered: answered})
		}
		in = append(in, Judged{Generation: g, Verdict: Healthy, Answered: true, Ready: true},
			Judged{Generation: g, Verdict: Degraded, Answered: true},
			Judged{Generation: g, Verdict: Healthy, Answered: true, Ready: true, Oversized: true},
			Judged{Generation: g, Verdict: Silent}, Judged{Generation: g, Verdict: Stalled},
			Judged{Generation: g, Verdict: Stalled, Answered: true, Ready: true})
	}
	for kind := StartTimer; kind <= DumpTimer; kind++ {
		if *p.timer(kind) {
			in = append(in, Elapsed{Timer{kind, g}})
		}
	}
	return in
}

// happen takes what the input itself changes in the world.
func (w *world) happen(in Input) {
	switch in := in.(type) {
	case Begin:
		w.begun = true
	case Configured:
		w.proc(in.Generation).answered = true
	case ConfigureFailed:
		w.proc(in.Generation).answered = true
	case Activated:
		w.proc(in.Generation).activateAnswered = true
	case ActivateFailed:
		w.proc(in.Generation).activateAnswered = true
	case Exited:
		*w.proc(in.Generation) = proc{}
	case TokenRead:
		w.tokenAsked = 0
	case Elapsed:
		if in.Timer.Kind == RespawnTimer {
			w.respawnTimer = false
			return
		}
		*w.proc(in.Timer.Generation).timer(in.Timer.Kind) = false
	}
}

// newRequest is the number of a request in the step that makes it; canonical renumbers it.
const newRequest = 9

// requests is a set of request numbers, a bit each.
type requests uint

func only(r uint64) requests {
	if r == 0 {
		return 0
	}
	return 1 << r
}

// held are the requests that the machine has still to answer.
func held(m *Machine) requests {
	return only(m.request) | only(m.Current.Request) | only(m.Successor.Request)
}

// next applies one input, dt after noon, and gives the scene that follows and what was found wrong.
func (s scene) next(p Policy, in Input, dt time.Duration) (scene, []Action, error) {
	n := s
	n.w.happen(in)
	m, actions := s.m.Step(p, Event{At: noon + dt, Input: in})
	n.m = m
	highest := s.m.LastGeneration
	for _, a := range actions {
		if err := n.w.carryOut(a, highest); err != nil {
			return n, actions, err
		}
	}
	if err := brokenStep(&s, &n, in, actions); err != nil {
		return n, actions, err
	}
	if err := brokenState(&n); err != nil {
		return n, actions, err
	}
	return n.canonical(), actions, nil
}

// canonical tells the scene as of noon, with everything renamed that only has to differ.
func (s scene) canonical() scene {
	m := &s.m
	m.respawns, m.Looping, m.nextMemory, m.sentence = respawns{}, false, 0, ""
	m.EverReady, m.tokenTries = false, min(1, m.tokenTries)
	names := map[uint64]uint64{}
	for i, slot := range []*Slot{&m.Current, &m.Successor} {
		if slot.Ran {
			slot.RunningSince = noon
		}
		if slot.Generation != 0 {
			names[slot.Generation] = uint64(i + 1)
			slot.Generation = uint64(i + 1)
		}
		if slot.Request != 0 {
			slot.Request = uint64(i + 1)
		}
	}
	if m.request != 0 {
		m.request = 3
	}
	m.LastGeneration = 3
	var procs [2]proc
	for _, pr := range s.w.procs {
		if pr.generation != 0 {
			pr.generation = names[pr.generation]
			procs[pr.generation-1] = pr
		}
	}
	s.w.procs = procs
	return s
}

// pasts are what can lie behind an input. The walk forgets exact histories after each step (canonical) and tries every
// past that makes a difference instead, which is more than can happen; to what each history leads is the table's
// business.
func (s scene) pasts(p Policy, in Input) []func(*Machine) {
	switch in.(type) {
	case Exited:
		return []func(*Machine){asItIs,
			func(m *Machine) { m.respawns.spent = time.Duration(p.Tokens) * p.TokenEvery },
			func(m *Machine) { m.respawns.earlyLoop, m.Looping = true, true }}
	case TokenRead:
		if s.m.tokenTries > 0 {
			return []func(*Machine){asItIs,
				func(m *Machine) { m.EverReady = true },
				func(m *Machine) { m.EverReady, m.tokenTries = true, p.TokenTries }}
		}
	case Judged:
		return []func(*Machine){asItIs, func(m *Machine) { m.nextMemory = noon + 2*instant }}
	}
	return []func(*Machine){asItIs}
}

func asItIs(*Machine) {}

// delays are the times that can pass before an input: it matters to a running worker only.
func delays(in Input) []time.Duration {
	if _, ok := in.(Judged); ok {
		return []time.Duration{0, instant}
	}
	return []time.Duration{0}
}

// walk visits every scene that any order of inputs can reach, with backoff and with the policy "immediate" at every
// death, and calls visit for each step.
func walk(t *testing.T, p Policy, visit func(before, after scene, in Input, actions []Action)) int {
	t.Helper()
	w := &walker{t: t, p: p, seed: maphash.MakeSeed(), seen: map[uint64]origin{}, visit: visit}
	w.reach(scene{}.canonical(), origin{})
	for len(w.queue) > 0 {
		here := w.queue[0]
		w.queue = w.queue[1:]
		id := w.id(here)
		for _, in := range here.inputs() {
			for _, past := range here.pasts(p, in) {
				variant := here
				past(&variant.m)
				for _, dt := range delays(in) {
					w.step(p, id, here, variant, in, dt)
				}
			}
			if _, ok := in.(Exited); ok {
				w.step(immediate(p), id, here, here, in, 0)
			}
		}
	}
	return len(w.seen)
}

// origin is how a scene was first reached.
type origin struct {
	from uint64
	in   Input
	dt   time.Duration
}

type walker struct {
	t     *testing.T
	p     Policy
	seed  maphash.Seed
	seen  map[uint64]origin
	queue []scene
	visit func(before, after scene, in Input, actions []Action)
}

func (w *walker) id(s scene) uint64 { return maphash.Comparable(w.seed, s) }

func (w *walker) reach(s scene, from origin) {
	id := w.id(s)
	if _, ok := w.seen[id]; ok {
		return
	}
	w.seen[id] = from
	w.queue = append(w.queue, s)
	if err := endless(w.p, s); err != nil {
		w.t.Fatalf("%v\nafter:%s", err, w.path(id))
	}
}

func (w *walker) step(p Policy, id uint64, here, variant scene, in Input, dt time.Duration) {
	there, actions, err := variant.next(p, in, dt)
	if err != nil {
		w.t.Fatalf("%v\nafter:%s\n  %#v (+%v)\nactions: %+v", err, w.path(id), in, dt, actions)
	}
	w.visit(here, there, in, actions)
	w.reach(there, origin{id, in, dt})
}

// path is how a scene is reached: one input a line.
func (w *walker) path(id uint64) string {
	var lines []string
	for at := w.seen[id]; at.in != nil; at = w.seen[at.from] {
		lines = append([]string{fmt.Sprintf("%#v (+%v)", at.in, at.dt)}, lines...)
	}
	return "\n  " + strings.Join(lines, "\n  ")
}
