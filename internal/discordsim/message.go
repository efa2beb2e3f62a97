package discordsim

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"
)

// The message types and flags that occur here.
const (
	MessageDefault        = 0
	MessagePinned         = 6
	MessageThreadCreated  = 18
	MessageReply          = 19
	MessageSlashCommand   = 20
	MessageContextCommand = 23

	flagHasThread             = 1 << 5
	FlagSuppressEmbeds        = 1 << 2
	FlagEphemeral             = 1 << 6
	FlagLoading               = 1 << 7
	FlagSuppressNotifications = 1 << 12
	FlagVoiceMessage          = 1 << 13
	FlagComponentsV2          = 1 << 15

	settableFlags = FlagSuppressEmbeds | FlagSuppressNotifications | FlagVoiceMessage | FlagComponentsV2
)

// Message is Discord's message object. Its slices are never changed after it was handed out.
type Message struct {
	ID                  ID                   `json:"id"`
	ChannelID           ID                   `json:"channel_id"`
	Author              User                 `json:"author"`
	Content             string               `json:"content"`
	Timestamp           Timestamp            `json:"timestamp"`
	EditedTimestamp     *Timestamp           `json:"edited_timestamp"`
	TTS                 bool                 `json:"tts"`
	MentionEveryone     bool                 `json:"mention_everyone"`
	Mentions            []User               `json:"mentions"`
	MentionRoles        []ID                 `json:"mention_roles"`
	Attachments         []Attachment         `json:"attachments"`
	Embeds              []json.RawMessage    `json:"embeds"`
	Components          []json.RawMessage    `json:"components"`
	Pinned              bool                 `json:"pinned"`
	Type                int                  `json:"type"`
	Flags               int                  `json:"flags"`
	ApplicationID       ID                   `json:"application_id,omitempty"`
	WebhookID           ID                   `json:"webhook_id,omitempty"`
	Nonce               json.RawMessage      `json:"nonce,omitempty"`
	Reference           *MessageReference    `json:"message_reference,omitempty"`
	Referenced          *Message             `json:"referenced_message,omitempty"`
	InteractionMetadata *InteractionMetadata `json:"interaction_metadata,omitempty"`
	Reactions           []Reaction           `json:"reactions,omitempty"`
	// Thread is the thread that was started from the message; filled in where a message is shown.
	Thread *Channel `json:"thread,omitempty"`

	// GuildID is zero in a DM. In JSON only events carry it.
	GuildID ID `json:"-"`
	// To is the only person who sees an ephemeral message.
	To ID `json:"-"`
}

// Ephemeral says whether only one person sees the message.
func (m Message) Ephemeral() bool { return m.Flags&FlagEphemeral != 0 }

// Loading says whether the message is still the "thinking…" of a deferred answer.
func (m Message) Loading() bool { return m.Flags&FlagLoading != 0 }

// system says whether the message is one of Discord's own ("… pinned a message").
func (m Message) system() bool {
	switch m.Type {
	case MessageDefault, MessageReply, MessageSlashCommand, MessageContextCommand:
		return false
	}
	return true
}

// Attachment is an uploaded file.
type Attachment struct {
	ID          ID     `json:"id"`
	Filename    string `json:"filename"`
	Size        int    `json:"size"`
	URL         string `json:"url"`
	ProxyURL    string `json:"proxy_url"`
	ContentType string `json:"content_type,omitempty"`
	Width       int    `json:"width,omitempty"`
	Height      int    `json:"height,omitempty"`
	Description string `json:"description,omitempty"`
}

// MessageReference points at the message that is replied to.
type MessageReference struct {
	Type      int `json:"type"`
	MessageID ID  `json:"message_id,omitempty"`
	ChannelID ID  `json:"channel_id"`
	GuildID   ID  `json:"guild_id,omitempty"`
}

// InteractionMetadata says which interaction a message answers.
type InteractionMetadata struct {
	ID     ID   `json:"id"`
	Type   int  `json:"type"`
	User   User `json:"user"`
	Owners any  `json:"authorizing_integration_owners"`
	// InteractedMessage is the message whose component was used; Triggering the interaction that showed a form.
	InteractedMessage ID                   `json:"interacted_message_id,omitempty"`
	Triggering        *InteractionMetadata `json:"triggering_interaction_metadata,omitempty"`
}

// mentionedUser is a user in an event's mentions, with the member beside it.
type mentionedUser struct {
	User
	Member *Member `json:"member,omitempty"`
}

// messageEvent is a message as MESSAGE_CREATE and MESSAGE_UPDATE carry it.
type messageEvent struct {
	Message
	GuildID     ID              `json:"guild_id,omitempty"`
	Member      *Member         `json:"member,omitempty"`
	ChannelType int             `json:"channel_type"`
	Mentions    []mentionedUser `json:"mentions"`
}

func (s *Sim) messageEvent(m *Message) messageEvent {
	c := s.channels[m.ChannelID]
	event := messageEvent{Message: *m, ChannelType: c.Type, Mentions: []mentionedUser{}}
	event.Thread = s.threadOf(m)
	g := s.guilds[c.GuildID]
	if g != nil && !m.Ephemeral() {
		event.GuildID = g.ID
		if author := g.byUser[m.Author.ID]; author != nil && m.WebhookID == 0 {
			event.Member = author.withoutUser()
		}
	}
	for _, u := range m.Mentions {
		mentioned := mentionedUser{User: u}
		if g != nil && g.byUser[u.ID] != nil {
			mentioned.Member = g.byUser[u.ID].withoutUser()
		}
		event.Mentions = append(event.Mentions, mentioned)
	}
	return event
}

// withoutContent empties what MESSAGE_CONTENT unlocks.
func (e messageEvent) withoutContent() messageEvent {
	e.Content, e.Embeds, e.Attachments, e.Components = "", []json.RawMessage{}, []Attachment{}, []json.RawMessage{}
	return e
}

// showsContent says whether a bot sees the content without the MESSAGE_CONTENT intent: its own messages, DMs, and
// messages that mention it.
func (s *Sim) showsContent(m *Message) bool {
	own := m.Author.ID == s.self.ID
	mentioned := slices.ContainsFunc(m.Mentions, func(u User) bool { return u.ID == s.self.ID })
	return own || mentioned || m.GuildID == 0
}

// threadOf is the thread that was started from a message; nil for none.
func (s *Sim) threadOf(m *Message) *Channel {
	if m.Flags&flagHasThread == 0 || s.channels[m.ID] == nil {
		return nil
	}
	t := s.channels[m.ID].Channel
	return &t
}

// hears says whether the bot is told what happens in a channel: only where it sees it.
func (s *Sim) hears(c *channel) bool { return s.sees(s.self.ID, c) }

// sendMessageEvent tells the sessions that a message came to be or was edited.
func (s *Sim) sendMessageEvent(name string, m *Message) {
	to := audience{need: IntentGuildMessages, guild: m.GuildID, lane: m.ChannelID, about: m.ID}
	if m.GuildID == 0 || m.Ephemeral() {
		to.need = IntentDirectMessages
	}
	if !s.hears(s.channels[m.ChannelID]) {
		return
	}
	full := s.messageEvent(m)
	if s.showsContent(m) {
		s.dispatch(to, name, full)
		return
	}
	readers, others := to, to
	readers.also, others.except = IntentMessageContent, IntentMessageContent
	s.dispatch(readers, name, full)
	s.dispatch(others, name, full.withoutContent())
}

// post puts a new message into its channel and tells everybody. The caller has filled in what the message says.
func (s *Sim) post(c *channel, m *Message) {
	now := time.Now()
	m.ID = s.ids.next(now)
	m.ChannelID, m.GuildID, m.Timestamp = c.ID, c.GuildID, Timestamp{now}
	m.normalise()
	s.messages[m.ID] = m
	if !m.Ephemeral() {
		c.LastMessageID = m.ID
		c.messages = append(c.messages, m)
		if len(c.messages) > s.cfg.History {
			s.forgetMessage(c.messages[0])
			c.messages[0] = nil
			c.messages = c.messages[1:]
		}
	}
	s.sendMessageEvent("MESSAGE_CREATE", m)
	s.observe(MessageSent{*m})
	c.wroteNow(m.Author.ID, now)
	if c.isThread() {
		s.enterThread(c, m)
	}
}

// replace puts an edited copy in a message's place and tells everybody. Copies handed out before stay as they were.
func (s *Sim) replace(old, edited *Message) {
	edited.EditedTimestamp = &Timestamp{time.Now()}
	edited.normalise()
	s.put(edited)
	s.dropFiles(old, edited)
	s.sendMessageEvent("MESSAGE_UPDATE", edited)
	s.observe(MessageEdited{*edited})
}

// remove deletes a message and tells everybody.
func (s *Sim) remove(m *Message) {
	s.forgetMessage(m)
	to := audience{need: IntentGuildMessages, guild: m.GuildID, lane: m.ChannelID, about: m.ID}
	event := struct {
		ID        ID `json:"id"`
		ChannelID ID `json:"channel_id"`
		GuildID   ID `json:"guild_id,omitempty"`
	}{m.ID, m.ChannelID, m.GuildID}
	if m.GuildID == 0 || m.Ephemeral() {
		to.need, event.GuildID = IntentDirectMessages, 0
	}
	if c := s.channels[m.ChannelID]; !m.Ephemeral() {
		i := c.index(m.ID)
		c.messages = slices.Delete(c.messages, i, i+1)
	}
	if s.hears(s.channels[m.ChannelID]) {
		s.dispatch(to, "MESSAGE_DELETE", event)
	}
	s.observe(MessageDeleted{*m})
}

// index finds a message by its id; messages are in the order of their ids.
func (c *channel) index(id ID) int {
	i, _ := slices.BinarySearchFunc(c.messages, id, func(m *Message, id ID) int {
		return cmp.Compare(m.ID, id)
	})
	return i
}

func (m *Message) normalise() {
	m.Mentions, m.MentionRoles = list(m.Mentions), list(m.MentionRoles)
	m.Attachments, m.Embeds, m.Components = list(m.Attachments), list(m.Embeds), list(m.Components)
}
