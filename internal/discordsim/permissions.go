package discordsim

import (
	"slices"
	"time"
)

// The permissions, with Discord's bits ("Permissions", bitwise permission flags).
const (
	PermissionCreateInvite          Permissions = 1 << 0
	PermissionKickMembers           Permissions = 1 << 1
	PermissionBanMembers            Permissions = 1 << 2
	PermissionAdministrator         Permissions = 1 << 3
	PermissionManageChannels        Permissions = 1 << 4
	PermissionManageGuild           Permissions = 1 << 5
	PermissionAddReactions          Permissions = 1 << 6
	PermissionViewAuditLog          Permissions = 1 << 7
	PermissionViewChannel           Permissions = 1 << 10
	PermissionSendMessages          Permissions = 1 << 11
	PermissionSendTTS               Permissions = 1 << 12
	PermissionManageMessages        Permissions = 1 << 13
	PermissionEmbedLinks            Permissions = 1 << 14
	PermissionAttachFiles           Permissions = 1 << 15
	PermissionReadMessageHistory    Permissions = 1 << 16
	PermissionMentionEveryone       Permissions = 1 << 17
	PermissionExternalEmojis        Permissions = 1 << 18
	PermissionChangeNickname        Permissions = 1 << 26
	PermissionManageNicknames       Permissions = 1 << 27
	PermissionManageRoles           Permissions = 1 << 28
	PermissionManageWebhooks        Permissions = 1 << 29
	PermissionUseCommands           Permissions = 1 << 31
	PermissionManageThreads         Permissions = 1 << 34
	PermissionCreatePublicThreads   Permissions = 1 << 35
	PermissionCreatePrivateThreads  Permissions = 1 << 36
	PermissionSendMessagesInThreads Permissions = 1 << 38
	PermissionModerateMembers       Permissions = 1 << 40
	PermissionPinMessages           Permissions = 1 << 51
	PermissionBypassSlowmode        Permissions = 1 << 52
)

// permissionNames are the words a page shows, in the order of the bits.
var permissionNames = []struct {
	bit  Permissions
	name string
}{
	{PermissionCreateInvite, "create invites"}, {PermissionKickMembers, "kick members"},
	{PermissionBanMembers, "ban members"}, {PermissionAdministrator, "administrator"},
	{PermissionManageChannels, "manage channels"}, {PermissionManageGuild, "manage server"},
	{PermissionAddReactions, "add reactions"}, {PermissionViewAuditLog, "view audit log"},
	{PermissionViewChannel, "view channel"}, {PermissionSendMessages, "send messages"},
	{PermissionSendTTS, "send text-to-speech"}, {PermissionManageMessages, "manage messages"},
	{PermissionEmbedLinks, "embed links"}, {PermissionAttachFiles, "attach files"},
	{PermissionReadMessageHistory, "read message history"}, {PermissionMentionEveryone, "mention everyone"},
	{PermissionExternalEmojis, "use external emojis"}, {PermissionChangeNickname, "change nickname"},
	{PermissionManageNicknames, "manage nicknames"}, {PermissionManageRoles, "manage roles"},
	{PermissionManageWebhooks, "manage webhooks"}, {PermissionUseCommands, "use commands"},
	{PermissionManageThreads, "manage threads"}, {PermissionCreatePublicThreads, "create public threads"},
	{PermissionCreatePrivateThreads, "create private threads"},
	{PermissionSendMessagesInThreads, "send messages in threads"},
	{PermissionModerateMembers, "time out members"}, {PermissionPinMessages, "pin messages"},
	{PermissionBypassSlowmode, "bypass slowmode"},
}

// Names lists the permissions of a set that have a meaning here, in words.
func (p Permissions) Names() []string {
	var names []string
	for _, row := range permissionNames {
		if p&row.bit != 0 {
			names = append(names, row.name)
		}
	}
	return names
}

// Has says whether every wanted permission is in the set.
func (p Permissions) Has(wanted Permissions) bool { return p&wanted == wanted }

// AllPermissions has every bit Discord hands out, up to BYPASS_SLOWMODE.
const AllPermissions Permissions = 1<<53 - 1

// everyonePermissions is what @everyone of a new guild may do: read, write, embed, attach, react, use commands.
const everyonePermissions = PermissionViewChannel | PermissionSendMessages | PermissionReadMessageHistory |
	PermissionAddReactions | PermissionEmbedLinks | PermissionAttachFiles | PermissionExternalEmojis |
	PermissionChangeNickname | PermissionUseCommands | PermissionCreatePublicThreads | PermissionSendMessagesInThreads

// impliedBySending are lost together with the permission to write ("Implicit Permissions").
const impliedBySending = PermissionMentionEveryone | PermissionSendTTS | PermissionAttachFiles | PermissionEmbedLinks

// leftInTimeout is what a member in a timeout may still do.
const leftInTimeout = PermissionViewChannel | PermissionReadMessageHistory

// PermissionsIn is what a user may do in a channel, as Discord computes it; nothing for an unknown user or channel.
func (s *Sim) PermissionsIn(user, channelID ID) Permissions {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channels[channelID]
	if c == nil {
		return 0
	}
	return s.permissions(user, c)
}

// GuildPermissions is what a user may do in a guild, apart from any channel; nothing for who is no member.
func (s *Sim) GuildPermissions(user, guildID ID) Permissions {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.guilds[guildID]
	if g == nil || g.byUser[user] == nil {
		return 0
	}
	return g.permissions(g.byUser[user])
}

// permissions computes what a user may do in a channel: roles first, then the channel's overwrites for @everyone,
// for the roles, for the member, then what follows from what is missing. A thread has its parent's. In a DM everybody
// may do what a DM allows.
func (s *Sim) permissions(user ID, c *channel) Permissions {
	if c.Type == ChannelDM {
		return everyonePermissions
	}
	g := s.guilds[c.GuildID]
	member := g.byUser[user]
	if member == nil {
		return 0
	}
	base := g.untimed(member)
	if base == AllPermissions {
		return base
	}
	home := c
	if c.isThread() {
		home = s.channels[c.ParentID]
	}
	p := overwritten(base, home.Overwrites, g.ID, member)
	if p&PermissionViewChannel == 0 {
		return 0
	}
	if p&c.writing() == 0 {
		p &^= impliedBySending
	}
	if member.timedOut() {
		p &= leftInTimeout
	}
	return p
}

// permissions are a member's in the whole guild.
func (g *guild) permissions(m *Member) Permissions {
	p := g.untimed(m)
	if p != AllPermissions && m.timedOut() {
		p &= leftInTimeout
	}
	return p
}

// untimed are a member's permissions in the guild without looking at a timeout, which does not bind administrators.
func (g *guild) untimed(m *Member) Permissions {
	if g.OwnerID == m.User.ID {
		return AllPermissions
	}
	base := g.role(g.ID).Permissions
	for _, id := range m.Roles {
		if role := g.role(id); role != nil {
			base |= role.Permissions
		}
	}
	if base&PermissionAdministrator != 0 {
		return AllPermissions
	}
	return base
}

func overwritten(base Permissions, overwrites []Overwrite, everyone ID, member *Member) Permissions {
	var roleAllow, roleDeny, ownAllow, ownDeny Permissions
	for _, o := range overwrites {
		switch {
		case o.ID == everyone:
			base = base&^o.Deny | o.Allow
		case o.ID == member.User.ID:
			ownAllow, ownDeny = o.Allow, o.Deny
		case slices.Contains(member.Roles, o.ID):
			roleAllow |= o.Allow
			roleDeny |= o.Deny
		}
	}
	base = base&^roleDeny | roleAllow
	return base&^ownDeny | ownAllow
}

// writing is the permission to write that counts in a channel.
func (c *channel) writing() Permissions {
	if c.isThread() {
		return PermissionSendMessagesInThreads
	}
	return PermissionSendMessages
}

func (m *Member) timedOut() bool {
	until := m.CommunicationDisabledUntil
	return until != nil && until.After(time.Now())
}

// sees says whether a user can see a channel at all. A private thread is seen by its members and by who manages
// threads.
func (s *Sim) sees(user ID, c *channel) bool {
	if c.Type == ChannelDM {
		return c.Recipient.ID == user || user == s.self.ID
	}
	p := s.permissions(user, c)
	if c.Type == ChannelPrivateThread && p&PermissionManageThreads == 0 && c.thread.member(user) == nil {
		return false
	}
	return p&PermissionViewChannel != 0
}

// rank is the place of a member in the order of roles: of the roles the highest position, the older of two with the
// same. The owner stands above everybody.
type rank struct {
	owner    bool
	position int
	role     ID
}

func (g *guild) rank(m *Member) rank {
	best := rank{owner: g.OwnerID == m.User.ID, role: g.ID}
	for _, id := range m.Roles {
		if role := g.role(id); role != nil && !best.above(role) {
			best.position, best.role = role.Position, role.ID
		}
	}
	return best
}

// above says whether a role stands below this rank. A member's own highest role does not.
func (r rank) above(role *Role) bool {
	return r.owner || r.position > role.Position || r.position == role.Position && r.role < role.ID
}

// outranks says whether one member may act on another.
func (g *guild) outranks(actor, target *Member) bool {
	a, t := g.rank(actor), g.rank(target)
	if a.owner || t.owner {
		return a.owner && !t.owner
	}
	return a.position > t.position || a.position == t.position && a.role < t.role
}
