package sandbox

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

// How many characters of a message are shown where it is quoted, and in the log, which is narrow.
const (
	inQuote = 80
	inLog   = 60
)

// message is a message as the page shows it.
func (s *story) message(m discordsim.Message) Message {
	shown := Message{
		ID: m.ID.String(), Author: s.author(m), Text: m.Content, At: stamp(m.Timestamp.Time), Pinned: m.Pinned,
		Edited: m.EditedTimestamp != nil && !m.Loading(), Thinking: m.Loading(),
		Embeds: m.Embeds, Components: m.Components, Files: files(m.Attachments), Reactions: reactions(m),
		Trace: s.tracer.of(m.ID.String()),
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

// author is who wrote a message; a webhook's name is its own.
func (s *story) author(m discordsim.Message) Person {
	p := s.person(m.Author.ID)
	if p.Handle == "" && m.Author.Username != "" {
		return personOf(m.Author, nil)
	}
	return p
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
		asked.quote = Quote{
			ID: m.Referenced.ID.String(), Author: s.author(*m.Referenced), Text: s.excerpt(m.Referenced.Content, inQuote),
		}
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
	for id := range s.atlas.Load().people {
		if dm, ok := s.sim.DM(id); ok {
			s.with[dm.ID] = id
		}
	}
	return s.with[channel]
}

func files(attached []discordsim.Attachment) []File {
	var shown []File
	for _, a := range attached {
		shown = append(shown, File{
			Name: a.Filename, Size: a.Size, Description: a.Description, Source: a.URL,
			Local: "/sandbox/file/" + a.ID.String(),
			Image: slices.Contains(pictureTypes, a.ContentType),
		})
	}
	return shown
}

func reactions(m discordsim.Message) []Reaction {
	var shown []Reaction
	for _, r := range m.Reactions {
		users := make([]string, len(r.Users))
		for i, id := range r.Users {
			users[i] = id.String()
		}
		shown = append(shown, Reaction{Emoji: r.Emoji.Name, Count: r.Count, Users: users})
	}
	return shown
}

var mentionPattern = regexp.MustCompile(`<@!?([0-9]+)>`)

// excerpt is the beginning of a text on one line, with names for mentions.
func (s *story) excerpt(text string, most int) string {
	text = mentionPattern.ReplaceAllStringFunc(text, func(mention string) string {
		id, err := discordsim.ParseID(strings.Trim(mention, "<@!>"))
		if err != nil {
			return mention
		}
		return "@" + s.person(id).Name
	})
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}

// gist says in few words what a message shows.
func (s *story) gist(m discordsim.Message) string {
	text := s.excerpt(m.Content, inLog)
	switch {
	case text != "":
		return text
	case len(m.Embeds) > 0:
		var e struct{ Title, Description string }
		if json.Unmarshal(m.Embeds[0], &e) == nil && e.Title+e.Description != "" {
			return s.excerpt(e.Title+" "+e.Description, inLog)
		}
		return "an embed"
	case len(m.Attachments) > 0:
		return m.Attachments[0].Filename
	case len(m.Components) > 0:
		return "components"
	}
	return ""
}
