package discordsim

import (
	"regexp"
	"slices"
	"strings"
)

// AllowedMentions is the object a client sends to say who may be pinged. Nil means Discord's default.
type AllowedMentions struct {
	Parse       []string `json:"parse"`
	Users       []ID     `json:"users"`
	Roles       []ID     `json:"roles"`
	RepliedUser bool     `json:"replied_user"`
}

var mentionPattern = regexp.MustCompile(`<@(!|&)?([0-9]{1,20})>`)

// mentionsOf fills in whom a message's content mentions, as far as it is allowed to. Users that do not exist are not
// mentioned; @everyone needs the permission.
func (s *Sim) mentionsOf(m *Message, c *channel, author ID, allowed *AllowedMentions) {
	m.Mentions, m.MentionRoles, m.MentionEveryone = nil, nil, false
	for _, match := range mentionPattern.FindAllStringSubmatch(m.Content, -1) {
		id, err := ParseID(match[2])
		if err != nil {
			continue
		}
		if match[1] == "&" {
			s.mentionRole(m, c, id, allowed)
			continue
		}
		if u := s.users[id]; u != nil && allowed.permits("users", id) {
			m.mention(u.User)
		}
	}
	if strings.Contains(m.Content, "@everyone") || strings.Contains(m.Content, "@here") {
		may := s.permissions(author, c)&PermissionMentionEveryone != 0
		m.MentionEveryone = may && allowed.permits("everyone", 0)
	}
	if m.Referenced != nil && (allowed == nil || allowed.RepliedUser) {
		m.mention(m.Referenced.Author)
	}
}

func (s *Sim) mentionRole(m *Message, c *channel, id ID, allowed *AllowedMentions) {
	g := s.guilds[c.GuildID]
	if g == nil || g.role(id) == nil || slices.Contains(m.MentionRoles, id) || !allowed.permits("roles", id) {
		return
	}
	m.MentionRoles = append(m.MentionRoles, id)
}

func (m *Message) mention(u User) {
	if !slices.ContainsFunc(m.Mentions, func(other User) bool { return other.ID == u.ID }) {
		m.Mentions = append(m.Mentions, u)
	}
}

func (a *AllowedMentions) permits(kind string, id ID) bool {
	if a == nil || slices.Contains(a.Parse, kind) {
		return true
	}
	switch kind {
	case "users":
		return slices.Contains(a.Users, id)
	case "roles":
		return slices.Contains(a.Roles, id)
	}
	return false
}

// check reports what Discord refuses in allowed_mentions.
func (a *AllowedMentions) check(problems *formErrors) {
	if a == nil {
		return
	}
	for _, kind := range a.Parse {
		if kind != "users" && kind != "roles" && kind != "everyone" {
			problems.add("allowed_mentions.parse", "BASE_TYPE_CHOICES", "Value must be one of {'users', 'roles', 'everyone'}.")
		}
	}
	if slices.Contains(a.Parse, "users") && len(a.Users) > 0 {
		problems.add("allowed_mentions", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", "parse:[\"users\"] and users: [ids...] are mutually exclusive.")
	}
	if slices.Contains(a.Parse, "roles") && len(a.Roles) > 0 {
		problems.add("allowed_mentions", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", "parse:[\"roles\"] and roles: [ids...] are mutually exclusive.")
	}
	if len(a.Users) > 100 {
		problems.add("allowed_mentions.users", "BASE_TYPE_MAX_LENGTH", "Must be 100 or fewer in length.")
	}
	if len(a.Roles) > 100 {
		problems.add("allowed_mentions.roles", "BASE_TYPE_MAX_LENGTH", "Must be 100 or fewer in length.")
	}
}
