package discordsim

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

// resumePath is where resume_gateway_url points, so that tests can tell which URL was dialled.
const resumePath = "/resume"

// Gateway opcodes.
const (
	opDispatch           = 0
	opHeartbeat          = 1
	opIdentify           = 2
	opPresence           = 3
	opVoiceState         = 4
	opResume             = 6
	opReconnect          = 7
	opRequestMembers     = 8
	opInvalidSession     = 9
	opHello              = 10
	opHeartbeatACK       = 11
	opSoundboard         = 31
	opRequestChannelInfo = 43
)

// serveGateway upgrades a request to a gateway connection and runs it.
func (s *Sim) serveGateway(w http.ResponseWriter, r *http.Request, run *serving) {
	dialled := DialledMain
	if strings.TrimSuffix(r.URL.Path, "/") == resumePath {
		dialled = DialledResume
	}
	if !s.admit(w, r, dialled, run) {
		return
	}
	upgrader := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	c := &conn{
		sim: s, ws: ws, tcp: ws.NetConn(), host: s.publicAddr(r), dialled: dialled,
		wake: make(chan struct{}, 1), done: make(chan struct{}),
	}
	ws.SetCloseHandler(func(int, string) error { return nil })
	ws.SetPingHandler(func(data string) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		c.send(websocket.PongMessage, []byte(data))
		return nil
	})
	if s.greet(c, r, run) {
		c.serve()
	} else {
		c.tcp.Close()
	}
}

// admit lets faults strike a dial before it becomes a connection.
func (s *Sim) admit(w http.ResponseWriter, r *http.Request, dialled Dialled, run *serving) bool {
	s.mu.Lock()
	s.counters.Dials[dialled]++
	gone := r.Context().Done()
	for s.faults.standing.Freeze {
		changed := s.watch()
		s.mu.Unlock()
		select {
		case <-changed:
		case <-gone:
			return false
		case <-run.stopping:
			return false
		}
		s.mu.Lock()
	}
	faults := s.faults.standing
	s.touch()
	s.mu.Unlock()
	status := faults.DialStatus
	if dialled == DialledResume {
		status = faults.ResumeDialStatus
	}
	switch {
	case faults.RefuseDials:
		reset(w)
	case status != 0:
		w.Header().Set("Via", viaGoogle)
		http.Error(w, http.StatusText(status), status)
	default:
		return true
	}
	return false
}

// greet says Hello, or refuses parameters we do not know; false when the simulator is stopping.
func (s *Sim) greet(c *conn, r *http.Request, run *serving) bool {
	query := r.URL.Query()
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-run.stopping:
		return false
	default:
	}
	s.conns[c] = struct{}{}
	c.silent, c.helloOnly = s.faults.standing.NoHello, s.faults.standing.SilentAfterHello
	s.observe(Connected{Dialled: c.dialled})
	pack, known := newCompressor(query.Get("compress"))
	c.pack = pack
	switch version := query.Get("v"); version {
	case "9", "10":
		fmt.Sscan(version, &c.version)
	default:
		s.violation("gateway: API version " + version + " asked for")
		c.closeWith(closeInvalidVersion, "Invalid API version.")
		return true
	}
	if encoding := query.Get("encoding"); !known || (encoding != "json" && encoding != "") {
		s.violation("gateway: unsupported encoding or compression asked for: " + r.URL.RawQuery)
		c.closeWith(closeDecodeError, "Unsupported encoding or compression.")
		return true
	}
	c.sendOp(opHello, fmt.Sprintf(`{"heartbeat_interval":%d}`, s.cfg.HeartbeatInterval.Milliseconds()))
	c.sent.limit, c.sent.window = s.cfg.SendLimit, s.cfg.SendWindow
	c.presences.limit, c.presences.window = presenceUpdatesPerBurst, 20*time.Second
	c.heartbeat = time.AfterFunc(s.patience(), func() { s.heartbeatMissed(c) })
	return true
}

// patience is how long a client may go without a heartbeat.
func (s *Sim) patience() time.Duration {
	return time.Duration(float64(s.cfg.HeartbeatInterval) * s.cfg.HeartbeatSlack)
}

// heartbeatMissed closes a connection whose client fell silent; the session is over (close 4009).
func (s *Sim) heartbeatMissed(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case c.dead || c.closing != 0 || c.silent || c.helloOnly:
	case c.frozen != nil:
		c.heartbeat.Reset(s.patience())
	default:
		s.violation("gateway: no heartbeat in time")
		c.closeWith(closeSessionTimedOut, "Session timed out.")
	}
}

// sendOp queues a payload that is not an event. Undocumented but needed: d is always there (null, if nothing else).
func (c *conn) sendOp(op int, d string) {
	c.send(websocket.TextMessage, fmt.Appendf(nil, `{"t":null,"s":null,"op":%d,"d":%s}`, op, d))
}

// reset makes the peer see a connection reset instead of an answer.
func reset(w http.ResponseWriter) {
	raw, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := raw.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	raw.Close()
}
