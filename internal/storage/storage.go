// Package storage says what the worker keeps between its lives: where its gateway session stands, which activation
// owns it, which application it is, and how many IDENTIFYs are left. It holds the types, the interface a backend
// meets, its errors, and the pure identify budget; how rows reach a disk is the backend's business (storage/sqlite),
// and who may be active at all is decided by active.lock, not here.
package storage

import (
	"cmp"
	"context"
	"time"
)

// Store is what a worker keeps. Package storagetest is the executable form of these comments; any backend passes it.
//
// Before Activate only the reading methods work, and they neither create nor change anything, so a standby may use
// them beside an active worker, or before any database exists.
//
// A writing method takes the caller's epoch and fails with ErrStaleEpoch when another activation owns the shard; the
// process then has no business going on. A write that returns nil is on the disk. A write that returns an error left
// nothing behind; in particular the context's own error means that it was never begun: once begun, a write is
// waited for. Only ErrBroken is less: when the disk itself fails at the commit, a restart may find the write done.
type Store interface {
	Transactions

	// Inspect says what is there, and refuses what this build cannot use: a standby's self-test.
	Inspect(ctx context.Context) (Facts, error)

	// Activate migrates and raises the epoch of the claimed shards, both in one transaction; only then does it return.
	// Ending ctx rolls everything back. Called once, by whoever holds active.lock.
	Activate(ctx context.Context, claim Claim) (Epoch, error)
	// Owns is nil while epoch is still the newest of the claimed shards. Asked before a send and before a dial; the
	// writing methods ask by themselves.
	Owns(ctx context.Context, epoch Epoch) error

	// Cursor is where the shard's session stands; false when there is no session to resume.
	Cursor(ctx context.Context, shard int) (Cursor, bool, error)
	// BeginSession commits READY: from here on this is the shard's session, and EverReady is true for ever. What came
	// after the last DoneUntil is to be caught up, see CatchUpView; a shard still catching up goes on from where it was.
	BeginSession(ctx context.Context, epoch Epoch, session Session, sequence int64) error
	// SaveProgress raises the low-water sequence of a session; a lower one than is stored changes nothing. A session
	// that has ended since, or was followed by another, gives ErrSessionGone: nothing is left to be saved.
	SaveProgress(ctx context.Context, epoch Epoch, progress Progress) error
	// SetInvisible notes that the shard's presence went invisible (or is online again), so that a successor that
	// resumes the session knows. Without a session it does nothing.
	SetInvisible(ctx context.Context, epoch Epoch, shard int, invisible bool) error
	// EndSession forgets the shard's session; the next connection identifies. Without a session it does nothing.
	EndSession(ctx context.Context, epoch Epoch, shard int) error
	// EverReady says whether READY was ever committed here.
	EverReady(ctx context.Context) (bool, error)

	// SetApplication claims the database for an application. Another than the stored one is refused with an
	// *OtherApplicationError.
	SetApplication(ctx context.Context, epoch Epoch, id uint64) error

	// TakeIdentify asks for one IDENTIFY. Granted (Wait is 0) it is counted before the call returns, whether or not
	// it is used; else nothing was counted and the caller asks again after Wait.
	TakeIdentify(ctx context.Context, epoch Epoch, request IdentifyRequest) (IdentifyAnswer, error)

	// Health says how writing goes. It never waits.
	Health() Health
	// Close ends what is under way, waits for it and lets go of the database. Writes after it give ErrClosed.
	Close() error
}

// Claim names what an activation owns. The zero value is the whole bot on one machine: shard 0 without a lease.
type Claim struct {
	// Lease is the fencing token of the lease on these shards; 0 on one machine. A lease older than the stored one is
	// refused with ErrStaleEpoch.
	Lease uint64
	// Shards are the shards owned; empty means shard 0.
	Shards []int
}

// Epoch orders activations; of two that believe they own a shard, the higher one does.
type Epoch struct {
	// Lease is the claim's.
	Lease uint64
	// Activation rises with every activation under one lease. The first is 1.
	Activation uint64
}

// Compare is negative when e is older than other, positive when newer.
func (e Epoch) Compare(other Epoch) int {
	return cmp.Or(cmp.Compare(e.Lease, other.Lease), cmp.Compare(e.Activation, other.Activation))
}

// Session names a gateway session.
type Session struct {
	Shard int
	// ID and ResumeURL are READY's session_id and resume_gateway_url.
	ID, ResumeURL string
}

// Cursor is where a session stands.
type Cursor struct {
	Session Session
	// Sequence is the low-water mark: every event up to it is done. A RESUME asks for what comes after it.
	Sequence int64
	// WentInvisible says that the last owner hid the bot before it left: after RESUMED it has to be shown again.
	WentInvisible bool
}

// Progress is how far a session's events are done.
type Progress struct {
	Shard     int
	SessionID string
	// Sequence is the low-water sequence.
	Sequence int64
	// DoneUntil is the time up to which every message is done, except what is still to be caught up: should the session
	// be lost, catching up begins there. Like the sequence it only rises; zero leaves it as it is.
	DoneUntil time.Time
}

// Facts is what a database says of itself. All zero when there is none yet.
type Facts struct {
	// Exists says whether there is a database with our schema in it.
	Exists bool
	// Version is the schema's version; ReadableFrom the oldest build version that can use it.
	Version, ReadableFrom int
	// EverReady says whether READY was ever committed here.
	EverReady bool
	// Application is the id of the application this belongs to; 0 until one claimed it.
	Application uint64
}

// Health says how writing goes.
type Health struct {
	// LastWriteAge is the time since the last successful commit; negative before the first.
	LastWriteAge time.Duration
	// LastWriteTook is how long that commit took, from the first statement to the disk's answer.
	LastWriteTook time.Duration
	// PendingAge is how long the write now under way has been under way; negative when there is none. A growing one is
	// a disk that does not answer.
	PendingAge time.Duration
	// Queued is the number of writes that wait for their turn.
	Queued int
	// Trouble is the failure of the last commit in one sentence; empty when it succeeded. It stays while Full.
	Trouble string
	// Full says that the disk is full and the reserve is in use: Do refuses, DoReserved goes on.
	Full bool
}
