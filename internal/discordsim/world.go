package discordsim

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// The Add functions build the world. They accept only ids that the simulator itself handed out; another one is a
// mistake in the program that builds the world, and panics. What happens while a bot is connected is told to it.

// AddPerson makes a user. The name is what is shown; the username is its lower case.
func (s *Sim) AddPerson(name string) User {
	s.mu.Lock()
	defer s.mu.Unlock()
	username := strings.ToLower(strings.ReplaceAll(name, " ", "_"))
	u := User{ID: s.ids.next(time.Now()), Username: username, Discriminator: "0", GlobalName: &name}
	s.users[u.ID] = &person{User: u}
	return u
}

// AddGuild makes a guild whose owner is a person; the bot is its first member.
func (s *Sim) AddGuild(name string, owner ID) Guild {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mustKnow(owner)
	now := time.Now()
	id := s.ids.next(now)
	g := &guild{
		Guild:  Guild{ID: id, Name: name, OwnerID: owner},
		joined: now, byUser: map[ID]*Member{},
		roles: []*Role{{ID: id, Name: "@everyone", Permissions: everyonePermissions}},
	}
	s.guilds[id] = g
	s.guildOrder = append(s.guildOrder, id)
	s.join(g, s.self.ID, "", nil)
	if owner != s.self.ID {
		s.join(g, owner, "", nil)
	}
	s.sendGuild(g)
	s.observe(GuildChanged{Guild: id})
	return g.Guild
}

// AddChannel makes a text channel at the end of the guild's list.
func (s *Sim) AddChannel(guildID ID, name string) Channel {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.mustGuild(guildID)
	return s.addChannel(g, Channel{Name: name, Position: len(g.channels)}).Channel
}

// SetOverwrites replaces a channel's permission overwrites.
func (s *Sim) SetOverwrites(channelID ID, overwrites ...Overwrite) {
	s.ChangeChannel(channelID, func(c *Channel) { c.Overwrites = overwrites })
}

// ChangeChannel changes a guild's channel: name, topic, position, overwrites, slowmode, NSFW.
func (s *Sim) ChangeChannel(channelID ID, change func(*Channel)) Channel {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channels[channelID]
	if c == nil || c.Type == ChannelDM || c.isThread() {
		panic(fmt.Sprintf("discordsim: no guild channel %d", channelID))
	}
	s.changeChannel(c, change)
	return c.Channel
}

// AddRole makes a role with permissions, above all others.
func (s *Sim) AddRole(guildID ID, name string, permissions Permissions) Role {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.mustGuild(guildID)
	return *s.addRole(g, Role{Name: name, Permissions: permissions, Position: len(g.roles)})
}

// ChangeRole changes a role: name, colour, permissions, position.
func (s *Sim) ChangeRole(guildID, roleID ID, change func(*Role)) Role {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.mustGuild(guildID)
	r := g.role(roleID)
	if r == nil {
		panic(fmt.Sprintf("discordsim: no role %d in guild %d", roleID, guildID))
	}
	s.changeRole(g, r, change)
	return *r
}

// memberEvent is the payload of GUILD_MEMBER_ADD and GUILD_MEMBER_UPDATE.
type memberEvent struct {
	GuildID ID `json:"guild_id"`
	*Member
}

// AddMember lets a person join; nick may be empty.
func (s *Sim) AddMember(guildID, user ID, nick string, roles ...ID) Member {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.mustGuild(guildID)
	s.mustKnow(user)
	m := s.join(g, user, nick, roles)
	if user == s.self.ID {
		s.sendGuild(g)
	} else {
		s.dispatch(audience{need: IntentGuildMembers, guild: guildID}, "GUILD_MEMBER_ADD", memberEvent{guildID, m})
	}
	s.observe(GuildChanged{Guild: guildID})
	return *m
}

// SetMember changes a member's nick and roles.
func (s *Sim) SetMember(guildID, user ID, nick string, roles ...ID) Member {
	return s.ChangeMember(guildID, user, func(m *Member) {
		m.Nick, m.Roles = optional(nick), list(slices.Clone(roles))
	})
}

// ChangeMember changes a member: nick, roles, timeout.
func (s *Sim) ChangeMember(guildID, user ID, change func(*Member)) Member {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.mustGuild(guildID)
	m := g.byUser[user]
	if m == nil {
		panic(fmt.Sprintf("discordsim: user %d is no member of guild %d", user, guildID))
	}
	return *s.changeMember(g, m, change)
}

// RemoveMember lets a person leave; of the bot itself, that its application is only installed by users from then on.
func (s *Sim) RemoveMember(guildID, user ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.mustGuild(guildID)
	if m := g.byUser[user]; m != nil {
		s.removeMember(g, m)
	}
}

// SetUnavailable puts a guild into an outage, or ends it.
func (s *Sim) SetUnavailable(guildID ID, unavailable bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.mustGuild(guildID)
	g.Unavailable = unavailable
	if !unavailable {
		s.sendGuild(g)
		return
	}
	s.dispatch(audience{need: IntentGuilds, guild: guildID}, "GUILD_DELETE", unavailableGuild{guildID, true})
}

// SetDMsClosed makes a person refuse direct messages of the bot (50007), or accept them again.
func (s *Sim) SetDMsClosed(user ID, closed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mustKnow(user)
	s.users[user].dmsClosed = closed
}

// join adds or replaces a member. A replaced one is a new value, because events already sent share the old one.
func (s *Sim) join(g *guild, user ID, nick string, roles []ID) *Member {
	u := s.users[user].User
	m := &Member{User: &u, Nick: optional(nick), Roles: list(slices.Clone(roles)), JoinedAt: Timestamp{time.Now()}}
	if old := g.byUser[user]; old != nil {
		m.JoinedAt = old.JoinedAt
		g.members[slices.Index(g.members, old)] = m
	} else {
		g.members = append(g.members, m)
	}
	g.byUser[user] = m
	return m
}

func (s *Sim) mustGuild(id ID) *guild {
	g := s.guilds[id]
	if g == nil {
		panic(fmt.Sprintf("discordsim: no guild %d", id))
	}
	return g
}

func (s *Sim) mustKnow(user ID) {
	if s.users[user] == nil {
		panic(fmt.Sprintf("discordsim: no user %d", user))
	}
}

// OpenDM finds or makes the DM channel between the bot and a person, as the person's client does on a click.
func (s *Sim) OpenDM(user ID) (Channel, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users[user] == nil || user == s.self.ID {
		return Channel{}, fmt.Errorf("there is no person %s", user)
	}
	return s.openDM(user).Channel, nil
}

// openDM finds or makes the DM channel between the bot and a person.
func (s *Sim) openDM(user ID) *channel {
	if id, ok := s.dms[user]; ok {
		return s.channels[id]
	}
	c := &channel{Channel: Channel{ID: s.ids.next(time.Now()), Type: ChannelDM, Recipient: s.users[user].User}}
	s.channels[c.ID] = c
	s.dms[user] = c.ID
	return c
}
