package discordsim

import (
	"slices"
	"time"
)

// maxPins is how many messages of a channel can be pinned.
const maxPins = 250

// pin is a pinned message and since when.
type pin struct {
	message ID
	at      time.Time
}

// Pin pins a message, or unpins it, as a moderator would.
func (s *Sim) Pin(messageID ID, pinned bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.messages[messageID]; m != nil && !m.Ephemeral() && m.Pinned != pinned {
		s.setPinned(s.channels[m.ChannelID], m, pinned)
	}
}

// Pins are a channel's pinned messages, the newest pin first.
func (s *Sim) Pins(channelID ID) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channels[channelID]
	if c == nil {
		return nil
	}
	pinned := make([]Message, 0, len(c.pins))
	for _, p := range c.pins {
		pinned = append(pinned, *s.messages[p.message])
	}
	return pinned
}

// setPinned changes a message and tells it twice, as Discord does: MESSAGE_UPDATE and CHANNEL_PINS_UPDATE.
func (s *Sim) setPinned(c *channel, m *Message, pinned bool) {
	changed := *m
	changed.Pinned = pinned
	s.put(&changed)
	if pinned {
		now := time.Now()
		c.LastPin = &Timestamp{now}
		c.pins = slices.Insert(c.pins, 0, pin{m.ID, now})
	} else {
		c.unpin(m.ID)
	}
	s.sendMessageEvent("MESSAGE_UPDATE", &changed)
	s.sendPins(c)
	s.observe(MessageEdited{changed})
}

func (c *channel) unpin(message ID) {
	c.pins = slices.DeleteFunc(c.pins, func(p pin) bool { return p.message == message })
}

func (s *Sim) sendPins(c *channel) {
	to := audience{need: IntentGuilds, guild: c.GuildID, lane: c.ID}
	if c.GuildID == 0 {
		to.need = IntentDirectMessages
	}
	if !s.hears(c) {
		return
	}
	s.dispatch(to, "CHANNEL_PINS_UPDATE", struct {
		GuildID   ID         `json:"guild_id,omitempty"`
		ChannelID ID         `json:"channel_id"`
		LastPin   *Timestamp `json:"last_pin_timestamp"`
	}{c.GuildID, c.ID, c.LastPin})
}

// pinFor finds the message of a path and checks that the bot may pin. Since 2026 MANAGE_MESSAGES is not enough.
func (s *Sim) pinFor(req *request) (*channel, *Message, *apiError) {
	c, m, bad := s.messageFor(req)
	if bad != nil {
		return nil, nil, bad
	}
	if c.Type != ChannelDM && !s.permissions(s.self.ID, c).Has(PermissionPinMessages) {
		return nil, nil, errMissingPermission
	}
	return c, m, nil
}

// putPin pins a message and says so in the channel, in a message of the system.
func (s *Sim) putPin(req *request) (response, *apiError) {
	c, m, bad := s.pinFor(req)
	switch {
	case bad != nil:
		return refuse(bad)
	case m.Pinned:
		return noContent()
	case m.system():
		return refuse(errSystemMessage)
	case len(c.pins) >= maxPins:
		return refuse(errTooManyPins)
	}
	s.setPinned(c, m, true)
	s.post(c, &Message{
		Type: MessagePinned, Author: s.self,
		Reference: &MessageReference{MessageID: m.ID, ChannelID: c.ID, GuildID: c.GuildID},
	})
	s.audit(req, c.GuildID, auditEntry{Action: auditPin, Target: m.Author.ID, Options: pinOptions(c, m)})
	return noContent()
}

func (s *Sim) deletePin(req *request) (response, *apiError) {
	c, m, bad := s.pinFor(req)
	if bad != nil {
		return refuse(bad)
	}
	if m.Pinned {
		s.setPinned(c, m, false)
		s.audit(req, c.GuildID, auditEntry{Action: auditUnpin, Target: m.Author.ID, Options: pinOptions(c, m)})
	}
	return noContent()
}

func pinOptions(c *channel, m *Message) map[string]string {
	return map[string]string{"channel_id": c.ID.String(), "message_id": m.ID.String()}
}

// getPins answers the old route: at most 50, and none without READ_MESSAGE_HISTORY.
func (s *Sim) getPins(req *request) (response, *apiError) {
	c, bad := s.channelFor(req, 0)
	if bad != nil {
		return refuse(bad)
	}
	shown := []Message{}
	if s.permissions(s.self.ID, c).Has(PermissionReadMessageHistory) {
		for _, p := range c.pins[:min(50, len(c.pins))] {
			shown = append(shown, s.restMessage(s.messages[p.message]))
		}
	}
	return ok(shown)
}

// pinnedPage is the answer of the new route.
type pinnedPage struct {
	Items   []pinnedItem `json:"items"`
	HasMore bool         `json:"has_more"`
}

type pinnedItem struct {
	At      Timestamp `json:"pinned_at"`
	Message Message   `json:"message"`
}

// getPinsPaged answers /messages/pins: by the time of pinning, before a time, 50 at most.
func (s *Sim) getPinsPaged(req *request) (response, *apiError) {
	c, bad := s.channelFor(req, 0)
	if bad != nil {
		return refuse(bad)
	}
	limit, bad := req.limit(50, 50)
	if bad != nil {
		return refuse(bad)
	}
	page := pinnedPage{Items: []pinnedItem{}}
	pins := c.pins
	if text := req.query.Get("before"); text != "" {
		before, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return refuse(badForm("before", "DATE_TIME_TYPE_PARSE", "Could not parse "+text+". Should be ISO8601."))
		}
		pins = slices.DeleteFunc(slices.Clone(pins), func(p pin) bool { return !p.at.Before(before) })
	}
	if !s.permissions(s.self.ID, c).Has(PermissionReadMessageHistory) {
		pins = nil
	}
	for _, p := range pins[:min(limit, len(pins))] {
		page.Items = append(page.Items, pinnedItem{Timestamp{p.at}, s.restMessage(s.messages[p.message])})
	}
	page.HasMore = len(pins) > limit
	return ok(page)
}
