package discordsim

import (
	"cmp"
	"slices"
	"time"
)

// Guild is what there is to know about a guild without its lists.
type Guild struct {
	ID          ID
	Name        string
	OwnerID     ID
	Unavailable bool
}

// guild is a guild with everything in it. The order of its lists is the order of joining.
type guild struct {
	Guild
	joined   time.Time
	roles    []*Role
	channels []*channel
	threads  []*channel
	members  []*Member
	byUser   map[ID]*Member
	bans     []ban
	audit    []auditEntry
	invites  []*invite
}

func (g *guild) role(id ID) *Role {
	for _, r := range g.roles {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// guildObject is the JSON of a guild as GET /guilds/{id} shows it.
type guildObject struct {
	ID                       ID       `json:"id"`
	Name                     string   `json:"name"`
	Icon                     *string  `json:"icon"`
	Splash                   *string  `json:"splash"`
	DiscoverySplash          *string  `json:"discovery_splash"`
	OwnerID                  ID       `json:"owner_id"`
	Region                   string   `json:"region"`
	AFKChannelID             *ID      `json:"afk_channel_id"`
	AFKTimeout               int      `json:"afk_timeout"`
	VerificationLevel        int      `json:"verification_level"`
	DefaultNotifications     int      `json:"default_message_notifications"`
	ExplicitContentFilter    int      `json:"explicit_content_filter"`
	Roles                    []*Role  `json:"roles"`
	Emojis                   []string `json:"emojis"`
	Stickers                 []string `json:"stickers"`
	Features                 []string `json:"features"`
	MFALevel                 int      `json:"mfa_level"`
	ApplicationID            *ID      `json:"application_id"`
	SystemChannelID          *ID      `json:"system_channel_id"`
	SystemChannelFlags       int      `json:"system_channel_flags"`
	RulesChannelID           *ID      `json:"rules_channel_id"`
	MaxMembers               int      `json:"max_members"`
	MaxPresences             *int     `json:"max_presences"`
	VanityURLCode            *string  `json:"vanity_url_code"`
	Description              *string  `json:"description"`
	Banner                   *string  `json:"banner"`
	PremiumTier              int      `json:"premium_tier"`
	PremiumSubscriptionCount int      `json:"premium_subscription_count"`
	PreferredLocale          string   `json:"preferred_locale"`
	PublicUpdatesChannelID   *ID      `json:"public_updates_channel_id"`
	SafetyAlertsChannelID    *ID      `json:"safety_alerts_channel_id"`
	NSFWLevel                int      `json:"nsfw_level"`
	PremiumProgressBar       bool     `json:"premium_progress_bar_enabled"`
	IncidentsData            *string  `json:"incidents_data"`
	HomeHeader               *string  `json:"home_header"`
	WidgetEnabled            bool     `json:"widget_enabled"`
	WidgetChannelID          *ID      `json:"widget_channel_id"`
	MaxStageUsers            int      `json:"max_stage_video_channel_users"`
	MaxVideoUsers            int      `json:"max_video_channel_users"`
	NSFW                     bool     `json:"nsfw"`
	MemberCount              *int     `json:"approximate_member_count,omitempty"`
	PresenceCount            *int     `json:"approximate_presence_count,omitempty"`
}

// guildCreate is the payload of GUILD_CREATE.
type guildCreate struct {
	guildObject
	JoinedAt        Timestamp      `json:"joined_at"`
	Large           bool           `json:"large"`
	Unavailable     bool           `json:"unavailable"`
	MemberCount     int            `json:"member_count"`
	VoiceStates     []string       `json:"voice_states"`
	Members         []*Member      `json:"members"`
	Channels        []guildChannel `json:"channels"`
	Threads         []Channel      `json:"threads"`
	Presences       []userPresence `json:"presences"`
	StageInstances  []string       `json:"stage_instances"`
	ScheduledEvents []string       `json:"guild_scheduled_events"`
	Soundboard      []string       `json:"soundboard_sounds"`
}

func (g *guild) object() guildObject {
	none := []string{}
	return guildObject{
		ID: g.ID, Name: g.Name, OwnerID: g.OwnerID, Region: "deprecated", AFKTimeout: 300,
		Roles: slices.Clone(g.roles), Emojis: none, Stickers: none, Features: none,
		MaxMembers: 500000, PreferredLocale: "en-US", MaxStageUsers: 50, MaxVideoUsers: 25,
	}
}

// createEvent is the GUILD_CREATE a session with these intents gets: without GUILD_PRESENCES the only member listed
// is the bot. Threads are the active ones the bot sees.
func (s *Sim) createEvent(g *guild, intents Intents) guildCreate {
	none := []string{}
	event := guildCreate{
		guildObject: g.object(), JoinedAt: Timestamp{g.joined}, MemberCount: len(g.members), Members: []*Member{},
		VoiceStates: none, Threads: []Channel{}, Presences: []userPresence{}, StageInstances: none, ScheduledEvents: none,
		Soundboard: none, Large: len(g.members) > 250, Channels: []guildChannel{},
	}
	for _, m := range g.members {
		if intents.has(IntentGuildPresences) || m.User.ID == s.self.ID {
			event.Members = append(event.Members, m)
		}
		if p, told := s.statuses[m.User.ID]; told && intents.has(IntentGuildPresences) {
			event.Presences = append(event.Presences, p.inGuild(g.ID))
		}
	}
	for _, c := range g.channels {
		event.Channels = append(event.Channels, c.guildForm())
	}
	for _, t := range g.threads {
		if !t.Thread.Archived && s.sees(s.self.ID, t) {
			event.Threads = append(event.Threads, t.Channel)
		}
	}
	return event
}

// membersAfter lists members by rising user id.
func (g *guild) membersAfter(after ID, limit int) []*Member {
	members := []*Member{}
	for _, m := range g.members {
		if m.User.ID > after {
			members = append(members, m)
		}
	}
	slices.SortFunc(members, func(a, b *Member) int { return cmp.Compare(a.User.ID, b.User.ID) })
	return members[:min(limit, len(members))]
}
