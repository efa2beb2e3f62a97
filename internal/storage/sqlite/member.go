package sqlite

import (
	"time"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

func (t *tx) Cooldown(guild, user uint64, command string) (time.Time, error) {
	var until stamp
	_, err := t.row("SELECT until_ms FROM cooldown WHERE guild = ? AND user = ? AND command = ?", []any{bits(guild), bits(user), command}, &until)
	return time.Time(until), err
}

func (t *tx) SetCooldown(guild, user uint64, command string, until time.Time) error {
	_, err := t.exec(`INSERT INTO cooldown (guild, user, command, until_ms) VALUES (?, ?, ?, ?)
		ON CONFLICT (guild, user, command) DO UPDATE SET until_ms = excluded.until_ms`, bits(guild), bits(user), command, stamp(until))
	return err
}

func (t *tx) Counted(guild, user uint64, what string, from, to time.Time) (n int64, err error) {
	_, err = t.row("SELECT coalesce(sum(n), 0) FROM activity WHERE guild = ? AND user = ? AND what = ? AND hour >= ? AND hour < ?",
		[]any{bits(guild), bits(user), what, hour(from), hour(to)}, &n)
	return n, err
}

func (t *tx) AddCounts(counts []storage.Count) error {
	for _, c := range counts {
		_, err := t.exec(`INSERT INTO activity (guild, user, what, hour, n) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (guild, user, what, hour) DO UPDATE SET n = n + excluded.n`, bits(c.Guild), bits(c.User), c.What, hour(c.Hour), c.N)
		if err != nil {
			return err
		}
	}
	return nil
}

// hour is the hour of a time since 1970.
func hour(t time.Time) int64 { return t.Unix() / int64(time.Hour/time.Second) }

func (t *tx) Pats(guild, from, to uint64) (n int64, err error) {
	_, err = t.row("SELECT n FROM pat WHERE guild = ? AND from_user = ? AND to_user = ?", []any{bits(guild), bits(from), bits(to)}, &n)
	return n, err
}

func (t *tx) AddPat(guild, from, to uint64) (n int64, err error) {
	_, err = t.row(`INSERT INTO pat (guild, from_user, to_user, n) VALUES (?, ?, ?, 1)
		ON CONFLICT (guild, from_user, to_user) DO UPDATE SET n = n + 1 RETURNING n`, []any{bits(guild), bits(from), bits(to)}, &n)
	return n, err
}
