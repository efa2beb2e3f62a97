package storagetest

import (
	"errors"
	"math"
	"time"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

func club(asOf time.Time) storage.Guild {
	return storage.Guild{ID: guildID, Owner: 1, Name: "Club", AsOf: asOf}
}

func aRole(id uint64, name string, asOf time.Time) storage.Role {
	return storage.Role{ID: id, Guild: guildID, Name: name, Permissions: math.MaxUint64, Position: 2, Managed: true, AsOf: asOf}
}

func aChannel(id uint64, name string, asOf time.Time) storage.Channel {
	return storage.Channel{
		ID: id, Guild: guildID, Parent: 3, Kind: 11, Name: name, Position: 4, AsOf: asOf,
		Overwrites: []storage.Overwrite{{ID: 9, Allow: 1 << 62, Deny: math.MaxUint64}, {ID: 10, Member: true}},
	}
}

func aMember(user uint64, nick string, asOf time.Time) storage.Member {
	return storage.Member{
		Guild: guildID, User: user, Name: "ada", Display: "Ada", Nick: nick, Bot: true, Roles: []uint64{7, math.MaxUint64},
		TimeoutUntil: noon.Add(time.Hour), JoinedAt: noon.Add(-time.Hour), AsOf: asOf,
	}
}

// guildIs checks a guild with its roles and channels.
func (l *live) guildIs(guild storage.Guild, roles []storage.Role, channels []storage.Channel) {
	l.Helper()
	l.read(func(view storage.View) error {
		gotGuild, _, err := view.Guild(guild.ID)
		l.same("guild", gotGuild, guild)
		gotRoles, errRoles := view.Roles(guild.ID)
		l.same("roles", gotRoles, roles)
		gotChannels, errChannels := view.Channels(guild.ID)
		l.same("channels", gotChannels, channels)
		return errors.Join(err, errRoles, errChannels)
	})
}

func (l *live) memberIs(want storage.Member) {
	l.Helper()
	l.read(func(view storage.View) error {
		got, _, err := view.Member(want.Guild, want.User)
		l.same("member", got, want)
		return err
	})
}

func (l *live) guildsOfAre(user uint64, want ...uint64) {
	l.Helper()
	l.read(func(view storage.View) error {
		got, err := view.GuildsOf(user)
		l.same("guilds", got, want)
		return err
	})
}

var (
	later  = noon.Add(time.Minute)
	sooner = noon.Add(-time.Minute)
)

var guildTests = []test{
	{"facts come back as they were said", func(w *world) {
		l := w.live()
		roles := []storage.Role{aRole(7, "staff", noon), aRole(8, "", noon)}
		channels := []storage.Channel{aChannel(20, "general", noon), {ID: 21, Guild: guildID, AsOf: noon}}
		l.do(func(tx storage.Tx) error {
			return errors.Join(tx.PutGuild(club(noon), roles, channels), tx.PutMember(aMember(5, "A", noon)))
		})
		l = l.restarted()
		l.guildIs(club(noon), roles, channels)
		l.memberIs(aMember(5, "A", noon))
		l.read(func(view storage.View) error {
			guilds, err := view.Guilds()
			l.same("guilds", guilds, []storage.Guild{club(noon)})
			channel, _, errChannel := view.Channel(20)
			l.same("channel", channel, channels[0])
			_, guildFound, errGuild := view.Guild(1)
			_, channelFound, errNone := view.Channel(1)
			_, memberFound, errMember := view.Member(guildID, 1)
			l.same("found unknown ones", []bool{guildFound, channelFound, memberFound}, []bool{false, false, false})
			return errors.Join(err, errChannel, errGuild, errNone, errMember)
		})
	}},
	{"what was said later holds, whenever it is kept", func(w *world) {
		l := w.live()
		put := func(at time.Time, name string) {
			l.do(func(tx storage.Tx) error {
				guild := club(at)
				guild.Name = name
				return errors.Join(tx.UpdateGuild(guild), tx.PutRole(aRole(7, name, at)), tx.PutChannel(aChannel(20, name, at)),
					tx.PutMember(aMember(5, name, at)))
			})
		}
		put(noon, "first")
		put(noon, "second")
		put(sooner, "from long ago")
		guild := club(noon)
		guild.Name = "second"
		l.guildIs(guild, []storage.Role{aRole(7, "second", noon)}, []storage.Channel{aChannel(20, "second", noon)})
		l.memberIs(aMember(5, "second", noon))
	}},
	{"a whole guild replaces what it had, but for what is newer", func(w *world) {
		l := w.live()
		l.do(func(tx storage.Tx) error {
			return errors.Join(
				tx.PutGuild(club(sooner), []storage.Role{aRole(7, "gone", sooner), aRole(8, "kept", sooner)},
					[]storage.Channel{aChannel(20, "gone", sooner), aChannel(21, "kept", sooner)}),
				tx.PutRole(aRole(9, "new", later)), tx.PutChannel(aChannel(22, "new", later)),
				tx.PutRole(storage.Role{ID: 10, Guild: 2, AsOf: sooner}))
		})
		l.do(func(tx storage.Tx) error {
			return tx.PutGuild(club(noon), []storage.Role{aRole(8, "kept", noon)}, []storage.Channel{aChannel(21, "kept", noon)})
		})
		l.guildIs(club(noon), []storage.Role{aRole(8, "kept", noon), aRole(9, "new", later)},
			[]storage.Channel{aChannel(21, "kept", noon), aChannel(22, "new", later)})
		l.guildIs(storage.Guild{}, nil, nil)
		l.read(func(view storage.View) error {
			others, err := view.Roles(2)
			l.same("another guild's roles", len(others), 1)
			return err
		})
	}},
	{"roles and channels can be dropped", func(w *world) {
		l := w.live()
		l.do(func(tx storage.Tx) error {
			return errors.Join(tx.PutGuild(club(noon), []storage.Role{aRole(7, "a", noon)}, []storage.Channel{aChannel(20, "b", noon)}),
				tx.DropRole(7), tx.DropChannel(20))
		})
		l.guildIs(club(noon), nil, nil)
	}},
	{"a person shares the guilds that neither has left", func(w *world) {
		l := w.live()
		other := storage.Guild{ID: 2, AsOf: noon}
		l.do(func(tx storage.Tx) error {
			return errors.Join(tx.UpdateGuild(club(noon)), tx.UpdateGuild(other), tx.PutMember(aMember(5, "", noon)),
				tx.PutMember(storage.Member{Guild: 2, User: 5, AsOf: noon}), tx.PutMember(storage.Member{Guild: 3, User: 5, AsOf: noon}))
		})
		l.guildsOfAre(5, 2, 3, guildID)
		l.guildsOfAre(6)
		left := aMember(5, "", later)
		left.LeftAt = later
		other.LeftAt, other.AsOf = later, later
		l.do(func(tx storage.Tx) error { return errors.Join(tx.PutMember(left), tx.UpdateGuild(other)) })
		l.guildsOfAre(5, 3)
		l.memberIs(left)
	}},
}
