package discordsim

import (
	"strconv"
	"time"
)

func (s *Sim) getGateway(req *request) (response, *apiError) {
	return ok(map[string]string{"url": "ws://" + req.host + "/"})
}

// gatewayBot is the answer of GET /gateway/bot.
type gatewayBot struct {
	URL    string     `json:"url"`
	Shards int        `json:"shards"`
	Starts startsLeft `json:"session_start_limit"`
}

type startsLeft struct {
	Total          int   `json:"total"`
	Remaining      int   `json:"remaining"`
	ResetAfter     int64 `json:"reset_after"`
	MaxConcurrency int   `json:"max_concurrency"`
}

func (s *Sim) getGatewayBot(req *request) (response, *apiError) {
	now := time.Now()
	s.starts.refresh(now, s.cfg.Starts)
	return ok(gatewayBot{
		URL: "ws://" + req.host + "/", Shards: max(1, (len(s.guilds)+999)/1000),
		Starts: startsLeft{
			Total: s.cfg.Starts.Total, Remaining: s.cfg.Starts.Total - s.starts.used,
			ResetAfter:     s.starts.windowEnds.Sub(now).Milliseconds(),
			MaxConcurrency: s.cfg.Starts.MaxConcurrency,
		},
	})
}

func (s *Sim) getMe(*request) (response, *apiError) { return ok(s.selfObject()) }

func (s *Sim) getUser(req *request) (response, *apiError) {
	id, bad := req.id("user")
	if bad != nil {
		return refuse(bad)
	}
	if s.users[id] == nil {
		return refuse(errUnknownUser)
	}
	return ok(s.users[id].User)
}

func (s *Sim) postDM(req *request) (response, *apiError) {
	var body struct {
		Recipient ID `json:"recipient_id"`
	}
	if bad := decode(req.body, &body); bad != nil {
		return refuse(bad)
	}
	if s.users[body.Recipient] == nil || body.Recipient == s.self.ID {
		return refuse(badForm("recipient_id", "BASE_TYPE_REQUIRED", "This field is required"))
	}
	return ok(s.openDM(body.Recipient).Channel)
}

// applicationObject is the answer of GET /applications/@me.
type applicationObject struct {
	ID                  ID       `json:"id"`
	Name                string   `json:"name"`
	Icon                *string  `json:"icon"`
	Description         string   `json:"description"`
	Summary             string   `json:"summary"`
	BotPublic           bool     `json:"bot_public"`
	BotRequireCodeGrant bool     `json:"bot_require_code_grant"`
	VerifyKey           string   `json:"verify_key"`
	Flags               int      `json:"flags"`
	Team                *string  `json:"team"`
	Owner               User     `json:"owner"`
	Bot                 User     `json:"bot"`
	Tags                []string `json:"tags"`
	GuildCount          int      `json:"approximate_guild_count"`
	UserInstallCount    int      `json:"approximate_user_install_count"`
	AuthorizationCount  int      `json:"approximate_user_authorization_count"`
	Type                *int     `json:"type"`
	FlagsNew            string   `json:"flags_new"`
	RedirectURIs        []string `json:"redirect_uris"`
	InteractionsURL     *string  `json:"interactions_endpoint_url"`
	RoleConnectionsURL  *string  `json:"role_connections_verification_url"`
	ContentFilter       int      `json:"explicit_content_filter"`
	OAuthScopes         []string `json:"eligible_oauth2_scopes"`
}

// The application flags that say which privileged intents are switched on (the "limited" ones, for small bots).
const (
	flagPresenceLimited = 1 << 13
	flagMembersLimited  = 1 << 15
	flagContentLimited  = 1 << 19
)

func (s *Sim) getApplication(*request) (response, *apiError) {
	flags := 0
	for intent, flag := range map[Intents]int{
		IntentGuildPresences: flagPresenceLimited, IntentGuildMembers: flagMembersLimited, IntentMessageContent: flagContentLimited,
	} {
		if s.withheld&intent == 0 {
			flags |= flag
		}
	}
	owner := "Owner"
	return ok(applicationObject{
		ID: s.self.ID, Name: s.self.Username, BotPublic: true, VerifyKey: "00", Flags: flags,
		Owner: User{ID: 1, Username: "owner", Discriminator: "0", GlobalName: &owner}, Bot: s.self,
		Tags: []string{}, GuildCount: len(s.guilds), FlagsNew: strconv.Itoa(flags), RedirectURIs: []string{},
		OAuthScopes: []string{},
	})
}

func (s *Sim) getChannel(req *request) (response, *apiError) {
	c, bad := s.channelFor(req, 0)
	if bad != nil {
		return refuse(bad)
	}
	return ok(c.Channel)
}

// guildFor finds a guild the bot is in.
func (s *Sim) guildFor(req *request) (*guild, *apiError) {
	id, bad := req.id("guild")
	if bad != nil {
		return nil, bad
	}
	g := s.guilds[id]
	if g == nil {
		return nil, errUnknownGuild
	}
	if g.byUser[s.self.ID] == nil {
		return nil, errMissingAccess
	}
	return g, nil
}

func (s *Sim) getGuild(req *request) (response, *apiError) {
	g, bad := s.guildFor(req)
	if bad != nil {
		return refuse(bad)
	}
	object := g.object()
	if req.flag("with_counts") {
		members := len(g.members)
		object.MemberCount, object.PresenceCount = &members, &members
	}
	return ok(object)
}

func (s *Sim) getGuildChannels(req *request) (response, *apiError) {
	g, bad := s.guildFor(req)
	if bad != nil {
		return refuse(bad)
	}
	channels := []Channel{}
	for _, c := range g.channels {
		channels = append(channels, c.Channel)
	}
	return ok(channels)
}

func (s *Sim) getGuildRoles(req *request) (response, *apiError) {
	g, bad := s.guildFor(req)
	if bad != nil {
		return refuse(bad)
	}
	return ok(g.object().Roles)
}

// getGuildMembers lists by rising user id; it is governed by the portal's switch, not by IDENTIFY.
func (s *Sim) getGuildMembers(req *request) (response, *apiError) {
	g, bad := s.guildFor(req)
	if bad != nil {
		return refuse(bad)
	}
	if s.withheld&IntentGuildMembers != 0 {
		return refuse(errMissingAccess)
	}
	limit, err := strconv.Atoi(req.query.Get("limit"))
	if err != nil {
		limit = 1
	}
	if limit < 1 || limit > 1000 {
		return refuse(badForm("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 1000."))
	}
	after, _ := ParseID(req.query.Get("after"))
	return ok(g.membersAfter(after, limit))
}

func (s *Sim) getGuildMember(req *request) (response, *apiError) {
	g, bad := s.guildFor(req)
	if bad != nil {
		return refuse(bad)
	}
	id, bad := req.id("user")
	if bad != nil {
		return refuse(bad)
	}
	m := g.byUser[id]
	if m == nil {
		return refuse(errUnknownMember)
	}
	return ok(*m)
}
