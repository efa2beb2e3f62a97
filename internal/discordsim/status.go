package discordsim

// userPresence is the payload of PRESENCE_UPDATE, and an entry of a guild's presences.
type userPresence struct {
	User         presenceUser      `json:"user"`
	GuildID      ID                `json:"guild_id"`
	Status       string            `json:"status"`
	Activities   []Activity        `json:"activities"`
	ClientStatus map[string]string `json:"client_status"`
}

// presenceUser is all that is promised of the user in a presence.
type presenceUser struct {
	ID ID `json:"id"`
}

func (p userPresence) inGuild(guildID ID) userPresence {
	p.GuildID = guildID
	return p
}

// SetStatus lets a person be online, idle, dnd or offline, and tells the sessions with GUILD_PRESENCES.
func (s *Sim) SetStatus(user ID, status string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mustKnow(user)
	p := userPresence{
		User: presenceUser{user}, Status: status, Activities: []Activity{}, ClientStatus: map[string]string{},
	}
	if status != "offline" {
		p.ClientStatus["desktop"] = status
	}
	s.statuses[user] = p
	for _, id := range s.guildOrder {
		if s.guilds[id].byUser[user] != nil {
			s.dispatch(audience{need: IntentGuildPresences, guild: id}, "PRESENCE_UPDATE", p.inGuild(id))
		}
	}
}
