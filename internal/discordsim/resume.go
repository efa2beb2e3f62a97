package discordsim

import (
	"encoding/json"
	"time"
)

// resumePayload is the d of op 6.
type resumePayload struct {
	Token     string  `json:"token"`
	SessionID string  `json:"session_id"`
	Seq       *uint64 `json:"seq"`
}

// resume gives a session back to a client: what it missed with the numbers it had, then RESUMED, then what is new.
func (s *Sim) resume(c *conn, d json.RawMessage) {
	if c.session != nil {
		c.refuse(closeAlreadyAuth, "Already authenticated.")
		return
	}
	var in resumePayload
	if json.Unmarshal(d, &in) != nil || in.Seq == nil {
		c.refuse(closeDecodeError, "Error while decoding payload.")
		return
	}
	s.counters.ResumeAttempts++
	if !s.validToken(in.Token) {
		c.refuse(closeAuthFailed, "Authentication failed.")
		return
	}
	s.sweepSessions()
	sess := s.sessions[in.SessionID]
	switch {
	case sess == nil, s.faults.standing.RefuseResumes:
		s.refuseResume(c, sess, "session unknown, expired or refused")
		return
	case *in.Seq > sess.last:
		s.endSession(sess, "resumed with an invalid sequence number")
		c.refuse(closeInvalidSeq, "Invalid seq.")
		return
	case *in.Seq+1 < sess.first():
		s.refuseResume(c, sess, "replay buffer too short")
		return
	}
	s.takeOver(sess)
	sess.conn, c.session, c.next = c, sess, *in.Seq+1
	sess.expires = time.Time{}
	missed := int(sess.last - *in.Seq)
	s.counters.Resumes++
	s.counters.ResumedFrom = append(s.counters.ResumedFrom, *in.Seq)
	s.counters.Replayed += missed
	sess.append(newWireEvent("RESUMED", []byte(`{"_trace":["discordsim"]}`)))
	s.observe(Resumed{Session: sess.id, From: *in.Seq, Replayed: missed, Dialled: c.dialled})
}

// refuseResume ends the session, if it still exists, and answers op 9 false.
func (s *Sim) refuseResume(c *conn, sess *session, why string) {
	if sess != nil {
		s.takeOver(sess)
		s.endSession(sess, why)
	}
	s.counters.ResumesRefused++
	s.invalidate(c, false)
}

// takeOver parts a session from the connection it still has, as far as the server noticed.
func (s *Sim) takeOver(sess *session) {
	old := sess.conn
	if old == nil {
		return
	}
	s.counters.Takeovers++
	if old.frozen != nil || old.silent {
		old.kill()
		return
	}
	old.closeWith(closeUnknownError, "Session taken over by another connection.")
}

// invalidate sends op 9. The connection stays: a client may identify or resume on it.
func (s *Sim) invalidate(c *conn, resumable bool) {
	s.counters.InvalidSessions++
	c.leaveSession(!resumable, "op 9 false")
	d := "false"
	if resumable {
		d = "true"
	}
	c.sendOp(opInvalidSession, d)
	s.observe(InvalidSessionSent{Resumable: resumable})
}
