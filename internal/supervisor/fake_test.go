package supervisor_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/sirupsen/logrus"

	"github.com/steadfast-bot/steadfast/internal/health"
	"github.com/steadfast-bot/steadfast/internal/lifecycle"
	"github.com/steadfast-bot/steadfast/internal/supervisor"
	"github.com/steadfast-bot/steadfast/internal/workerapi"
)

// worker is the script of one fake worker. The zero value is a good one: it starts at once, is ready with its first
// beat, and leaves as soon as it is asked.
type worker struct {
	startsAfter                          time.Duration
	cannotLaunch                         error
	handshakeHangs                       bool
	cannotConfigure, cannotActivate      error
	everReady                            bool
	activatesAfter                       time.Duration
	activateHangs                        bool               // until its caller gives up, whatever becomes of the process
	busyMigrating                        *workerapi.Handler // what beats say is running until it has activated
	readyAfter                           time.Duration      // after Activate was called
	diesAfter                            time.Duration      // after its launch; 0: never
	as                                   supervisor.Exit
	exitsAfterRefusal                    bool // as `as`, when Configure or Activate failed
	hangsAfter                           time.Duration
	stoppedAfter                         time.Duration // SIGSTOP: silent until it is continued
	ignoresStop, ignoresQuit, ignoresRPC bool
	resident                             uint64
	handler                              *workerapi.Handler
	leavesAfter                          time.Duration
}

func crash() supervisor.Exit { return supervisor.Exit{Code: 3} }

func exit(code workerapi.ExitCode, farewell string) supervisor.Exit {
	return supervisor.Exit{Code: code, Farewell: farewell}
}

// pair is a supervisor with fake workers in a bubble. Everything that is done to a worker goes into its journal, with
// the time since the start.
type pair struct {
	t         *testing.T
	began     time.Time
	mu        sync.Mutex
	journal   []string
	script    []worker
	alive     []*process
	histories []workerapi.History
	incidents []supervisor.Incident
	token     string
	log       logbook
	jam       chan time.Duration // holds the loop up for so long
	sup       *supervisor.Supervisor
	result    chan error
	cancel    context.CancelFunc
}

// logbook is a log that can be read while it is written.
type logbook struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// inBubble runs a story on fake time with a supervisor whose workers follow the script; the last line is repeated.
func inBubble(t *testing.T, script []worker, story func(*pair), change ...func(*supervisor.Config)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := &pair{t: t, began: time.Now(), script: script, token: "first", jam: make(chan time.Duration, 1), result: make(chan error, 1)}
		p.start(change...)
		story(p)
		p.cancel()
		p.sup.StopNow()
		synctest.Wait()
		for _, proc := range p.alive {
			if !proc.gone() {
				t.Errorf("worker %d is left behind", proc.generation)
			}
		}
	})
}

func (p *pair) start(change ...func(*supervisor.Config)) {
	logger := logrus.New()
	logger.SetOutput(&p.log)
	logger.SetFormatter(&logrus.TextFormatter{DisableTimestamp: true, DisableColors: true})
	cfg := supervisor.Config{
		Policy: lifecycle.DefaultPolicy(), Limits: health.DefaultLimits(), Heartbeats: supervisor.DefaultHeartbeats(),
		LogPath:  func(g uint64) string { return fmt.Sprintf("worker-%d.log", g) },
		Launcher: p, Recorder: p, Token: p, Log: logrus.NewEntry(logger), Jitter: p.jitter,
	}
	for _, c := range change {
		c(&cfg)
	}
	sup, err := supervisor.New(cfg)
	if err != nil {
		p.t.Fatal(err)
	}
	var ctx context.Context
	ctx, p.cancel = context.WithCancel(p.t.Context())
	p.sup = sup
	go func() { p.result <- sup.Run(ctx) }()
	synctest.Wait()
}

// jitter is called by the loop for every event: no chance in these tests, but a way to hold the loop up.
func (p *pair) jitter() float64 {
	select {
	case d := <-p.jam:
		time.Sleep(d)
	default:
	}
	return 0
}

func (p *pair) note(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.journal = append(p.journal, time.Since(p.began).Round(time.Microsecond).String()+" "+fmt.Sprintf(format, args...))
}

// after lets so much time pass.
func (p *pair) after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// journalIs compares the journal so far; activations, configurations and records are left out unless asked for.
func (p *pair) journalIs(want ...string) {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if diff := cmp.Diff(want, p.journal); diff != "" {
		p.t.Errorf("the journal differs (-want +got):\n%s", diff)
	}
}

// launches gives the times of all launches.
func (p *pair) launches() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var at []string
	for _, line := range p.journal {
		if before, _, ok := strings.Cut(line, " launch"); ok {
			at = append(at, before)
		}
	}
	return at
}

func (p *pair) launchedAt(want ...string) {
	p.t.Helper()
	if diff := cmp.Diff(want, p.launches()); diff != "" {
		p.t.Errorf("the launches differ (-want +got):\n%s", diff)
	}
}

func (p *pair) stateIs(want lifecycle.State) {
	p.t.Helper()
	if got := p.sup.Snapshot().State; got != want {
		p.t.Errorf("the state is %v, want %v", got, want)
	}
}

func (p *pair) says(part string) {
	p.t.Helper()
	if !strings.Contains(p.log.String(), part) {
		p.t.Errorf("the log does not say %q:\n%s", part, p.log.String())
	}
}

// ended gives what Run returned; it must have.
func (p *pair) ended() error {
	p.t.Helper()
	select {
	case err := <-p.result:
		return err
	default:
		p.t.Fatalf("the supervisor still runs; state %v", p.sup.Snapshot().State)
		return nil
	}
}

// endedWith checks the exit code and the sentence.
func (p *pair) endedWith(code workerapi.ExitCode, sentence string) {
	p.t.Helper()
	var e *workerapi.ExitError
	if err := p.ended(); !errors.As(err, &e) || e.Code != code || e.Sentence != sentence {
		p.t.Errorf("Run ended with %v, want code %d and %q", err, code, sentence)
	}
}

// asks has a verb done in the background; the outcome goes into the journal.
func (p *pair) asks(v lifecycle.Verb) {
	go func() {
		err := p.sup.Ask(p.t.Context(), v)
		p.note("%v: %v", v, err)
	}()
	synctest.Wait()
}

func (p *pair) incident(i int) supervisor.Incident {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.incidents[i]
}

// lastTold is the history in the last heartbeat request.
func (p *pair) lastTold() workerapi.History {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.histories[len(p.histories)-1]
}

func (p *pair) kinds() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var kinds []string
	for _, i := range p.incidents {
		kinds = append(kinds, i.Kind.String())
	}
	return kinds
}

func (p *pair) incidentsAre(want ...string) {
	p.t.Helper()
	if got := p.kinds(); !slices.Equal(got, want) {
		p.t.Errorf("the incidents are %v, want %v", got, want)
	}
}

// Token gives the pair's token.
func (p *pair) Token(context.Context) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.token, nil
}

func (p *pair) tokenIs(token string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.token = token
}

// Record keeps the incident.
func (p *pair) Record(_ context.Context, i supervisor.Incident) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.incidents = append(p.incidents, i)
	return fmt.Sprintf("inc-%d", len(p.incidents)), nil
}

// Launch follows the script.
func (p *pair) Launch(ctx context.Context, spec supervisor.LaunchSpec) (supervisor.Process, error) {
	fresh := ""
	if spec.Fresh {
		fresh = " fresh"
	}
	p.note("launch %d%s", spec.Generation, fresh)
	w := p.next()
	if w.handshakeHangs {
		<-ctx.Done()
		p.note("launch %d given up", spec.Generation)
		return nil, context.Cause(ctx)
	}
	time.Sleep(w.startsAfter)
	if w.cannotLaunch != nil {
		return nil, w.cannotLaunch
	}
	proc := &process{pair: p, worker: w, generation: spec.Generation, launched: time.Now(), done: make(chan struct{}), continued: make(chan struct{})}
	p.mu.Lock()
	p.alive = append(p.alive, proc)
	p.mu.Unlock()
	if w.diesAfter > 0 {
		go proc.dieIn(w.diesAfter, w.as)
	}
	return proc, nil
}

func (p *pair) next() worker {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := p.script[0]
	if len(p.script) > 1 {
		p.script = p.script[1:]
	}
	return w
}

// process is one fake worker's process.
type process struct {
	*pair
	worker
	generation uint64
	launched   time.Time
	activated  time.Time
	exit       supervisor.Exit
	once       sync.Once
	done       chan struct{}
	resume     sync.Once
	continued  chan struct{}
}

func (w *process) gone() bool {
	select {
	case <-w.done:
		return true
	default:
		return false
	}
}

func (w *process) dieIn(d time.Duration, e supervisor.Exit) {
	select {
	case <-time.After(d):
		w.dies(e)
	case <-w.done:
	}
}

func (w *process) dies(e supervisor.Exit) {
	w.once.Do(func() {
		w.exit = e
		close(w.done)
	})
}

// hangs blocks as long as the worker would: until the caller gives up or the process is gone.
func (w *process) hangs(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-w.done:
		return errors.New("connection closed")
	}
}

func (w *process) refuses(err error) error {
	if w.exitsAfterRefusal {
		go w.dieIn(10*time.Millisecond, w.as)
	}
	return err
}

func (w *process) Configure(ctx context.Context, c workerapi.Configuration) (workerapi.Configured, error) {
	if w.cannotConfigure != nil {
		return workerapi.Configured{}, w.refuses(w.cannotConfigure)
	}
	if c.Generation != w.generation || c.LogPath != fmt.Sprintf("worker-%d.log", w.generation) {
		w.t.Errorf("worker %d is configured as %+v", w.generation, c)
	}
	return workerapi.Configured{Version: "v1", EverReady: w.everReady}, nil
}

func (w *process) Activate(ctx context.Context) (workerapi.Epoch, error) {
	w.note("activate %d", w.generation)
	w.mu.Lock()
	w.activated = time.Now()
	w.mu.Unlock()
	if w.activateHangs {
		<-ctx.Done()
		w.note("activate %d given up", w.generation)
		return workerapi.Epoch{}, context.Cause(ctx)
	}
	select {
	case <-time.After(w.activatesAfter):
	case <-w.done:
		return workerapi.Epoch{}, errors.New("connection closed")
	}
	if w.cannotActivate != nil {
		return workerapi.Epoch{}, w.refuses(w.cannotActivate)
	}
	return workerapi.Epoch{Activation: w.generation}, nil
}

func (w *process) Heartbeat(ctx context.Context, h workerapi.History) (workerapi.Heartbeat, error) {
	w.mu.Lock()
	age := time.Duration(-1) // a beat may overtake Activate
	if !w.activated.IsZero() {
		age = time.Since(w.activated)
	}
	w.histories = append(w.histories, h)
	w.mu.Unlock()
	if w.hangsAfter > 0 && age >= w.hangsAfter {
		return workerapi.Heartbeat{}, w.hangs(ctx)
	}
	if w.stoppedAfter > 0 && age >= w.stoppedAfter {
		select {
		case <-w.continued:
		default:
			return workerapi.Heartbeat{}, w.hangs(ctx)
		}
	}
	hb := workerapi.Heartbeat{
		Gateway:       workerapi.Gateway{State: workerapi.GatewayConnecting, AckAge: -1},
		Queue:         workerapi.Queue{OldestAge: -1},
		Outbox:        workerapi.Outbox{OldestAge: -1},
		Process:       workerapi.Process{Resident: w.resident},
		OldestHandler: w.handler,
	}
	if age < w.activatesAfter {
		hb.OldestHandler = w.busyMigrating
	}
	if age >= max(w.readyAfter, w.activatesAfter) {
		hb.Gateway.State = workerapi.GatewayReady
	}
	return hb, nil
}

func (w *process) Stop(ctx context.Context, r workerapi.StopRequest) error {
	w.note("stop %d keep=%v away=%v budget=%v", w.generation, r.KeepSession, r.GoingAway, r.Budget)
	if w.ignoresStop {
		return w.hangs(ctx)
	}
	go w.dieIn(max(w.leavesAfter, time.Nanosecond), supervisor.Exit{})
	return nil
}

func (w *process) Dump(ctx context.Context) ([]byte, error) {
	w.note("dump %d", w.generation)
	if w.hangsAfter > 0 || w.ignoresRPC {
		return nil, w.hangs(ctx)
	}
	return []byte("all stacks"), nil
}

func (w *process) PID() int { return 1000 + int(w.generation) }

func (w *process) Continue() error {
	w.note("continue %d", w.generation)
	w.resume.Do(func() { close(w.continued) })
	return nil
}

func (w *process) Quit() error {
	w.note("quit %d", w.generation)
	if !w.ignoresQuit {
		w.dies(supervisor.Exit{Code: 2})
	}
	return nil
}

func (w *process) Kill() error {
	w.note("kill %d", w.generation)
	w.dies(supervisor.Exit{Code: -1, Signal: syscall.SIGKILL})
	return nil
}

func (w *process) Exited() <-chan struct{} { return w.done }
func (w *process) Status() supervisor.Exit { return w.exit }
func (w *process) Close() error            { return nil }
