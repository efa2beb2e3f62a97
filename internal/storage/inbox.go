package storage

import (
	"fmt"
	"time"
)

// Outcome is what became of an event.
type Outcome int

// The outcomes. Their numbers are stored.
const (
	// Unseen: nothing is known of the event.
	Unseen Outcome = 0
	// Waiting: it was accepted and will be run.
	Waiting Outcome = 1
	// Done: it had its effect.
	Done Outcome = 2
	// Refused: it was turned away, and its member told.
	Refused Outcome = 3
	// Missed: it came too late to be run.
	Missed Outcome = 4
	// Failed: its handler failed or panicked; it is not run again.
	Failed Outcome = 5
	// Quarantined: it ended workers, and is not run again.
	Quarantined Outcome = 6
)

// String names the outcome.
func (o Outcome) String() string {
	names := [...]string{"unseen", "waiting", "done", "refused", "missed", "failed", "quarantined"}
	if o < 0 || int(o) >= len(names) {
		return fmt.Sprintf("outcome %d", int(o))
	}
	return names[o]
}

// Final says that the event is over: such an outcome may be settled.
func (o Outcome) Final() bool { return o >= Done && o <= Quarantined }

// Position is where the gateway brought an event. The zero value is an event that came another way.
type Position struct {
	Shard     int
	SessionID string
	Sequence  int64
}

// Settled is an event that is over, as the inbox remembers it: an event whose key is there is never run again.
//
// It is forgotten once nothing can bring the event again: at least InboxKept after At; no session that could replay
// its Position stands before it; and nothing still to be caught up reaches back to SentAt.
type Settled struct {
	// Key names the event: the message's or interaction's id, else SequenceKey, TimerKey or EffectKey.
	Key     string
	Outcome Outcome
	At      time.Time
	// Position is where the gateway brought it, as far as Accept was not told already.
	Position Position
	// SentAt, as far as Accept was not told already, is Discord's time of a message, which catching up may read again; zero for anything else.
	SentAt time.Time
}

// Accepted is an event that was committed before its turn came: Discord will not send it again.
type Accepted struct {
	// ID orders accepted events; it is given by Accept.
	ID int64
	// Key is the event's, as in Settled.
	Key string
	// Kind and Payload are its taker's own words for what is to be run. Kind is EffectKind for an effect's result,
	// whose payload is empty: the row is in Effect.
	Kind    string
	Payload []byte
	// Lane is what it must stay in order with.
	Lane string
	// Position and SentAt are as in Settled.
	Position Position
	SentAt   time.Time
	At       time.Time
	// Interaction comes with an interaction and with nothing else. It is gone once its token is forgotten.
	Interaction *Interaction
}

// EffectKind is the kind of an accepted effect result.
const EffectKind = "effect"

// Response is how far an interaction has been answered.
type Response int

// The states. Their numbers are stored.
const (
	// Unanswered: Discord has heard nothing yet.
	Unanswered Response = 0
	// Deferring: a deferral has been sent and its fate is not known.
	Deferring Response = 1
	// Deferred: Discord shows that the answer is being prepared.
	Deferred Response = 2
	// Dead: Discord no longer knows the interaction.
	Dead Response = 3
)

// Interaction is what it takes to answer one. It is forgotten when its answer is finished, and TokenKept after At at
// the latest.
type Interaction struct {
	ID, Application uint64
	Token           string
	// First is the declared first response, in its taker's own word; Response is how far it went.
	First    string
	Response Response
	At       time.Time
}

// InboxView reads what was taken in.
type InboxView interface {
	// Seen says what became of an event.
	Seen(key string) (Outcome, error)
	// Accepted lists up to limit accepted events in order, after the one with that id (0: from the first).
	Accepted(after int64, limit int) ([]Accepted, error)
	// Interaction is what is left to answer the event with; false when there is nothing.
	Interaction(key string) (Interaction, bool, error)
}

// InboxTx takes events in and settles them.
type InboxTx interface {
	// Settle notes that an event is over: no accepted event, and no timer, with its key is left. ErrSeen when it was
	// over before: whatever else this transaction did must not happen, so the error is to be passed on.
	Settle(Settled) error
	// Accept keeps an event for its turn. ErrSeen when it was accepted or settled before.
	Accept(Accepted) (id int64, err error)
	// KeepInteraction keeps what it takes to answer an event that was not accepted, such as one that is refused.
	KeepInteraction(key string, interaction Interaction) error
	// SetResponse notes how far an interaction has been answered. Nothing happens when it is forgotten already.
	SetResponse(key string, response Response) error
	// DropInteraction forgets the token.
	DropInteraction(key string) error
}

// SequenceKey is the key of a gateway event that has no id of its own.
func SequenceKey(session string, sequence int64) string {
	return fmt.Sprintf("%s:%d", session, sequence)
}

// TimerKey is the key of a timer's event.
func TimerKey(id int64) string { return fmt.Sprintf("timer:%d", id) }

// EffectKey is the key of an effect's result as an event.
func EffectKey(id int64) string { return fmt.Sprintf("effect:%d", id) }
