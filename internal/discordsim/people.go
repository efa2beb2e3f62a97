package discordsim

import (
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
)

// The functions below are what people do. What a person cannot do on Discord is an error in one sentence.

// Say lets a person write into a channel; for the DM with the bot see SayDM. Mentions are written <@ID>.
func (s *Sim) Say(user, channelID ID, text string) (Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.say(user, channelID, text, 0)
}

// ReplyTo lets a person reply to a message, which pings its author.
func (s *Sim) ReplyTo(user, messageID ID, text string) (Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.messages[messageID]
	if m == nil {
		return Message{}, fmt.Errorf("there is no message %s", messageID)
	}
	return s.say(user, m.ChannelID, text, messageID)
}

// SayDM lets a person write to the bot directly.
func (s *Sim) SayDM(user ID, text string) (Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users[user] == nil || user == s.self.ID {
		return Message{}, fmt.Errorf("there is no person %s", user)
	}
	return s.say(user, s.openDM(user).ID, text, 0)
}

func (s *Sim) say(user, channelID ID, text string, repliesTo ID) (Message, error) {
	c, err := s.place(user, channelID)
	if err != nil {
		return Message{}, err
	}
	switch {
	case text == "":
		return Message{}, errors.New("the message is empty")
	case utf8.RuneCountInString(text) > 2000:
		return Message{}, errors.New("the message is longer than 2000 characters")
	case s.permissions(user, c)&PermissionSendMessages == 0:
		return Message{}, errors.New("this person may not write in this channel")
	}
	m := &Message{Author: s.users[user].User, Content: text}
	if repliesTo != 0 {
		if refused := s.refer(m, c, &referenceBody{MessageID: repliesTo}); refused != nil {
			return Message{}, refused
		}
	}
	s.mentionsOf(m, c, user, nil)
	s.post(c, m)
	return *m, nil
}

// place is a channel in which a person is.
func (s *Sim) place(user, channelID ID) (*channel, error) {
	c := s.channels[channelID]
	if c == nil {
		return nil, fmt.Errorf("there is no channel %s", channelID)
	}
	if s.users[user] == nil || user == s.self.ID {
		return nil, fmt.Errorf("there is no person %s", user)
	}
	if !s.sees(user, c) {
		return nil, errors.New("this person does not see this channel")
	}
	return c, nil
}

// Type lets a person begin to type.
func (s *Sim) Type(user, channelID ID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.place(user, channelID)
	if err != nil {
		return err
	}
	s.typing(c, user)
	return nil
}

// typing tells everybody that somebody types.
func (s *Sim) typing(c *channel, user ID) {
	to := audience{need: IntentDirectTyping, guild: c.GuildID}
	event := struct {
		ChannelID ID      `json:"channel_id"`
		GuildID   ID      `json:"guild_id,omitempty"`
		UserID    ID      `json:"user_id"`
		Timestamp int64   `json:"timestamp"`
		Member    *Member `json:"member,omitempty"`
	}{ChannelID: c.ID, GuildID: c.GuildID, UserID: user, Timestamp: time.Now().Unix()}
	if g := s.guilds[c.GuildID]; g != nil {
		to.need = IntentGuildTyping
		event.Member = g.byUser[user]
	}
	s.dispatch(to, "TYPING_START", event)
	s.observe(Typing{Channel: c.ID, User: user})
}

// Edit lets a person change their own message.
func (s *Sim) Edit(user, messageID ID, text string) (Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.messages[messageID]
	if m == nil || m.Author.ID != user {
		return Message{}, fmt.Errorf("there is no message %s of this person", messageID)
	}
	edited := *m
	edited.Content = text
	s.mentionsOf(&edited, s.channels[m.ChannelID], user, nil)
	s.replace(m, &edited)
	return edited, nil
}

// Delete lets a person, or a moderator, delete a message.
func (s *Sim) Delete(messageID ID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.messages[messageID]
	if m == nil {
		return fmt.Errorf("there is no message %s", messageID)
	}
	s.remove(m)
	return nil
}

// componentData is the data of a component's interaction.
type componentData struct {
	Type     int      `json:"component_type"`
	ID       int      `json:"id"`
	CustomID string   `json:"custom_id"`
	Values   []string `json:"values,omitempty"`
}

// Click lets a person press a button of a message.
func (s *Sim) Click(user, messageID ID, customID string) (Interaction, error) {
	return s.useComponent(user, messageID, customID, nil)
}

// Select lets a person choose in a select of a message.
func (s *Sim) Select(user, messageID ID, customID string, values ...string) (Interaction, error) {
	return s.useComponent(user, messageID, customID, list(values))
}

func (s *Sim) useComponent(user, messageID ID, customID string, values []string) (Interaction, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.messages[messageID]
	if m == nil || m.Ephemeral() && m.To != user {
		return Interaction{}, fmt.Errorf("there is no message %s", messageID)
	}
	c, err := s.place(user, m.ChannelID)
	if err != nil {
		return Interaction{}, err
	}
	found, there := find(m.Components, customID)
	switch {
	case !there:
		return Interaction{}, fmt.Errorf("the message has no component %q", customID)
	case found.Disabled:
		return Interaction{}, fmt.Errorf("the component %q is disabled", customID)
	case values == nil && found.Type != componentButton:
		return Interaction{}, fmt.Errorf("the component %q is no button", customID)
	case values != nil && !isSelect(found.Type):
		return Interaction{}, fmt.Errorf("the component %q is no select", customID)
	}
	data := componentData{Type: found.Type, ID: found.ID, CustomID: customID, Values: values}
	return s.begin(InteractionComponent, c, user, customID, data, m), nil
}
