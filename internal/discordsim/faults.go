package discordsim

import (
	"cmp"
	"math/rand/v2"
	"time"
)

// Faults are conditions that last until SetFaults is called again. The zero value is a healthy Discord.
type Faults struct {
	// Freeze: every gateway connection accepts nothing and sends nothing while TCP stays open; dials hang.
	Freeze bool `json:"freeze,omitempty"`
	// NoHello: new connections are upgraded and then stay silent.
	NoHello bool `json:"no_hello,omitempty"`
	// SilentAfterHello: new connections get Hello and nothing else, and nobody listens to them.
	SilentAfterHello bool `json:"silent_after_hello,omitempty"`
	// NoACK: heartbeats are heard and not acknowledged.
	NoACK bool `json:"no_ack,omitempty"`
	// SlowDelivery is a pause after every event.
	SlowDelivery time.Duration `json:"slow_delivery,omitempty"`
	// PruneAtHeartbeat forgets, at each heartbeat, every event up to its d: what was acknowledged is not replayed.
	PruneAtHeartbeat bool `json:"prune_at_heartbeat,omitempty"`
	// Duplicate is the probability that an event is delivered twice, each time with a sequence number of its own.
	Duplicate float64 `json:"duplicate,omitempty"`
	// Reorder is the probability that an event of a channel is held back until events of other channels overtook it.
	// Within a channel the order stays, and sequence numbers rise as ever.
	Reorder float64 `json:"reorder,omitempty"`
	// RefuseDials resets gateway dials before they are answered.
	RefuseDials bool `json:"refuse_dials,omitempty"`
	// DialStatus and ResumeDialStatus answer dials of the main and of the resume URL with this HTTP status.
	DialStatus       int `json:"dial_status,omitempty"`
	ResumeDialStatus int `json:"resume_dial_status,omitempty"`
	// RefuseResumes and RefuseIdentifies answer with op 9 false.
	RefuseResumes    bool `json:"refuse_resumes,omitempty"`
	RefuseIdentifies bool `json:"refuse_identifies,omitempty"`
	// REST are faults of requests; the first that strikes a request decides.
	REST []RESTFault `json:"rest,omitempty"`
}

// FaultKind names what Inject does once.
type FaultKind string

// The faults that strike once, now, and what they strike.
const (
	// Drop resets every gateway connection without a Close frame.
	Drop FaultKind = "drop"
	// FreezeNow freezes the connections there are; later ones work.
	FreezeNow FaultKind = "freeze"
	// Thaw undoes FreezeNow.
	Thaw FaultKind = "thaw"
	// Reconnect sends op 7; the server hangs up after Config.ReconnectGrace.
	Reconnect FaultKind = "reconnect"
	// InvalidSession sends op 9 to every session; Fault.Resumable is its d.
	InvalidSession FaultKind = "invalid-session"
	// Close closes every connection with Fault.Code (default 4000).
	Close FaultKind = "close"
	// ExpireSessions forgets every session, connected or not, without telling: the next resume is refused.
	ExpireSessions FaultKind = "expire-sessions"
	// AskHeartbeat sends op 1.
	AskHeartbeat FaultKind = "ask-heartbeat"
	// ForgetReplay empties the replay buffers: a resume that missed anything is refused.
	ForgetReplay FaultKind = "forget-replay"
)

// Fault is something that strikes once.
type Fault struct {
	Kind      FaultKind `json:"kind"`
	Code      int       `json:"code,omitempty"`
	Resumable bool      `json:"resumable,omitempty"`
}

// faultState is the faults in force.
type faultState struct {
	standing Faults
	injected []*RESTFault
}

// SetFaults replaces the standing faults; the zero value heals everything, injected REST faults included.
func (s *Sim) SetFaults(f Faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	thawing := s.faults.standing.Freeze && !f.Freeze
	s.faults = faultState{standing: f}
	for _, fault := range f.REST {
		s.faults.injected = append(s.faults.injected, &fault)
	}
	for c := range s.conns {
		switch {
		case f.Freeze:
			c.freeze()
		case thawing:
			c.thaw()
		}
		c.poke()
	}
	s.touch()
}

// Faults are the standing faults.
func (s *Sim) Faults() Faults {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.faults.standing
}

// Inject makes a fault strike now. Its effect has begun when Inject returns. An unknown kind does nothing but appear
// in the stream.
func (s *Sim) Inject(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.observe(Struck{Fault: f})
	if f.Kind == ExpireSessions || f.Kind == ForgetReplay {
		s.strikeSessions(f)
		return
	}
	for c := range s.conns {
		s.strike(c, f)
	}
}

func (s *Sim) strike(c *conn, f Fault) {
	if c.dead || c.closing != 0 {
		return
	}
	switch f.Kind {
	case Drop:
		c.kill()
	case FreezeNow:
		c.freeze()
	case Thaw:
		c.thaw()
	case Reconnect:
		c.sendOp(opReconnect, "null")
		if c.hangUp != nil {
			c.hangUp.Stop()
		}
		c.hangUp = time.AfterFunc(s.cfg.ReconnectGrace, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			c.closeWith(closeUnknownError, "Reconnect was asked for.")
		})
	case InvalidSession:
		if c.session != nil {
			s.invalidate(c, f.Resumable)
		}
	case Close:
		c.closeWith(cmp.Or(f.Code, closeUnknownError), "Injected.")
	case AskHeartbeat:
		c.sendOp(opHeartbeat, "null")
	}
}

func (s *Sim) strikeSessions(f Fault) {
	for _, sess := range s.sessions {
		if f.Kind == ExpireSessions {
			s.endSession(sess, "expired by a fault")
		} else {
			sess.prune(sess.last)
		}
	}
}

// chance draws lots; it draws nothing when the probability is 0 or 1, so that runs without lots stay repeatable.
func (f *faultState) chance(rng *rand.Rand, probability float64) bool {
	switch {
	case probability <= 0:
		return false
	case probability >= 1:
		return true
	}
	return rng.Float64() < probability
}
