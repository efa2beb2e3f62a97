package rest

import (
	"net"
	"net/http"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// newTransport is tuned for one host that is called often: connections are kept, and one that has died is noticed
// long before a call on it would time out.
func newTransport() *http.Transport {
	dialer := &net.Dialer{
		Timeout: 3 * time.Second,
		KeepAliveConfig: net.KeepAliveConfig{
			Enable: true, Idle: 3 * time.Second, Interval: 3 * time.Second, Count: 2,
		},
		Control: limitSilence,
	}
	return &http.Transport{
		DialContext:         dialer.DialContext,
		TLSHandshakeTimeout: 3 * time.Second,
		MaxIdleConnsPerHost: 64,
		IdleConnTimeout:     90 * time.Second,
		ForceAttemptHTTP2:   true,
		HTTP2: &http.HTTP2Config{
			// One HTTP/2 connection carries all calls; without pings a dead one would fail each of them in turn.
			SendPingTimeout: 5 * time.Second,
			PingTimeout:     3 * time.Second,
		},
	}
}

// limitSilence ends a connection whose sent bytes nobody acknowledges; keepalive is silent while there are any.
func limitSilence(_, _ string, conn syscall.RawConn) error {
	var failed error
	err := conn.Control(func(fd uintptr) {
		failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, 9000)
	})
	if err != nil {
		return err
	}
	return failed
}
