package discordsim

import (
	"encoding/json"
	"strings"
	"time"
)

// identifyPayload is the d of op 2, as far as it matters here.
type identifyPayload struct {
	Token    string    `json:"token"`
	Intents  *Intents  `json:"intents"`
	Shard    *[2]int   `json:"shard"`
	Presence *Presence `json:"presence"`
}

// startLedger counts IDENTIFYs.
type startLedger struct {
	windowEnds   time.Time
	used         int
	lastByBucket map[int]time.Time
}

// refresh begins a new window when the old one is over.
func (l *startLedger) refresh(now time.Time, limits StartLimits) {
	if !now.Before(l.windowEnds) {
		l.windowEnds = now.Add(limits.Window)
		l.used = 0
	}
}

// validToken accepts the token with and without its prefix: libraries do both.
func (s *Sim) validToken(token string) bool {
	return s.token != "" && strings.TrimPrefix(token, "Bot ") == s.token
}

// identify starts a session, or says by which of Discord's rules it cannot.
func (s *Sim) identify(c *conn, d json.RawMessage) {
	if c.session != nil {
		c.refuse(closeAlreadyAuth, "Already authenticated.")
		return
	}
	var in identifyPayload
	if json.Unmarshal(d, &in) != nil {
		c.refuse(closeDecodeError, "Error while decoding payload.")
		return
	}
	s.counters.Identifies++
	s.touch()
	if !s.validToken(in.Token) {
		c.refuse(closeAuthFailed, "Authentication failed.")
		return
	}
	shard := [2]int{0, 1}
	if in.Shard != nil {
		shard = *in.Shard
	}
	if code, reason := s.identifyRefusal(in, shard); code != 0 {
		c.refuse(code, reason)
		return
	}
	if !s.spendStart(c, shard[0]) {
		return
	}
	s.sweepSessions()
	sess := &session{
		id: newSessionID(), intents: *in.Intents, shard: shard[0], shards: shard[1],
		keep: s.cfg.ReplayBuffer, conn: c,
	}
	s.sessions[sess.id] = sess
	c.session, c.next = sess, 1
	s.presence = Presence{Status: "online"}
	if in.Presence != nil {
		s.presence = *in.Presence
	}
	s.observe(Identified{Session: sess.id, Intents: sess.intents, Presence: s.presence})
	s.welcome(c, in.Shard)
}

// identifyRefusal finds what makes an IDENTIFY hopeless; 0 for nothing.
func (s *Sim) identifyRefusal(in identifyPayload, shard [2]int) (int, string) {
	switch {
	case shard[1] < 1 || shard[0] < 0 || shard[0] >= shard[1]:
		return closeInvalidShard, "Invalid shard."
	case len(s.guilds) > guildsPerShard*shard[1]:
		return closeShardingRequired, "Sharding required."
	case in.Intents == nil || *in.Intents&^knownIntents != 0:
		return closeInvalidIntents, "Invalid intent(s)."
	case *in.Intents&s.withheld != 0:
		return closeDisallowedIntents, "Disallowed intent(s)."
	}
	return 0, ""
}

// spendStart takes an IDENTIFY from the budget: one per bucket and interval, else op 9; and when the day's are spent,
// Discord ends every session and resets the token.
func (s *Sim) spendStart(c *conn, shard int) bool {
	now := time.Now()
	limits := s.cfg.Starts
	bucket := shard % limits.MaxConcurrency
	if s.faults.standing.RefuseIdentifies {
		s.invalidate(c, false)
		return false
	}
	if last, ok := s.starts.lastByBucket[bucket]; ok && now.Sub(last) < limits.Interval {
		s.violation("gateway: IDENTIFY too soon after the last one")
		s.invalidate(c, false)
		return false
	}
	s.starts.lastByBucket[bucket] = now
	s.starts.refresh(now, limits)
	if s.starts.used < limits.Total {
		s.starts.used++
		return true
	}
	s.violation("gateway: IDENTIFY budget spent, token reset")
	s.counters.TokenResets++
	s.token = ""
	for other := range s.conns {
		other.closeWith(closeAuthFailed, "Authentication failed.")
	}
	for _, sess := range s.sessions {
		s.endSession(sess, "token reset")
	}
	return false
}

// readyEvent is the payload of READY with the undocumented keys that real ones have.
type readyEvent struct {
	V                int                `json:"v"`
	User             selfUser           `json:"user"`
	Guilds           []unavailableGuild `json:"guilds"`
	SessionID        string             `json:"session_id"`
	ResumeURL        string             `json:"resume_gateway_url"`
	Shard            *[2]int            `json:"shard,omitempty"`
	Application      readyApplication   `json:"application"`
	SessionType      string             `json:"session_type"`
	PrivateChannels  []string           `json:"private_channels"`
	Presences        []string           `json:"presences"`
	Relationships    []string           `json:"relationships"`
	GuildJoins       []string           `json:"guild_join_requests"`
	GeoOrderedRegion []string           `json:"geo_ordered_rtc_regions"`
	UserSettings     struct{}           `json:"user_settings"`
	Auth             struct{}           `json:"auth"`
	Trace            []string           `json:"_trace"`
}

type readyApplication struct {
	ID    ID  `json:"id"`
	Flags int `json:"flags"`
}

// welcome sends READY and then every guild of the shard.
func (s *Sim) welcome(c *conn, asked *[2]int) {
	sess := c.session
	none := []string{}
	ready := readyEvent{
		V: c.version, User: s.selfObject(), Guilds: []unavailableGuild{}, SessionID: sess.id,
		ResumeURL: "ws://" + c.host + resumePath, Shard: asked, Application: readyApplication{s.self.ID, 0},
		SessionType: "normal", PrivateChannels: none, Presences: none, Relationships: none, GuildJoins: none,
		GeoOrderedRegion: none, Trace: []string{"discordsim"},
	}
	var own []*guild
	for _, id := range s.guildOrder {
		if (audience{guild: id}).includes(sess) && s.guilds[id].byUser[s.self.ID] != nil {
			ready.Guilds = append(ready.Guilds, unavailableGuild{id, true})
			own = append(own, s.guilds[id])
		}
	}
	sess.append(newWireEvent("READY", mustJSON(ready)))
	s.counters.Readies++
	if !sess.intents.has(IntentGuilds) {
		return
	}
	for _, g := range own {
		sess.append(s.guildEvent(sess, g))
	}
}

func (s *Sim) selfObject() selfUser { return selfUser{User: s.self, Verified: true, Locale: "en-US"} }
