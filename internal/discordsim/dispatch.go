package discordsim

import (
	"encoding/json"
	"strconv"
)

// audience says which sessions get an event.
type audience struct {
	// need: the session subscribed to one of these; none needed when zero.
	need Intents
	// also: and to one of these.
	also Intents
	// except: but to none of these.
	except Intents
	// guild decides the shard; zero, as for DMs, is shard 0.
	guild ID
	// lane is the channel within which order is kept; zero for events of no channel.
	lane ID
	// about is the message or interaction of the event, for observers; zero for others.
	about ID
	// outside: also told of a guild in which the bot is no member, as interactions are.
	outside bool
}

func (to audience) includes(sess *session) bool {
	shard := uint64(0)
	if sess.shards > 1 && to.guild != 0 {
		shard = uint64(to.guild>>22) % uint64(sess.shards)
	}
	return sess.intents.has(to.need) && sess.intents.has(to.also) && sess.intents&to.except == 0 &&
		uint64(sess.shard) == shard
}

// wireEvent is a dispatch, encoded once for all sessions; only the sequence number differs.
type wireEvent struct {
	name  string
	lane  ID
	about ID
	head  []byte // {"t":"NAME","s":
	tail  []byte // ,"op":0,"d":…}
}

func newWireEvent(name string, data []byte) *wireEvent {
	head := append(strconv.AppendQuote([]byte(`{"t":`), name), `,"s":`...)
	tail := make([]byte, 0, len(data)+16)
	tail = append(append(append(tail, `,"op":0,"d":`...), data...), '}')
	return &wireEvent{name: name, head: head, tail: tail}
}

// appendTo writes the event as the session's s-th.
func (e *wireEvent) appendTo(buf []byte, s uint64) []byte {
	buf = append(buf, e.head...)
	buf = strconv.AppendUint(buf, s, 10)
	return append(buf, e.tail...)
}

// dispatch appends an event to the log of every session in its audience. The payload is encoded at once, and only
// when somebody is there to get it. The caller holds mu.
func (s *Sim) dispatch(to audience, name string, payload any) {
	if g := s.guilds[to.guild]; g != nil && g.byUser[s.self.ID] == nil && !to.outside {
		return
	}
	var event *wireEvent
	for _, sess := range s.sessions {
		if !to.includes(sess) {
			continue
		}
		if event == nil {
			event = newWireEvent(name, mustJSON(payload))
			event.lane, event.about = to.lane, to.about
		}
		s.deliver(sess, event)
	}
}

// deliver appends an event to one session's log; twice, with a sequence number of its own, when that fault strikes.
func (s *Sim) deliver(sess *session, event *wireEvent) {
	if s.held(sess, event) {
		return
	}
	s.number(sess, event)
	if s.faults.chance(s.rng, s.faults.standing.Duplicate) {
		s.number(sess, event)
		s.counters.Duplicated++
	}
	s.overtaken(sess, event)
}

// number puts an event into the log, where it gets its number.
func (s *Sim) number(sess *session, event *wireEvent) {
	sess.append(event)
	if event.about != 0 && len(s.observers) > 0 {
		s.observe(Dispatched{Session: sess.id, Seq: sess.last, Event: event.name, About: event.about})
	}
}

// Broadcast sends any dispatch to every session, whatever its intents and its shard. The data must be valid JSON; it
// is encoded once and shared, so this is also the way to flood a bot.
func (s *Sim) Broadcast(eventType string, data json.RawMessage) {
	event := newWireEvent(eventType, data)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sess := range s.sessions {
		s.deliver(sess, event)
	}
}

// unavailableGuild is a guild in READY, and in the GUILD_DELETE of an outage.
type unavailableGuild struct {
	ID          ID   `json:"id"`
	Unavailable bool `json:"unavailable"`
}

// sendGuild tells each session of a guild, as far as its intents let it see.
func (s *Sim) sendGuild(g *guild) {
	to := audience{need: IntentGuilds, guild: g.ID}
	for _, sess := range s.sessions {
		if to.includes(sess) {
			s.deliver(sess, s.guildEvent(sess, g))
		}
	}
}

func (s *Sim) guildEvent(sess *session, g *guild) *wireEvent {
	if g.Unavailable {
		return newWireEvent("GUILD_CREATE", mustJSON(unavailableGuild{g.ID, true}))
	}
	return newWireEvent("GUILD_CREATE", mustJSON(s.createEvent(g, sess.intents)))
}

// mustJSON encodes one of our own types, all of which can be encoded.
func mustJSON(value any) []byte {
	data, err := json.Marshal(value)
	if err != nil {
		panic("discordsim: " + err.Error())
	}
	return data
}
