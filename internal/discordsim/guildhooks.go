package discordsim

import (
	"cmp"
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"time"
)

// maxWebhooks is how many webhooks a channel can have.
const maxWebhooks = 15

// guildHook is an incoming webhook of a channel.
type guildHook struct {
	Type          int     `json:"type"`
	ID            ID      `json:"id"`
	Name          string  `json:"name"`
	Avatar        *string `json:"avatar"`
	ChannelID     ID      `json:"channel_id"`
	GuildID       ID      `json:"guild_id"`
	ApplicationID *ID     `json:"application_id"`
	User          *User   `json:"user,omitempty"`
	Token         string  `json:"token,omitempty"`
	URL           string  `json:"url,omitempty"`
}

// withoutUser is what the token alone shows.
func (h guildHook) withoutUser() guildHook {
	h.User = nil
	return h
}

// checkHookName is Discord's rule for names of webhooks.
func checkHookName(name string) *apiError {
	lower := strings.ToLower(name)
	if n := len([]rune(name)); n < 1 || n > 80 {
		return badForm("name", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 80 in length.")
	}
	if strings.Contains(lower, "clyde") || strings.Contains(lower, "discord") {
		return badForm("name", "USERNAME_INVALID_CONTAINS", "Username cannot contain \"discord\"")
	}
	return nil
}

func (s *Sim) postWebhook(req *request) (response, *apiError) {
	c, bad := s.channelFor(req, PermissionManageWebhooks)
	if bad != nil {
		return refuse(bad)
	}
	var body struct {
		Name string `json:"name"`
	}
	if bad := decode(req.body, &body); bad != nil {
		return refuse(bad)
	}
	switch bad := checkHookName(body.Name); {
	case bad != nil:
		return refuse(bad)
	case c.Type != ChannelGuildText && c.Type != ChannelAnnouncement && c.Type != ChannelGuildVoice:
		return refuse(errWrongChannelType)
	case len(s.hooksOf(func(h *guildHook) bool { return h.ChannelID == c.ID })) >= maxWebhooks:
		return refuse(errTooManyWebhooks)
	}
	secret := make([]byte, 51)
	rand.Read(secret)
	self := s.self
	made := &guildHook{
		Type: 1, ID: s.ids.next(time.Now()), Name: body.Name, ChannelID: c.ID, GuildID: c.GuildID,
		ApplicationID: &self.ID, User: &self, Token: base64.RawURLEncoding.EncodeToString(secret),
	}
	made.URL = "http://" + req.host + "/api/webhooks/" + made.ID.String() + "/" + made.Token
	s.hooks[made.ID] = made
	s.sendHooks(made)
	s.audit(req, c.GuildID, auditEntry{Action: auditWebhookCreate, Target: made.ID})
	return ok(*made)
}

func (s *Sim) sendHooks(h *guildHook) {
	s.dispatch(audience{need: IntentGuildWebhooks, guild: h.GuildID}, "WEBHOOKS_UPDATE", struct {
		GuildID   ID `json:"guild_id"`
		ChannelID ID `json:"channel_id"`
	}{h.GuildID, h.ChannelID})
}

func (s *Sim) hooksOf(wanted func(*guildHook) bool) []guildHook {
	shown := []guildHook{}
	for _, h := range s.hooks {
		if wanted(h) {
			shown = append(shown, *h)
		}
	}
	slices.SortFunc(shown, func(a, b guildHook) int { return cmp.Compare(a.ID, b.ID) })
	return shown
}

func (s *Sim) getChannelWebhooks(req *request) (response, *apiError) {
	c, bad := s.channelFor(req, PermissionManageWebhooks)
	if bad != nil {
		return refuse(bad)
	}
	return ok(s.hooksOf(func(h *guildHook) bool { return h.ChannelID == c.ID }))
}

func (s *Sim) getGuildWebhooks(req *request) (response, *apiError) {
	g, bad := s.guildWith(req, PermissionManageWebhooks)
	if bad != nil {
		return refuse(bad)
	}
	return ok(s.hooksOf(func(h *guildHook) bool { return h.GuildID == g.ID }))
}

// webhookFor finds the webhook of a path: by its token, or by the bot's permission.
func (s *Sim) webhookFor(req *request) (*guildHook, *apiError) {
	id, err := ParseID(req.params["application"])
	h := s.hooks[id]
	if err != nil || h == nil || s.channels[h.ChannelID] == nil {
		return nil, errUnknownWebhook
	}
	if token, given := req.params["token"]; given {
		if token != h.Token {
			return nil, errBadWebhookToken
		}
		return h, nil
	}
	if !s.permissions(s.self.ID, s.channels[h.ChannelID]).Has(PermissionManageWebhooks) {
		return nil, errMissingPermission
	}
	return h, nil
}

func (s *Sim) getWebhook(req *request) (response, *apiError) {
	h, bad := s.webhookFor(req)
	if bad != nil {
		return refuse(bad)
	}
	if _, byToken := req.params["token"]; byToken {
		return ok(h.withoutUser())
	}
	return ok(*h)
}

func (s *Sim) patchWebhook(req *request) (response, *apiError) {
	h, bad := s.webhookFor(req)
	if bad != nil {
		return refuse(bad)
	}
	var body struct {
		Name    *string `json:"name"`
		Channel *ID     `json:"channel_id"`
	}
	if bad := decode(req.body, &body); bad != nil {
		return refuse(bad)
	}
	if body.Name != nil {
		if bad := checkHookName(*body.Name); bad != nil {
			return refuse(bad)
		}
	}
	_, byToken := req.params["token"]
	if body.Channel != nil && !byToken {
		if c := s.channels[*body.Channel]; c == nil || c.GuildID != h.GuildID {
			return refuse(errUnknownChannel)
		}
		h.ChannelID = *body.Channel
	}
	set(&h.Name, body.Name)
	s.sendHooks(h)
	s.audit(req, h.GuildID, auditEntry{Action: auditWebhookUpdate, Target: h.ID})
	if byToken {
		return ok(h.withoutUser())
	}
	return ok(*h)
}

func (s *Sim) deleteWebhook(req *request) (response, *apiError) {
	h, bad := s.webhookFor(req)
	if bad != nil {
		return refuse(bad)
	}
	delete(s.hooks, h.ID)
	s.sendHooks(h)
	s.audit(req, h.GuildID, auditEntry{Action: auditWebhookDelete, Target: h.ID})
	return noContent()
}

// hookBody is what only a webhook's message has besides a message's fields.
type hookBody struct {
	Username string `json:"username"`
}

// executeWebhook posts as a webhook; without wait=true the answer has no body.
func (s *Sim) executeWebhook(req *request) (response, *apiError) {
	h, bad := s.webhookFor(req)
	if bad != nil {
		return refuse(bad)
	}
	body, bad := readMessage(req, req.body, settableFlags)
	if bad != nil {
		return refuse(bad)
	}
	var extra hookBody
	if bad := decode(req.body, &extra); bad != nil {
		return refuse(bad)
	}
	c := s.channels[h.ChannelID]
	if thread := req.query.Get("thread_id"); thread != "" {
		id, _ := ParseID(thread)
		if c = s.channels[id]; c == nil || c.ParentID != h.ChannelID {
			return refuse(errUnknownChannel)
		}
	}
	if body.empty(len(req.files)) {
		return refuse(errEmptyMessage)
	}
	m := &Message{
		ChannelID: c.ID, WebhookID: h.ID, ApplicationID: s.self.ID, Flags: deref(body.Flags), TTS: body.TTS,
		Author: User{ID: h.ID, Username: cmp.Or(extra.Username, h.Name), Discriminator: "0000", Bot: true},
	}
	if body.AllowedMentions == nil {
		body.AllowedMentions = onlyUsers
	}
	s.fill(m, c, body, req)
	s.post(c, m)
	if !req.flag("wait") {
		return noContent()
	}
	return ok(s.restMessage(m))
}

// webhookMessageFor finds a message that a webhook posted.
func (s *Sim) webhookMessageFor(req *request) (*channel, *Message, *apiError) {
	h, bad := s.webhookFor(req)
	if bad != nil {
		return nil, nil, bad
	}
	id, bad := req.id("message")
	if bad != nil {
		return nil, nil, bad
	}
	m := s.messages[id]
	if m == nil || m.WebhookID != h.ID {
		return nil, nil, errUnknownMessage
	}
	return s.channels[m.ChannelID], m, nil
}

// byHook answers a webhook's own route, and says whether the request was for one at all: the paths are those of
// interactions, whose id is the application's.
func (s *Sim) byHook(req *request) (response, *apiError, bool) {
	if req.params["application"] == s.self.ID.String() {
		return response{}, nil, false
	}
	if req.method == http.MethodPost {
		made, bad := s.executeWebhook(req)
		return made, bad, true
	}
	c, m, bad := s.webhookMessageFor(req)
	if bad != nil {
		return response{}, bad, true
	}
	switch req.method {
	case http.MethodPatch:
		m, bad = s.edit(req, c, m, onlyUsers)
	case http.MethodDelete:
		s.remove(m)
		gone, none := noContent()
		return gone, none, true
	}
	if bad != nil {
		return response{}, bad, true
	}
	shown, none := ok(s.restMessage(m))
	return shown, none, true
}
