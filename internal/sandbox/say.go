package sandbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

// maxMessage is how many characters Discord lets a person send.
const maxMessage = 2000

// place is who acts, and where: the part that most requests begin with.
type place struct {
	// As is the id of who speaks; Channel where, empty for a direct message to the bot.
	As      string `json:"as"`
	Channel string `json:"channel"`
}

// speakRequest is the body of POST /sandbox/say and /sandbox/slash.
type speakRequest struct {
	place
	Text string `json:"text"`
	// Reply is the message that is replied to; empty for none.
	Reply string `json:"reply"`
	// Files are attached to the message.
	Files []upload `json:"files"`
}

// upload is a file that somebody attaches.
type upload struct {
	Name    string `json:"name"`
	Type    string `json:"type"`
	Content []byte `json:"content"`
}

// spoken is the answer: the id of the message or of the interaction.
type spoken struct {
	ID string `json:"id"`
}

// done is the answer to what leaves nothing to tell.
var done = struct{}{}

// say sends a message as one of the members.
func (s *Server) say(_ context.Context, ask speakRequest) (any, error) {
	user, err := s.speaker(ask.As)
	if err != nil {
		return nil, err
	}
	var replied discordsim.ID
	if ask.Reply != "" {
		if replied, err = parse(ask.Reply, "message"); err != nil {
			return nil, err
		}
	}
	channel, err := s.where(user, ask.Channel)
	if err != nil {
		return nil, err
	}
	var text string
	if len(ask.Files) == 0 || strings.TrimSpace(ask.Text) != "" {
		if text, err = s.written(ask.Text); err != nil {
			return nil, err
		}
	}
	files := make([]discordsim.Upload, len(ask.Files))
	for i, f := range ask.Files {
		files[i] = discordsim.Upload{Name: f.Name, Type: f.Type, Content: f.Content}
	}
	m, err := s.sim.SayWith(user, channel, replied, text, files...)
	return spoken{m.ID.String()}, err
}

// written is a text as Discord's client would send it, when it would.
func (s *Server) written(text string) (string, error) {
	world := s.board.world()
	text = mentions(text, append(slices.Clone(world.People), world.Bot))
	if strings.TrimSpace(text) == "" {
		return "", errors.New("there is nothing to send: the message is empty")
	}
	if n := utf8.RuneCountInString(text); n > maxMessage {
		return "", fmt.Errorf("the message has %d characters: Discord takes at most %d", n, maxMessage)
	}
	return text, nil
}

// speaker is who speaks: a member, never the bot itself.
func (s *Server) speaker(as string) (discordsim.ID, error) {
	if !slices.ContainsFunc(s.board.world().People, func(p Person) bool { return p.ID == as }) {
		return 0, fmt.Errorf("there is no member %q to speak as", as)
	}
	return discordsim.ParseID(as)
}

func parse(id, what string) (discordsim.ID, error) {
	parsed, err := discordsim.ParseID(id)
	if err != nil {
		return 0, fmt.Errorf("there is no %s %q", what, id)
	}
	return parsed, nil
}

// aboutMessage is the body of what is done to one message.
type aboutMessage struct {
	As      string `json:"as"`
	Message string `json:"message"`
	Text    string `json:"text"`
	// Emoji is what one reacts with; On says whether the reaction is given or taken back.
	Emoji string `json:"emoji"`
	On    bool   `json:"on"`
}

// target is who does something to which message.
func (s *Server) target(ask aboutMessage) (user discordsim.ID, m discordsim.Message, err error) {
	if user, err = s.speaker(ask.As); err != nil {
		return 0, m, err
	}
	id, err := parse(ask.Message, "message")
	if err != nil {
		return 0, m, err
	}
	m, ok := s.sim.Message(id)
	if !ok || m.Ephemeral() && m.To != user {
		return 0, m, errors.New("that message is gone")
	}
	return user, m, nil
}

// edit changes a message of one's own.
func (s *Server) edit(_ context.Context, ask aboutMessage) (any, error) {
	user, m, err := s.target(ask)
	if err != nil {
		return nil, err
	}
	if m.Author.ID != user {
		return nil, errors.New("only who wrote a message can edit it")
	}
	text, err := s.written(ask.Text)
	if err != nil {
		return nil, err
	}
	_, err = s.sim.Edit(user, m.ID, text)
	return done, err
}

// remove deletes a message of one's own, or one in a channel that one may tidy up. Whoever sees an ephemeral message
// may dismiss it.
func (s *Server) remove(_ context.Context, ask aboutMessage) (any, error) {
	if id, ok := strings.CutPrefix(ask.Message, noticePrefix); ok {
		s.board.take(noticePrefix + id)
		return done, nil
	}
	user, m, err := s.target(ask)
	if err != nil {
		return nil, err
	}
	if m.Ephemeral() {
		s.board.take(m.ID.String()) // dismissed; Discord keeps it for the bot
		return done, nil
	}
	manages := m.GuildID != 0 && s.sim.PermissionsIn(user, m.ChannelID)&discordsim.PermissionManageMessages != 0
	if m.Author.ID != user && !manages {
		return nil, errors.New("only who wrote a message, or who manages messages here, can delete it")
	}
	return done, s.sim.Delete(m.ID)
}

// react gives or takes back a reaction.
func (s *Server) react(_ context.Context, ask aboutMessage) (any, error) {
	user, m, err := s.target(ask)
	if err != nil {
		return nil, err
	}
	switch {
	case ask.Emoji == "":
		return nil, errors.New("there is no emoji to react with")
	case ask.On:
		return done, s.sim.React(user, m.ID, ask.Emoji)
	}
	return done, s.sim.Unreact(user, m.ID, ask.Emoji)
}

// types lets others see that a member types.
func (s *Server) types(_ context.Context, ask place) (any, error) {
	user, err := s.speaker(ask.As)
	if err != nil {
		return nil, err
	}
	channel, err := s.where(user, ask.Channel)
	if err != nil {
		return nil, err
	}
	return done, s.sim.Type(user, channel)
}

// where is the channel that a request names; the direct conversation with the bot when it names none.
func (s *Server) where(user discordsim.ID, channel string) (discordsim.ID, error) {
	if channel != "" {
		return parse(channel, "channel")
	}
	dm, err := s.sim.OpenDM(user)
	return dm.ID, err
}
