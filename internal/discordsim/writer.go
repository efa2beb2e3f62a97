package discordsim

import (
	"encoding/binary"
	"net"
	"time"

	"github.com/gorilla/websocket"
)

// batchEvents bounds how many events are written in one go, so that a freeze or a close does not wait behind a flood.
const batchEvents = 256

// batch is what the writer sends next.
type batch struct {
	control []controlFrame
	events  []*wireEvent
	first   uint64
	closing int
	reason  string
	delay   time.Duration
}

// write sends control frames and events until the connection ends. It is the connection's only writer.
func (c *conn) write() {
	var buf, scratch []byte
	var next batch
	for {
		if !c.take(&next) {
			select {
			case <-c.wake:
				continue
			case <-c.done:
				return
			}
		}
		buf = buf[:0]
		for _, frame := range next.control {
			buf = c.appendFrame(buf, frame.opcode, frame.payload)
		}
		for i, event := range next.events {
			scratch = event.appendTo(scratch[:0], next.first+uint64(i))
			buf = c.appendFrame(buf, websocket.TextMessage, scratch)
		}
		if next.closing != 0 {
			c.sayGoodbye(buf, next)
			return
		}
		if _, err := c.tcp.Write(buf); err != nil {
			return
		}
		if next.delay > 0 && !c.pause(next.delay) {
			return
		}
	}
}

// take fills in what may be sent now; false when there is nothing.
func (c *conn) take(next *batch) bool {
	c.sim.mu.Lock()
	defer c.sim.mu.Unlock()
	next.control, next.events, next.closing, next.delay = next.control[:0], next.events[:0], 0, 0
	if c.frozen != nil || c.silent {
		return false
	}
	next.control = append(next.control, c.control...)
	c.control = c.control[:0]
	c.silent = c.helloOnly
	next.closing, next.reason = c.closing, c.closeReason
	if sess := c.session; sess != nil && c.closing == 0 {
		next.delay = c.sim.faults.standing.SlowDelivery
		limit := batchEvents
		if next.delay > 0 {
			limit = 1
		}
		pending := sess.log[c.next-sess.first():]
		next.events = append(next.events, pending[:min(len(pending), limit)]...)
		next.first = c.next
		c.next += uint64(len(next.events))
		sess.trim()
	}
	if len(next.events) == 0 {
		next.delay = 0
	} else {
		c.sim.touch()
	}
	return len(next.control)+len(next.events) > 0 || next.closing != 0
}

func (c *conn) pause(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-c.done:
		return false
	}
}

// sayGoodbye sends the Close frame and stops sending; the reader then waits a moment for the client's, so that no
// reset destroys ours on its way.
func (c *conn) sayGoodbye(buf []byte, last batch) {
	code := last.closing
	if code == websocket.CloseNoStatusReceived {
		buf = c.appendFrame(buf, websocket.CloseMessage, nil)
	} else {
		buf = c.appendFrame(buf, websocket.CloseMessage, websocket.FormatCloseMessage(code, last.reason))
	}
	c.tcp.SetDeadline(time.Now().Add(closeGrace))
	c.tcp.Write(buf)
	if half, ok := c.tcp.(*net.TCPConn); ok {
		half.CloseWrite()
	}
}

// appendFrame encodes one WebSocket frame as a server sends it: whole and unmasked (RFC 6455 §5.2). Data goes through
// the transport compression that the client asked for.
func (c *conn) appendFrame(buf []byte, opcode byte, payload []byte) []byte {
	if c.pack != nil && opcode == websocket.TextMessage {
		opcode, payload = websocket.BinaryMessage, c.pack.compress(payload)
	}
	buf = append(buf, 0x80|opcode)
	switch n := len(payload); {
	case n < 126:
		buf = append(buf, byte(n))
	case n < 1<<16:
		buf = binary.BigEndian.AppendUint16(append(buf, 126), uint16(n))
	default:
		buf = binary.BigEndian.AppendUint64(append(buf, 127), uint64(n))
	}
	return append(buf, payload...)
}
