package discordsim

// What follows are snapshots for pages and tests: copies that nobody else writes to.

// Guilds are all guilds in the order they were made.
func (s *Sim) Guilds() []Guild {
	s.mu.Lock()
	defer s.mu.Unlock()
	guilds := make([]Guild, 0, len(s.guildOrder))
	for _, id := range s.guildOrder {
		guilds = append(guilds, s.guilds[id].Guild)
	}
	return guilds
}

// Channels are a guild's channels in their order; none for an unknown guild.
func (s *Sim) Channels(guildID ID) []Channel {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.guilds[guildID]
	if g == nil {
		return nil
	}
	channels := make([]Channel, 0, len(g.channels))
	for _, c := range g.channels {
		channels = append(channels, c.Channel)
	}
	return channels
}

// Roles are a guild's roles in the order they were made, @everyone first; none for an unknown guild.
func (s *Sim) Roles(guildID ID) []Role {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.guilds[guildID]
	if g == nil {
		return nil
	}
	roles := make([]Role, 0, len(g.roles))
	for _, r := range g.roles {
		roles = append(roles, *r)
	}
	return roles
}

// Members are a guild's members, the bot first; none for an unknown guild.
func (s *Sim) Members(guildID ID) []Member {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.guilds[guildID]
	if g == nil {
		return nil
	}
	members := make([]Member, 0, len(g.members))
	for _, m := range g.members {
		members = append(members, *m)
	}
	return members
}

// DM is the channel between the bot and a person; false when neither ever wrote.
func (s *Sim) DM(user ID) (Channel, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, ok := s.dms[user]
	if !ok {
		return Channel{}, false
	}
	return s.channels[id].Channel, true
}

// Messages are a channel's messages, oldest first, without the ephemeral ones, which belong to their interaction.
func (s *Sim) Messages(channelID ID) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channels[channelID]
	if c == nil {
		return nil
	}
	messages := make([]Message, 0, len(c.messages))
	for _, m := range c.messages {
		messages = append(messages, *m)
	}
	return messages
}

// Message is one message, also an ephemeral one; false when there is none (any more).
func (s *Sim) Message(id ID) (Message, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.messages[id]
	if m == nil {
		return Message{}, false
	}
	return *m, true
}

// Presence is what members see of the bot: offline when no session of it lives.
func (s *Sim) Presence() Presence {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweepSessions()
	if len(s.sessions) == 0 {
		return Presence{Status: "offline"}
	}
	return s.presence
}
