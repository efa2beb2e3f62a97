package gateway

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/diamondburned/arikawa/v3/discord"
	"github.com/diamondburned/arikawa/v3/gateway"
	"github.com/diamondburned/arikawa/v3/utils/ws"
)

// life is one connection from its opening to its end.
type life struct {
	link     *Link
	conn     *connection
	host     string
	main     bool
	bot      Bot
	resuming bool

	heart   heart
	beat    *time.Timer
	limit   *time.Timer  // Hello, then READY or RESUMED must come before it fires
	seen    uint64       // the intake's progress when the limit was last moved
	asked   chan answer  // the identify budget's answer
	sends   chan sending // nil until ready
	greeted bool         // Hello came
	group   sync.WaitGroup
	started bool // RESUME or IDENTIFY was sent
	readyAt time.Time
}

// answer is the identify budget's.
type answer struct {
	wait time.Duration
	why  string
	err  error
}

// end is how a connection ended and what follows.
type end struct {
	consequence consequence
	code        int    // Discord's close code, if any
	why         string // one sentence
	left        bool   // the link is done: Close was called or the context ended
	options     CloseOptions
	congested   bool
	until       time.Time // not to be tried again before
	waitWhy     string    // when that is worth saying

	refused  bool // Discord ended it between RESUME and RESUMED
	failed   bool // it came to nothing, whoever is to blame
	wasReady bool
	calm     bool // it was ready long enough to forget earlier trouble
	main     bool // it led to the main URL
}

// newLife begins with an open connection.
func newLife(l *Link, a attempt) *life {
	f := &life{
		link: l, conn: a.conn, host: a.host, main: a.main, bot: l.bot,
		resuming: l.intake.session.ID != "",
		beat:     time.NewTimer(time.Hour),
		limit:    time.NewTimer(l.config.Timing.Hello),
		asked:    make(chan answer, 1),
	}
	f.beat.Stop()
	return f
}

// run lives until the connection ends or must end.
func (f *life) run(ctx context.Context) end {
	defer f.beat.Stop()
	defer f.limit.Stop()
	asking, cancel := context.WithCancel(ctx)
	defer f.group.Wait()
	defer cancel()
	for {
		var over *end
		select {
		case <-ctx.Done():
			over = &end{left: true}
		case <-f.link.leaving:
			over = &end{left: true, options: f.link.closeOptions()}
		case op, ok := <-f.conn.ops:
			if ok {
				over = f.on(asking, op)
			}
		case <-f.beat.C:
			over = f.pulse()
		case <-f.limit.C:
			over = f.overdue()
		case a := <-f.asked:
			over = f.identify(a)
		case s := <-f.sends:
			err := f.conn.Send(ctx, s.payload)
			if s.sent <- err; err != nil {
				over = f.broken(err)
			}
		}
		if over != nil {
			return f.finish(*over)
		}
	}
}

// on handles what the reading goroutine passes on.
func (f *life) on(ctx context.Context, op ws.Op) *end {
	switch data := op.Data.(type) {
	case *ws.CloseEvent:
		return f.broken(data)
	case *gateway.HelloEvent:
		return f.hello(ctx, data.HeartbeatInterval.Duration())
	case *gateway.HeartbeatAckEvent:
		f.heart.ack(time.Now())
		f.link.board.change(func(s *Status) { s.LastAck, s.Latency = f.heart.lastAck, f.heart.latency })
	case *gateway.HeartbeatCommand:
		f.heart.extra(time.Now())
		return f.sendBeat()
	case *gateway.ReconnectEvent:
		return &end{why: errReconnect.Error()}
	case *gateway.InvalidSessionEvent:
		return f.invalid(bool(*data))
	case nil:
		if op.Type == typeReady || op.Type == typeResumed {
			return f.ready(op.Type)
		}
	}
	return nil
}

// hello learns the interval and starts the session. A second Hello changes nothing.
func (f *life) hello(ctx context.Context, interval time.Duration) *end {
	if f.greeted {
		return nil
	}
	if interval <= 0 {
		return &end{why: errBadHello.Error()}
	}
	l := f.link
	f.greeted, f.heart.interval = true, interval
	f.beat.Reset(f.heart.first(l.random()))
	l.board.change(func(s *Status) { s.Interval = interval })
	if f.resuming {
		return f.resume()
	}
	l.enter(Identifying)
	f.limit.Reset(l.config.Timing.Ready)
	bucket := l.config.Shard[0] % max(f.bot.MaxConcurrency, 1)
	f.group.Go(func() { // heartbeats go on meanwhile
		var a answer
		a.wait, a.why, a.err = l.budget.Take(ctx, bucket, f.bot)
		f.asked <- a
	})
	return nil
}

// resume asks for what was missed.
func (f *life) resume() *end {
	l := f.link
	l.enter(Resuming)
	l.board.change(func(s *Status) { s.Resumes++ })
	l.intake.replaying = true
	f.seen = l.intake.progress.Load()
	f.conn.adopt(l.intake)
	f.limit.Reset(l.config.Timing.Resumed)
	f.started = true
	return f.send(&gateway.ResumeCommand{
		Token: l.config.Token, SessionID: l.intake.session.ID, Sequence: l.intake.received.Load(),
	})
}

// identify asks for a new session once the budget allows.
func (f *life) identify(a answer) *end {
	l := f.link
	if a.err != nil {
		return &end{why: fmt.Sprintf("the identify budget cannot be read: %v", a.err)}
	}
	if a.wait > 0 {
		return &end{until: time.Now().Add(a.wait), waitWhy: a.why}
	}
	l.board.change(func(s *Status) { s.Identifies++ })
	l.intake.replaying = false
	f.conn.adopt(l.intake)
	f.limit.Reset(l.config.Timing.Ready)
	f.started = true
	command := gateway.IdentifyCommand{
		Token: l.config.Token, Properties: l.config.Properties, LargeThreshold: 50,
		Presence: l.presence(discord.OnlineStatus),
	}
	command.AddIntents(l.config.Intents)
	if l.config.Shard[1] > 0 {
		command.SetShard(l.config.Shard[0], l.config.Shard[1])
	}
	return f.send(&command)
}

// presence is how the bot shows itself.
func (l *Link) presence(status discord.Status) *gateway.UpdatePresenceCommand {
	p := &gateway.UpdatePresenceCommand{Status: status, Activities: []discord.Activity{}}
	if l.config.Activity != "" {
		p.Activities = append(p.Activities, discord.Activity{Name: l.config.Activity, Type: discord.ListeningActivity})
	}
	return p
}

// ready is READY or RESUMED.
func (f *life) ready(kind ws.EventType) *end {
	l := f.link
	f.limit.Stop()
	f.readyAt = time.Now()
	f.sends = l.sends
	l.enter(Ready)
	hidden := l.invisible
	l.invisible = false
	if hidden && kind == typeResumed { // IDENTIFY brought its own presence
		return f.send(l.presence(discord.OnlineStatus))
	}
	return nil
}

// invalid is op 9.
func (f *life) invalid(resumable bool) *end {
	if resumable && f.resuming {
		return &end{why: errResumable.Error(), refused: true}
	}
	// Discord asks for a random pause of 1 to 5 s before the next IDENTIFY.
	pause := time.Second + time.Duration(f.link.random()*float64(4*time.Second))
	return &end{consequence: renew, why: errInvalid.Error(), until: time.Now().Add(pause)}
}

// pulse is a regular heartbeat falling due.
func (f *life) pulse() *end {
	now := time.Now()
	if f.link.intake.committing.Load() {
		f.heart.alive()
	}
	if f.heart.tick(now) {
		return &end{why: errZombie.Error()}
	}
	f.beat.Reset(f.heart.interval)
	return f.sendBeat()
}

// sendBeat sends op 1 with the low-water mark; null while the Sink may not yet know of the session.
func (f *life) sendBeat() *end {
	var lowWater int64
	if in := f.link.intake; in.id() != "" && !in.committing.Load() {
		lowWater = min(f.link.sink.LowWater(), in.received.Load())
	}
	if err := f.conn.Send(context.Background(), beatPayload(lowWater)); err != nil {
		return f.broken(err)
	}
	return nil
}

// send writes a command of the link's own. It is counted against the limit and does not wait for it.
func (f *life) send(command ws.Event) *end {
	payload, err := encode(command)
	if err != nil {
		return &end{why: err.Error()}
	}
	f.link.limiter.Reserve()
	if err := f.conn.Send(context.Background(), payload); err != nil {
		return f.broken(err)
	}
	return nil
}

// overdue is Hello, READY or RESUMED not coming in time.
func (f *life) overdue() *end {
	in := f.link.intake
	switch {
	case !f.greeted:
		return &end{why: errNoHello.Error()}
	case in.committing.Load():
		f.limit.Reset(f.link.config.Timing.Ready) // READY came; it is our disk that is slow
		return nil
	case !f.resuming:
		return &end{why: errNoReady.Error()}
	}
	if progress := in.progress.Load(); progress != f.seen {
		f.seen = progress
		f.limit.Reset(f.link.config.Timing.Resumed)
		return nil
	}
	return &end{why: errNoResumed.Error()}
}

// broken is the connection ending, by Discord, the network, or the reading path.
func (f *life) broken(err error) *end {
	if errors.Is(err, errNoRoom) {
		return &end{congested: true}
	}
	e := &end{why: explain(f.host, err)}
	var closed *ws.CloseEvent
	if errors.As(err, &closed) {
		if closed.Code > 0 {
			e.code = closed.Code
		}
		e.consequence = judge(closed.Code)
		e.refused = f.resuming && f.started && e.code > 0
	}
	return e
}

// finish adds what only the life as a whole knows.
func (f *life) finish(e end) end {
	e.main = f.main
	e.wasReady = !f.readyAt.IsZero()
	e.calm = e.wasReady && time.Since(f.readyAt) >= f.link.config.Timing.Stable
	e.refused = e.refused && !e.wasReady
	e.failed = f.resuming && !e.wasReady && !e.congested
	return e
}

// part closes the connection, saying what its end asks for, and waits for all that this life started.
func (f *life) part(e end) {
	l := f.link
	linger := e.options.EndSession
	if e.left && !e.options.EndSession && e.options.GoInvisible && !f.readyAt.IsZero() {
		f.send(l.presence(discord.InvisibleStatus))
		linger = true
	}
	code := closeKeeping
	if e.options.EndSession {
		code = 1000
	}
	if err := f.conn.leave(code, linger); err != nil {
		l.config.Log.WithField(fieldHost, f.host).WithError(err).Debug("the connection was not closed in good order")
	}
	if e.options.EndSession {
		ctx, cancel := context.WithTimeout(context.Background(), l.config.Timing.Write)
		defer cancel()
		l.forget(ctx)
	}
}
