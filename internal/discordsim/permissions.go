package discordsim

// The permissions the simulator asks for.
const (
	PermissionAdministrator      Permissions = 1 << 3
	PermissionViewChannel        Permissions = 1 << 10
	PermissionSendMessages       Permissions = 1 << 11
	PermissionManageMessages     Permissions = 1 << 13
	PermissionReadMessageHistory Permissions = 1 << 16
	PermissionMentionEveryone    Permissions = 1 << 17
)

// allPermissions has every bit Discord hands out, up to BYPASS_SLOWMODE (1<<52).
const allPermissions Permissions = 1<<53 - 1

// everyonePermissions is what @everyone of a new guild may do: read, write, embed, attach, react, use commands.
const everyonePermissions = PermissionViewChannel | PermissionSendMessages | PermissionReadMessageHistory |
	1<<6 | 1<<14 | 1<<15 | 1<<18 | 1<<26 | 1<<31 | 1<<35 | 1<<38

// permissions computes what a user may do in a channel: roles first, then the channel's overwrites for @everyone,
// for the roles, for the member. In a DM everybody may do what a DM allows.
func (s *Sim) permissions(user ID, c *channel) Permissions {
	if c.Type == ChannelDM {
		return everyonePermissions
	}
	g := s.guilds[c.GuildID]
	member := g.byUser[user]
	if member == nil {
		return 0
	}
	if g.OwnerID == user {
		return allPermissions
	}
	base := g.role(g.ID).Permissions
	for _, id := range member.Roles {
		if role := g.role(id); role != nil {
			base |= role.Permissions
		}
	}
	if base&PermissionAdministrator != 0 {
		return allPermissions
	}
	return overwritten(base, c.Overwrites, g.ID, member)
}

func overwritten(base Permissions, overwrites []Overwrite, everyone ID, member *Member) Permissions {
	var roleAllow, roleDeny, ownAllow, ownDeny Permissions
	for _, o := range overwrites {
		switch {
		case o.ID == everyone:
			base = base&^o.Deny | o.Allow
		case o.ID == member.User.ID:
			ownAllow, ownDeny = o.Allow, o.Deny
		default:
			for _, role := range member.Roles {
				if role == o.ID {
					roleAllow |= o.Allow
					roleDeny |= o.Deny
				}
			}
		}
	}
	base = base&^roleDeny | roleAllow
	return base&^ownDeny | ownAllow
}

// sees says whether a user can see a channel at all.
func (s *Sim) sees(user ID, c *channel) bool {
	if c.Type == ChannelDM {
		return c.Recipient.ID == user || user == s.self.ID
	}
	return s.permissions(user, c)&PermissionViewChannel != 0
}
