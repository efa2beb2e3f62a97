package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/diamondburned/arikawa/v3/utils/json"
	"github.com/diamondburned/arikawa/v3/utils/ws"
	"golang.org/x/time/rate"

	"github.com/steadfast-bot/steadfast/internal/logging"
)

const (
	// Discord allows 120 sends in 60 s on a connection and 4096 bytes in each. Our own sends stay at 110 in any
	// 60 s; the rest is for heartbeats, which wait for nothing.
	sendBurst = 20
	sendEvery = time.Minute / 90
	maxSend   = 4096
	// maxRefusals is how often in a row a RESUME may be refused, in ways that leave the session alive, before it is
	// given up: about half a minute, while Discord keeps a session for one to two.
	maxRefusals = 20
	// congestedGap keeps a queue that fills at once from making a hot loop of resumes.
	congestedGap = 250 * time.Millisecond
)

// Link is the bot's connection to Discord's gateway. Run keeps it; everything that Run's goroutine owns is below
// the first blank line.
type Link struct {
	config    Config
	discovery Discovery
	budget    Budget
	keeper    Keeper
	sink      Sink
	board     board
	sends     chan sending
	limiter   *rate.Limiter
	random    func() float64

	intake    *intake
	schedule  schedule
	bot       Bot
	botAt     time.Time
	mainFirst bool
	refusals  int
	invisible bool // the predecessor hid the presence and it is not shown again yet

	mu      sync.Mutex
	running bool          // guarded by mu
	options *CloseOptions // guarded by mu; set by Close
	leaving chan struct{} // closed by Close
	done    chan struct{} // closed when Run has returned
}

// sending is a payload on its way to Run.
type sending struct {
	payload []byte
	sent    chan<- error // has room for one
}

// New makes a link. Nothing happens before Run.
func New(config Config, sink Sink, discovery Discovery, budget Budget, keeper Keeper) *Link {
	config = config.withDefaults()
	l := &Link{
		config: config, discovery: discovery, budget: budget, keeper: keeper, sink: sink,
		sends:     make(chan sending),
		limiter:   rate.NewLimiter(rate.Every(sendEvery), sendBurst),
		random:    rand.Float64,
		invisible: config.WentInvisible,
		leaving:   make(chan struct{}),
		done:      make(chan struct{}),
		intake:    newIntake(config, sink, keeper),
	}
	l.board.status.Since = time.Now()
	return l
}

// Run connects, and reconnects for ever, until its context ends or Close is called; then it returns nil. A
// *FatalError says what no further attempt can mend. When the context ends the session is left resumable. Run may
// be called once.
func (l *Link) Run(ctx context.Context) error {
	l.mu.Lock()
	ran, closed := l.running, l.options != nil
	l.running = true
	l.mu.Unlock()
	switch {
	case ran && !closed:
		return errors.New("the gateway link runs already")
	case ran || closed:
		return nil
	}
	defer close(l.done)
	defer l.enter(Closed)
	for {
		a, err := l.prepare(ctx)
		if err == nil && a.conn == nil {
			return nil
		}
		var over end
		if err == nil {
			life := newLife(l, a)
			over = life.run(ctx)
			life.part(over)
			err = l.learn(ctx, over)
		}
		if err != nil {
			l.trouble(err.Error())
		}
		if err != nil || over.left {
			return err
		}
	}
}

// prepare does what must be done before a connection is of use, and opens it. Without an error and a connection,
// the link was asked to leave.
func (l *Link) prepare(ctx context.Context) (attempt, error) {
	ctx, stop := l.untilLeft(ctx)
	defer stop()
	var a attempt
	err := l.commit(ctx)
	if err == nil {
		a, err = l.reach(ctx)
	}
	var fatal *FatalError
	if err != nil && !errors.As(err, &fatal) {
		err = nil // the context's
	}
	return a, err
}

// commit sees to it that a session whose READY could not be saved is saved before it is resumed.
func (l *Link) commit(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := l.intake.keep(ctx); err == nil {
			return nil
		} else {
			l.trouble(err.Error())
		}
		due := l.schedule.due(time.Now(), l.random())
		if !sleep(ctx, time.Until(due)) {
			break
		}
		l.schedule = l.schedule.started(time.Now())
	}
	return ctx.Err()
}

// learn draws the consequences of a connection's end. The error is fatal.
func (l *Link) learn(ctx context.Context, end end) error {
	if end.left {
		return nil
	}
	switch {
	case end.calm:
		l.schedule = l.schedule.calm()
	case end.wasReady:
		l.schedule = l.schedule.eased()
	}
	switch {
	case end.wasReady:
		l.refusals, l.mainFirst = 0, false
	case end.refused:
		l.refusals++
	}
	if end.failed {
		l.mainFirst = !end.main // the other URL next
	}
	l.config.Log.WithField(logging.Cause, end.why).WithField(fieldCode, end.code).Info("the gateway connection ended")
	l.board.change(func(s *Status) {
		s.LastAck, s.Latency, s.Interval = time.Time{}, 0, 0 // they were this connection's
		s.LastError = cmp.Or(end.why, s.LastError)
	})
	switch {
	case end.consequence == fatal:
		return fatalError(end.code, l.config)
	case end.consequence == renew || l.refusals >= maxRefusals:
		l.forget(ctx)
	}
	switch {
	case end.congested:
		l.congested(ctx)
	case end.waitWhy != "":
		l.schedule = l.schedule.calm() // Discord is well; it is the budget that says wait
		l.wait(end.until, end.waitWhy)
	case !end.until.IsZero():
		l.schedule = l.schedule.hold(end.until)
		l.enter(Connecting)
	default:
		l.enter(Connecting)
	}
	return nil
}

// forget ends the session in the books.
func (l *Link) forget(ctx context.Context) {
	l.refusals, l.mainFirst = 0, false
	if l.intake.session.ID == "" {
		return
	}
	l.intake.forget()
	if err := l.keeper.Ended(ctx); err != nil {
		// A successor would try to resume a dead session, and be told so.
		l.config.Log.WithError(err).Warn("the end of the session cannot be saved")
	}
}

// congested waits until the Sink has room again. The session is resumed at once then: nothing is wrong with it.
func (l *Link) congested(ctx context.Context) {
	l.enter(Congested)
	ctx, stop := l.untilLeft(ctx)
	defer stop()
	select {
	case <-l.sink.Room():
	case <-ctx.Done():
	}
	l.schedule = schedule{earlier: l.schedule.last.Add(congestedGap)}
}

// wait puts the next attempt off and says until when and why.
func (l *Link) wait(until time.Time, why string) {
	l.schedule = l.schedule.hold(until)
	l.board.change(func(s *Status) { s.WaitingUntil, s.WaitingWhy = until, why })
	l.enter(Waiting)
}

// untilLeft is a context that also ends when Close is called.
func (l *Link) untilLeft(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	var group sync.WaitGroup
	group.Go(func() {
		select {
		case <-l.leaving:
			cancel()
		case <-ctx.Done():
		}
	})
	return ctx, func() { cancel(); group.Wait() }
}

// Close leaves Discord as the options say, and returns when Run has. Without an open connection there is no session
// to end: it stays as it is. When the context ends first, it returns the
// context's error and Run ends on its own.
func (l *Link) Close(ctx context.Context, options CloseOptions) error {
	l.mu.Lock()
	running := l.running
	if l.options == nil {
		l.options = &options
		close(l.leaving)
	}
	l.mu.Unlock()
	if !running {
		return nil
	}
	select {
	case <-l.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("close the gateway link: %w", ctx.Err())
	}
}

// closeOptions are what Close was called with.
func (l *Link) closeOptions() CloseOptions {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.options == nil {
		return CloseOptions{}
	}
	return *l.options
}

// Send sends a command, such as *gateway.UpdatePresenceCommand, once the link is ready. It waits its turn below
// Discord's limit, and never delays a heartbeat.
func (l *Link) Send(ctx context.Context, command ws.Event) error {
	payload, err := encode(command)
	if err != nil {
		return err
	}
	if err := l.limiter.Wait(ctx); err != nil {
		return fmt.Errorf("send op %d: %w", command.Op(), err)
	}
	sent := make(chan error, 1)
	select {
	case l.sends <- sending{payload, sent}:
		return <-sent
	case <-l.done:
		return fmt.Errorf("send op %d: %w", command.Op(), ws.ErrWebsocketClosed)
	case <-ctx.Done():
		return fmt.Errorf("send op %d: %w", command.Op(), ctx.Err())
	}
}

// encode makes a payload that Discord accepts by its size.
func encode(command ws.Event) ([]byte, error) {
	payload, err := json.Marshal(ws.Op{Code: command.Op(), Data: command})
	if err != nil {
		return nil, fmt.Errorf("encode op %d: %w", command.Op(), err)
	}
	if len(payload) > maxSend {
		return nil, fmt.Errorf("op %d is %d bytes long and Discord allows %d", command.Op(), len(payload), maxSend)
	}
	return payload, nil
}

// Status is where the link stands now.
func (l *Link) Status() Status {
	s := l.board.read()
	in := l.intake
	s.Events, s.Replayed = in.events.Load(), in.replayed.Load()
	s.Duplicates, s.Undecoded = in.duplicates.Load(), in.undecoded.Load()
	s.SessionID, s.Sequence = in.id(), in.received.Load()
	return s
}

// enter changes the state, and tells the log and OnState if it was another.
func (l *Link) enter(state State) {
	from, changed := l.board.enter(state, time.Now())
	if !changed {
		return
	}
	l.config.Log.WithField(logging.From, from.String()).WithField(logging.To, state.String()).Info("the gateway link changed state")
	if l.config.OnState != nil {
		l.config.OnState(l.Status())
	}
}

// trouble notes a failure in one sentence. The log has it once, however often it repeats.
func (l *Link) trouble(sentence string) {
	var before string
	l.board.change(func(s *Status) { before, s.LastError = s.LastError, sentence })
	if before != sentence {
		l.config.Log.WithField(logging.Cause, sentence).Warn("the gateway link is in trouble")
	}
}

// sleep waits, and reports false when the context ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
