package discordsim

import (
	"encoding/json"
	"slices"
	"strings"
)

// maxChannels is how many channels a guild can have.
const maxChannels = 500

// channelBody is what a client sends to make or change a guild's channel.
type channelBody struct {
	Name       *string         `json:"name"`
	Type       *int            `json:"type"`
	Topic      *string         `json:"topic"`
	Position   *int            `json:"position"`
	NSFW       *bool           `json:"nsfw"`
	Slowmode   *int            `json:"rate_limit_per_user"`
	ParentID   json.RawMessage `json:"parent_id"`
	Overwrites *[]Overwrite    `json:"permission_overwrites"`
}

func readChannel(req *request, named bool) (*channelBody, *apiError) {
	body := &channelBody{}
	if bad := decode(req.body, body); bad != nil {
		return nil, bad
	}
	var problems formErrors
	if n := len([]rune(deref(body.Name))); (named || body.Name != nil) && (n < 1 || n > 100) {
		problems.add("name", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
	}
	if len([]rune(deref(body.Topic))) > 1024 {
		problems.add("topic", "BASE_TYPE_MAX_LENGTH", "Must be 1024 or fewer in length.")
	}
	if n := deref(body.Slowmode); n < 0 || n > 21600 {
		problems.add("rate_limit_per_user", "NUMBER_TYPE_MAX", "int value should be less than or equal to 21600.")
	}
	switch deref(body.Type) {
	case ChannelGuildText, ChannelGuildVoice, ChannelCategory, ChannelAnnouncement:
	default:
		problems.add("type", "BASE_TYPE_CHOICES", "Value must be one of {0, 2, 4, 5}.")
	}
	return body, problems.refusal()
}

// write takes over what was sent. Names of text channels are lower case without spaces.
func (b *channelBody) write(c *Channel) {
	set(&c.Type, b.Type)
	set(&c.Name, b.Name)
	if c.Type == ChannelGuildText || c.Type == ChannelAnnouncement {
		c.Name = strings.ToLower(strings.Join(strings.Fields(c.Name), "-"))
	}
	set(&c.Topic, b.Topic)
	set(&c.Position, b.Position)
	set(&c.NSFW, b.NSFW)
	set(&c.RateLimitPerUser, b.Slowmode)
	set(&c.Overwrites, b.Overwrites)
	if b.ParentID != nil {
		c.ParentID = 0
		json.Unmarshal(b.ParentID, &c.ParentID) // read once by checkParent
	}
}

// check finds what of the body the bot may not do, or what does not fit.
func (s *Sim) checkChannel(g *guild, b *channelBody, may Permissions) *apiError {
	if b.ParentID != nil {
		var parent ID
		if bad := decode(b.ParentID, &parent); bad != nil {
			return bad.below("parent_id")
		}
		if c := s.channels[parent]; parent != 0 && (c == nil || c.GuildID != g.ID || c.Type != ChannelCategory) {
			return badForm("parent_id", "CHANNEL_PARENT_INVALID", "Category does not exist")
		}
	}
	for _, o := range deref(b.Overwrites) {
		if !may.Has(PermissionManageRoles) || !may.Has((o.Allow|o.Deny)&AllPermissions) {
			return errMissingPermission
		}
	}
	return nil
}

func (s *Sim) postChannel(req *request) (response, *apiError) {
	g, bad := s.guildWith(req, PermissionManageChannels)
	if bad != nil {
		return refuse(bad)
	}
	body, bad := readChannel(req, true)
	if bad == nil {
		bad = s.checkChannel(g, body, g.permissions(g.byUser[s.self.ID]))
	}
	switch {
	case bad != nil:
		return refuse(bad)
	case len(g.channels) >= maxChannels:
		return refuse(errTooManyChannels)
	}
	made := Channel{Position: len(g.channels)}
	body.write(&made)
	c := s.addChannel(g, made)
	s.audit(req, g.ID, auditEntry{Action: auditChannelCreate, Target: c.ID})
	return response{201, c.Channel}, nil
}

// patchChannel changes a guild's channel or a thread.
func (s *Sim) patchChannel(req *request) (response, *apiError) {
	c, bad := s.channelFor(req, 0)
	switch {
	case bad != nil:
		return refuse(bad)
	case c.Type == ChannelDM:
		return refuse(errDMChannel)
	case c.isThread():
		return s.patchThread(req, c)
	case !s.permissions(s.self.ID, c).Has(PermissionManageChannels):
		return refuse(errMissingPermission)
	}
	body, bad := readChannel(req, false)
	if bad == nil {
		bad = s.checkChannel(s.guilds[c.GuildID], body, s.permissions(s.self.ID, c))
	}
	if bad != nil {
		return refuse(bad)
	}
	s.changeChannel(c, body.write)
	s.audit(req, c.GuildID, auditEntry{Action: auditChannelUpdate, Target: c.ID})
	return ok(c.Channel)
}

// deleteChannel deletes a guild's channel or a thread, or closes a DM, which comes back when somebody writes.
func (s *Sim) deleteChannel(req *request) (response, *apiError) {
	c, bad := s.channelFor(req, 0)
	if bad != nil {
		return refuse(bad)
	}
	need, action := PermissionManageChannels, auditChannelDelete
	if c.isThread() {
		need, action = PermissionManageThreads, auditThreadDelete
	}
	switch {
	case c.Type == ChannelDM:
		return ok(c.Channel)
	case !s.permissions(s.self.ID, c).Has(need):
		return refuse(errMissingPermission)
	}
	shown := c.Channel
	s.removeChannel(c)
	s.audit(req, shown.GuildID, auditEntry{Action: action, Target: shown.ID})
	return ok(shown)
}

// overwriteFor finds channel and overwrite of a path; the bot must manage roles there.
func (s *Sim) overwriteFor(req *request) (*channel, ID, *apiError) {
	c, bad := s.channelFor(req, 0)
	switch {
	case bad != nil:
		return nil, 0, bad
	case c.Type == ChannelDM:
		return nil, 0, errDMChannel
	case c.isThread():
		return nil, 0, errWrongChannelType
	case !s.permissions(s.self.ID, c).Has(PermissionManageRoles):
		return nil, 0, errMissingPermission
	}
	id, bad := req.id("overwrite")
	return c, id, bad
}

func (c *channel) overwrite(id ID) int {
	return slices.IndexFunc(c.Overwrites, func(o Overwrite) bool { return o.ID == id })
}

// putOverwrite sets one overwrite; only permissions that the bot has can be allowed or denied.
func (s *Sim) putOverwrite(req *request) (response, *apiError) {
	c, id, bad := s.overwriteFor(req)
	if bad != nil {
		return refuse(bad)
	}
	var wanted Overwrite
	if bad := decode(req.body, &wanted); bad != nil {
		return refuse(bad)
	}
	wanted.ID = id
	g := s.guilds[c.GuildID]
	switch {
	case wanted.Type == 0 && g.role(id) == nil:
		return refuse(errUnknownRole)
	case wanted.Type == 1 && s.users[id] == nil:
		return refuse(errUnknownUser)
	case wanted.Type != 0 && wanted.Type != 1:
		return refuse(badForm("type", "BASE_TYPE_CHOICES", "Value must be one of {0, 1}."))
	case !s.permissions(s.self.ID, c).Has((wanted.Allow | wanted.Deny) & AllPermissions):
		return refuse(errMissingPermission)
	}
	action := auditOverwriteUpdate
	s.changeChannel(c, func(changed *Channel) {
		changed.Overwrites = slices.Clone(changed.Overwrites)
		if at := c.overwrite(id); at >= 0 {
			changed.Overwrites[at] = wanted
			return
		}
		changed.Overwrites = append(changed.Overwrites, wanted)
		action = auditOverwriteCreate
	})
	s.audit(req, c.GuildID, auditEntry{Action: action, Target: c.ID})
	return noContent()
}

func (s *Sim) deleteOverwrite(req *request) (response, *apiError) {
	c, id, bad := s.overwriteFor(req)
	if bad != nil {
		return refuse(bad)
	}
	at := c.overwrite(id)
	if at < 0 {
		return refuse(errUnknownOverwrite)
	}
	s.changeChannel(c, func(changed *Channel) {
		changed.Overwrites = slices.Delete(slices.Clone(changed.Overwrites), at, at+1)
	})
	s.audit(req, c.GuildID, auditEntry{Action: auditOverwriteDelete, Target: c.ID})
	return noContent()
}

// patchChannelPositions moves channels of a guild.
func (s *Sim) patchChannelPositions(req *request) (response, *apiError) {
	g, bad := s.guildWith(req, PermissionManageChannels)
	if bad != nil {
		return refuse(bad)
	}
	var moves []struct {
		ID       ID   `json:"id"`
		Position *int `json:"position"`
	}
	if bad := decode(req.body, &moves); bad != nil {
		return refuse(bad)
	}
	for _, move := range moves {
		if c := s.channels[move.ID]; c == nil || c.GuildID != g.ID || c.isThread() {
			return refuse(errUnknownChannel)
		}
	}
	for _, move := range moves {
		if move.Position != nil {
			s.changeChannel(s.channels[move.ID], func(c *Channel) { c.Position = *move.Position })
		}
	}
	return noContent()
}
