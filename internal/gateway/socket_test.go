package gateway_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/steadfast-bot/steadfast/internal/gateway"
	"golang.org/x/sys/unix"
)

// loopback lets the rig's server listen on a real socket.
func (r *rig) loopback() string {
	r.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); r.server.listen(l) }()
	r.t.Cleanup(func() { l.Close(); <-done })
	r.config.NetDial, r.config.AllowPlaintext = nil, false
	return l.Addr().String()
}

// until receives the first status with this property.
func until(t *testing.T, states <-chan gateway.Status, property func(gateway.Status) bool) gateway.Status {
	t.Helper()
	limit := time.After(20 * time.Second)
	for {
		select {
		case s := <-states:
			if property(s) {
				return s
			}
		case <-limit:
			t.Fatal("the link did not come into the state in 20 s")
		}
	}
}

func isReady(s gateway.Status) bool { return s.State == gateway.Ready }

func TestOnARealSocketADropIsResumedAtOnce(t *testing.T) {
	r := newRig(t)
	addr := r.loopback()
	r.disco.bot.URL = "ws://" + addr
	r.config.Session = gateway.Session{ID: "old", ResumeURL: "ws://" + addr + "/resume?x=1", Sequence: 5}
	r.config.Timing.Stable = time.Nanosecond
	states := make(chan gateway.Status, 100)
	r.config.OnState = func(s gateway.Status) { states <- s }
	r.start()
	defer r.stop()
	for range 3 {
		p := r.server.accept().hello(interval)
		if got := p.url.String(); got != "/resume?encoding=json&v=10&x=1" {
			t.Errorf("dialled %s", got)
		}
		p.expect(6)
		p.send(`{"op":0,"t":"RESUMED","s":null,"d":{}}`)
		until(t, states, isReady)
		p.closes(0)
	}
}

func TestADeadLinkIsLeftToTheKernelToNotice(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	conn, err := gateway.DialTCP(t.Context(), l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ name, level, option, want int }{
		{0, unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1},
		{1, unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, 2},
		{2, unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, 1},
		{3, unix.IPPROTO_TCP, unix.TCP_KEEPCNT, 3},
		{4, unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, 5000},
	} {
		var got int
		var failed error
		if err := raw.Control(func(fd uintptr) { got, failed = unix.GetsockoptInt(int(fd), row.level, row.option) }); err != nil || failed != nil {
			t.Fatal(err, failed)
		}
		if got != row.want {
			t.Errorf("option %d is %d, want %d", row.name, got, row.want)
		}
	}
}

func TestAForeignCertificateIsRefusedInOneSentenceAndAKnownOneIsNot(t *testing.T) {
	certificate := httptest.NewUnstartedServer(nil)
	certificate.StartTLS()
	defer certificate.Close()
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := tls.NewListener(plain, &tls.Config{Certificates: certificate.TLS.Certificates})
	for _, trusted := range []bool{false, true} {
		r := newRig(t)
		r.config.NetDial = nil
		r.disco.bot.URL = "wss://" + plain.Addr().String()
		states := make(chan gateway.Status, 100)
		r.config.OnState = func(s gateway.Status) { states <- s }
		if trusted {
			pool := x509.NewCertPool()
			pool.AddCert(certificate.Certificate())
			r.config.TLS = &tls.Config{RootCAs: pool}
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			if conn, err := l.Accept(); err == nil {
				r.server.serve(conn, 0)
			}
		}()
		r.start()
		if trusted {
			p := r.server.accept().hello(interval)
			p.expect(2)
			p.ready("s1")
			until(t, states, isReady)
		} else {
			<-done // the handshake has failed on the other side
			for !strings.Contains(r.link.Status().LastError, "cannot be trusted") {
				if r.link.Status().Attempts > 3 {
					t.Fatalf("status %+v", r.link.Status())
				}
			}
		}
		r.stop()
		<-done
		if err := <-r.result; err != nil {
			t.Error(err)
		}
	}
	l.Close()
}

func TestADialIsAbandonedWhenItsContextEnds(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // accepts by the kernel and never answers the upgrade
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	r := newRig(t)
	r.config.NetDial = nil
	r.disco.bot.URL = "ws://" + l.Addr().String()
	r.start()
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := r.link.Close(ctx, gateway.CloseOptions{}); errors.Is(err, context.DeadlineExceeded) {
		t.Error("the link waited for a dial that nobody answers")
	}
}
