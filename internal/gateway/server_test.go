package gateway_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// server is Discord's side of the gateway, played by the test: each connection becomes a peer that the test
// accepts and then speaks for.
type server struct {
	t     testing.TB
	peers chan *peer

	mu    sync.Mutex
	fault map[string]fault // by host
	dials []dial
}

// dial is one attempt to connect.
type dial struct {
	host string
	at   time.Time
}

// fault is how a host fails; the zero value does not.
type fault struct {
	err    error // the dial fails with it
	silent bool  // the dial is accepted and nothing ever comes
	status int   // the upgrade is answered with this HTTP status
}

func newServer(t testing.TB) *server {
	return &server{t: t, peers: make(chan *peer, 1000), fault: map[string]fault{}}
}

// breaks gives a host a fault; "" is every host without its own.
func (s *server) breaks(host string, f fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault[host] = f
}

// attempts lists the dials so far.
func (s *server) attempts() []dial {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]dial(nil), s.dials...)
}

// netDial is Config.NetDial: an in-memory network, which a synctest bubble can wait for.
func (s *server) netDial(ctx context.Context, _, addr string) (net.Conn, error) {
	host, _, _ := net.SplitHostPort(addr)
	s.mu.Lock()
	s.dials = append(s.dials, dial{host, time.Now()})
	f, ok := s.fault[host]
	if !ok {
		f = s.fault[""]
	}
	s.mu.Unlock()
	if f.err != nil {
		return nil, f.err
	}
	if f.silent {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	ours, theirs := net.Pipe()
	go s.serve(theirs, f.status)
	return ours, nil
}

// listen serves a real listener until it is closed.
func (s *server) listen(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go s.serve(conn, 0)
	}
}

// serve upgrades one connection.
func (s *server) serve(conn net.Conn, status int) {
	reader := bufio.NewReader(conn)
	request, err := http.ReadRequest(reader)
	if err != nil {
		conn.Close()
		return
	}
	if status != 0 {
		fmt.Fprintf(conn, "HTTP/1.1 %d Fault\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", status)
		conn.Close()
		return
	}
	socket, err := (&websocket.Upgrader{}).Upgrade(&hijack{conn: conn, reader: reader}, request, nil)
	if err != nil {
		conn.Close()
		return
	}
	p := &peer{
		t: s.t, socket: socket, host: request.Host, url: request.URL,
		in: make(chan message, 10000), out: make(chan func() error, 10000), gone: make(chan struct{}),
	}
	socket.SetCloseHandler(func(code int, _ string) error { p.code = code; return nil })
	go p.read()
	go p.write()
	s.peers <- p
}

// accept is the next connection.
func (s *server) accept() *peer {
	s.t.Helper()
	select {
	case p := <-s.peers:
		return p
	case <-time.After(5 * time.Minute):
		s.t.Fatal("nobody connected for five minutes")
		return nil
	}
}

// hijack hands the raw connection to the upgrader.
type hijack struct {
	conn   net.Conn
	reader *bufio.Reader
	header http.Header
}

func (h *hijack) Header() http.Header {
	if h.header == nil {
		h.header = http.Header{}
	}
	return h.header
}
func (h *hijack) Write(b []byte) (int, error) { return h.conn.Write(b) }
func (h *hijack) WriteHeader(int)             {}
func (h *hijack) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return h.conn, bufio.NewReadWriter(h.reader, bufio.NewWriter(h.conn)), nil
}

// message is what a client sent.
type message struct {
	Op   int             `json:"op"`
	Data json.RawMessage `json:"d"`
	at   time.Time
}

// field reads a field of the data.
func (m message) field(name string) string {
	var fields map[string]json.RawMessage
	_ = json.Unmarshal(m.Data, &fields)
	return strings.Trim(string(fields[name]), `"`)
}

// peer is one connection, from Discord's side.
type peer struct {
	t      testing.TB
	socket *websocket.Conn
	host   string
	url    *url.URL
	in     chan message
	out    chan func() error
	gone   chan struct{} // closed when the client's side has ended
	code   int           // the client's close code; valid after gone; 0: none

	mu   sync.Mutex
	mute bool          // ACKs are not sent
	thaw chan struct{} // if set, nothing is read before it is closed
	open chan struct{} // if set, the connection stays open until it is closed, also after a close frame
}

func (p *peer) read() {
	defer p.socket.Close()
	defer p.holds()
	defer close(p.gone)
	for {
		_, b, err := p.socket.ReadMessage()
		if err != nil {
			return
		}
		m := message{at: time.Now()}
		if err := json.Unmarshal(b, &m); err != nil {
			p.t.Errorf("the client sent %q: %v", b, err)
		}
		p.mu.Lock()
		mute, thaw := p.mute, p.thaw
		p.mu.Unlock()
		if m.Op == 1 && !mute {
			p.send(`{"op":11}`)
		}
		p.in <- m
		if thaw != nil {
			<-thaw
		}
	}
}

// holds keeps the connection open if the test wants that.
func (p *peer) holds() {
	p.mu.Lock()
	open := p.open
	p.mu.Unlock()
	if open != nil {
		<-open
	}
}

// staysOpen makes the peer never close, until the returned function is called.
func (p *peer) staysOpen() (release func()) {
	open := make(chan struct{})
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open = open
	return func() { close(open) }
}

// freezes lets the peer read one more message and then none until the returned function is called.
func (p *peer) freezes() (thaw func()) {
	frozen := make(chan struct{})
	p.mu.Lock()
	defer p.mu.Unlock()
	p.thaw = frozen
	return func() { close(frozen) }
}

// write sends in order, so that a test never waits for a client that does not read.
func (p *peer) write() {
	for {
		select {
		case send := <-p.out:
			if send() != nil {
				return
			}
		case <-p.gone:
			return
		}
	}
}

func (p *peer) send(payload string) {
	p.out <- func() error { return p.socket.WriteMessage(websocket.TextMessage, []byte(payload)) }
}

// hello opens the conversation.
func (p *peer) hello(interval time.Duration) *peer {
	p.send(fmt.Sprintf(`{"op":10,"d":{"heartbeat_interval":%d},"s":null,"t":null}`, interval.Milliseconds()))
	return p
}

// acks switches the answers to heartbeats on or off.
func (p *peer) acks(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mute = !on
}

func (p *peer) dispatch(sequence int64, kind, data string) {
	p.send(fmt.Sprintf(`{"t":%q,"s":%d,"op":0,"d":%s}`, kind, sequence, data))
}

// ready answers IDENTIFY.
func (p *peer) ready(session string) *peer {
	p.dispatch(1, "READY", fmt.Sprintf(`{"v":10,"session_id":%q,"resume_gateway_url":"ws://resume.test","user":{"id":"1","bot":true},"guilds":[],"_trace":["x"]}`, session))
	return p
}

// closes ends the connection with a code; 0 drops it without one.
func (p *peer) closes(code int) {
	p.out <- func() error {
		if code != 0 {
			_ = p.socket.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, "scripted"), time.Now().Add(time.Second))
		} else {
			p.socket.Close()
		}
		return errors.New("closed")
	}
}

// expect is the next message with this op; heartbeats in between are passed over.
func (p *peer) expect(op int) message {
	p.t.Helper()
	limit := time.After(2 * time.Minute)
	for {
		select {
		case m := <-p.in:
			if m.Op == op {
				return m
			}
			if m.Op != 1 {
				p.t.Fatalf("the client sent op %d %s, want op %d", m.Op, m.Data, op)
			}
		case <-p.gone:
			select {
			case m := <-p.in: // read before the end
				if m.Op == op {
					return m
				}
				continue
			default:
			}
			p.t.Fatalf("the client closed with %d, want op %d", p.code, op)
		case <-limit:
			p.t.Fatalf("the client did not send op %d in two minutes", op)
		}
	}
}

// left waits until the client has closed and says with which code.
func (p *peer) left() int {
	p.t.Helper()
	select {
	case <-p.gone:
		return p.code
	case <-time.After(5 * time.Minute):
		p.t.Fatal("the client did not leave within five minutes")
		return 0
	}
}

var errRefused = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}

// expectEither is the next message with one of two ops.
func (p *peer) expectEither(a, b int) message {
	p.t.Helper()
	for {
		select {
		case m := <-p.in:
			if m.Op == a || m.Op == b {
				return m
			}
		case <-p.gone:
			p.t.Fatalf("the client closed with %d, want op %d or %d", p.code, a, b)
		}
	}
}
