package sandbox

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

// maxMessage is how many characters Discord lets a person send.
const maxMessage = 2000

// speakRequest is the body of POST /sandbox/say and /sandbox/slash.
type speakRequest struct {
	// As is the id of who speaks; Channel where, empty for a direct message to the bot.
	As      string `json:"as"`
	Channel string `json:"channel"`
	Text    string `json:"text"`
}

// spoken is the answer: the id of the message or of the interaction.
type spoken struct {
	ID string `json:"id"`
}

// done is the answer to what leaves nothing to tell.
var done = struct{}{}

// say sends a message as one of the members.
func (s *Server) say(ask speakRequest) (any, error) {
	view := s.board.snapshot()
	user, err := speaker(ask, view)
	if err != nil {
		return nil, err
	}
	text := mentions(ask.Text, append(slices.Clone(view.People), view.Bot))
	if strings.TrimSpace(text) == "" {
		return nil, errors.New("there is nothing to send: the message is empty")
	}
	if n := utf8.RuneCountInString(text); n > maxMessage {
		return nil, fmt.Errorf("the message has %d characters: Discord takes at most %d", n, maxMessage)
	}
	if ask.Channel == "" {
		m, err := s.sim.SayDM(user, text)
		return spoken{m.ID.String()}, err
	}
	channel, err := discordsim.ParseID(ask.Channel)
	if err != nil {
		return nil, fmt.Errorf("there is no channel %q", ask.Channel)
	}
	m, err := s.sim.Say(user, channel, text)
	return spoken{m.ID.String()}, err
}

// speaker is who speaks: a member, never the bot itself.
func speaker(ask speakRequest, view View) (discordsim.ID, error) {
	if !slices.ContainsFunc(view.People, func(p Person) bool { return p.ID == ask.As }) {
		return 0, fmt.Errorf("there is no member %q to speak as", ask.As)
	}
	return discordsim.ParseID(ask.As)
}
