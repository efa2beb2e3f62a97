package storage

import (
	"fmt"
	"time"
)

// Effect is something that is to happen on Discord.
type Effect struct {
	// Number tells the effects of one event apart. The first is 1.
	Number int
	// Kind and Payload are the outbox's own words for what is to happen.
	Kind    string
	Payload []byte
	// OrderKey: effects with the same key happen in the order in which they were added.
	OrderKey string
	// After is the number of an earlier effect of the same event whose end this one waits for; 0 is none. When that one
	// was not done, this one is given up with it unless Survives is set.
	After    int
	Survives bool
	// NotAfter is when it is no longer worth doing.
	NotAfter time.Time
	// Nonce marks a message so that sending it again is not sending it twice; may be empty.
	Nonce string
	// Answer says that this is its event's one answer: the interaction is forgotten when it is finished.
	Answer bool
	// WantsResult asks for the event EffectKey when it is finished. It will run in Lane.
	WantsResult bool
	Lane        string
}

// EffectState is how far an effect is.
type EffectState int

// The states. Their numbers are stored.
const (
	// EffectPending: to be done.
	EffectPending EffectState = 0
	// EffectDone: it happened.
	EffectDone EffectState = 1
	// EffectGivenUp: it did not happen, and will not.
	EffectGivenUp EffectState = 2
	// EffectUnsure: it may have happened; it is not tried again.
	EffectUnsure EffectState = 3
)

// String names the state.
func (s EffectState) String() string {
	names := [...]string{"pending", "done", "given up", "unsure"}
	if s < 0 || int(s) >= len(names) {
		return fmt.Sprintf("state %d", int(s))
	}
	return names[s]
}

// OutboxRow is an effect and what is known of it.
type OutboxRow struct {
	ID int64
	// Event is the key of the event it belongs to.
	Event string
	// Effect is what was added. Once it is finished the nonce is empty, and so is the payload unless it asked for its
	// result: what the bot said is not kept longer than needed.
	Effect
	State EffectState
	// AddedAt is when it was committed.
	AddedAt time.Time
	// Tries counts the requests noted by MarkTried; the times are those of the first and the last.
	Tries                     int
	FirstTriedAt, LastTriedAt time.Time
	// Result is what Discord answered, in the outbox's own words; Made is the id of what came into being, 0 for nothing.
	Result     []byte
	Made       uint64
	FinishedAt time.Time
}

// Finish is the end of an effect.
type Finish struct {
	State  EffectState
	Result []byte
	Made   uint64
	At     time.Time
}

// Finished is what the end of an effect brought about.
type Finished struct {
	// GivenUp are the effects that were given up with it.
	GivenUp []int64
	// Accepted are the results that were asked for, its own and those of GivenUp.
	Accepted []Accepted
}

// Backlog is how much is to be done.
type Backlog struct {
	Pending int
	// Oldest is when the oldest of it was added; zero when there is none.
	Oldest time.Time
}

// OutboxView reads what is to be done and what was.
type OutboxView interface {
	// Sendable lists up to limit effects that may be done now, by id, after the one with that id (0: from the first):
	// of each order key the oldest pending one, unless it waits for the end of another.
	Sendable(after int64, limit int) ([]OutboxRow, error)
	// SendableOf is the one effect of an order key that may be done now.
	SendableOf(orderKey string) (OutboxRow, bool, error)
	// Effect is one effect, finished or not.
	Effect(id int64) (OutboxRow, bool, error)
	// EffectOf is one effect of an event.
	EffectOf(event string, number int) (OutboxRow, bool, error)
	// MadeBy is the effect that made a message or another thing on Discord.
	MadeBy(object uint64) (OutboxRow, bool, error)
	// Backlog is how much is to be done.
	Backlog() (Backlog, error)
}

// OutboxTx adds effects and notes what became of them.
type OutboxTx interface {
	// AddEffects adds all effects of an event, and returns their ids in order. ErrEffects when they contradict
	// each other or the event has effects already.
	AddEffects(event string, at time.Time, effects []Effect) ([]int64, error)
	// MarkTried notes that a request for it is about to leave. ErrNotPending when it is finished or unknown.
	MarkTried(id int64, at time.Time) error
	// FinishEffect ends an effect, and the ones that cannot happen without it, and accepts the results asked for.
	// ErrNotPending when it is finished or unknown.
	FinishEffect(id int64, finish Finish) (Finished, error)
}

// CheckEffects refuses effects that could never be done, or not in their order, with ErrEffects.
func CheckEffects(event string, effects []Effect) error {
	known := make(map[int]bool, len(effects))
	last := 0
	for _, e := range effects {
		var wrong string
		switch {
		case event == "":
			wrong = "belongs to no event"
		case e.Number <= last:
			wrong = fmt.Sprintf("does not come after %d", last)
		case e.After != 0 && !known[e.After]:
			// An effect that waits only for earlier ones can always be reached, whatever the order keys are.
			wrong = fmt.Sprintf("waits for %d, which is no earlier one", e.After)
		case e.Kind == "":
			wrong = "has no kind"
		case e.OrderKey == "":
			wrong = "has no order key"
		case e.NotAfter.IsZero():
			wrong = "has no end of its time"
		}
		if wrong != "" {
			return fmt.Errorf("%w: effect %d of event %q %s", ErrEffects, e.Number, event, wrong)
		}
		known[e.Number], last = true, e.Number
	}
	return nil
}
