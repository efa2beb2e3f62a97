// Package gateway keeps the link to Discord's gateway: it connects, identifies or resumes, beats, notices when the
// other side is gone, comes back by itself, and hands every dispatch in order to a Sink. What an event means, what
// runs because of it and where the session is kept are left to others.
//
// # What is arikawa's and what is ours
//
// arikawa v3 gives the types of every payload, their codec and the seam: connection is our ws.Connection. Its
// event loop (gateway.Gateway over ws.Gateway) is not used, because parts of it that no Connection can repair cost
// correctness (the numbers are rows of reference/discord.md §6.2):
//
//   - a heartbeat carries the sequence that was received (#14); ours must carry the low-water mark, or null;
//   - the first heartbeat has no jitter, and a zombie is noticed after two to three intervals or never (#15, #16);
//   - heartbeats queue behind commands in one limiter, and the loop that sends them blocks on a channel of one slot
//     that the consumer drains (#18, #24);
//   - op 9 is handled the wrong way round (#7), dials are 5 s apart (#19), pauses grow without bound (#20), and the
//     state is wiped when it ends (#8);
//   - every event crosses two channels, also the 99 % that nobody wants.
//
// # Who runs what
//
// Link.Run is one goroutine and owns all decisions. Each open connection has one reading goroutine: it reads,
// scans the envelope, and gives dispatches to the Sink at once; only what steers the link (Hello, ACK, op 1, 7, 9,
// READY, RESUMED, the end) goes to Run through the connection's channel. So a slow consumer cannot delay a
// heartbeat, and a heartbeat cannot delay an event.
package gateway

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Session is what a cursor keeps: enough for another process to go on where this one stopped.
type Session struct {
	// ID is Discord's name for the session; empty means there is none.
	ID string
	// ResumeURL is where Discord wants the session resumed; may be empty.
	ResumeURL string
	// Sequence is the last dispatch that need not be sent again.
	Sequence int64
}

// Dispatch is one event of a session.
type Dispatch struct {
	// Session is the id of the session the sequence belongs to.
	Session  string
	Sequence int64
	// Type is Discord's name of the event, such as MESSAGE_CREATE.
	Type string
	// Event is arikawa's type for it, such as *gateway.MessageCreateEvent; nil when Err says why it is not decoded.
	Event any
	// Raw is an own copy of the event's data. It is set when Config.KeepRaw asks for it, and whenever Err is set, so
	// that a consumer can decode by itself what arikawa cannot.
	Raw []byte
	// Received is when it was read.
	Received time.Time
	// Replayed is true between a RESUME and its RESUMED: the event comes again or late.
	Replayed bool
	// Err says why Event is nil.
	Err error
}

// Sink takes the dispatches. All methods but LowWater are called by one goroutine at a time, in the order of the
// sequence, and must not block: they stand on the reading path. Of a new session a Sink learns through
// Keeper.Ready, which returns before the session's first dispatch is delivered.
type Sink interface {
	// Handles says whether anybody wants events of this type; only those are decoded. The answer for a type must not
	// change while the link runs.
	Handles(eventType string) bool
	// Wants says of one event of a handled type whether it is worth decoding; it may look at the data, and must not
	// keep it. An event nobody wants is skipped.
	Wants(eventType string, data Data) bool
	// Deliver takes a dispatch; false means no room and nothing recorded: the link closes resumably, waits for Room
	// and resumes before this event.
	Deliver(Dispatch) bool
	// Skip says that nobody handles this sequence: the low-water mark passes it.
	Skip(sequence int64)
	// Room lets a receive succeed once the queue is half empty.
	Room() <-chan struct{}
	// LowWater is the highest sequence of the session up to which everything is done; 0 means none.
	LowWater() int64
}

// Discovery asks GET /gateway/bot. An error that is ErrTokenRefused ends the link; a *HoldError is waited for.
type Discovery interface {
	GatewayBot(context.Context) (Bot, error)
}

// Bot is Discord's answer to GET /gateway/bot.
type Bot struct {
	URL    string
	Shards int
	// Remaining of Total IDENTIFYs are left until ResetAfter has passed.
	Remaining, Total int
	ResetAfter       time.Duration
	// MaxConcurrency is the number of identify buckets; shard modulo MaxConcurrency is a shard's bucket.
	MaxConcurrency int
}

// Budget is the ledger of IDENTIFYs, which outlives the process.
type Budget interface {
	// Take asks for one IDENTIFY in a bucket. With wait 0 it was counted and may be sent now; otherwise why says in
	// a few words what is waited for.
	Take(ctx context.Context, bucket int, bot Bot) (wait time.Duration, why string, err error)
}

// Keeper keeps the session where a successor finds it.
type Keeper interface {
	// Ready commits a new session. Nothing more is read from Discord until it returns; on an error the link
	// reconnects and asks again before it goes on.
	// Application is the id of the application that the token belongs to; 0 when READY did not say.
	Ready(ctx context.Context, session Session, application uint64) error
	// Ended says that the session is dead and must not be resumed.
	Ended(context.Context) error
}

// ErrTokenRefused is what Discovery's error must be when Discord answered 401.
var ErrTokenRefused = errors.New("discord refuses the bot token")

// HoldError is Discovery's answer when asking again before Until is forbidden or useless (a ban, a long limit).
type HoldError struct {
	Until time.Time
	// Why is a few words for people.
	Why string
}

// Error says until when and why.
func (e *HoldError) Error() string {
	return fmt.Sprintf("waiting until %s: %s", e.Until.Format(time.RFC3339), e.Why)
}

// CloseOptions say how a link is left.
type CloseOptions struct {
	// EndSession closes with 1000: Discord forgets the session and the bot is offline at once. Otherwise the session
	// stays resumable.
	EndSession bool
	// GoInvisible sets the presence to invisible before a session is left resumable.
	GoInvisible bool
}
