package sandbox

import (
	"slices"
	"sync"
	"time"
)

// keptTraces is how many stories can be followed; older ones are forgotten.
const keptTraces = 500

// Trace is the story of one event: from what somebody did, over the gateway and the bot's requests, to the answer.
type Trace struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	At    int64  `json:"at"`
	// Message is the message it began with; empty for a command or a click.
	Message string `json:"message,omitempty"`
	Steps   []Step `json:"steps"`
}

// Step is one step of a Trace.
type Step struct {
	Number int      `json:"n"`
	Kind   StepKind `json:"kind"`
	Text   string   `json:"text"`
	// After is how long after the beginning it was over, Took how long it lasted, both in milliseconds.
	After  float64 `json:"after"`
	Took   float64 `json:"took,omitempty"`
	Detail string  `json:"detail,omitempty"`
	// Bad says that something went wrong here.
	Bad bool `json:"bad,omitempty"`
	// Message is the message that came of it.
	Message string `json:"message,omitempty"`
}

// StepKind says where a step happened.
type StepKind string

// The kinds of steps.
const (
	StepPerson  StepKind = "person"  // what the person did
	StepGateway StepKind = "gateway" // what the bot was told
	StepRequest StepKind = "request" // what the bot asked of Discord
	StepAnswer  StepKind = "answer"  // what people then saw
	StepLink    StepKind = "link"    // the link went down or came back meanwhile
)

// stepEvent is a new step as the pages hear of it.
type stepEvent struct {
	Trace string `json:"trace"`
	Step  Step   `json:"step"`
}

// tracer keeps the latest stories. The story writes it; pages read it.
type tracer struct {
	board *board

	mu     sync.Mutex // guards everything below
	traces map[string]*tale
	order  []string
	// about leads from the ids of messages and interactions, from tokens and from nonces to the trace they belong to.
	about map[string]string
}

// tale is a Trace with what only the tracer needs.
type tale struct {
	Trace
	began time.Time
	ids   []string
	// waiting says that an answer is still to come.
	waiting bool
}

func newTracer(b *board) *tracer {
	return &tracer{board: b, traces: map[string]*tale{}, about: map[string]string{}}
}

// begin starts a story. Asked says that an answer may be expected.
func (t *tracer) begin(id, title string, at time.Time, message string, asked bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, known := t.traces[id]; known {
		return
	}
	t.traces[id] = &tale{
		Trace: Trace{ID: id, Title: title, At: at.UnixMilli(), Message: message, Steps: []Step{}}, began: at, waiting: asked,
	}
	t.order = append(t.order, id)
	t.own(id, id)
	if len(t.order) > keptTraces {
		for _, old := range t.traces[t.order[0]].ids {
			delete(t.about, old)
		}
		delete(t.traces, t.order[0])
		t.order = slices.Delete(t.order, 0, 1)
	}
}

// owns makes an id lead to a trace.
func (t *tracer) owns(trace, id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.own(trace, id)
}

func (t *tracer) own(trace, id string) {
	told, ok := t.traces[trace]
	if !ok || id == "" || t.about[id] != "" {
		return
	}
	t.about[id] = trace
	told.ids = append(told.ids, id)
}

// of is the trace that one of the ids belongs to; empty for none.
func (t *tracer) of(ids ...string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, id := range ids {
		if trace := t.about[id]; trace != "" {
			return trace
		}
	}
	return ""
}

// step adds a step to a trace.
func (t *tracer) step(trace string, at time.Time, s Step) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if told, ok := t.traces[trace]; ok {
		t.add(told, at, s)
	}
}

func (t *tracer) add(told *tale, at time.Time, s Step) {
	s.Number, s.After = len(told.Steps)+1, max(0, milliseconds(at.Sub(told.began)))
	told.Steps = append(told.Steps, s)
	if s.Kind == StepAnswer {
		told.waiting = false
	}
	t.board.tell("step", stepEvent{told.ID, s})
}

// meanwhile adds a step to every story of the last minute that still waits for its answer.
func (t *tracer) meanwhile(at time.Time, s Step) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, id := range slices.Backward(t.order) {
		told := t.traces[id]
		if at.Sub(told.began) > time.Minute {
			return
		}
		if told.waiting {
			t.add(told, at, s)
		}
	}
}

// trace is a story as it stands.
func (t *tracer) trace(id string) (Trace, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	told, ok := t.traces[id]
	if !ok {
		return Trace{}, false
	}
	shown := told.Trace
	shown.Steps = slices.Clone(shown.Steps)
	return shown, true
}
