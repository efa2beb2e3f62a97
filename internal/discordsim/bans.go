package discordsim

import (
	"cmp"
	"slices"
	"time"
)

// ban is a user who may not join a guild. Bans are in the order of user ids.
type ban struct {
	User   User    `json:"user"`
	Reason *string `json:"reason"`
}

func (g *guild) ban(user ID) int {
	return slices.IndexFunc(g.bans, func(b ban) bool { return b.User.ID == user })
}

// Banned says whether a user is banned from a guild.
func (s *Sim) Banned(guildID, user ID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.guilds[guildID]
	return g != nil && g.ban(user) >= 0
}

// banBody is the body of a ban; days are the older form.
type banBody struct {
	Users   []ID `json:"user_ids"`
	Seconds int  `json:"delete_message_seconds"`
	Days    int  `json:"delete_message_days"`
}

func readBan(req *request) (banBody, *apiError) {
	var body banBody
	if string(req.body) == "null" {
		return body, nil
	}
	if bad := decode(req.body, &body); bad != nil {
		return body, bad
	}
	if body.Seconds == 0 {
		body.Seconds = body.Days * 86400
	}
	if body.Seconds < 0 || body.Seconds > 604800 {
		return body, badForm("delete_message_seconds", "NUMBER_TYPE_MAX", "int value should be less than or equal to 604800.")
	}
	return body, nil
}

// mayBan says whether the bot may ban a user, who need not be a member.
func (s *Sim) mayBan(g *guild, user ID) *apiError {
	m := g.byUser[user]
	switch {
	case s.users[user] == nil:
		return errUnknownUser
	case !g.permissions(g.byUser[s.self.ID]).Has(PermissionBanMembers):
		return errMissingPermission
	case user == s.self.ID, m != nil && !s.governs(g, m, PermissionBanMembers):
		return errMissingPermission
	}
	return nil
}

// banUser bans, removes the member and deletes what it wrote lately.
func (s *Sim) banUser(req *request, g *guild, user ID, seconds int) {
	event := banEvent{g.ID, s.users[user].User}
	if g.ban(user) < 0 {
		at, _ := slices.BinarySearchFunc(g.bans, user, func(b ban, id ID) int { return cmp.Compare(b.User.ID, id) })
		g.bans = slices.Insert(g.bans, at, ban{event.User, optional(auditReason(req))})
	}
	if m := g.byUser[user]; m != nil {
		s.removeMember(g, m)
	}
	s.dispatch(audience{need: IntentGuildModeration, guild: g.ID}, "GUILD_BAN_ADD", event)
	s.audit(req, g.ID, auditEntry{Action: auditBan, Target: user})
	since := time.Now().Add(-time.Duration(seconds) * time.Second)
	if seconds == 0 {
		return
	}
	for _, c := range append(slices.Clone(g.channels), g.threads...) {
		var gone []*Message
		for _, m := range c.messages {
			if m.Author.ID == user && m.Timestamp.After(since) {
				gone = append(gone, m)
			}
		}
		s.removeAll(c, gone)
	}
}

// banEvent is the payload of GUILD_BAN_ADD and GUILD_BAN_REMOVE.
type banEvent struct {
	GuildID ID   `json:"guild_id"`
	User    User `json:"user"`
}

func (s *Sim) putBan(req *request) (response, *apiError) {
	g, bad := s.guildFor(req)
	if bad != nil {
		return refuse(bad)
	}
	user, bad := req.id("user")
	if bad != nil {
		return refuse(bad)
	}
	body, bad := readBan(req)
	if bad == nil {
		bad = s.mayBan(g, user)
	}
	if bad != nil {
		return refuse(bad)
	}
	s.banUser(req, g, user, body.Seconds)
	return noContent()
}

// bulkBanned is the answer of a bulk ban.
type bulkBanned struct {
	Banned []ID `json:"banned_users"`
	Failed []ID `json:"failed_users"`
}

// postBulkBan bans up to 200; those it may not ban are named. When it may ban nobody, it is an error.
func (s *Sim) postBulkBan(req *request) (response, *apiError) {
	g, bad := s.guildWith(req, PermissionBanMembers|PermissionManageGuild)
	if bad != nil {
		return refuse(bad)
	}
	body, bad := readBan(req)
	switch {
	case bad != nil:
		return refuse(bad)
	case len(body.Users) < 1 || len(body.Users) > 200:
		return refuse(badForm("user_ids", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 200 in length."))
	}
	result := bulkBanned{Banned: []ID{}, Failed: []ID{}}
	for _, user := range body.Users {
		if s.mayBan(g, user) != nil || g.ban(user) >= 0 {
			result.Failed = append(result.Failed, user)
			continue
		}
		s.banUser(req, g, user, body.Seconds)
		result.Banned = append(result.Banned, user)
	}
	if len(result.Banned) == 0 {
		return refuse(errBulkBanFailed)
	}
	return ok(result)
}

func (s *Sim) deleteBan(req *request) (response, *apiError) {
	g, at, bad := s.banFor(req)
	if bad != nil {
		return refuse(bad)
	}
	user := g.bans[at].User
	g.bans = slices.Delete(g.bans, at, at+1)
	s.dispatch(audience{need: IntentGuildModeration, guild: g.ID}, "GUILD_BAN_REMOVE", banEvent{g.ID, user})
	s.observe(GuildChanged{Guild: g.ID})
	s.audit(req, g.ID, auditEntry{Action: auditUnban, Target: user.ID})
	return noContent()
}

func (s *Sim) banFor(req *request) (*guild, int, *apiError) {
	g, bad := s.guildWith(req, PermissionBanMembers)
	if bad != nil {
		return nil, 0, bad
	}
	user, bad := req.id("user")
	if bad != nil {
		return nil, 0, bad
	}
	at := g.ban(user)
	if at < 0 {
		return nil, 0, errUnknownBan
	}
	return g, at, nil
}

func (s *Sim) getBan(req *request) (response, *apiError) {
	g, at, bad := s.banFor(req)
	if bad != nil {
		return refuse(bad)
	}
	return ok(g.bans[at])
}

func (s *Sim) getBans(req *request) (response, *apiError) {
	g, bad := s.guildWith(req, PermissionBanMembers)
	if bad != nil {
		return refuse(bad)
	}
	limit, bad := req.limit(1000, 1000)
	if bad != nil {
		return refuse(bad)
	}
	after, _ := ParseID(req.query.Get("after"))
	before, _ := ParseID(req.query.Get("before"))
	shown := []ban{}
	for _, b := range g.bans {
		if b.User.ID > after && (before == 0 || b.User.ID < before) && len(shown) < limit {
			shown = append(shown, b)
		}
	}
	return ok(shown)
}
