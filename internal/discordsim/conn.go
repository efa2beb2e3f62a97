package discordsim

import (
	"errors"
	"net"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// conn is one gateway connection. Its handler goroutine reads; a second one, which the handler waits for, is the only
// writer of frames, control frames included.
type conn struct {
	sim     *Sim
	ws      *websocket.Conn
	tcp     net.Conn
	host    string
	dialled Dialled
	version int
	pack    compressor

	wake chan struct{}
	done chan struct{}

	// What follows is guarded by sim.mu.

	session *session
	// next is the number of the next event to send.
	next    uint64
	control []controlFrame
	// closing is the close code to send; 0 for none yet.
	closing     int
	closeReason string
	dead        bool
	// frozen is closed when the connection thaws; nil when it is not frozen.
	frozen chan struct{}
	// silent connections never send and never listen.
	silent bool
	// helloOnly connections fall silent as soon as Hello is out.
	helloOnly bool
	heartbeat *time.Timer
	hangUp    *time.Timer
	sent      slidingWindow
	presences slidingWindow
}

// controlFrame is a frame that is not an event: an op, or a WebSocket pong.
type controlFrame struct {
	opcode  byte
	payload []byte
}

// closeGrace is how long a client has to answer our Close frame before the TCP connection goes.
const closeGrace = time.Second

// serve runs the connection until it has ended.
func (c *conn) serve() {
	var writer sync.WaitGroup
	writer.Go(c.write)
	err := c.read()
	// A frozen server learns of a close or a lost connection when it thaws, not before.
	c.awaitThaw()
	c.sim.readerDone(c, err)
	writer.Wait()
	c.tcp.Close()
	c.sim.forget(c)
}

// read hears the client until the connection ends.
func (c *conn) read() error {
	for {
		_, data, err := c.ws.ReadMessage()
		if err != nil {
			return err
		}
		if !c.awaitThaw() {
			return errors.New("killed while frozen")
		}
		c.sim.receive(c, data)
	}
}

// awaitThaw waits while the connection is frozen; false when it died meanwhile.
func (c *conn) awaitThaw() bool {
	for {
		c.sim.mu.Lock()
		frozen := c.frozen
		c.sim.mu.Unlock()
		if frozen == nil {
			return true
		}
		select {
		case <-frozen:
		case <-c.done:
			return false
		}
	}
}

// poke tells the writer that there is something to send.
func (c *conn) poke() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// send queues a frame that is no event. The caller holds mu.
func (c *conn) send(opcode byte, payload []byte) {
	c.control = append(c.control, controlFrame{opcode, payload})
	c.poke()
}

// closeWith begins the end of the connection from our side. The caller holds mu.
func (c *conn) closeWith(code int, reason string) {
	if c.closing != 0 || c.dead {
		return
	}
	c.closing, c.closeReason = code, reason
	c.leaveSession(endsSession(code), "closed with "+reason)
	c.stopTimers()
	c.sim.observe(Disconnecting{Code: code, Reason: reason})
	c.poke()
}

// leaveSession parts connection and session.
func (c *conn) leaveSession(ends bool, why string) {
	sess := c.session
	if sess == nil {
		return
	}
	if ends {
		c.sim.endSession(sess, why)
		return
	}
	c.sim.detach(sess)
}

// kill ends the connection at once, without a Close frame; the peer sees a reset. The caller holds mu.
func (c *conn) kill() {
	if c.dead {
		return
	}
	c.dead = true
	c.stopTimers()
	c.leaveSession(false, "")
	close(c.done)
	if tcp, ok := c.tcp.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	c.tcp.Close()
}

// freeze makes the connection accept nothing and send nothing while TCP stays open. The caller holds mu.
func (c *conn) freeze() {
	if c.frozen == nil {
		c.frozen = make(chan struct{})
	}
}

func (c *conn) thaw() {
	if c.frozen != nil {
		close(c.frozen)
		c.frozen = nil
		c.poke()
	}
}

func (c *conn) stopTimers() {
	if c.heartbeat != nil {
		c.heartbeat.Stop()
	}
	if c.hangUp != nil {
		c.hangUp.Stop()
	}
}

// readerDone draws the conclusion from how reading ended: a Close frame is echoed, anything else is a lost connection.
func (s *Sim) readerDone(c *conn, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var closed *websocket.CloseError
	if !errors.As(err, &closed) || closed.Code == websocket.CloseAbnormalClosure {
		if c.closing == 0 && !c.dead {
			s.observe(Disconnected{Session: sessionID(c.session), Lost: true})
		}
		c.kill()
		return
	}
	if c.closing != 0 {
		return
	}
	s.observe(Disconnected{Session: sessionID(c.session), Code: closed.Code, ByClient: true})
	s.counters.ClientCloses[closed.Code]++
	c.leaveSession(clientEndsSession(closed.Code), "client closed with 1000 or 1001")
	c.stopTimers()
	c.closing = closed.Code
	if c.silent {
		c.kill()
	}
	c.poke()
}

func (s *Sim) forget(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.kill()
	delete(s.conns, c)
	s.touch()
}

func sessionID(sess *session) string {
	if sess == nil {
		return ""
	}
	return sess.id
}
