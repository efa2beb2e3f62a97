package discordsim

import (
	"net/url"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// The actions of the audit log that happen here ("Audit Log Events").
const (
	auditChannelCreate   = 10
	auditChannelUpdate   = 11
	auditChannelDelete   = 12
	auditOverwriteCreate = 13
	auditOverwriteUpdate = 14
	auditOverwriteDelete = 15
	auditKick            = 20
	auditBan             = 22
	auditUnban           = 23
	auditMemberUpdate    = 24
	auditMemberRoles     = 25
	auditRoleCreate      = 30
	auditRoleUpdate      = 31
	auditRoleDelete      = 32
	auditInviteCreate    = 40
	auditInviteDelete    = 42
	auditWebhookCreate   = 50
	auditWebhookUpdate   = 51
	auditWebhookDelete   = 52
	auditMessageDelete   = 72
	auditBulkDelete      = 73
	auditPin             = 74
	auditUnpin           = 75
	auditThreadCreate    = 110
	auditThreadUpdate    = 111
	auditThreadDelete    = 112
)

// maxAudit is how many entries of a guild are kept.
const maxAudit = 1000

// auditEntry is an entry of a guild's audit log.
type auditEntry struct {
	ID      ID                `json:"id"`
	Action  int               `json:"action_type"`
	User    ID                `json:"user_id"`
	Target  ID                `json:"target_id"`
	Changes []auditChange     `json:"changes,omitempty"`
	Options map[string]string `json:"options,omitempty"`
	Reason  string            `json:"reason,omitempty"`
}

// auditChange is what an action changed.
type auditChange struct {
	Key string `json:"key"`
	Old any    `json:"old_value,omitempty"`
	New any    `json:"new_value,omitempty"`
}

// AuditEntry is an entry of a guild's audit log, as far as tests and pages look at it.
type AuditEntry struct {
	Action int
	User   ID
	Target ID
	Reason string
}

// AuditLog are the newest 1000 entries of a guild's audit log, oldest first.
func (s *Sim) AuditLog(guildID ID) []AuditEntry {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.guilds[guildID]
	if g == nil {
		return nil
	}
	var entries []AuditEntry
	for _, e := range g.audit {
		entries = append(entries, AuditEntry{e.Action, e.User, e.Target, e.Reason})
	}
	return entries
}

// auditReason is the reason a request gives; what is longer than 512 characters is cut, what is not encoded is taken
// as it is.
func auditReason(req *request) string {
	reason := req.header.Get("X-Audit-Log-Reason")
	if decoded, err := url.QueryUnescape(reason); err == nil {
		reason = decoded
	}
	if utf8.RuneCountInString(reason) > 512 {
		reason = string([]rune(reason)[:512])
	}
	return reason
}

// audit records what the bot did in a guild and tells the sessions that may read the audit log.
func (s *Sim) audit(req *request, guildID ID, entry auditEntry) {
	g := s.guilds[guildID]
	if g == nil {
		return
	}
	entry.ID, entry.User, entry.Reason = s.ids.next(time.Now()), s.self.ID, auditReason(req)
	g.audit = append(g.audit, entry)
	g.audit = g.audit[max(0, len(g.audit)-maxAudit):]
	own := g.byUser[s.self.ID]
	if own == nil || !g.permissions(own).Has(PermissionViewAuditLog) {
		return
	}
	s.dispatch(audience{need: IntentGuildModeration, guild: g.ID}, "GUILD_AUDIT_LOG_ENTRY_CREATE", struct {
		auditEntry
		GuildID ID `json:"guild_id"`
	}{entry, g.ID})
}

// auditPage is the answer of GET audit-logs. Only entries and users are filled in.
type auditPage struct {
	Entries      []auditEntry `json:"audit_log_entries"`
	Users        []User       `json:"users"`
	Integrations []string     `json:"integrations"`
	Webhooks     []string     `json:"webhooks"`
	Scheduled    []string     `json:"guild_scheduled_events"`
	Threads      []string     `json:"threads"`
	Commands     []string     `json:"application_commands"`
	Moderation   []string     `json:"auto_moderation_rules"`
}

// getAuditLog lists newest first, by user_id, action_type, before and after.
func (s *Sim) getAuditLog(req *request) (response, *apiError) {
	g, bad := s.guildWith(req, PermissionViewAuditLog)
	if bad != nil {
		return refuse(bad)
	}
	limit, bad := req.limit(50, 100)
	if bad != nil {
		return refuse(bad)
	}
	none := []string{}
	page := auditPage{
		Entries: []auditEntry{}, Users: []User{}, Integrations: none, Webhooks: none, Scheduled: none, Threads: none,
		Commands: none, Moderation: none,
	}
	user, _ := ParseID(req.query.Get("user_id"))
	before, _ := ParseID(req.query.Get("before"))
	after, _ := ParseID(req.query.Get("after"))
	action, _ := strconv.Atoi(req.query.Get("action_type"))
	for _, e := range slices.Backward(g.audit) {
		if user != 0 && e.User != user || action != 0 && e.Action != action || before != 0 && e.ID >= before || e.ID <= after {
			continue
		}
		if len(page.Entries) == limit {
			break
		}
		page.Entries = append(page.Entries, e)
		for _, id := range []ID{e.User, e.Target} {
			known := slices.ContainsFunc(page.Users, func(u User) bool { return u.ID == id })
			if u := s.users[id]; u != nil && !known {
				page.Users = append(page.Users, u.User)
			}
		}
	}
	return ok(page)
}
