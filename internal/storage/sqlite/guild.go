package sqlite

import (
	"github.com/steadfast-bot/steadfast/internal/storage"
)

func readGuild(scan scanner, g *storage.Guild) error {
	return scan((*bits)(&g.ID), (*bits)(&g.Owner), &g.Name, (*stamp)(&g.LeftAt), (*stamp)(&g.AsOf))
}

func readRole(scan scanner, r *storage.Role) error {
	return scan((*bits)(&r.ID), (*bits)(&r.Guild), &r.Name, (*bits)(&r.Permissions), &r.Position, &r.Managed, (*stamp)(&r.AsOf))
}

func readChannel(scan scanner, c *storage.Channel) error {
	return scan((*bits)(&c.ID), (*bits)(&c.Guild), (*bits)(&c.Parent), &c.Kind, &c.Name, &c.Position,
		listed[storage.Overwrite]{&c.Overwrites}, (*stamp)(&c.AsOf))
}

const selectChannel = "SELECT id, guild, parent, kind, name, position, overwrites, as_of_ms FROM channel "

func (t *tx) Guild(id uint64) (storage.Guild, bool, error) {
	return one(t, "SELECT id, owner, name, left_ms, as_of_ms FROM guild WHERE id = ?", []any{bits(id)}, readGuild)
}

func (t *tx) Guilds() ([]storage.Guild, error) {
	return list(t, "SELECT id, owner, name, left_ms, as_of_ms FROM guild ORDER BY id", nil, readGuild)
}

func (t *tx) Roles(guild uint64) ([]storage.Role, error) {
	return list(t, "SELECT id, guild, name, permissions, position, managed, as_of_ms FROM role WHERE guild = ? ORDER BY id",
		[]any{bits(guild)}, readRole)
}

func (t *tx) Channel(id uint64) (storage.Channel, bool, error) {
	return one(t, selectChannel+"WHERE id = ?", []any{bits(id)}, readChannel)
}

func (t *tx) Channels(guild uint64) ([]storage.Channel, error) {
	return list(t, selectChannel+"WHERE guild = ? ORDER BY id", []any{bits(guild)}, readChannel)
}

func (t *tx) Member(guild, user uint64) (storage.Member, bool, error) {
	return one(t, `SELECT guild, user, name, display, nick, bot, roles, timeout_ms, joined_ms, left_ms, as_of_ms
			FROM member WHERE guild = ? AND user = ?`,
		[]any{bits(guild), bits(user)}, func(scan scanner, m *storage.Member) error {
			return scan((*bits)(&m.Guild), (*bits)(&m.User), &m.Name, &m.Display, &m.Nick, &m.Bot, listed[uint64]{&m.Roles},
				(*stamp)(&m.TimeoutUntil), (*stamp)(&m.JoinedAt), (*stamp)(&m.LeftAt), (*stamp)(&m.AsOf))
		})
}

func (t *tx) GuildsOf(user uint64) ([]uint64, error) {
	return list(t, `SELECT member.guild FROM member LEFT JOIN guild ON guild.id = member.guild
			WHERE user = ? AND member.left_ms = 0 AND coalesce(guild.left_ms, 0) = 0 ORDER BY member.guild`,
		[]any{bits(user)}, func(scan scanner, id *uint64) error { return scan((*bits)(id)) })
}

func (t *tx) PutGuild(g storage.Guild, roles []storage.Role, channels []storage.Channel) error {
	if err := t.UpdateGuild(g); err != nil {
		return err
	}
	for _, table := range []string{"role", "channel"} {
		if _, err := t.exec("DELETE FROM "+table+" WHERE guild = ? AND as_of_ms <= ?", bits(g.ID), stamp(g.AsOf)); err != nil {
			return err
		}
	}
	for _, r := range roles {
		if err := t.PutRole(r); err != nil {
			return err
		}
	}
	for _, c := range channels {
		if err := t.PutChannel(c); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) UpdateGuild(g storage.Guild) error {
	_, err := t.exec(`INSERT INTO guild (id, owner, name, left_ms, as_of_ms) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, name = excluded.name, left_ms = excluded.left_ms, as_of_ms = excluded.as_of_ms
			WHERE excluded.as_of_ms >= as_of_ms`,
		bits(g.ID), bits(g.Owner), g.Name, stamp(g.LeftAt), stamp(g.AsOf))
	return err
}

func (t *tx) PutRole(r storage.Role) error {
	_, err := t.exec(`INSERT INTO role (id, guild, name, permissions, position, managed, as_of_ms) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET guild = excluded.guild, name = excluded.name, permissions = excluded.permissions,
			position = excluded.position, managed = excluded.managed, as_of_ms = excluded.as_of_ms
			WHERE excluded.as_of_ms >= as_of_ms`,
		bits(r.ID), bits(r.Guild), r.Name, bits(r.Permissions), r.Position, r.Managed, stamp(r.AsOf))
	return err
}

func (t *tx) DropRole(id uint64) error {
	_, err := t.exec("DELETE FROM role WHERE id = ?", bits(id))
	return err
}

func (t *tx) PutChannel(c storage.Channel) error {
	_, err := t.exec(`INSERT INTO channel (id, guild, parent, kind, name, position, overwrites, as_of_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET guild = excluded.guild, parent = excluded.parent, kind = excluded.kind, name = excluded.name,
			position = excluded.position, overwrites = excluded.overwrites, as_of_ms = excluded.as_of_ms
			WHERE excluded.as_of_ms >= as_of_ms`,
		bits(c.ID), bits(c.Guild), bits(c.Parent), c.Kind, c.Name, c.Position, listed[storage.Overwrite]{&c.Overwrites}, stamp(c.AsOf))
	return err
}

func (t *tx) DropChannel(id uint64) error {
	_, err := t.exec("DELETE FROM channel WHERE id = ?", bits(id))
	return err
}

func (t *tx) PutMember(m storage.Member) error {
	_, err := t.exec(`INSERT INTO member (guild, user, name, display, nick, bot, roles, timeout_ms, joined_ms, left_ms, as_of_ms)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (guild, user) DO UPDATE SET name = excluded.name, display = excluded.display, nick = excluded.nick, bot = excluded.bot,
			roles = excluded.roles, timeout_ms = excluded.timeout_ms, joined_ms = excluded.joined_ms, left_ms = excluded.left_ms,
			as_of_ms = excluded.as_of_ms
			WHERE excluded.as_of_ms >= as_of_ms`,
		bits(m.Guild), bits(m.User), m.Name, m.Display, m.Nick, m.Bot, listed[uint64]{&m.Roles}, stamp(m.TimeoutUntil), stamp(m.JoinedAt),
		stamp(m.LeftAt), stamp(m.AsOf))
	return err
}
