package supervisor

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/steadfast-bot/steadfast/internal/health"
	"github.com/steadfast-bot/steadfast/internal/lifecycle"
	"github.com/steadfast-bot/steadfast/internal/workerapi"
)

// TokenSource gives the bot token. It is asked at every launch, and again when Discord refused what it gave.
type TokenSource interface {
	// Token reads the token. An error that wraps *workerapi.ExitError is judged by its code, any other is temporary.
	Token(ctx context.Context) (string, error)
}

// Heartbeats says when workers are polled.
type Heartbeats struct {
	// Every is the interval, Deadline each beat's own. A miss is always followed by the next beat Every after it
	// began.
	Every, Deadline time.Duration
	// Settling is the first interval of a worker that has just activated and answers; it grows to Every over the first
	// seconds. It is how soon a worker is seen to be running, and so how exactly outages and tokens are counted.
	Settling time.Duration
	// Tolerance is how late our own timers may be before a beat judges nobody.
	Tolerance time.Duration
}

// DefaultHeartbeats is DESIGN.md §4.
func DefaultHeartbeats() Heartbeats {
	return Heartbeats{Every: 2 * time.Second, Deadline: time.Second, Settling: 50 * time.Millisecond, Tolerance: 500 * time.Millisecond}
}

// Config is what a Supervisor is made of.
type Config struct {
	Policy     lifecycle.Policy
	Limits     health.Limits
	Heartbeats Heartbeats

	// Worker is what every worker is configured with; Token, Generation and LogPath are filled in at each launch.
	Worker workerapi.Configuration
	// LogPath gives the path of a generation's log.
	LogPath func(generation uint64) string
	// LastGeneration is the highest generation ever launched in this state directory.
	LastGeneration uint64

	Launcher    Launcher
	Predecessor Predecessor // nil: there can be none
	Recorder    Recorder
	Token       TokenSource
	Log         *logrus.Entry
	// Jitter gives numbers in [-1, 1]; nil: chance.
	Jitter func() float64
}

// Supervisor keeps a worker running. It is used once: New, then Run.
type Supervisor struct {
	cfg      Config
	inbox    chan message
	ended    chan struct{} // closed when Run's loop has ended
	snapshot atomic.Pointer[Snapshot]
}

// New checks the configuration and starts nothing.
func New(cfg Config) (*Supervisor, error) {
	if err := errors.Join(cfg.Policy.Validate(), cfg.Limits.Validate(), cfg.Heartbeats.validate()); err != nil {
		return nil, &workerapi.ExitError{Code: workerapi.ExitSettings, Sentence: "the supervisor's settings do not fit together: " + err.Error()}
	}
	if cfg.Jitter == nil {
		cfg.Jitter = func() float64 { return 2*rand.Float64() - 1 }
	}
	s := &Supervisor{cfg: cfg, inbox: make(chan message), ended: make(chan struct{})}
	s.snapshot.Store(&Snapshot{})
	return s, nil
}

func (h Heartbeats) validate() error {
	if h.Deadline <= 0 || h.Settling <= 0 || h.Tolerance <= 0 || h.Every < h.Deadline {
		return fmt.Errorf("the heartbeat interval (%v) must not be shorter than its deadline (%v), and all its times must be more than 0", h.Every, h.Deadline)
	}
	return nil
}

// Run keeps a worker running until it is asked to stop, or until a restart cannot help: then the error is a
// *workerapi.ExitError. The end of ctx is asking it to stop, the session kept: Run returns when the worker is gone.
func (s *Supervisor) Run(ctx context.Context) error {
	l := newLoop(s, ctx)
	defer l.work.Wait()
	defer close(s.ended)
	defer l.cancel()
	return l.run(ctx)
}

// Stop asks for an end that loses nothing, as on a process manager's SIGTERM: the session is kept. It returns as soon
// as it was heard.
func (s *Supervisor) Stop() { s.tell(lifecycle.AskStop) }

// StopNow ends at once what a first Stop waits for, as on a second SIGTERM.
func (s *Supervisor) StopNow() { s.tell(lifecycle.AskStopNow) }

// Reread has the token's source read again, as on SIGHUP: a refused token that has changed is tried at once.
func (s *Supervisor) Reread() { s.tell(lifecycle.AskReread) }

// tell sends a wish that nobody waits for.
func (s *Supervisor) tell(v lifecycle.Verb) {
	select {
	case s.inbox <- asked{verb: v}:
	case <-s.ended:
	}
}

// RequestError says why a request was not done.
type RequestError struct {
	Verb lifecycle.Verb
	// Refused tells a request that was not tried from one that failed.
	Refused  bool
	Sentence string
}

// Error is the sentence.
func (e *RequestError) Error() string { return e.Sentence }

// Ask asks for a verb and returns when it is done: a restart when the new worker has activated, a pause when the old
// one is gone. An error is a *RequestError, or ctx's: then the request goes on without its asker.
func (s *Supervisor) Ask(ctx context.Context, v lifecycle.Verb) error {
	reply := make(chan error, 1)
	select {
	case s.inbox <- asked{verb: v, reply: reply}:
	case <-s.ended:
		return &RequestError{Verb: v, Refused: true, Sentence: "the supervisor has stopped"}
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case err := <-reply:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Snapshot is how things stand, as of the loop's last turn. It is never nil and must not be changed.
func (s *Supervisor) Snapshot() *Snapshot { return s.snapshot.Load() }
