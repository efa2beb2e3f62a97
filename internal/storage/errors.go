package storage

import (
	"errors"
	"fmt"
)

// What can go wrong, as kinds: a backend returns a *Fault or another error of this package that wraps one of them, and
// callers ask with errors.Is. Each text is half of a sentence that begins with what it happened to.
var (
	// ErrLocked: another process holds the database's lock for longer than we are willing to wait. Passes by itself.
	ErrLocked = errors.New("is locked by another process")
	// ErrCorrupt: the content is damaged, or is not a database at all. No restart mends it.
	ErrCorrupt = errors.New("is damaged or is not a database")
	// ErrForeign: a sound database, but some other program's. No restart mends it.
	ErrForeign = errors.New("is a database of another program")
	// ErrReadOnly: it may not be written or opened with our rights, or the file system is read-only.
	ErrReadOnly = errors.New("cannot be written")
	// ErrFull: no room left. Passes once there is room again.
	ErrFull = errors.New("has no room left on its disk")
	// ErrBroken: the disk or the system refused for another reason.
	ErrBroken = errors.New("could not be used")
	// ErrNewer: a newer build wrote it and this one cannot use it; see NewerError.
	ErrNewer = errors.New("belongs to a newer version")
	// ErrOtherApplication: see OtherApplicationError.
	ErrOtherApplication = errors.New("belongs to another application")
	// ErrStaleEpoch: another activation owns the shard. The process that sees this ends.
	ErrStaleEpoch = errors.New("another worker has been activated since: this one must end")
	// ErrSessionGone: the session has ended or was followed by another; there is nothing to save any more.
	ErrSessionGone = errors.New("that gateway session is no longer the stored one")
	// ErrNotActive: a write before Activate.
	ErrNotActive = errors.New("the database was not activated: a standby only reads")
	// ErrClosed: a call after Close.
	ErrClosed = errors.New("the database is closed")
	// ErrSeen: the event was taken in or settled before. Nothing of it may happen again.
	ErrSeen = errors.New("that event was taken in before")
	// ErrEffects: the effects of an event contradict each other: a bug of whoever made them.
	ErrEffects = errors.New("these effects cannot be kept")
	// ErrNotPending: the effect is finished, or there never was one.
	ErrNotPending = errors.New("that effect is not pending")
	// ErrDialogOpen: the person has a dialog in that channel.
	ErrDialogOpen = errors.New("a dialog is open there")
	// ErrDialogOver: the dialog has ended.
	ErrDialogOver = errors.New("that dialog is over")
	// ErrAddress: the setting that says where the database is cannot be used.
	ErrAddress = errors.New("the database setting cannot be used")
)

// Fault is a failure with its place and what a person can do about it.
type Fault struct {
	// Kind is one of the kinds above.
	Kind error
	// Where is the database: its path or address.
	Where string
	// Hint says what to do, as a clause.
	Hint string
	// Cause is what the driver or the system said; may be nil.
	Cause error
}

// Error is the sentence with the cause, for the log.
func (f *Fault) Error() string {
	if f.Cause == nil {
		return f.Sentence()
	}
	return fmt.Sprintf("%s (%v)", f.Sentence(), f.Cause)
}

// Sentence says to a person what happened and what to do.
func (f *Fault) Sentence() string {
	return fmt.Sprintf("the database %s %v: %s", f.Where, f.Kind, f.Hint)
}

// Unwrap gives the kind and the cause.
func (f *Fault) Unwrap() []error {
	if f.Cause == nil {
		return []error{f.Kind}
	}
	return []error{f.Kind, f.Cause}
}

// NewerError refuses a database that a newer, incompatible build has migrated.
type NewerError struct {
	// Where is the database.
	Where string
	// Version is the database's, ReadableFrom the oldest build version that can use it, Ours this build's.
	Version, ReadableFrom, Ours int
}

// Error is the sentence.
func (e *NewerError) Error() string {
	return fmt.Sprintf("the database %s has version %d and needs a build that knows version %d, this one knows %d: "+
		"start the newer build again, or restore a backup made before the upgrade", e.Where, e.Version, e.ReadableFrom, e.Ours)
}

// Unwrap gives the kind.
func (e *NewerError) Unwrap() error { return ErrNewer }

// OtherApplicationError refuses a token of another application than the one the data belongs to.
type OtherApplicationError struct {
	// Where is the database.
	Where string
	// Stored is the application the data belongs to, Given the one the token belongs to.
	Stored, Given uint64
}

// Error is the sentence.
func (e *OtherApplicationError) Error() string {
	return fmt.Sprintf("the database %s belongs to application %d, the token to application %d: "+
		"use that application's token, or another state directory", e.Where, e.Stored, e.Given)
}

// Unwrap gives the kind.
func (e *OtherApplicationError) Unwrap() error { return ErrOtherApplication }
