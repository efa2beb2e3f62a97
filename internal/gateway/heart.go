package gateway

import (
	"strconv"
	"time"
)

// heart keeps the books of the gateway heartbeats of one connection.
type heart struct {
	interval time.Duration
	beating  bool      // a regular beat was sent
	answered bool      // since that beat something answered
	sent     time.Time // the last beat of any kind
	lastAck  time.Time
	latency  time.Duration
}

// first is the pause before the first beat. The jitter keeps clients that lost their connections together from
// beating together.
func (h *heart) first(random float64) time.Duration {
	return time.Duration(random * float64(h.interval))
}

// tick is a regular beat falling due. It reports whether the one before went unanswered: then the connection is a
// zombie and no beat is sent.
func (h *heart) tick(now time.Time) (zombie bool) {
	if h.beating && !h.answered {
		return true
	}
	h.beating, h.answered, h.sent = true, false, now
	return false
}

// extra is a beat that Discord asked for; it does not move the regular ones.
func (h *heart) extra(now time.Time) { h.sent = now }

// ack is Discord's acknowledgement.
func (h *heart) ack(now time.Time) {
	h.answered, h.lastAck = true, now
	if !h.sent.IsZero() {
		h.latency = now.Sub(h.sent)
	}
}

// alive excuses the last beat: while READY was committed nothing was read, so an ACK may still lie in the socket.
func (h *heart) alive() { h.answered = true }

// beatPayload is op 1 with the low-water mark; null when nothing is done yet.
func beatPayload(lowWater int64) []byte {
	if lowWater <= 0 {
		return []byte(`{"op":1,"d":null}`)
	}
	return append(strconv.AppendInt([]byte(`{"op":1,"d":`), lowWater, 10), '}')
}
