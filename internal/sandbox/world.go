package sandbox

import (
	"cmp"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

// What a channel's type says about it.
const (
	channelThreadFirst = 10
	channelThreadLast  = 12
)

// atlas knows who and what there is. It is read anew now and then, because guilds, roles and threads come and go; what
// it holds is never changed, so everybody may keep it.
type atlas struct {
	World
	people   map[discordsim.ID]Person
	channels map[discordsim.ID]Channel
}

// surveyor keeps the newest atlas and shows it on the board.
type surveyor struct {
	sim   *discordsim.Sim
	board *board
	atlas atomic.Pointer[atlas]
}

// survey reads the world. It may be called from any goroutine.
func (s *surveyor) survey() *atlas {
	bot := s.sim.Bot()
	a := &atlas{people: map[discordsim.ID]Person{}, channels: map[discordsim.ID]Channel{}}
	a.World = World{Guilds: []Guild{}, People: []Person{}, Channels: []Channel{}}
	a.Bot = personOf(bot, nil)
	a.people[bot.ID] = a.Bot
	for _, g := range s.sim.Guilds() {
		channels, members := append(s.sim.Channels(g.ID), s.threads(g.ID)...), s.sim.Members(g.ID)
		for _, c := range channels {
			shown := channelOf(c)
			a.channels[c.ID] = shown
			a.Channels = append(a.Channels, shown)
		}
		shown := Guild{ID: g.ID.String(), Name: g.Name, Owner: g.OwnerID.String(), Outage: g.Unavailable, Members: []Member{}}
		shown.Roles = s.roles(g.ID)
		for _, m := range members {
			if _, known := a.people[m.User.ID]; !known {
				a.people[m.User.ID] = personOf(*m.User, m.Nick)
				a.People = append(a.People, a.people[m.User.ID])
			}
			shown.Members = append(shown.Members, s.member(m, shown.Roles, channels))
		}
		a.Guilds = append(a.Guilds, shown)
	}
	s.atlas.Store(a)
	s.board.setWorld(a.World)
	return a
}

func (s *surveyor) roles(guild discordsim.ID) []Role {
	shown := []Role{}
	roles := s.sim.Roles(guild)
	slices.SortStableFunc(roles, func(a, b discordsim.Role) int { return cmp.Compare(b.Position, a.Position) })
	for _, r := range roles {
		if r.ID != guild {
			shown = append(shown, Role{ID: r.ID.String(), Name: r.Name, Colour: r.Color})
		}
	}
	return shown
}

// threads are a guild's open threads, after its channels.
func (s *surveyor) threads(guild discordsim.ID) []discordsim.Channel {
	var threads []discordsim.Channel
	for _, c := range s.sim.Channels(guild) {
		threads = append(threads, s.sim.Threads(c.ID)...)
	}
	return threads
}

// member is a person as a guild shows them. The colour is that of their highest role that has one.
func (s *surveyor) member(m discordsim.Member, roles []Role, channels []discordsim.Channel) Member {
	shown := Member{ID: m.User.ID.String(), Name: personOf(*m.User, m.Nick).Name, Sees: []string{}, Writes: []string{}}
	for _, r := range roles {
		if slices.ContainsFunc(m.Roles, func(id discordsim.ID) bool { return id.String() == r.ID }) {
			shown.Roles = append(shown.Roles, r.ID)
			shown.Colour = cmp.Or(shown.Colour, r.Colour)
		}
	}
	for _, c := range channels {
		may, id := s.sim.PermissionsIn(m.User.ID, c.ID), c.ID.String()
		if may&discordsim.PermissionViewChannel == 0 {
			continue
		}
		shown.Sees = append(shown.Sees, id)
		if may&discordsim.PermissionSendMessages != 0 {
			shown.Writes = append(shown.Writes, id)
		}
		if may&discordsim.PermissionManageMessages != 0 {
			shown.Manages = append(shown.Manages, id)
		}
	}
	return shown
}

func channelOf(c discordsim.Channel) Channel {
	return Channel{
		ID: c.ID.String(), Name: c.Name, Guild: c.GuildID.String(), Topic: c.Topic,
		Thread: c.Type >= channelThreadFirst && c.Type <= channelThreadLast,
	}
}

func personOf(u discordsim.User, nick *string) Person {
	p := Person{ID: u.ID.String(), Name: u.Username, Handle: u.Username, aliases: []string{strings.ToLower(u.Username)}}
	for _, name := range []*string{u.GlobalName, nick} {
		if name != nil && *name != "" {
			p.Name = *name
			p.aliases = append(p.aliases, strings.ToLower(*name))
		}
	}
	return p
}

func (s *surveyor) person(id discordsim.ID) Person {
	if p, ok := s.atlas.Load().people[id]; ok {
		return p
	}
	return Person{ID: id.String(), Name: "someone"}
}

// channel is a guild's channel; one that is not known yet makes the world be read again.
func (s *surveyor) channel(id discordsim.ID) (Channel, bool) {
	c, ok := s.atlas.Load().channels[id]
	if !ok {
		c, ok = s.survey().channels[id]
	}
	return c, ok
}
