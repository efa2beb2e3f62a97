package storage

import "time"

// Count is something members did, per hour.
type Count struct {
	Guild, User uint64
	// What was done, such as "message".
	What string
	// Hour is any time within the hour.
	Hour time.Time
	N    int64
}

// MemberView reads what members did.
type MemberView interface {
	// Cooldown is when a member may use a command again; zero when it was never used.
	Cooldown(guild, user uint64, command string) (time.Time, error)
	// Counted is how often a member did something, in the hours from the one of from up to and without the one of to.
	Counted(guild, user uint64, what string, from, to time.Time) (int64, error)
}

// MemberTx keeps what members did.
type MemberTx interface {
	// SetCooldown says when a member may use a command again.
	SetCooldown(guild, user uint64, command string, until time.Time) error
	// AddCounts adds up. It belongs into the transaction whose SaveProgress passes the events that are counted:
	// then a replay counts none of them twice, and none is left out.
	AddCounts([]Count) error
}

// PatView reads who patted whom.
type PatView interface {
	// Pats is how often one member patted another.
	Pats(guild, from, to uint64) (int64, error)
}

// PatTx counts who patted whom.
type PatTx interface {
	// AddPat counts one more and returns how many it makes.
	AddPat(guild, from, to uint64) (int64, error)
}
