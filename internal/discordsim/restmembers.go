package discordsim

import (
	"encoding/json"
	"slices"
	"time"
	"unicode/utf8"
)

// longestTimeout is how far ahead a timeout can end.
const longestTimeout = 28 * 24 * time.Hour

// guildWith finds a guild in which the bot has permissions.
func (s *Sim) guildWith(req *request, need Permissions) (*guild, *apiError) {
	g, bad := s.guildFor(req)
	if bad != nil {
		return nil, bad
	}
	if !g.permissions(g.byUser[s.self.ID]).Has(need) {
		return nil, errMissingPermission
	}
	return g, nil
}

// memberFor finds guild and member of a path.
func (s *Sim) memberFor(req *request) (*guild, *Member, *apiError) {
	g, bad := s.guildFor(req)
	if bad != nil {
		return nil, nil, bad
	}
	id, bad := req.id("user")
	if bad != nil {
		return nil, nil, bad
	}
	if g.byUser[id] == nil {
		return nil, nil, errUnknownMember
	}
	return g, g.byUser[id], nil
}

// governs says whether the bot may do something to a member: the permission, and a higher role.
func (s *Sim) governs(g *guild, m *Member, need Permissions) bool {
	own := g.byUser[s.self.ID]
	return g.permissions(own).Has(need) && (own.User.ID == m.User.ID || g.outranks(own, m))
}

// memberEdit is a PATCH of a member; a field that was not sent is absent from the map.
type memberEdit map[string]json.RawMessage

// patchMember changes nick, roles and timeout of a member: all of it, or nothing.
func (s *Sim) patchMember(req *request) (response, *apiError) {
	g, m, bad := s.memberFor(req)
	if bad != nil {
		return refuse(bad)
	}
	edit := memberEdit{}
	if bad := decode(req.body, &edit); bad != nil {
		return refuse(bad)
	}
	changed := *m
	entry := auditEntry{Action: auditMemberUpdate, Target: m.User.ID}
	if raw, sent := edit["nick"]; sent {
		if bad := s.editNick(g, &changed, raw); bad != nil {
			return refuse(bad)
		}
		entry.Changes = append(entry.Changes, auditChange{Key: "nick", Old: m.Nick, New: changed.Nick})
	}
	if raw, sent := edit["roles"]; sent && string(raw) != "null" {
		if bad := s.editRoles(g, &changed, raw); bad != nil {
			return refuse(bad)
		}
		entry.Action = auditMemberRoles
	}
	if raw, sent := edit["communication_disabled_until"]; sent {
		if bad := s.editTimeout(g, &changed, raw); bad != nil {
			return refuse(bad)
		}
		entry.Changes = append(entry.Changes, auditChange{
			Key: "communication_disabled_until", Old: m.CommunicationDisabledUntil, New: changed.CommunicationDisabledUntil,
		})
	}
	for _, field := range []string{"mute", "deaf", "channel_id"} {
		if raw, sent := edit[field]; sent && string(raw) != "null" {
			return refuse(errNotInVoice)
		}
	}
	m = s.changeMember(g, m, func(into *Member) { *into = changed })
	s.audit(req, g.ID, entry)
	return ok(*m)
}

// editNick takes a nick; null and "" take it away. The bot's own needs another permission than other members'.
func (s *Sim) editNick(g *guild, m *Member, raw json.RawMessage) *apiError {
	var nick *string
	if bad := decode(raw, &nick); bad != nil {
		return bad.below("nick")
	}
	need := PermissionManageNicknames
	if m.User.ID == s.self.ID {
		need = PermissionChangeNickname
	}
	if !s.governs(g, m, need) {
		return errMissingPermission
	}
	if utf8.RuneCountInString(deref(nick)) > 32 {
		return badForm("nick", "BASE_TYPE_BAD_LENGTH", "Must be 32 or fewer in length.")
	}
	m.Nick = optional(deref(nick))
	return nil
}

// editRoles takes a member's whole list of roles. Only the roles that change need to stand below the bot's.
func (s *Sim) editRoles(g *guild, m *Member, raw json.RawMessage) *apiError {
	var wanted []ID
	if bad := decode(raw, &wanted); bad != nil {
		return bad.below("roles")
	}
	slices.Sort(wanted)
	wanted = slices.Compact(wanted)
	for _, id := range wanted {
		if g.role(id) == nil || id == g.ID {
			return errUnknownRole
		}
	}
	for _, id := range append(slices.Clone(wanted), m.Roles...) {
		if slices.Contains(wanted, id) != slices.Contains(m.Roles, id) && !s.gives(g, id) {
			return errMissingPermission
		}
	}
	m.Roles = list(wanted)
	return nil
}

// gives says whether the bot may give or take a role: MANAGE_ROLES, the role below its own, and nobody else's.
func (s *Sim) gives(g *guild, id ID) bool {
	own := g.byUser[s.self.ID]
	role := g.role(id)
	return role != nil && id != g.ID && !role.Managed &&
		g.permissions(own).Has(PermissionManageRoles) && g.rank(own).above(role)
}

// editTimeout takes the end of a timeout, or null. Nobody can put an administrator or the owner into one.
func (s *Sim) editTimeout(g *guild, m *Member, raw json.RawMessage) *apiError {
	var until *Timestamp
	if err := json.Unmarshal(raw, &until); err != nil {
		return badForm("communication_disabled_until", "DATE_TIME_TYPE_PARSE", "Could not parse "+string(raw)+". Should be ISO8601.")
	}
	if !s.governs(g, m, PermissionModerateMembers) || m.User.ID == s.self.ID || g.untimed(m) == AllPermissions {
		return errMissingPermission
	}
	if until != nil && time.Until(until.Time) > longestTimeout {
		return badForm("communication_disabled_until", "GUILD_MEMBER_TIMEOUT_TOO_LONG", "Timeouts end at most 28 days ahead.")
	}
	m.CommunicationDisabledUntil = until
	return nil
}

// patchOwnMember changes the bot's own nick.
func (s *Sim) patchOwnMember(req *request) (response, *apiError) {
	req.params["user"] = s.self.ID.String()
	return s.patchMember(req)
}

// changeRoleOf gives a member one role or takes it. Giving what it has, and taking what it has not, is no error.
func (s *Sim) changeRoleOf(req *request, change func(*Member, ID)) (response, *apiError) {
	g, m, bad := s.memberFor(req)
	if bad != nil {
		return refuse(bad)
	}
	role, bad := req.id("role")
	switch {
	case bad != nil:
		return refuse(bad)
	case g.role(role) == nil:
		return refuse(errUnknownRole)
	case !s.gives(g, role):
		return refuse(errMissingPermission)
	}
	before := len(m.Roles)
	changed := *m
	change(&changed, role)
	if len(changed.Roles) != before {
		s.changeMember(g, m, func(into *Member) { *into = changed })
		s.audit(req, g.ID, auditEntry{Action: auditMemberRoles, Target: m.User.ID})
	}
	return noContent()
}

func (s *Sim) putMemberRole(req *request) (response, *apiError) {
	return s.changeRoleOf(req, func(m *Member, role ID) {
		if !slices.Contains(m.Roles, role) {
			m.Roles = append(slices.Clone(m.Roles), role)
		}
	})
}

func (s *Sim) deleteMemberRole(req *request) (response, *apiError) {
	return s.changeRoleOf(req, (*Member).dropRole)
}

// deleteMember kicks.
func (s *Sim) deleteMember(req *request) (response, *apiError) {
	g, m, bad := s.memberFor(req)
	if bad != nil {
		return refuse(bad)
	}
	if m.User.ID == s.self.ID || !s.governs(g, m, PermissionKickMembers) {
		return refuse(errMissingPermission)
	}
	s.removeMember(g, m)
	s.audit(req, g.ID, auditEntry{Action: auditKick, Target: m.User.ID})
	return noContent()
}
