package discordsim

import "slices"

// roleBody is what a client sends to make or change a role.
type roleBody struct {
	Name         *string      `json:"name"`
	Permissions  *Permissions `json:"permissions"`
	Color        *int         `json:"color"`
	Colors       *roleColors  `json:"colors"`
	Hoist        *bool        `json:"hoist"`
	Mentionable  *bool        `json:"mentionable"`
	UnicodeEmoji *string      `json:"unicode_emoji"`
}

// maxRoles is how many roles a guild can have, @everyone included.
const maxRoles = 250

// readRole reads a role. Nobody can give permissions that they do not have.
func (s *Sim) readRole(req *request, g *guild) (*roleBody, *apiError) {
	body := &roleBody{}
	if string(req.body) != "null" {
		if bad := decode(req.body, body); bad != nil {
			return nil, bad
		}
	}
	var problems formErrors
	if n := len([]rune(deref(body.Name))); n > 100 {
		problems.add("name", "BASE_TYPE_MAX_LENGTH", "Must be 100 or fewer in length.")
	}
	if color := deref(body.Color); color < 0 || color > 0xFFFFFF {
		problems.add("color", "NUMBER_TYPE_MAX", "int value should be less than or equal to 16777215.")
	}
	if bad := problems.refusal(); bad != nil {
		return nil, bad
	}
	if body.Permissions != nil && !g.permissions(g.byUser[s.self.ID]).Has(*body.Permissions&AllPermissions) {
		return nil, errMissingPermission
	}
	return body, nil
}

func (b *roleBody) write(r *Role) {
	set(&r.Name, b.Name)
	set(&r.Permissions, b.Permissions)
	set(&r.Hoist, b.Hoist)
	set(&r.Mentionable, b.Mentionable)
	set(&r.Color, b.Color)
	if b.Colors != nil {
		r.Colors, r.Color = *b.Colors, b.Colors.Primary
	}
	if b.UnicodeEmoji != nil {
		r.UnicodeEmoji = b.UnicodeEmoji
	}
}

// postRole makes a role at the bottom; without permissions in the body it has those of @everyone.
func (s *Sim) postRole(req *request) (response, *apiError) {
	g, bad := s.guildWith(req, PermissionManageRoles)
	if bad != nil {
		return refuse(bad)
	}
	body, bad := s.readRole(req, g)
	switch {
	case bad != nil:
		return refuse(bad)
	case len(g.roles) >= maxRoles:
		return refuse(errTooManyRoles)
	}
	made := Role{Name: "new role", Permissions: g.role(g.ID).Permissions, Position: 1}
	body.write(&made)
	role := s.addRole(g, made)
	s.audit(req, g.ID, auditEntry{Action: auditRoleCreate, Target: role.ID})
	return ok(*role)
}

// roleFor finds a role that the bot may change: @everyone, or one below its own.
func (s *Sim) roleFor(req *request) (*guild, *Role, *apiError) {
	g, bad := s.guildWith(req, PermissionManageRoles)
	if bad != nil {
		return nil, nil, bad
	}
	id, bad := req.id("role")
	if bad != nil {
		return nil, nil, bad
	}
	role := g.role(id)
	switch {
	case role == nil:
		return nil, nil, errUnknownRole
	case id != g.ID && !g.rank(g.byUser[s.self.ID]).above(role):
		return nil, nil, errMissingPermission
	}
	return g, role, nil
}

func (s *Sim) getRole(req *request) (response, *apiError) {
	g, bad := s.guildFor(req)
	if bad != nil {
		return refuse(bad)
	}
	id, bad := req.id("role")
	if bad != nil {
		return refuse(bad)
	}
	if g.role(id) == nil {
		return refuse(errUnknownRole)
	}
	return ok(*g.role(id))
}

func (s *Sim) patchRole(req *request) (response, *apiError) {
	g, role, bad := s.roleFor(req)
	if bad != nil {
		return refuse(bad)
	}
	body, bad := s.readRole(req, g)
	if bad != nil {
		return refuse(bad)
	}
	s.changeRole(g, role, body.write)
	s.audit(req, g.ID, auditEntry{Action: auditRoleUpdate, Target: role.ID})
	return ok(*role)
}

func (s *Sim) deleteRole(req *request) (response, *apiError) {
	g, role, bad := s.roleFor(req)
	switch {
	case bad != nil:
		return refuse(bad)
	case role.ID == g.ID || role.Managed:
		return refuse(errInvalidRole)
	}
	s.removeRole(g, role)
	s.audit(req, g.ID, auditEntry{Action: auditRoleDelete, Target: role.ID})
	return noContent()
}

// patchRolePositions moves roles, all of them or none; neither a role nor its new place may be above the bot's own.
func (s *Sim) patchRolePositions(req *request) (response, *apiError) {
	g, bad := s.guildWith(req, PermissionManageRoles)
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
	own := g.rank(g.byUser[s.self.ID])
	for _, move := range moves {
		role := g.role(move.ID)
		switch {
		case role == nil:
			return refuse(errUnknownRole)
		case move.Position == nil || move.ID == g.ID:
			continue
		case !own.above(role) || !own.owner && *move.Position >= own.position:
			return refuse(errMissingPermission)
		}
	}
	for _, move := range moves {
		if move.Position != nil && move.ID != g.ID {
			s.changeRole(g, g.role(move.ID), func(r *Role) { r.Position = *move.Position })
		}
	}
	return ok(slices.Clone(g.roles))
}
