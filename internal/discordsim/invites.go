package discordsim

import (
	"crypto/rand"
	"encoding/base64"
	"slices"
	"time"
)

// invite leads into a guild's channel.
type invite struct {
	code    string
	channel *channel
	inviter User
	created time.Time
	body    inviteBody
}

// inviteBody is what a client sends to make an invite.
type inviteBody struct {
	MaxAge    *int `json:"max_age"`
	MaxUses   int  `json:"max_uses"`
	Temporary bool `json:"temporary"`
	Unique    bool `json:"unique"`
}

// inviteObject is the JSON of an invite; the last five fields are for those who manage it.
type inviteObject struct {
	Type      int           `json:"type"`
	Code      string        `json:"code"`
	Guild     inviteGuild   `json:"guild"`
	GuildID   ID            `json:"guild_id"`
	Channel   inviteChannel `json:"channel"`
	Inviter   User          `json:"inviter"`
	ExpiresAt *Timestamp    `json:"expires_at"`
	Uses      *int          `json:"uses,omitempty"`
	MaxUses   *int          `json:"max_uses,omitempty"`
	MaxAge    *int          `json:"max_age,omitempty"`
	Temporary *bool         `json:"temporary,omitempty"`
	CreatedAt *Timestamp    `json:"created_at,omitempty"`
	Members   *int          `json:"approximate_member_count,omitempty"`
	Presences *int          `json:"approximate_presence_count,omitempty"`
}

type inviteGuild struct {
	ID                ID       `json:"id"`
	Name              string   `json:"name"`
	Splash            *string  `json:"splash"`
	Banner            *string  `json:"banner"`
	Description       *string  `json:"description"`
	Icon              *string  `json:"icon"`
	Features          []string `json:"features"`
	VerificationLevel int      `json:"verification_level"`
	VanityURLCode     *string  `json:"vanity_url_code"`
	NSFWLevel         int      `json:"nsfw_level"`
	NSFW              bool     `json:"nsfw"`
	Subscriptions     int      `json:"premium_subscription_count"`
	PremiumTier       int      `json:"premium_tier"`
}

type inviteChannel struct {
	ID   ID     `json:"id"`
	Type int    `json:"type"`
	Name string `json:"name"`
}

func (s *Sim) inviteObject(i *invite, whole bool) inviteObject {
	g := s.guilds[i.channel.GuildID]
	object := inviteObject{
		Code: i.code, GuildID: g.ID, Inviter: i.inviter,
		Guild:   inviteGuild{ID: g.ID, Name: g.Name, Features: []string{}},
		Channel: inviteChannel{i.channel.ID, i.channel.Type, i.channel.Name},
	}
	age := deref(i.body.MaxAge)
	if age > 0 {
		object.ExpiresAt = &Timestamp{i.created.Add(time.Duration(age) * time.Second)}
	}
	if whole {
		uses := 0
		object.Uses, object.MaxUses, object.MaxAge = &uses, &i.body.MaxUses, &age
		object.Temporary, object.CreatedAt = &i.body.Temporary, &Timestamp{i.created}
	}
	return object
}

// expired says whether an invite is over.
func (i *invite) expired() bool {
	age := deref(i.body.MaxAge)
	return age > 0 && time.Since(i.created) > time.Duration(age)*time.Second
}

// postInvite makes an invite, or returns the bot's own one with the same settings unless it is to be unique.
func (s *Sim) postInvite(req *request) (response, *apiError) {
	c, bad := s.channelFor(req, PermissionCreateInvite)
	if bad != nil {
		return refuse(bad)
	}
	day := 86400
	body := inviteBody{MaxAge: &day}
	if string(req.body) != "null" {
		if bad := decode(req.body, &body); bad != nil {
			return refuse(bad)
		}
	}
	switch {
	case c.Type == ChannelDM || c.isThread():
		return refuse(errWrongChannelType)
	case deref(body.MaxAge) < 0 || deref(body.MaxAge) > 604800:
		return refuse(badForm("max_age", "NUMBER_TYPE_MAX", "int value should be less than or equal to 604800."))
	case body.MaxUses < 0 || body.MaxUses > 100:
		return refuse(badForm("max_uses", "NUMBER_TYPE_MAX", "int value should be less than or equal to 100."))
	}
	g := s.guilds[c.GuildID]
	for _, old := range g.invites {
		same := old.channel == c && old.inviter.ID == s.self.ID && deref(old.body.MaxAge) == deref(body.MaxAge) &&
			old.body.MaxUses == body.MaxUses && old.body.Temporary == body.Temporary
		if same && !body.Unique && !old.expired() {
			return ok(s.inviteObject(old, true))
		}
	}
	code := make([]byte, 6)
	rand.Read(code)
	made := &invite{base64.RawURLEncoding.EncodeToString(code), c, s.self, time.Now(), body}
	g.invites = append(g.invites, made)
	s.dispatch(audience{need: IntentGuildInvites, guild: g.ID}, "INVITE_CREATE", s.inviteEvent(made))
	s.audit(req, g.ID, auditEntry{Action: auditInviteCreate})
	return ok(s.inviteObject(made, true))
}

// inviteEvent is the payload of INVITE_CREATE.
func (s *Sim) inviteEvent(i *invite) any {
	object := s.inviteObject(i, true)
	return struct {
		ChannelID ID         `json:"channel_id"`
		GuildID   ID         `json:"guild_id"`
		Code      string     `json:"code"`
		CreatedAt *Timestamp `json:"created_at"`
		ExpiresAt *Timestamp `json:"expires_at"`
		Inviter   User       `json:"inviter"`
		MaxAge    *int       `json:"max_age"`
		MaxUses   *int       `json:"max_uses"`
		Temporary *bool      `json:"temporary"`
		Uses      *int       `json:"uses"`
	}{
		i.channel.ID, object.GuildID, i.code, object.CreatedAt, object.ExpiresAt, i.inviter, object.MaxAge, object.MaxUses,
		object.Temporary, object.Uses,
	}
}

// inviteFor finds the invite of a path in any guild.
func (s *Sim) inviteFor(req *request) (*guild, *invite, *apiError) {
	for _, g := range s.guilds {
		for _, i := range g.invites {
			if i.code == req.params["code"] && !i.expired() {
				return g, i, nil
			}
		}
	}
	return nil, nil, errUnknownInvite
}

func (s *Sim) getInvite(req *request) (response, *apiError) {
	g, i, bad := s.inviteFor(req)
	if bad != nil {
		return refuse(bad)
	}
	object := s.inviteObject(i, false)
	if req.flag("with_counts") {
		members := len(g.members)
		object.Members, object.Presences = &members, &members
	}
	return ok(object)
}

func (s *Sim) deleteInvite(req *request) (response, *apiError) {
	g, i, bad := s.inviteFor(req)
	if bad != nil {
		return refuse(bad)
	}
	own := g.byUser[s.self.ID]
	if own == nil {
		return refuse(errMissingAccess)
	}
	if !g.permissions(own).Has(PermissionManageGuild) && !s.permissions(s.self.ID, i.channel).Has(PermissionManageChannels) {
		return refuse(errMissingPermission)
	}
	g.invites = slices.DeleteFunc(g.invites, func(other *invite) bool { return other == i })
	s.dispatch(audience{need: IntentGuildInvites, guild: g.ID}, "INVITE_DELETE", struct {
		ChannelID ID     `json:"channel_id"`
		GuildID   ID     `json:"guild_id"`
		Code      string `json:"code"`
	}{i.channel.ID, g.ID, i.code})
	s.audit(req, g.ID, auditEntry{Action: auditInviteDelete})
	return ok(s.inviteObject(i, false))
}

func (s *Sim) getChannelInvites(req *request) (response, *apiError) {
	c, bad := s.channelFor(req, PermissionManageChannels)
	if bad != nil {
		return refuse(bad)
	}
	return ok(s.listInvites(s.guilds[c.GuildID], func(i *invite) bool { return i.channel == c }))
}

func (s *Sim) getGuildInvites(req *request) (response, *apiError) {
	g, bad := s.guildWith(req, PermissionManageGuild)
	if bad != nil {
		return refuse(bad)
	}
	return ok(s.listInvites(g, func(*invite) bool { return true }))
}

func (s *Sim) listInvites(g *guild, wanted func(*invite) bool) []inviteObject {
	shown := []inviteObject{}
	if g == nil {
		return shown
	}
	for _, i := range g.invites {
		if wanted(i) && !i.expired() {
			shown = append(shown, s.inviteObject(i, true))
		}
	}
	return shown
}
