package storage

import (
	"context"
	"time"
)

// Transactions is the part of a Store that commands, the outbox and timers live on.
//
// A function given to Do, DoReserved or Read runs beside nothing else of its kind and must be short: others wait for
// it. It keeps to the Tx or View it is given, and only until it returns. It may be run a second time, after a first run
// of which nothing is left; so it overwrites what it reports to its caller and has no effect elsewhere.
type Transactions interface {
	// Do carries out what one event changes: all of it or, when do or the database returns an error, nothing. Others'
	// changes may share the commit, never the failure. It takes up no new work while the disk is full (ErrFull).
	Do(ctx context.Context, epoch Epoch, do func(Tx) error) error
	// DoReserved is Do for what has to be written on a full disk too: refusals, what became of effects, where the
	// session stands, pruning. It may use the reserve kept for that, and fails with ErrFull when even that is used up.
	DoReserved(ctx context.Context, epoch Epoch, do func(Tx) error) error
	// Read shows everything as it was at one moment, beside the writer. It also works in a standby; where there is no
	// database yet, or one that this build would first migrate, it fails with ErrNotActive.
	Read(ctx context.Context, read func(View) error) error
}

// View is what can be read, all of one moment. Times come back in UTC, to the millisecond; a zero time is kept as such.
type View interface {
	InboxView
	OutboxView
	CatchUpView
	TimerView
	DialogView
	GuildView
	MemberView
	PatView

	// Cursor is where the shard's session stands; false when there is no session to resume.
	Cursor(shard int) (Cursor, bool, error)
	// LastAlive is the latest time given to NoteAlive; zero before the first.
	LastAlive() (time.Time, error)
}

// Tx is one event's part of a transaction. It reads what it has itself written.
type Tx interface {
	View
	InboxTx
	OutboxTx
	CatchUpTx
	TimerTx
	DialogTx
	GuildTx
	MemberTx
	PatTx

	// BeginSession is Store.BeginSession, with whatever else is to be committed with READY.
	BeginSession(session Session, sequence int64) error
	// SaveProgress is Store.SaveProgress, with whatever else is to be committed with the cursor.
	SaveProgress(progress Progress) error
	// NoteAlive says that the bot was there for people at this time. It never goes back.
	NoteAlive(at time.Time) error
	// Prune forgets what nothing needs any more, and every interaction token that is no longer valid. Of what grows
	// with every command it looks at limit rows, the oldest, so that nobody waits long behind it: as long as something
	// went it is worth another transaction. Tokens have to go within 15 minutes, so it is called once a minute.
	Prune(now time.Time, limit int) (Pruned, error)
}

// How long things are kept.
const (
	// InboxKept is how long an event that was done is remembered, at least.
	InboxKept = 24 * time.Hour
	// EffectKept is how long an effect's result is kept after the effect was finished: longer than its event.
	EffectKept = 48 * time.Hour
	// TokenKept is how long Discord accepts an interaction's token.
	TokenKept = 15 * time.Minute
	// DMKept is how long a channel with one person counts as in use.
	DMKept = 7 * 24 * time.Hour
	// CountKept is how long activity is kept.
	CountKept = 90 * 24 * time.Hour
)

// Pruned is how many rows of each kind were removed.
type Pruned struct {
	Inbox, Outbox, Tokens, Cooldowns, Counts, DMs int
}
