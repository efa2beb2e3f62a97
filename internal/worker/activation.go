package worker

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	agateway "github.com/diamondburned/arikawa/v3/gateway"
	"github.com/sirupsen/logrus"

	"github.com/steadfast-bot/steadfast/internal/command"
	"github.com/steadfast-bot/steadfast/internal/dispatch"
	"github.com/steadfast-bot/steadfast/internal/gateway"
	"github.com/steadfast-bot/steadfast/internal/logging"
	"github.com/steadfast-bot/steadfast/internal/outbox"
	"github.com/steadfast-bot/steadfast/internal/rest"
	"github.com/steadfast-bot/steadfast/internal/storage"
	"github.com/steadfast-bot/steadfast/internal/workerapi"
)

const (
	// capacity is how many events may wait or run before the gateway is closed to catch up.
	capacity = 1000
	// saveEvery is how often the cursor is written while events flow.
	saveEvery = time.Second
	// intents is what the commands of today need to hear.
	intents = agateway.IntentGuilds | agateway.IntentGuildMessages | agateway.IntentDirectMessages | intentMessageContent
	// intentMessageContent unlocks what messages say; arikawa counts it among no privileged ones (discord.md #27).
	intentMessageContent agateway.Intents = 1 << 15
	activity                              = "commands | !help"
)

// activation is an active worker: everything that acts on Discord. Its life ends with the process.
type activation struct {
	w     *Worker
	epoch storage.Epoch
	log   *logrus.Entry

	rest       *rest.Client
	outbox     *outbox.Outbox
	dispatcher *dispatch.Dispatcher
	link       *gateway.Link
	set        *command.Set
	engine     *command.Engine
	mentions   [2]string

	bot, app  atomic.Uint64 // the bot's user, its application
	readied   chan struct{} // a READY came
	sessionID atomic.Pointer[string]
	saved     atomic.Pointer[storage.Progress] // the last that was written
	moved     chan struct{}                    // a command was done
	left      atomic.Int64
	answered  atomic.Uint64
	failures  atomic.Uint64

	began  time.Time
	cancel context.CancelFunc
	group  sync.WaitGroup
}

// newActivation joins the parts. Nothing runs yet.
func newActivation(ctx context.Context, w *Worker, epoch storage.Epoch) (*activation, error) {
	cursor, found, err := w.store.Cursor(ctx, 0)
	if err != nil {
		return nil, err
	}
	a := &activation{w: w, epoch: epoch, log: w.log, began: time.Now(), readied: make(chan struct{}, 1), moved: make(chan struct{}, 1)}
	a.left.Store(-1)
	a.rest = rest.New(rest.Config{
		APIURL: w.config.APIURL, Token: w.config.Token, Version: w.version, Log: a.component("rest"),
	})
	a.outbox = outbox.New(a.rest, a.component("outbox"))
	a.dispatcher = dispatch.New(dispatch.Config{Capacity: capacity, Log: a.component("dispatch"), OnDone: a.done})
	if a.set, err = commands(a, w.config.Rehearsal); err != nil {
		return nil, err
	}
	a.engine = &command.Engine{Members: members{a.rest}, Phases: phases{}}
	a.app.Store(w.facts.Application)
	a.bot.Store(botOf(w.config.Token))
	a.mentions = command.Mentions(a.bot.Load())

	config := gateway.Config{
		Token: w.config.Token, Intents: intents, Activity: activity, Log: a.component("gateway"),
	}
	if found {
		config.Session = gateway.Session{ID: cursor.Session.ID, ResumeURL: cursor.Session.ResumeURL, Sequence: cursor.Sequence}
		config.WentInvisible = cursor.WentInvisible
		a.sessionID.Store(&cursor.Session.ID)
		a.saved.Store(&storage.Progress{SessionID: cursor.Session.ID, Sequence: cursor.Sequence})
		a.dispatcher.Reset(cursor.Sequence)
	}
	budget := ledger{store: w.store, epoch: epoch, now: time.Now, left: func(n int) { a.left.Store(int64(n)) }}
	a.link = gateway.New(config, intake{a}, discovery{a.rest}, budget, keeper{a})
	return a, nil
}

func (a *activation) component(name string) *logrus.Entry {
	return a.log.WithField(logging.Component, name)
}

// start runs everything until stop or a final failure.
func (a *activation) start() {
	ctx, cancel := context.WithCancel(context.Background()) // a lifetime of its own: Activate's context ends with the call
	a.cancel = cancel
	a.group.Go(func() { a.report(a.dispatcher.Run(ctx)) })
	a.group.Go(func() { a.saveCursors(ctx) })
	a.group.Go(func() { a.registerCommands(ctx) })
	a.group.Go(func() {
		err := a.link.Run(ctx)
		if ctx.Err() == nil {
			a.linkEnded(err)
		}
	})
}

// report logs what ended a part that should not have ended.
func (a *activation) report(err error) {
	if err != nil && !errors.Is(err, context.Canceled) {
		a.log.WithError(err).Error("a part of the worker ended")
	}
}

// linkEnded ends the process with the verdict that Discord's last word deserves.
func (a *activation) linkEnded(err error) {
	var fatal *gateway.FatalError
	if !errors.As(err, &fatal) {
		if err != nil {
			a.w.end(&workerapi.ExitError{Code: workerapi.ExitTemporary, Sentence: "The link to Discord ended: " + err.Error() + ".", Cause: err})
		}
		return // closed by us
	}
	verdict := &workerapi.ExitError{Code: workerapi.ExitSettings, Sentence: fatal.Reason, Cause: err}
	if fatal.TokenRefused() {
		verdict.Code = workerapi.ExitTokenRefused
		verdict.Sentence += ", and put it where this one came from (DISCORD_TOKEN or the token file)"
	}
	a.w.end(verdict)
}

// failed ends the process when a failure of the store says that it must.
func (a *activation) failed(err error) {
	if verdict := judgeStore(err, endsActive); verdict != nil {
		a.w.end(verdict)
	}
}

// done counts what was done.
func (a *activation) done(task dispatch.Task, err error) {
	if task.Sequence == 0 {
		return // half of an interaction; its other half counts
	}
	if err != nil {
		a.failures.Add(1)
	} else {
		a.answered.Add(1)
	}
	select {
	case a.moved <- struct{}{}: // an answered command is not to be asked again
	default:
	}
}

// stop leaves in the order that loses nothing: no more events, a moment for what runs, and only then the cursor,
// which must not pass an event whose answer was cut off.
func (a *activation) stop(request workerapi.StopRequest) {
	ctx, cancel := context.WithTimeout(context.Background(), request.Budget)
	defer cancel()
	// Written down before it is done: online once too often is harmless.
	if request.GoingAway && request.KeepSession {
		if err := a.w.store.SetInvisible(ctx, a.epoch, 0, true); err != nil {
			a.log.WithError(err).Warn("could not note that the bot goes invisible")
		}
	}
	options := gateway.CloseOptions{EndSession: !request.KeepSession, GoInvisible: request.GoingAway && request.KeepSession}
	if err := a.link.Close(ctx, options); err != nil {
		a.log.WithError(err).Warn("the gateway was not closed in good order")
	}
	if err := a.dispatcher.Drain(ctx); err != nil {
		a.log.WithError(err).Info("stopping with handlers still running; the successor repeats them")
	}
	last, cancelLast := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancelLast()
	if request.KeepSession {
		a.saveCursor(last)
	} else if err := a.w.store.EndSession(last, a.epoch, 0); err != nil {
		a.log.WithError(err).Warn("could not forget the ended session")
	}
	if err := a.w.store.Close(); err != nil {
		a.log.WithError(err).Warn("the database was not closed in good order")
	}
}
