package discordsim

import (
	"context"
	crand "crypto/rand"
	"math/rand/v2"
	"sync"
	"time"
)

// Sim is one simulated Discord with one application in it. All methods may be called from any goroutine.
type Sim struct {
	cfg Config

	// mu guards everything below.
	mu  sync.Mutex
	ids idMaker
	rng *rand.Rand

	// self is the bot's user; token is empty after Discord reset it.
	self     User
	token    string
	withheld Intents

	guilds     map[ID]*guild
	guildOrder []ID
	users      map[ID]*person
	channels   map[ID]*channel
	messages   map[ID]*Message
	dms        map[ID]ID
	files      map[ID]storedFile
	hooks      map[ID]*guildHook
	// statuses are the presences of people, as far as SetStatus set them.
	statuses map[ID]userPresence
	// secret signs the URLs of attachments.
	secret []byte
	nonces nonceMemory

	interactions map[ID]*interaction
	byToken      map[string]*interaction
	// forgotInteractions is when old interactions were forgotten last.
	forgotInteractions time.Time
	commands           commandStore

	sessions map[string]*session
	conns    map[*conn]struct{}
	starts   startLedger
	// presence is what the newest session said last.
	presence Presence

	limits limiter
	faults faultState

	counters Counters
	// checking counts the checks under way of requests that are answered.
	checking  int
	observers []*Subscription
	// changed exists while somebody waits for a change.
	changed chan struct{}

	serving *serving
	// stop ends the Serve that Listen began; ended is closed when it has returned.
	stop  context.CancelFunc
	ended chan struct{}
}

// person is a user together with what is not part of the user object.
type person struct {
	User
	dmsClosed bool
}

// New builds a Discord without any guild. It starts nothing.
func New(cfg Config) *Sim {
	cfg = cfg.withDefaults()
	s := &Sim{
		cfg:      cfg,
		rng:      rand.New(rand.NewPCG(cfg.Seed, 1)),
		token:    cfg.Application.Token,
		withheld: cfg.Application.Withheld & PrivilegedIntents,
		guilds:   map[ID]*guild{}, users: map[ID]*person{}, channels: map[ID]*channel{}, messages: map[ID]*Message{},
		dms: map[ID]ID{}, files: map[ID]storedFile{}, hooks: map[ID]*guildHook{},
		statuses: map[ID]userPresence{}, secret: []byte(crand.Text()),
		nonces:       nonceMemory{byKey: map[nonceKey]*nonceEntry{}},
		interactions: map[ID]*interaction{}, byToken: map[string]*interaction{},
		commands: newCommandStore(),
		sessions: map[string]*session{}, conns: map[*conn]struct{}{},
		starts:   startLedger{lastByBucket: map[int]time.Time{}},
		limits:   newLimiter(cfg.Limits),
		counters: newCounters(),
	}
	s.self = User{ID: cfg.Application.ID, Username: cfg.Application.Name, Discriminator: "0001", Bot: true}
	s.users[s.self.ID] = &person{User: s.self}
	return s
}

// Bot is the bot's own user.
func (s *Sim) Bot() User { return s.self }

// Token is the bot's token at this moment; empty after Discord reset it.
func (s *Sim) Token() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.token
}

// SetToken replaces the bot's token, as its owner would in the portal. Sessions that are connected stay.
func (s *Sim) SetToken(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token = token
}

// Withhold switches privileged intents off in the portal. Running sessions that asked for them are closed with 4014.
func (s *Sim) Withhold(intents Intents) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.withheld = intents & PrivilegedIntents
	for c := range s.conns {
		if c.session != nil && c.session.intents&s.withheld != 0 {
			c.closeWith(closeDisallowedIntents, "Disallowed intent(s).")
		}
	}
}

// watch is closed after the next change. The caller holds mu.
func (s *Sim) watch() <-chan struct{} {
	if s.changed == nil {
		s.changed = make(chan struct{})
	}
	return s.changed
}

// touch wakes everybody who waits for a condition. The caller holds mu.
func (s *Sim) touch() {
	if s.changed != nil {
		close(s.changed)
		s.changed = nil
	}
}
