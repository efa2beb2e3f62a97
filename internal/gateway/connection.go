package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/diamondburned/arikawa/v3/gateway"
	"github.com/diamondburned/arikawa/v3/utils/json"
	"github.com/diamondburned/arikawa/v3/utils/ws"
	"github.com/gorilla/websocket"

	"github.com/steadfast-bot/steadfast/internal/logging"
)

const (
	// closeKeeping ends a connection and keeps its session: any code but 1000 and 1001 does.
	closeKeeping = 4900
	// largeBuffer is the size above which a read buffer is not kept for the next message.
	largeBuffer = 1 << 20
)

// connection is our ws.Connection: one WebSocket, dialled once. Its goroutine reads; whatever steers the link
// arrives on the channel that Dial returns, the last op being a *ws.CloseEvent, while dispatches go to the adopted
// intake. Dial, Send and Close are called by the link's goroutine only.
type connection struct {
	config *Config
	socket *websocket.Conn
	ops    chan ws.Op
	cancel context.CancelFunc // ends the reading goroutine's waits
	done   chan struct{}      // closed when it has ended
	intake atomic.Pointer[intake]
	closed bool

	// Only the reading goroutine touches these.
	buffer     bytes.Buffer
	window     time.Duration // how long a silence may last
	armed      time.Time     // when the read deadline was last moved
	span       time.Duration // the window it was moved by
	complained bool          // something unreadable was logged
}

var _ ws.Connection = (*connection)(nil)

// Dial connects and starts reading. It must be called once.
func (c *connection) Dial(ctx context.Context, url string) (<-chan ws.Op, error) {
	socket, err := c.config.open(ctx, url)
	if err != nil {
		return nil, err
	}
	reading, cancel := context.WithCancel(context.Background())
	c.socket, c.cancel = socket, cancel
	c.ops, c.done = make(chan ws.Op, 4), make(chan struct{})
	c.window = c.config.Timing.Hello
	go c.read(reading)
	return c.ops, nil
}

// adopt sends the dispatches of this connection to an intake. Before it, they are dropped: no server sends any
// before IDENTIFY or RESUME.
func (c *connection) adopt(in *intake) { c.intake.Store(in) }

// Send writes one payload.
func (c *connection) Send(_ context.Context, payload []byte) error {
	if c.closed {
		return ws.ErrWebsocketClosed
	}
	if err := c.socket.SetWriteDeadline(time.Now().Add(c.config.Timing.Write)); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	if err := c.socket.WriteMessage(websocket.TextMessage, payload); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	return nil
}

// Close ends the connection, with the session if gracefully, and waits for the reading goroutine.
func (c *connection) Close(gracefully bool) error {
	code := closeKeeping
	if gracefully {
		code = websocket.CloseNormalClosure
	}
	return c.leave(code, gracefully)
}

// leave is Close with a choice: linger waits a moment for Discord's answer, because closing a socket with unread
// data resets it, and a reset may overtake the last words.
func (c *connection) leave(code int, linger bool) error {
	if c.closed {
		return ws.ErrWebsocketClosed
	}
	c.closed = true
	c.cancel()
	now := time.Now()
	err := c.socket.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), now.Add(c.config.Timing.Farewell))
	if linger && err == nil {
		timer := time.NewTimer(c.config.Timing.Farewell)
		select {
		case <-c.done:
		case <-timer.C:
		}
		timer.Stop()
	}
	if closeErr := c.socket.Close(); err == nil {
		err = closeErr
	}
	<-c.done
	return err
}

// read is the reading goroutine. When its context ends it drops what it reads, until the socket is closed: whoever
// lingers waits for the other side's end.
func (c *connection) read(ctx context.Context) {
	defer close(c.done)
	defer close(c.ops)
	for {
		now, err := c.next()
		if err == nil && ctx.Err() == nil {
			err = c.handle(ctx, now)
		}
		if err != nil {
			event := &ws.CloseEvent{Code: -1, Err: err}
			var closed *websocket.CloseError
			if errors.As(err, &closed) {
				event.Code = closed.Code
			}
			c.emit(ctx, ws.Op{Code: event.Op(), Type: event.EventType(), Data: event})
			return
		}
	}
}

// next reads one message into the buffer.
func (c *connection) next() (time.Time, error) {
	now := time.Now()
	// Moving the deadline costs a timer, so it may be a little old: the slack is wide enough for both.
	if c.window != c.span || now.Sub(c.armed) > c.config.Timing.Slack/8 {
		c.armed, c.span = now, c.window
		if err := c.socket.SetReadDeadline(now.Add(c.window)); err != nil {
			return now, err
		}
	}
	_, reader, err := c.socket.NextReader()
	if err != nil {
		return now, err
	}
	if c.buffer.Cap() > largeBuffer {
		c.buffer = bytes.Buffer{}
	}
	c.buffer.Reset()
	_, err = c.buffer.ReadFrom(reader)
	return time.Now(), err
}

// handle does with one message what its op says. An error ends the connection.
func (c *connection) handle(ctx context.Context, now time.Time) error {
	in := c.intake.Load()
	env, err := scan(c.buffer.Bytes())
	if err != nil {
		// Going on loses at most this payload; a reconnect would have it sent again, for ever.
		if !c.complained {
			c.complained = true // once a connection is enough
			c.config.Log.WithField(logging.Cause, err).Warn("Discord sent something unreadable; it is ignored")
		}
		return nil
	}
	if env.op != 0 {
		return c.steer(ctx, env)
	}
	if in == nil {
		return nil
	}
	landmark, err := in.take(ctx, env, now)
	if landmark != "" && err == nil {
		c.emit(ctx, ws.Op{Code: 0, Type: landmark, Sequence: env.sequence})
	}
	return err
}

// steer decodes what is not a dispatch and passes it to the link.
func (c *connection) steer(ctx context.Context, env envelope) error {
	create := gateway.OpUnmarshalers.Lookup(ws.OpCode(env.op), "")
	if create == nil {
		c.config.Log.WithField(fieldOp, env.op).Debug("Discord sent an unknown op; it is ignored")
		return nil
	}
	event := create()
	// Of these payloads only two have data that matters; a null or odd value elsewhere must not hurt.
	if err := json.Unmarshal(env.data(), event); err != nil {
		switch event.(type) {
		case *gateway.HelloEvent:
			return errBadHello
		case *gateway.InvalidSessionEvent:
			event = new(gateway.InvalidSessionEvent) // not resumable, the usual case
		}
	}
	if hello, ok := event.(*gateway.HelloEvent); ok {
		// Here, not in the link: the next read begins before the link knows.
		c.window = hello.HeartbeatInterval.Duration() + c.config.Timing.Slack
	}
	c.emit(ctx, ws.Op{Code: ws.OpCode(env.op), Data: event})
	return nil
}

// emit passes an op to the link, which always reads, unless it is leaving.
func (c *connection) emit(ctx context.Context, op ws.Op) {
	select {
	case c.ops <- op:
	case <-ctx.Done():
	}
}
