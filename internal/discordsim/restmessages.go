package discordsim

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// restMessage is a message as REST shows it: the nonce is for the answer to the create alone.
func (s *Sim) restMessage(m *Message) Message {
	shown := *m
	if !s.cfg.NonceInHistory {
		shown.Nonce = nil
	}
	shown.Thread = s.threadOf(m)
	return shown
}

// channelFor finds a channel the bot may see, with the permissions it needs there.
func (s *Sim) channelFor(req *request, need Permissions) (*channel, *apiError) {
	id, bad := req.id("channel")
	if bad != nil {
		return nil, bad
	}
	c := s.channels[id]
	switch {
	case c == nil:
		return nil, errUnknownChannel
	case !s.sees(s.self.ID, c):
		return nil, errMissingAccess
	case s.permissions(s.self.ID, c)&need != need:
		return nil, errMissingPermission
	}
	return c, nil
}

// messageFor finds a message in the channel of the path.
func (s *Sim) messageFor(req *request) (*channel, *Message, *apiError) {
	c, bad := s.channelFor(req, 0)
	if bad != nil {
		return nil, nil, bad
	}
	id, bad := req.id("message")
	if bad != nil {
		return nil, nil, bad
	}
	m := s.messages[id]
	if m == nil || m.ChannelID != c.ID || m.Ephemeral() {
		return nil, nil, errUnknownMessage
	}
	return c, m, nil
}

func (s *Sim) postMessage(req *request) (response, *apiError) {
	c, bad := s.channelFor(req, 0)
	if bad == nil {
		bad = s.mayWrite(c)
	}
	if bad != nil {
		return refuse(bad)
	}
	body, bad := readMessage(req, req.body, settableFlags)
	if bad == nil {
		bad = s.mayShow(c, body, len(req.files))
	}
	if bad != nil {
		return refuse(bad)
	}
	if body.empty(len(req.files)) {
		return refuse(errEmptyMessage)
	}
	now := time.Now()
	nonce, _ := nonceText(body.Nonce)
	if earlier, hit := s.nonces.find(s.self.ID, nonce, now.Add(-s.cfg.NonceWindow)); hit && nonce != "" && body.EnforceNonce {
		return s.repeat(earlier)
	}
	if wait := s.slowed(s.self.ID, c); wait > 0 {
		return refuse(errSlowmode.in(wait))
	}
	m := &Message{Author: s.self, TTS: body.TTS, Flags: deref(body.Flags), ChannelID: c.ID}
	if nonce != "" {
		m.Nonce = body.Nonce
	}
	if bad := s.refer(m, c, body.Reference); bad != nil {
		return refuse(bad)
	}
	s.fill(m, c, body, req)
	s.post(c, m)
	if nonce != "" {
		s.nonces.remember(s.self.ID, nonce, m.ID, now)
	}
	return ok(*m)
}

// repeat answers a create whose nonce was used before: the same message, or 10008 when it was deleted meanwhile.
func (s *Sim) repeat(earlier ID) (response, *apiError) {
	s.counters.NonceHits++
	m := s.messages[earlier]
	if m == nil {
		return refuse(errUnknownMessage)
	}
	return ok(*m)
}

// refer makes a message a reply.
func (s *Sim) refer(m *Message, c *channel, reference *referenceBody) *apiError {
	if reference == nil || reference.MessageID == 0 {
		return nil
	}
	if s.permissions(s.self.ID, c)&PermissionReadMessageHistory == 0 {
		return errNeedsHistory
	}
	target := s.messages[reference.MessageID]
	if target == nil || target.ChannelID != c.ID || target.Ephemeral() {
		if reference.FailIfNotExists == nil || *reference.FailIfNotExists {
			return badForm("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
		}
		return nil
	}
	m.Type = MessageReply
	m.Reference = &MessageReference{MessageID: target.ID, ChannelID: c.ID, GuildID: c.GuildID}
	referenced := s.restMessage(target)
	referenced.Referenced = nil
	m.Referenced = &referenced
	return nil
}

func (s *Sim) getMessage(req *request) (response, *apiError) {
	c, m, bad := s.messageFor(req)
	if bad != nil {
		return refuse(bad)
	}
	if s.permissions(s.self.ID, c)&PermissionReadMessageHistory == 0 {
		return refuse(errMissingPermission)
	}
	return ok(s.restMessage(m))
}

func (s *Sim) patchMessage(req *request) (response, *apiError) {
	c, m, bad := s.messageFor(req)
	if bad != nil {
		return refuse(bad)
	}
	if m.Author.ID != s.self.ID || m.WebhookID != 0 && m.WebhookID != s.self.ID {
		return s.suppress(req, c, m)
	}
	if bad := s.editsOld(c, m); bad != nil {
		return refuse(bad)
	}
	edited, bad := s.edit(req, c, m, nil)
	if bad != nil {
		return refuse(bad)
	}
	return ok(s.restMessage(edited))
}

// suppress is the one edit of somebody else's message: with MANAGE_MESSAGES its embeds are hidden or shown again.
func (s *Sim) suppress(req *request, c *channel, m *Message) (response, *apiError) {
	var body map[string]json.RawMessage
	if bad := decode(req.body, &body); bad != nil {
		return refuse(bad)
	}
	raw, sent := body["flags"]
	if !sent || len(body) > 1 {
		return refuse(errNotYourMessage)
	}
	if !s.permissions(s.self.ID, c).Has(PermissionManageMessages) {
		return refuse(errMissingPermission)
	}
	var flags int
	if bad := decode(raw, &flags); bad != nil {
		return refuse(bad.below("flags"))
	}
	changed := *m
	changed.Flags = m.Flags&^FlagSuppressEmbeds | flags&FlagSuppressEmbeds
	s.put(&changed)
	s.sendMessageEvent("MESSAGE_UPDATE", &changed)
	s.observe(MessageEdited{changed})
	return ok(s.restMessage(&changed))
}

// edit applies the request's body to a message of the bot. Without allowed_mentions in the body, those given hold.
func (s *Sim) edit(req *request, c *channel, m *Message, allowed *AllowedMentions) (*Message, *apiError) {
	body, bad := readMessage(req, req.body, settableFlags)
	if bad != nil {
		return nil, bad
	}
	if body.AllowedMentions == nil {
		body.AllowedMentions = allowed
	}
	edited := *m
	if body.Flags != nil {
		// Suppressing embeds can be undone, components v2 cannot.
		edited.Flags = m.Flags&^FlagSuppressEmbeds | *body.Flags&(FlagSuppressEmbeds|FlagComponentsV2)
	}
	s.fill(&edited, c, body, req)
	if edited.blank() {
		return nil, errEmptyMessage
	}
	edited.Flags &^= FlagLoading
	s.replace(m, &edited)
	return &edited, nil
}

// blank says whether nothing is left to show.
func (m *Message) blank() bool {
	return m.Content == "" && len(m.Embeds) == 0 && len(m.Components) == 0 && len(m.Attachments) == 0
}

func (s *Sim) deleteMessage(req *request) (response, *apiError) {
	c, m, bad := s.messageFor(req)
	if bad != nil {
		return refuse(bad)
	}
	switch foreign := m.Author.ID != s.self.ID; {
	case foreign && c.Type == ChannelDM:
		return refuse(errDMChannel)
	case foreign && !s.permissions(s.self.ID, c).Has(PermissionManageMessages):
		return refuse(errMissingPermission)
	}
	s.remove(m)
	if m.Author.ID != s.self.ID {
		s.audit(req, c.GuildID, auditEntry{
			Action: auditMessageDelete, Target: m.Author.ID,
			Options: map[string]string{"channel_id": c.ID.String(), "count": "1"},
		})
	}
	return noContent()
}

// getMessages lists newest first, at most 100, by before, after or around.
func (s *Sim) getMessages(req *request) (response, *apiError) {
	c, bad := s.channelFor(req, PermissionReadMessageHistory)
	if bad != nil {
		return refuse(bad)
	}
	limit, bad := req.limit(50, 100)
	if bad != nil {
		return refuse(bad)
	}
	chosen := c.messages[max(0, len(c.messages)-limit):]
	for _, edge := range []string{"before", "after", "around"} {
		text := req.query.Get(edge)
		if text == "" {
			continue
		}
		id, err := ParseID(text)
		if err != nil {
			return refuse(badForm(edge, "NUMBER_TYPE_COERCE", "Value \""+text+"\" is not snowflake."))
		}
		chosen = c.beside(edge, id, limit)
		break
	}
	shown := make([]Message, 0, len(chosen))
	for _, m := range slices.Backward(chosen) {
		shown = append(shown, s.restMessage(m))
	}
	return response{http.StatusOK, shown}, nil
}

// beside is the part of the history next to an id, which need not exist.
func (c *channel) beside(edge string, id ID, limit int) []*Message {
	at := c.index(id)
	switch edge {
	case "before":
		return c.messages[max(0, at-limit):at]
	case "after":
		if at < len(c.messages) && c.messages[at].ID == id {
			at++
		}
		return c.messages[at:min(len(c.messages), at+limit)]
	}
	return c.messages[max(0, at-limit/2):min(len(c.messages), at+(limit+1)/2)]
}

func (s *Sim) postTyping(req *request) (response, *apiError) {
	c, bad := s.channelFor(req, 0)
	if bad == nil {
		bad = s.mayWrite(c)
	}
	if bad != nil {
		return refuse(bad)
	}
	s.typing(c, s.self.ID)
	return noContent()
}
