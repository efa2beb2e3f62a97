package worker

import (
	"context"
	"errors"
	"time"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

// saveCursors writes the low-water mark when a command is done, and every second while other events move it. A cursor
// that lags only means more replay, but each command replayed is an answer sent again, which costs of Discord's limits.
// What is done during a write goes into the next one.
func (a *activation) saveCursors(ctx context.Context) {
	tick := time.NewTicker(saveEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-a.moved:
		}
		a.saveCursor(ctx)
	}
}

// saveCursor writes the low-water mark if it moved.
func (a *activation) saveCursor(ctx context.Context) {
	id, sequence := a.sessionID.Load(), a.dispatcher.LowWater()
	if id == nil {
		return
	}
	progress := storage.Progress{SessionID: *id, Sequence: sequence}
	if last := a.saved.Load(); last != nil && last.SessionID == *id && last.Sequence >= sequence {
		return
	}
	err := a.w.store.SaveProgress(ctx, a.epoch, progress)
	switch {
	case err == nil:
		a.saved.Store(&progress)
	case errors.Is(err, storage.ErrSessionGone), ctx.Err() != nil:
	default:
		a.log.WithError(err).Warn("the cursor was not saved")
		a.failed(err)
	}
}
