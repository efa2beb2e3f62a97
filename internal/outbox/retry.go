package outbox

import (
	"context"
	"time"

	"github.com/steadfast-bot/steadfast/internal/rest"
)

// The pauses between two tries of the same call.
const (
	firstPause = 100 * time.Millisecond
	maxPause   = 5 * time.Second
)

// retry makes the same call again while nothing says that it was heard: it never left, or its fate is unknown. What
// it calls must be idempotent. The pause before the next try doubles, and is never shorter than Discord asks for.
// It returns nil, a final failure, or ctx's error.
func retry(ctx context.Context, call func(context.Context) error) error {
	pause := firstPause
	for {
		err := call(ctx)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		wait, again := after(err, pause)
		if !again {
			return err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		pause = min(2*pause, maxPause)
	}
}

// after decides whether a failed call is made again, and when.
func after(err error, pause time.Duration) (wait time.Duration, again bool) {
	failure, ok := rest.AsFailure(err)
	if !ok {
		return 0, false
	}
	switch {
	case failure.Status == 429: // refused, but only for now
		return max(pause, failure.RetryAfter), true
	case failure.Outcome == rest.NotSent, failure.Outcome == rest.Unknown:
		return max(pause, failure.RetryAfter), true
	}
	return 0, false
}
