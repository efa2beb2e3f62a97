package discordsim

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
)

// serving is one run of Serve.
type serving struct {
	addr string
	// stopping is closed when the run ends.
	stopping chan struct{}
	// handlers counts the requests and connections that Serve waits for; guarded by mu together with stopped.
	handlers sync.WaitGroup
	stop     context.CancelFunc
	stopped  bool
}

// Serve answers on a listener until ctx ends, then resets every connection and waits until all have ended. The world,
// the sessions and the counters stay: Serve may be called again, which looks like an outage from outside.
func (s *Sim) Serve(ctx context.Context, listener net.Listener) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	run := &serving{addr: listener.Addr().String(), stopping: make(chan struct{}), stop: stop}
	s.mu.Lock()
	if s.serving != nil {
		s.mu.Unlock()
		return errors.New("discordsim is already serving at " + s.serving.addr)
	}
	s.serving = run
	s.mu.Unlock()

	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.enter(run) {
			defer run.handlers.Done()
			s.serveHTTP(w, r, run)
		}
	})}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
		failed <- http.ErrServerClosed
	}
	s.leave(run)
	server.Close()
	<-failed
	run.handlers.Wait()
	return err
}

// enter admits a handler unless the run is ending.
func (s *Sim) enter(run *serving) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if run.stopped {
		return false
	}
	run.handlers.Add(1)
	return true
}

// leave ends the run: nobody enters any more, every gateway connection is reset.
func (s *Sim) leave(run *serving) {
	s.mu.Lock()
	defer s.mu.Unlock()
	run.stopped = true
	close(run.stopping)
	for c := range s.conns {
		c.kill()
	}
	s.serving = nil
	s.touch()
}

// Start builds a simulator and serves it on Config.Addr until Close.
func Start(cfg Config) (*Sim, error) {
	s := New(cfg)
	if err := s.Listen(s.cfg.Addr); err != nil {
		return nil, err
	}
	return s, nil
}

// Listen serves on an address in the background until Close; use it to come back after Close.
func (s *Sim) Listen(addr string) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("the simulator cannot listen: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended, begun := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		s.Serve(ctx, &announcing{Listener: listener, begun: begun})
	}()
	<-begun
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended, s.stop = ended, stop
	return nil
}

// announcing is a listener that tells when it is first used, which is when Serve has set everything up.
type announcing struct {
	net.Listener
	once  sync.Once
	begun chan struct{}
}

// Accept tells, then accepts.
func (a *announcing) Accept() (net.Conn, error) {
	a.once.Do(func() { close(a.begun) })
	return a.Listener.Accept()
}

// Close ends what Start or Listen began and waits for it. The world stays and can be looked at.
func (s *Sim) Close() {
	s.mu.Lock()
	ended, stop := s.ended, s.stop
	s.mu.Unlock()
	if stop != nil {
		stop()
		<-ended
	}
}

// TB is the part of testing.TB that ForTest needs.
type TB interface {
	Helper()
	Fatal(args ...any)
	Cleanup(func())
}

// ForTest starts a simulator that is closed at the end of the test.
func ForTest(tb TB, cfg Config) *Sim {
	tb.Helper()
	s, err := Start(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.Close)
	return s
}

// publicAddr is the address to name in URLs: the one this client reached us at. Its Host header says nothing, because
// libraries are pointed here by rewriting where they dial, and go on naming discord.com.
func (s *Sim) publicAddr(r *http.Request) string {
	if s.cfg.PublicAddr != "" {
		return s.cfg.PublicAddr
	}
	if local, known := r.Context().Value(http.LocalAddrContextKey).(net.Addr); known {
		return local.String()
	}
	return r.Host
}

// address is where an attachment of a person is served: nobody's request says how the simulator was reached.
func (s *Sim) address() string {
	if s.cfg.PublicAddr != "" || s.serving == nil {
		return cmp.Or(s.cfg.PublicAddr, "127.0.0.1")
	}
	return s.serving.addr
}

// Addr is the host and port being served; empty when nothing is served.
func (s *Sim) Addr() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.serving == nil {
		return ""
	}
	return s.serving.addr
}

// APIURL is the base URL of the REST API, for DISCORD_API_URL.
func (s *Sim) APIURL() string { return "http://" + s.Addr() + "/api/v10" }

// GatewayURL is the main gateway URL, as GET /gateway returns it.
func (s *Sim) GatewayURL() string { return "ws://" + s.Addr() + "/" }
