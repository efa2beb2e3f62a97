package gateway

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/gorilla/websocket"
)

// plight is an end of a connection that is declared here, not by the network, as a sentence.
type plight string

// Error is the sentence.
func (p plight) Error() string { return string(p) }

// The ends declared here.
const (
	errNoRoom    plight = "the queue is full"
	errZombie    plight = "Discord did not answer the last gateway heartbeat"
	errNoHello   plight = "Discord accepted the connection and then sent no Hello"
	errNoReady   plight = "Discord answered IDENTIFY with neither READY nor an error"
	errNoResumed plight = "Discord answered RESUME with neither events nor RESUMED"
	errBadHello  plight = "Discord sent a Hello without a usable heartbeat interval"
	errBadReady  plight = "Discord sent a READY without a session id"
	errReconnect plight = "Discord asked for a reconnect (op 7)"
	errInvalid   plight = "Discord declared the session invalid (op 9)"
	errResumable plight = "Discord interrupted the session and lets it be resumed (op 9)"
)

// keepError is a READY that could not be committed.
type keepError struct{ cause error }

// Error says what failed.
func (e *keepError) Error() string {
	return fmt.Sprintf("the new session cannot be saved: %v", e.cause)
}

// Unwrap gives the cause.
func (e *keepError) Unwrap() error { return e.cause }

// upgradeError is an HTTP answer where a WebSocket was expected.
type upgradeError struct{ status int }

// Error names the status.
func (e *upgradeError) Error() string {
	return fmt.Sprintf("HTTP %d instead of a WebSocket", e.status)
}

// explain puts the failure to reach a host, or the end of a connection to it, into one sentence.
func explain(host string, err error) string {
	var own plight
	var keep *keepError
	if errors.As(err, &own) || errors.As(err, &keep) {
		return err.Error()
	}
	return fmt.Sprintf("Discord's gateway %s %s", host, predicate(err))
}

// predicate is the rest of that sentence.
func predicate(err error) string {
	var dns *net.DNSError
	var upgrade *upgradeError
	var closed *websocket.CloseError
	switch {
	case errors.As(err, &upgrade):
		return fmt.Sprintf("answers with HTTP %d instead of a WebSocket", upgrade.status)
	case errors.As(err, &dns):
		return "has a name that cannot be resolved: " + dns.Err
	case errors.As(err, &closed) && closed.Code != websocket.CloseAbnormalClosure:
		return strings.TrimSpace(fmt.Sprintf("closed the connection with %d %s", closed.Code, closed.Text))
	case isTLS(err):
		return "cannot be trusted: " + err.Error()
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refuses connections"
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETDOWN):
		return "is out of reach: the network is down"
	case errors.Is(err, syscall.ETIMEDOUT), errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), isTimeout(err):
		return "is silent"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF),
		errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &closed):
		return "dropped the connection"
	}
	return "failed: " + err.Error()
}

// isTLS reports a failed handshake or certificate.
func isTLS(err error) bool {
	var verification *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	return errors.As(err, &verification) || errors.As(err, &record) || errors.As(err, &alert) ||
		errors.As(err, &authority) || errors.As(err, &host) || errors.As(err, &invalid)
}

// isTimeout reports a network error that calls itself a timeout.
func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}
