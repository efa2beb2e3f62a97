package gateway

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/sys/unix"
)

const (
	// A dead link is noticed in at most 12 s (DESIGN.md §4). An idle one by keepalive, about 5 s after the last sign of
	// life. One with unacknowledged data by the kernel's user timeout, which counts from that data and silences the
	// probes: so the worst case is a heartbeat sent just before the last probe would have ended it, the sum of both,
	// and half a second of the kernel's. With the 3/3/2 and 9 s that DESIGN.md names that sum was 17 s, and one run in
	// five hit it.
	keepaliveIdle     = 2 * time.Second
	keepaliveInterval = 1 * time.Second
	keepaliveCount    = 3
	userTimeout       = 5 * time.Second

	bufferSize = 32 << 10
	// maxPayload is far above any GUILD_CREATE and far below what would hurt.
	maxPayload = 64 << 20
)

// open dials a URL and upgrades it to a WebSocket, all within Timing.Dial.
func (c *Config) open(ctx context.Context, url string) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, c.Timing.Dial)
	defer cancel()
	// gorilla gives up at the context's deadline but not when it is cancelled, so the socket is closed under it.
	release := func() bool { return true }
	dialer := websocket.Dialer{
		ReadBufferSize:  bufferSize,
		WriteBufferSize: bufferSize,
		TLSClientConfig: c.TLS,
		NetDialContext: func(_ context.Context, network, addr string) (net.Conn, error) {
			raw, err := c.dialTCP(ctx, network, addr)
			if err == nil {
				release = context.AfterFunc(ctx, func() { raw.Close() })
			}
			return raw, err
		},
	}
	socket, response, err := dialer.DialContext(ctx, url, nil)
	free := release()
	if errors.Is(err, websocket.ErrBadHandshake) && response != nil {
		return nil, &upgradeError{response.StatusCode}
	}
	if err == nil && !free { // cancelled between the upgrade and here
		socket.Close()
		err = context.Cause(ctx)
	}
	if err != nil && ctx.Err() != nil { // the error is then only what closing or a deadline looks like from inside
		return nil, fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	if err != nil {
		return nil, err
	}
	socket.SetReadLimit(maxPayload)
	// The reading path must not write; Close answers Discord's close frame with ours.
	socket.SetCloseHandler(func(int, string) error { return nil })
	return socket, nil
}

// dialTCP opens the TCP connection with our keepalive settings.
func (c *Config) dialTCP(ctx context.Context, network, addr string) (net.Conn, error) {
	if c.NetDial != nil {
		return c.NetDial(ctx, network, addr)
	}
	d := net.Dialer{
		KeepAliveConfig: net.KeepAliveConfig{
			Enable: true, Idle: keepaliveIdle, Interval: keepaliveInterval, Count: keepaliveCount,
		},
		Control: func(_, _ string, raw syscall.RawConn) error {
			var failed error
			err := raw.Control(func(fd uintptr) {
				failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(userTimeout.Milliseconds()))
			})
			return errors.Join(err, failed)
		},
	}
	return d.DialContext(ctx, network, addr)
}
