package discordsim

import (
	"crypto/rand"
	"encoding/hex"
	"time"
)

// session is one gateway session. It is a log of events, numbered from 1; a connection is a reader of that log, and a
// resume is a new reader that starts at an older number.
type session struct {
	id      string
	intents Intents
	shard   int
	shards  int

	// log holds the events first … last that can still be replayed or were not sent yet.
	log  []*wireEvent
	last uint64
	keep int

	// conn reads the log; nil while detached.
	conn *conn
	// expires is when a detached session is forgotten.
	expires time.Time
	// waiting are events held back by the fault Reorder.
	waiting []heldEvent
	// acked is the newest d of the client's heartbeats.
	acked uint64
}

func newSessionID() string {
	id := make([]byte, 16)
	rand.Read(id)
	return hex.EncodeToString(id)
}

// first is the number of the oldest event in the log.
func (sess *session) first() uint64 { return sess.last - uint64(len(sess.log)) + 1 }

// append gives an event the next number and wakes the connection.
func (sess *session) append(event *wireEvent) {
	sess.log = append(sess.log, event)
	sess.last++
	sess.trim()
	if sess.conn != nil {
		sess.conn.poke()
	}
}

// trim forgets the oldest events over the bound. What a live connection has not sent yet is kept in any case.
func (sess *session) trim() {
	for len(sess.log) > sess.keep && (sess.conn == nil || sess.first() < sess.conn.next) {
		sess.log[0] = nil
		sess.log = sess.log[1:]
	}
}

// prune forgets everything up to a number. What a live connection has not sent yet is kept.
func (sess *session) prune(upTo uint64) {
	for len(sess.log) > 0 && sess.first() <= upTo && (sess.conn == nil || sess.first() < sess.conn.next) {
		sess.log[0] = nil
		sess.log = sess.log[1:]
	}
}

// detach keeps the session for the resume window after its connection went.
func (s *Sim) detach(sess *session) {
	s.releaseHeld(sess)
	if sess.conn != nil {
		sess.conn.session = nil
	}
	sess.conn = nil
	sess.expires = time.Now().Add(s.cfg.ResumeWindow)
	sess.trim()
	s.touch()
}

// endSession forgets a session; a resume of it will be refused.
func (s *Sim) endSession(sess *session, why string) {
	if _, alive := s.sessions[sess.id]; !alive {
		return
	}
	delete(s.sessions, sess.id)
	if sess.conn != nil {
		sess.conn.session = nil
		sess.conn = nil
	}
	s.observe(SessionEnded{Session: sess.id, Why: why})
}

// sweepSessions ends the sessions whose resume window is over.
func (s *Sim) sweepSessions() {
	now := time.Now()
	for _, sess := range s.sessions {
		if sess.conn == nil && now.After(sess.expires) {
			s.endSession(sess, "resume window over")
		}
	}
}
