package sqlite

import (
	"time"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

// An inbox row goes when nothing can bring its event again: it is old enough; no session that could replay it stands
// before it; and no shard's catching up, now or after the next loss of its session, reaches back to it. The rows with
// the lowest ids are the oldest, so only those are looked at, and there is no index on the time.
const pruneInbox = `DELETE FROM inbox WHERE id <= (SELECT max(id) FROM (SELECT id FROM inbox ORDER BY id LIMIT ?1))
	AND settled_ms < ?2
	AND sent_ms <= (SELECT coalesce(min(coalesce(catch_up_since_ms, done_until_ms)), sent_ms) FROM shard)
	AND NOT EXISTS (SELECT 1 FROM cursor LEFT JOIN shard USING (shard)
		WHERE shard = inbox.shard AND coalesce(shard.session, 0) = inbox.session AND cursor.sequence < inbox.sequence)`

// A result is kept longer than its event, and as long as it waits to be looked at.
const pruneOutbox = `DELETE FROM outbox WHERE id <= (SELECT max(id) FROM (SELECT id FROM outbox ORDER BY id LIMIT ?1))
	AND state <> 0 AND finished_ms < ?2
	AND NOT EXISTS (SELECT 1 FROM inbox WHERE key = outbox.event)
	AND NOT EXISTS (SELECT 1 FROM accepted WHERE key = 'effect:' || outbox.id)`

func (t *tx) Prune(now time.Time, limit int) (storage.Pruned, error) {
	var p storage.Pruned
	before := func(d time.Duration) stamp { return stamp(now.Add(-d)) }
	for _, step := range []struct {
		removed   *int
		statement string
		args      []any
	}{
		{&p.Inbox, pruneInbox, []any{limit, before(storage.InboxKept)}},
		{&p.Outbox, pruneOutbox, []any{limit, before(storage.EffectKept)}},
		{&p.Tokens, "DELETE FROM interaction WHERE received_ms <= ?", []any{before(storage.TokenKept)}},
		{&p.Tokens, "UPDATE dialog SET token = '', token_until_ms = 0 WHERE token <> '' AND token_until_ms <= ?", []any{stamp(now)}},
		{&p.Cooldowns, `DELETE FROM cooldown WHERE (guild, user, command) IN
			(SELECT guild, user, command FROM cooldown WHERE until_ms <= ? LIMIT ?)`, []any{stamp(now), limit}},
		{&p.Counts, `DELETE FROM activity WHERE (guild, user, what, hour) IN
			(SELECT guild, user, what, hour FROM activity WHERE hour < ? LIMIT ?)`, []any{hour(now.Add(-storage.CountKept)), limit}},
		{&p.DMs, "DELETE FROM dm_channel WHERE last_used_ms < ?", []any{before(storage.DMKept)}},
	} {
		n, err := t.exec(step.statement, step.args...)
		if err != nil {
			return storage.Pruned{}, err
		}
		*step.removed += int(n)
	}
	return p, nil
}
