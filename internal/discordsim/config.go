package discordsim

import (
	"cmp"
	"encoding/base64"
	"time"
)

// Config says what kind of Discord this is. The zero value is a faithful one: every default is Discord's own number
// where it is known. Durations and counts that are zero mean the default.
type Config struct {
	// Application is the bot's account.
	Application Application
	// Addr is where Start listens; default 127.0.0.1:0.
	Addr string
	// PublicAddr is the host and port that URLs name, where a port is forwarded; default is where the client connected to.
	PublicAddr string
	// HeartbeatInterval is what Hello asks for; default 41.25 s.
	HeartbeatInterval time.Duration
	// HeartbeatSlack times the interval is how long a client may be silent before close 4009; default 1.5.
	HeartbeatSlack float64
	// ResumeWindow is how long a session outlives its connection; default 90 s.
	ResumeWindow time.Duration
	// ReplayBuffer is how many events a session keeps for a resume; default 10,000.
	ReplayBuffer int
	// ReconnectGrace is how long after op 7 the server hangs up by itself; default 5 s.
	ReconnectGrace time.Duration
	// Starts limits IDENTIFYs.
	Starts StartLimits
	// SendLimit is how many payloads a client may send per SendWindow before close 4008; default 120 per 60 s.
	SendLimit  int
	SendWindow time.Duration
	// NonceWindow is how long enforce_nonce remembers; default 180 s.
	NonceWindow time.Duration
	// NonceInHistory shows the nonce in later GETs too, which Discord does not promise.
	NonceInHistory bool
	// AcknowledgeWithin is the time for an interaction's first response; default 3 s.
	AcknowledgeWithin time.Duration
	// TokenLifetime is how long an interaction's token works; default 15 min.
	TokenLifetime time.Duration
	// CommandCreatesPerDay limits new commands per scope; default 200.
	CommandCreatesPerDay int
	// OldEdits limits the edits of old messages (30046).
	OldEdits OldEdits
	// Limits are the REST rate limits.
	Limits Limits
	// OwnAgent is how the User-Agent of the bot under test begins: what its requests break of Discord's OpenAPI
	// description counts in Counters.Violations, what others' do in Counters.Foreign. Default: the product's.
	OwnAgent string
	// Unchecked switches the comparison of requests and answers with that description off, for benchmarks.
	Unchecked bool
	// StrictUserAgent blocks (403, code 40333) every User-Agent that does not begin with "DiscordBot (". Without it only
	// bot tokens with a browser's User-Agent or none are blocked.
	StrictUserAgent bool
	// History is how many messages a channel remembers; default 100,000.
	History int
	// Seed makes faults with a probability repeatable.
	Seed uint64
}

// Application is the bot's account as the developer portal knows it.
type Application struct {
	// ID of the application and of its bot user; default 900000000000000001.
	ID ID
	// Name of the bot; default Steadfast.
	Name string
	// Token is the bot's token; default base64(ID) and two made-up parts.
	Token string
	// Withheld are the privileged intents that are *not* switched on in the portal. None by default.
	Withheld Intents
}

// StartLimits is the budget of IDENTIFYs.
type StartLimits struct {
	// Total IDENTIFYs per Window; default 1000 in 24 h. One more, and Discord resets the token.
	Total  int
	Window time.Duration
	// MaxConcurrency IDENTIFYs (one per bucket) are allowed per Interval; default 1 in 5 s. A negative Interval
	// switches the check off.
	MaxConcurrency int
	Interval       time.Duration
}

// OldEdits is how often the old messages of a channel may be edited. The age is Discord's; how many, it does not say.
type OldEdits struct {
	// Age from which a message is old; default 1 h.
	Age time.Duration
	// Limit edits per Window; default 5 in 1 min.
	Limit  int
	Window time.Duration
}

// Limits sets the REST rate limits.
type Limits struct {
	// Off switches every limit off, the global one too.
	Off bool
	// Factor multiplies how many requests each bucket allows; default 1.
	Factor float64
	// Global is the number of requests per second over all buckets; default 50.
	Global int
	// InvalidRequests is how many 401, 403 and 429 in InvalidWindow earn a Cloudflare ban; default 10,000 in 10 min.
	InvalidRequests int
	InvalidWindow   time.Duration
	// BanFor is how long such a ban lasts; default 1 h.
	BanFor time.Duration
}

func (c Config) withDefaults() Config {
	c.Application = c.Application.withDefaults()
	c.Starts = c.Starts.withDefaults()
	c.Limits = c.Limits.withDefaults()
	c.Addr = cmp.Or(c.Addr, "127.0.0.1:0")
	c.HeartbeatInterval = cmp.Or(c.HeartbeatInterval, 41250*time.Millisecond)
	c.HeartbeatSlack = cmp.Or(c.HeartbeatSlack, 1.5)
	c.ResumeWindow = cmp.Or(c.ResumeWindow, 90*time.Second)
	c.ReplayBuffer = cmp.Or(c.ReplayBuffer, 10_000)
	c.ReconnectGrace = cmp.Or(c.ReconnectGrace, 5*time.Second)
	c.SendLimit = cmp.Or(c.SendLimit, 120)
	c.SendWindow = cmp.Or(c.SendWindow, time.Minute)
	c.NonceWindow = cmp.Or(c.NonceWindow, 180*time.Second)
	c.AcknowledgeWithin = cmp.Or(c.AcknowledgeWithin, 3*time.Second)
	c.TokenLifetime = cmp.Or(c.TokenLifetime, 15*time.Minute)
	c.OldEdits.Age = cmp.Or(c.OldEdits.Age, time.Hour)
	c.OldEdits.Limit = cmp.Or(c.OldEdits.Limit, 5)
	c.OldEdits.Window = cmp.Or(c.OldEdits.Window, time.Minute)
	c.CommandCreatesPerDay = cmp.Or(c.CommandCreatesPerDay, 200)
	c.OwnAgent = cmp.Or(c.OwnAgent, "DiscordBot (https://github.com/steadfast-bot/steadfast")
	c.History = cmp.Or(c.History, 100_000)
	return c
}

func (a Application) withDefaults() Application {
	a.ID = cmp.Or(a.ID, 900000000000000001)
	a.Name = cmp.Or(a.Name, "Steadfast")
	a.Token = cmp.Or(a.Token, MakeToken(a.ID, "simulated"))
	return a
}

func (l StartLimits) withDefaults() StartLimits {
	l.Total = cmp.Or(l.Total, 1000)
	l.Window = cmp.Or(l.Window, 24*time.Hour)
	l.MaxConcurrency = cmp.Or(l.MaxConcurrency, 1)
	l.Interval = cmp.Or(l.Interval, 5*time.Second)
	return l
}

func (l Limits) withDefaults() Limits {
	l.Factor = cmp.Or(l.Factor, 1)
	l.Global = cmp.Or(l.Global, 50)
	l.InvalidRequests = cmp.Or(l.InvalidRequests, 10_000)
	l.InvalidWindow = cmp.Or(l.InvalidWindow, 10*time.Minute)
	l.BanFor = cmp.Or(l.BanFor, time.Hour)
	return l
}

// MakeToken builds a token of Discord's form. Its first part is the application's id, which some libraries read.
func MakeToken(application ID, secret string) string {
	return base64.RawStdEncoding.EncodeToString([]byte(application.String())) + ".sim." + secret
}
