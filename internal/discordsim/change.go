package discordsim

import (
	"slices"
	"time"
)

// What follows changes the world and tells it; whether somebody may is for the callers to know. All run under mu.

func (s *Sim) addChannel(g *guild, made Channel) *channel {
	made.ID, made.GuildID = s.ids.next(time.Now()), g.ID
	c := &channel{Channel: made}
	g.channels = append(g.channels, c)
	s.channels[c.ID] = c
	s.dispatch(audience{need: IntentGuilds, guild: g.ID}, "CHANNEL_CREATE", c.Channel)
	s.observe(GuildChanged{Guild: g.ID})
	return c
}

func (s *Sim) changeChannel(c *channel, change func(*Channel)) {
	change(&c.Channel)
	name := "CHANNEL_UPDATE"
	if c.isThread() {
		name = "THREAD_UPDATE"
	}
	s.dispatch(audience{need: IntentGuilds, guild: c.GuildID}, name, c.Channel)
	s.observe(GuildChanged{Guild: c.GuildID})
}

// removeChannel deletes a guild's channel with its threads, or one thread.
func (s *Sim) removeChannel(c *channel) {
	g := s.guilds[c.GuildID]
	to := audience{need: IntentGuilds, guild: g.ID}
	for _, t := range slices.Clone(g.threads) {
		if t.ParentID == c.ID {
			s.removeChannel(t)
		}
	}
	for _, m := range c.messages {
		s.forgetMessage(m)
	}
	g.invites = slices.DeleteFunc(g.invites, func(i *invite) bool { return i.channel == c })
	delete(s.channels, c.ID)
	same := func(other *channel) bool { return other == c }
	g.channels, g.threads = slices.DeleteFunc(g.channels, same), slices.DeleteFunc(g.threads, same)
	if !c.isThread() {
		s.dispatch(to, "CHANNEL_DELETE", c.Channel)
	} else {
		s.dispatch(to, "THREAD_DELETE", struct {
			ID       ID  `json:"id"`
			GuildID  ID  `json:"guild_id"`
			ParentID ID  `json:"parent_id"`
			Type     int `json:"type"`
		}{c.ID, g.ID, c.ParentID, c.Type})
	}
	s.observe(GuildChanged{Guild: g.ID})
}

// roleEvent is the payload of GUILD_ROLE_CREATE and GUILD_ROLE_UPDATE.
type roleEvent struct {
	GuildID ID    `json:"guild_id"`
	Role    *Role `json:"role"`
}

func (s *Sim) addRole(g *guild, made Role) *Role {
	made.ID = s.ids.next(time.Now())
	made.Colors.Primary = made.Color
	g.roles = append(g.roles, &made)
	s.dispatch(audience{need: IntentGuilds, guild: g.ID}, "GUILD_ROLE_CREATE", roleEvent{g.ID, &made})
	s.observe(GuildChanged{Guild: g.ID})
	return &made
}

func (s *Sim) changeRole(g *guild, r *Role, change func(*Role)) {
	change(r)
	r.Colors.Primary = r.Color
	s.dispatch(audience{need: IntentGuilds, guild: g.ID}, "GUILD_ROLE_UPDATE", roleEvent{g.ID, r})
	s.observe(GuildChanged{Guild: g.ID})
}

func (s *Sim) removeRole(g *guild, r *Role) {
	g.roles = slices.DeleteFunc(g.roles, func(other *Role) bool { return other == r })
	for _, m := range slices.Clone(g.members) {
		if slices.Contains(m.Roles, r.ID) {
			s.changeMember(g, m, func(m *Member) { m.dropRole(r.ID) })
		}
	}
	s.dispatch(audience{need: IntentGuilds, guild: g.ID}, "GUILD_ROLE_DELETE", struct {
		GuildID ID `json:"guild_id"`
		RoleID  ID `json:"role_id"`
	}{g.ID, r.ID})
	s.observe(GuildChanged{Guild: g.ID})
}

// dropRole takes a role from a member; the old list may be shared and is left alone.
func (m *Member) dropRole(id ID) {
	m.Roles = slices.DeleteFunc(slices.Clone(m.Roles), func(other ID) bool { return other == id })
}

// changeMember puts a changed copy in a member's place, because events already sent share the old one.
func (s *Sim) changeMember(g *guild, m *Member, change func(*Member)) *Member {
	changed := *m
	change(&changed)
	g.members[slices.Index(g.members, m)] = &changed
	g.byUser[m.User.ID] = &changed
	need := IntentGuildMembers
	if m.User.ID == s.self.ID {
		need = 0
	}
	s.dispatch(audience{need: need, guild: g.ID}, "GUILD_MEMBER_UPDATE", memberEvent{g.ID, &changed})
	s.observe(GuildChanged{Guild: g.ID})
	return &changed
}

func (s *Sim) removeMember(g *guild, m *Member) {
	own := m.User.ID == s.self.ID
	if own {
		s.dispatch(audience{need: IntentGuilds, guild: g.ID}, "GUILD_DELETE", struct {
			ID ID `json:"id"`
		}{g.ID})
	}
	delete(g.byUser, m.User.ID)
	g.members = slices.DeleteFunc(g.members, func(other *Member) bool { return other.User.ID == m.User.ID })
	for _, t := range g.threads {
		if t.thread.member(m.User.ID) != nil {
			s.leaveThread(t, m.User.ID)
		}
	}
	if !own {
		s.dispatch(audience{need: IntentGuildMembers, guild: g.ID}, "GUILD_MEMBER_REMOVE", struct {
			GuildID ID   `json:"guild_id"`
			User    User `json:"user"`
		}{g.ID, *m.User})
	}
	s.observe(GuildChanged{Guild: g.ID})
}
