package gateway_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/steadfast-bot/steadfast/internal/gateway"
)

func TestAGatewayURLGetsVersionAndEncodingWhateverItHas(t *testing.T) {
	for _, row := range []struct {
		in, want string
		plain    bool
	}{
		{"wss://gateway.discord.gg", "wss://gateway.discord.gg/?encoding=json&v=10", false},
		{"wss://gateway.discord.gg/", "wss://gateway.discord.gg/?encoding=json&v=10", false},
		{"wss://h:8443/some/path?x=1&v=9", "wss://h:8443/some/path?encoding=json&v=10&x=1", false},
		{"ws://127.0.0.1:5002", "ws://127.0.0.1:5002/?encoding=json&v=10", false},
		{"ws://[::1]:5002/resume", "ws://[::1]:5002/resume?encoding=json&v=10", false},
		{"ws://localhost:5002", "ws://localhost:5002/?encoding=json&v=10", false},
		{"ws://10.1.2.3", "ws://10.1.2.3/?encoding=json&v=10", true},
		{"ws://10.1.2.3", "", false},
		{"ws://localhost.evil.example", "", false},
		{"https://gateway.discord.gg", "", true},
		{"gateway.discord.gg", "", true},
		{"wss://", "", true},
		{"", "", true},
		{"wss://%zz", "", true},
	} {
		got, err := gateway.Address(row.in, row.plain)
		if got != row.want || (err == nil) != (row.want != "") {
			t.Errorf("%q: %q, %v", row.in, got, err)
		}
	}
}

func TestEveryFailureHasOneSentence(t *testing.T) {
	op := func(err error) error { return fmt.Errorf("dial: %w", &net.OpError{Op: "dial", Err: err}) }
	for _, row := range []struct {
		err  error
		want string
	}{
		{op(syscall.ECONNREFUSED), "Discord's gateway h refuses connections"},
		{op(syscall.ENETUNREACH), "Discord's gateway h is out of reach: the network is down"},
		{op(syscall.EHOSTUNREACH), "Discord's gateway h is out of reach: the network is down"},
		{op(syscall.ETIMEDOUT), "Discord's gateway h is silent"},
		{op(os.ErrDeadlineExceeded), "Discord's gateway h is silent"},
		{fmt.Errorf("%w: %w", context.DeadlineExceeded, io.EOF), "Discord's gateway h is silent"},
		{op(syscall.ECONNRESET), "Discord's gateway h dropped the connection"},
		{io.ErrUnexpectedEOF, "Discord's gateway h dropped the connection"},
		{&websocket.CloseError{Code: 1006}, "Discord's gateway h dropped the connection"},
		{&websocket.CloseError{Code: 4000, Text: "Unknown error."}, "Discord's gateway h closed the connection with 4000 Unknown error."},
		{&websocket.CloseError{Code: 1005}, "Discord's gateway h closed the connection with 1005"},
		{op(&net.DNSError{Err: "no such host"}), "Discord's gateway h has a name that cannot be resolved: no such host"},
		{gateway.UpgradeError(503), "Discord's gateway h answers with HTTP 503 instead of a WebSocket"},
		{op(tls.AlertError(40)), "Discord's gateway h cannot be trusted: dial: dial: tls: handshake failure"},
		{x509.UnknownAuthorityError{}, "Discord's gateway h cannot be trusted: x509: certificate signed by unknown authority"},
		{errors.New("odd"), "Discord's gateway h failed: odd"},
	} {
		if got := gateway.Explain("h", row.err); got != row.want {
			t.Errorf("%v: %q, want %q", row.err, got, row.want)
		}
	}
}
