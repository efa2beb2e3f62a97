package discordsim

import (
	"encoding/json"
	"fmt"
	"time"
)

// slidingWindow allows a number of events per window.
type slidingWindow struct {
	limit  int
	window time.Duration
	times  []time.Time
}

// allow counts an event; false when it is one too many.
func (w *slidingWindow) allow(now time.Time) bool {
	for len(w.times) > 0 && now.Sub(w.times[0]) >= w.window {
		w.times = w.times[1:]
	}
	if len(w.times) >= w.limit {
		return false
	}
	w.times = append(w.times, now)
	return true
}

// received is a client's payload.
type received struct {
	Op *int            `json:"op"`
	D  json.RawMessage `json:"d"`
}

// receive handles one payload of a client; mistakes are answered with the close code they have on Discord.
func (s *Sim) receive(c *conn, data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.closing != 0 || c.dead || c.silent || c.helloOnly {
		return
	}
	if len(data) > maxClientPayload {
		c.refuse(closeDecodeError, "Payload too large.")
		return
	}
	if !c.sent.allow(time.Now()) {
		c.refuse(closeRateLimited, "You are sending payloads too quickly.")
		return
	}
	var in received
	if json.Unmarshal(data, &in) != nil || in.Op == nil {
		c.refuse(closeDecodeError, "Error while decoding payload.")
		return
	}
	switch *in.Op {
	case opHeartbeat:
		s.hearHeartbeat(c, in.D)
	case opIdentify:
		s.identify(c, in.D)
	case opResume:
		s.resume(c, in.D)
	case opPresence, opVoiceState, opRequestMembers, opSoundboard, opRequestChannelInfo:
		if c.session == nil {
			c.refuse(closeNotAuthenticated, "Not authenticated.")
			return
		}
		s.hearRequest(c, *in.Op, in.D)
	default:
		c.refuse(closeUnknownOpcode, "Unknown opcode.")
	}
}

// refuse closes with a code that the client brought on itself.
func (c *conn) refuse(code int, reason string) {
	c.sim.violation(fmt.Sprintf("gateway: close %d: %s", code, reason))
	c.closeWith(code, reason)
}

// hearHeartbeat acknowledges a heartbeat. Its d is the last sequence number the client has, or null, or (as some
// libraries write) 0.
func (s *Sim) hearHeartbeat(c *conn, d json.RawMessage) {
	var seq *uint64
	if len(d) > 0 && json.Unmarshal(d, &seq) != nil {
		c.refuse(closeDecodeError, "Error while decoding payload.")
		return
	}
	s.counters.Heartbeats++
	c.heartbeat.Reset(s.patience())
	if seq != nil && c.session != nil {
		c.session.acked = *seq
		if s.faults.standing.PruneAtHeartbeat {
			c.session.prune(*seq)
		}
	}
	s.observe(HeartbeatReceived{Session: sessionID(c.session), Seq: seq})
	if !s.faults.standing.NoACK {
		c.sendOp(opHeartbeatACK, "null")
	}
}

// hearRequest handles what only an identified client may send.
func (s *Sim) hearRequest(c *conn, op int, d json.RawMessage) {
	switch op {
	case opPresence:
		var p Presence
		if json.Unmarshal(d, &p) != nil {
			c.refuse(closeDecodeError, "Error while decoding payload.")
			return
		}
		s.updatePresence(c, p)
	case opRequestMembers:
		s.requestMembers(c, d)
	case opSoundboard, opRequestChannelInfo:
		s.requestNothing(c, op, d)
	default:
		// Nobody can speak here; Discord stays silent about requests it drops.
	}
}

// Presence is what a bot says about itself in IDENTIFY and op 3.
type Presence struct {
	Since      *int64     `json:"since"`
	Activities []Activity `json:"activities"`
	Status     string     `json:"status"`
	AFK        bool       `json:"afk"`
}

// Activity is the line under a bot's name.
type Activity struct {
	Name  string `json:"name"`
	Type  int    `json:"type"`
	State string `json:"state,omitempty"`
	URL   string `json:"url,omitempty"`
}

func (s *Sim) updatePresence(c *conn, p Presence) {
	switch p.Status {
	case "online", "dnd", "idle", "invisible", "offline":
	default:
		c.refuse(closeDecodeError, "Error while decoding payload.")
		return
	}
	if !c.presences.allow(time.Now()) {
		s.violation("gateway: more than 5 presence updates in 20 s")
		return
	}
	s.presence = p
	s.counters.PresenceUpdates++
	s.observe(PresenceChanged{Presence: p})
}
