package discordsim

import (
	"errors"
	"fmt"
	"math"
	"time"
	"unicode/utf8"
)

// The functions below are what people do. What a person cannot do on Discord is an error in one sentence.

// Say lets a person write into a channel; for the DM with the bot see SayDM. Mentions are written <@ID>.
func (s *Sim) Say(user, channelID ID, text string) (Message, error) {
	return s.SayWith(user, channelID, 0, text)
}

// SayWith lets a person write, reply to a message (unless replyTo is zero) and attach files.
func (s *Sim) SayWith(user, channelID, replyTo ID, text string, files ...Upload) (Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.say(user, channelID, text, replyTo, files)
}

// ReplyTo lets a person reply to a message, which pings its author.
func (s *Sim) ReplyTo(user, messageID ID, text string) (Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.messages[messageID]
	if m == nil {
		return Message{}, fmt.Errorf("there is no message %s", messageID)
	}
	return s.say(user, m.ChannelID, text, messageID, nil)
}

// SayDM lets a person write to the bot directly.
func (s *Sim) SayDM(user ID, text string) (Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users[user] == nil || user == s.self.ID {
		return Message{}, fmt.Errorf("there is no person %s", user)
	}
	return s.say(user, s.openDM(user).ID, text, 0, nil)
}

func (s *Sim) say(user, channelID ID, text string, repliesTo ID, files []Upload) (Message, error) {
	c, err := s.place(user, channelID)
	if err != nil {
		return Message{}, err
	}
	switch {
	case text == "" && len(files) == 0:
		return Message{}, errors.New("the message is empty")
	case utf8.RuneCountInString(text) > 2000:
		return Message{}, errors.New("the message is longer than 2000 characters")
	case len(files) > 0 && !s.permissions(user, c).Has(PermissionAttachFiles):
		return Message{}, errors.New("this person may not attach files in this channel")
	case len(files) > 10:
		return Message{}, errors.New("a message has at most 10 files")
	}
	if err := s.hindered(user, c); err != nil {
		return Message{}, err
	}
	m := &Message{Author: s.users[user].User, Content: text}
	if repliesTo != 0 {
		if refused := s.refer(m, c, &referenceBody{MessageID: repliesTo}); refused != nil {
			return Message{}, refused
		}
	}
	for _, f := range files {
		if len(f.Content) > maxAttachment {
			return Message{}, fmt.Errorf("the file %q is larger than 10 MiB", f.Name)
		}
	}
	for _, f := range files {
		stored := file{name: f.Name, kind: f.Type, content: f.Content}
		m.Attachments = append(m.Attachments, s.store(c.ID, s.address(), stored, attachmentBody{}))
	}
	s.mentionsOf(m, c, user, nil)
	s.post(c, m)
	return *m, nil
}

// hindered is why a person cannot write in a channel.
func (s *Sim) hindered(user ID, c *channel) error {
	switch {
	case !c.holdsMessages(), s.permissions(user, c)&c.writing() == 0:
		return errors.New("this person may not write in this channel")
	case c.isThread() && c.Thread.Locked && !s.permissions(user, c).Has(PermissionManageThreads):
		return errors.New("this thread is locked")
	case s.slowed(user, c) > 0:
		return fmt.Errorf("slowmode: this person must wait %.0f s", math.Ceil(s.slowed(user, c).Seconds()))
	}
	return nil
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
	to := audience{need: IntentDirectTyping, guild: c.GuildID, lane: c.ID}
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
	if s.hears(c) {
		s.dispatch(to, "TYPING_START", event)
	}
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
	Type     int       `json:"component_type"`
	ID       int       `json:"id"`
	CustomID string    `json:"custom_id"`
	Values   []string  `json:"values,omitempty"`
	Resolved *resolved `json:"resolved,omitempty"`
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
	if values != nil {
		if data.Resolved, err = s.chosen(c, user, found, values); err != nil {
			return Interaction{}, err
		}
	}
	return s.begin(InteractionComponent, c, user, customID, data, m), nil
}
