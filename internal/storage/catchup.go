package storage

import "time"

// DMChannelsMax is how many of the newest channels with one person are caught up.
const DMChannelsMax = 100

// CatchUpChannel is a channel whose messages are still to be read, from the shard's CatchUpSince on.
type CatchUpChannel struct {
	Channel uint64
	// Guild is 0 for a channel with one person.
	Guild uint64
}

// DMChannel is a channel with one person.
type DMChannel struct {
	Channel, User uint64
	LastUsed      time.Time
}

// CatchUpView reads what a lost session left to be read.
type CatchUpView interface {
	// CatchUpSince is the time from which on the shard's messages may have been missed; false when it has caught up.
	CatchUpSince(shard int) (time.Time, bool, error)
	// CatchUpChannels lists the shard's channels still to be read, by id.
	CatchUpChannels(shard int) ([]CatchUpChannel, error)
	// DMChannels lists the channels with one person used since then, newest first, at most DMChannelsMax.
	DMChannels(since time.Time) ([]DMChannel, error)
}

// CatchUpTx keeps track of what was read.
type CatchUpTx interface {
	// AddCatchUp adds a channel to those to be read. When it is there already, or the shard is not catching up, nothing
	// happens.
	AddCatchUp(shard int, channel, guild uint64) error
	// ClearCatchUp says that a channel was read, or cannot be.
	ClearCatchUp(shard int, channel uint64) error
	// EndCatchUp says that no further channel will be added. It is false, and nothing happens, as long as one is left.
	EndCatchUp(shard int) (bool, error)
	// UseDM notes that somebody wrote to the bot alone.
	UseDM(channel, user uint64, at time.Time) error
}
