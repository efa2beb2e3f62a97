package worker

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/steadfast-bot/steadfast/internal/gateway"
	"github.com/steadfast-bot/steadfast/internal/storage"
	"github.com/steadfast-bot/steadfast/internal/storage/sqlite"
	"github.com/steadfast-bot/steadfast/internal/workerapi"
)

// openStore names the store; nothing is touched before it is read or activated.
func openStore(c workerapi.Configuration) (storage.Store, error) {
	address, err := storage.ParseAddress(c.Database, c.StateDir)
	if err != nil {
		return nil, err
	}
	budget := storage.DefaultBudget()
	if c.Rehearsal { // nobody's daily sessions are spent there
		budget.Refill = 0
		budget.Reserve = 0
	}
	return sqlite.New(sqlite.Options{Path: address.Path, Budget: budget})
}

// Failures of the store that end a worker before it is active: no restart mends them. Those that end an active one are
// fewer: while people are being answered, a disk that breaks is degraded, not a reason to leave.
var (
	endsStandby = []error{storage.ErrCorrupt, storage.ErrForeign, storage.ErrReadOnly, storage.ErrNewer, storage.ErrAddress,
		storage.ErrOtherApplication}
	endsActive = []error{storage.ErrOtherApplication, storage.ErrStaleEpoch}
)

// judgeStore says whether a failure of the store ends this worker, and with which code. Nil: it may pass.
func judgeStore(err error, ends []error) *workerapi.ExitError {
	if !slices.ContainsFunc(ends, func(kind error) bool { return errors.Is(err, kind) }) {
		return nil
	}
	verdict := &workerapi.ExitError{Code: workerapi.ExitSettings, Sentence: err.Error(), Cause: err}
	var fault *storage.Fault
	if errors.As(err, &fault) {
		verdict.Sentence = fault.Sentence()
	}
	if errors.Is(err, storage.ErrStaleEpoch) { // another worker took over; the supervisor knows more
		verdict.Code = workerapi.ExitTemporary
	}
	return verdict
}

// ledger lets the link take IDENTIFYs from the stored budget.
type ledger struct {
	store storage.Store
	epoch storage.Epoch
	now   func() time.Time
	left  func(int)
}

// keeper commits what the link learns of its session.
type keeper struct{ a *activation }

var (
	_ gateway.Budget = ledger{}
	_ gateway.Keeper = keeper{}
)

// Take asks the ledger for one IDENTIFY.
func (l ledger) Take(ctx context.Context, bucket int, bot gateway.Bot) (wait time.Duration, why string, err error) {
	l.left(bot.Remaining)
	answer, err := l.store.TakeIdentify(ctx, l.epoch, storage.IdentifyRequest{
		Bucket: bucket, Remaining: bot.Remaining, ResetAfter: bot.ResetAfter, Now: l.now(),
	})
	return answer.Wait, answer.Why, err
}

// Ready claims the database for the token's application, commits READY and begins the session's sequence at its own.
func (k keeper) Ready(ctx context.Context, s gateway.Session, application uint64) error {
	a := k.a
	var err error
	if application != 0 {
		err = a.w.store.SetApplication(ctx, a.epoch, application)
	}
	if err == nil {
		err = a.w.store.BeginSession(ctx, a.epoch, storage.Session{ID: s.ID, ResumeURL: s.ResumeURL}, s.Sequence)
	}
	if err != nil {
		a.failed(err)
		return err
	}
	a.dispatcher.Reset(s.Sequence)
	a.sessionID.Store(&s.ID)
	if application != 0 {
		a.app.Store(application)
	}
	select {
	case a.readied <- struct{}{}:
	default:
	}
	return nil
}

// Ended forgets the session.
func (k keeper) Ended(ctx context.Context) error {
	a := k.a
	a.sessionID.Store(nil)
	err := a.w.store.EndSession(ctx, a.epoch, 0)
	if err != nil {
		a.failed(err)
	}
	return err
}
