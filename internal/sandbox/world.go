package sandbox

import (
	"encoding/json"
	"strings"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

// readWorld reads who and what there is. A person who is in several guilds is shown as in the first.
func (s *story) readWorld() {
	bot := s.sim.Bot()
	s.people, s.channels = map[discordsim.ID]Person{}, map[discordsim.ID]Channel{}
	var people []Person
	var channels []Channel
	self := personOf(bot, nil)
	s.people[bot.ID] = self
	for _, guild := range s.sim.Guilds() {
		for _, c := range s.sim.Channels(guild.ID) {
			s.channels[c.ID] = Channel{ID: c.ID.String(), Name: c.Name, Guild: guild.Name}
			channels = append(channels, s.channels[c.ID])
		}
		for _, m := range s.sim.Members(guild.ID) {
			if _, known := s.people[m.User.ID]; !known {
				s.people[m.User.ID] = personOf(*m.User, m.Nick)
				people = append(people, s.people[m.User.ID])
			}
		}
	}
	s.board.setWorld(self, people, channels)
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

func (s *story) person(id discordsim.ID) Person {
	if p, ok := s.people[id]; ok {
		return p
	}
	return Person{ID: id.String(), Name: "someone"}
}

// place says in words where a message is.
func (s *story) place(m discordsim.Message) string {
	if c, ok := s.channels[m.ChannelID]; ok {
		return "in #" + c.Name
	}
	return "in a direct message"
}

// message is a message as the page shows it.
func (s *story) message(m discordsim.Message) Message {
	shown := Message{
		ID: m.ID.String(), Author: s.person(m.Author.ID), Text: m.Content, At: stamp(m.Timestamp.Time),
		Edited: m.EditedTimestamp != nil && !m.Loading(), Thinking: m.Loading(), Embeds: embeds(m.Embeds),
	}
	if m.GuildID == 0 {
		shown.With = s.partner(m.ChannelID).String()
	} else {
		shown.Channel = m.ChannelID.String()
	}
	if m.Ephemeral() {
		shown.Only = m.To.String()
	}
	s.answers(&shown, m)
	return shown
}

// answers fills in what a message answers and how long that took.
func (s *story) answers(shown *Message, m discordsim.Message) {
	asked := question{}
	switch {
	case m.InteractionMetadata != nil:
		q, ok := s.asked[m.InteractionMetadata.ID]
		if !ok {
			return
		}
		asked = q
	case m.Referenced != nil:
		asked.at = m.Referenced.Timestamp.Time
		asked.quote = Quote{Author: s.person(m.Referenced.Author.ID), Text: s.excerpt(m.Referenced.Content, inQuote)}
	default:
		return
	}
	shown.Answers = &asked.quote
	if m.Author.ID != s.sim.Bot().ID || m.Loading() {
		return
	}
	last := m.Timestamp.Time
	if m.EditedTimestamp != nil {
		last = m.EditedTimestamp.Time
	}
	took := milliseconds(last.Sub(asked.at))
	shown.Took = &took
}

// partner is the person whose direct messages a channel holds.
func (s *story) partner(channel discordsim.ID) discordsim.ID {
	if id, ok := s.with[channel]; ok {
		return id
	}
	for id := range s.people {
		if dm, ok := s.sim.DM(id); ok {
			s.with[dm.ID] = id
		}
	}
	return s.with[channel]
}

func embeds(raw []json.RawMessage) []Embed {
	var shown []Embed
	for _, data := range raw {
		var e Embed
		if json.Unmarshal(data, &e) == nil {
			shown = append(shown, e)
		}
	}
	return shown
}
