package sqlite

import (
	"time"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

func (t *tx) CatchUpSince(shard int) (time.Time, bool, error) {
	var since stamp
	found, err := t.row("SELECT catch_up_since_ms FROM shard WHERE shard = ? AND catch_up_since_ms IS NOT NULL", []any{shard}, &since)
	return time.Time(since), found, err
}

func (t *tx) CatchUpChannels(shard int) ([]storage.CatchUpChannel, error) {
	return list(t, "SELECT channel, guild FROM catch_up WHERE shard = ? ORDER BY channel", []any{shard},
		func(scan scanner, c *storage.CatchUpChannel) error {
			return scan((*bits)(&c.Channel), (*bits)(&c.Guild))
		})
}

func (t *tx) AddCatchUp(shard int, channel, guild uint64) error {
	_, err := t.exec(`INSERT INTO catch_up (shard, channel, guild)
			SELECT shard, ?, ? FROM shard WHERE shard = ? AND catch_up_since_ms IS NOT NULL
		ON CONFLICT (shard, channel) DO NOTHING`, bits(channel), bits(guild), shard)
	return err
}

func (t *tx) ClearCatchUp(shard int, channel uint64) error {
	_, err := t.exec("DELETE FROM catch_up WHERE shard = ? AND channel = ?", shard, bits(channel))
	return err
}

func (t *tx) EndCatchUp(shard int) (bool, error) {
	var left bool
	if _, err := t.row("SELECT EXISTS (SELECT 1 FROM catch_up WHERE shard = ?)", []any{shard}, &left); err != nil || left {
		return false, err
	}
	_, err := t.exec("UPDATE shard SET catch_up_since_ms = NULL WHERE shard = ?", shard)
	return err == nil, err
}

func (t *tx) DMChannels(since time.Time) ([]storage.DMChannel, error) {
	return list(t, "SELECT channel, user, last_used_ms FROM dm_channel WHERE last_used_ms >= ? ORDER BY last_used_ms DESC, channel LIMIT ?",
		[]any{stamp(since), storage.DMChannelsMax}, func(scan scanner, c *storage.DMChannel) error {
			return scan((*bits)(&c.Channel), (*bits)(&c.User), (*stamp)(&c.LastUsed))
		})
}

func (t *tx) UseDM(channel, user uint64, at time.Time) error {
	_, err := t.exec(`INSERT INTO dm_channel (channel, user, last_used_ms) VALUES (?, ?, ?)
		ON CONFLICT (channel) DO UPDATE SET last_used_ms = max(last_used_ms, excluded.last_used_ms)`, bits(channel), bits(user), stamp(at))
	return err
}
