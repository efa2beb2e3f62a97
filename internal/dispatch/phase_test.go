package dispatch_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/steadfast-bot/steadfast/internal/dispatch"
)

func TestEachPhaseHasItsDeadline(t *testing.T) {
	for _, row := range []struct {
		phase dispatch.Phase
		want  time.Duration // 0 is none
	}{
		{dispatch.Guard, 250 * time.Millisecond},
		{dispatch.Apply, 2 * time.Second},
		{dispatch.Prepare, 5 * time.Second},
		{dispatch.Send, 0},
	} {
		inBubble(row.phase.String(), t, func(t *testing.T) {
			start := time.Now()
			err := dispatch.InPhase(t.Context(), row.phase, func(ctx context.Context) error {
				deadline, has := ctx.Deadline()
				if row.want == 0 {
					if has {
						t.Error("it has a deadline")
					}
					return nil
				}
				if deadline.Sub(start) != row.want {
					t.Errorf("deadline after %v", deadline.Sub(start))
				}
				<-ctx.Done()
				return ctx.Err()
			})
			if row.want == 0 {
				return
			}
			equal(t, "ended after", time.Since(start), row.want)
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error: %v", err)
			}
			equal(t, "sentence", err.Error(), row.phase.String()+" took longer than "+row.want.String()+": context deadline exceeded")
		})
	}
}

func TestAnErrorThatIsNotOfTheDeadlineStaysAsItIs(t *testing.T) {
	broken := errors.New("broken")
	if err := dispatch.InPhase(t.Context(), dispatch.Guard, func(context.Context) error { return broken }); err != broken {
		t.Errorf("got %v", err)
	}
}

func TestStatsShowWhatRunsAndHowFarItIsPastItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, dispatch.Config{})
		h.Submit(dispatch.Task{Key: "sender", Name: "pat", Lane: "a", Run: func(ctx context.Context) error {
			return dispatch.InPhase(ctx, dispatch.Send, func(context.Context) error {
				time.Sleep(time.Minute)
				return nil
			})
		}})
		h.takes(0, "a", 0) // queued behind it
		time.Sleep(time.Second)
		h.Submit(dispatch.Task{Key: "guard", Name: "ping", Run: func(ctx context.Context) error {
			_ = dispatch.InPhase(ctx, dispatch.Guard, func(context.Context) error {
				time.Sleep(10 * time.Second) // does not look at its context
				return nil
			})
			time.Sleep(time.Minute)
			return nil
		}})
		time.Sleep(3 * time.Second)
		equal(t, "stats", h.Stats(), dispatch.Stats{
			Queued: 1, OldestQueuedAge: 4 * time.Second, Running: 2, Sending: 1, SinceFinished: 4 * time.Second,
			Oldest: &dispatch.Handler{Key: "sender", Name: "pat", Phase: dispatch.Send, Age: 4 * time.Second, Overrun: dispatch.NoDeadline},
			Worst:  &dispatch.Handler{Key: "guard", Name: "ping", Phase: dispatch.Guard, Age: 3 * time.Second, Overrun: 2750 * time.Millisecond},
		})
		time.Sleep(10 * time.Second) // the guard is over; its task is in no phase
		equal(t, "worst", h.Stats().Worst, nil)
		time.Sleep(5 * time.Minute)
		equal(t, "stats at rest", h.Stats(), dispatch.Stats{
			OldestQueuedAge: -1, SinceFinished: 314*time.Second - 71*time.Second, Done: 3, // the guard's task was the last
		})
	})
}

func TestTheEndOfTheWholeTaskIsNotBlamedOnThePhase(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	err := dispatch.InPhase(ctx, dispatch.Guard, func(ctx context.Context) error {
		cancel()
		<-ctx.Done()
		return ctx.Err()
	})
	if err != context.Canceled {
		t.Errorf("got %v", err)
	}
}

func TestTheWorstHandlerIsTheOneFurthestPastItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, dispatch.Config{})
		for _, phase := range []dispatch.Phase{dispatch.Prepare, dispatch.Guard, dispatch.Apply} {
			h.Submit(dispatch.Task{Key: phase.String(), Run: func(ctx context.Context) error {
				return dispatch.InPhase(ctx, phase, func(context.Context) error { time.Sleep(time.Minute); return nil })
			}})
		}
		time.Sleep(time.Second)
		equal(t, "worst", h.Stats().Worst, &dispatch.Handler{
			Key: "guard", Phase: dispatch.Guard, Age: time.Second, Overrun: 750 * time.Millisecond,
		})
	})
}

func TestAHandlersAgeBeginsWithItsStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, dispatch.Config{})
		h.takes(1, "a", 10*time.Second)
		h.takes(2, "a", 10*time.Second)
		time.Sleep(13 * time.Second)
		equal(t, "oldest", h.Stats().Oldest, &dispatch.Handler{Key: "a2", Name: "test", Age: 3 * time.Second, Overrun: dispatch.NoDeadline})
	})
}

func TestAPhaseWithinAPhaseGivesTheOuterOneBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, dispatch.Config{})
		seen := func() dispatch.Phase { return h.Stats().Oldest.Phase }
		var got []dispatch.Phase
		h.Submit(dispatch.Task{Run: func(ctx context.Context) error {
			return dispatch.InPhase(ctx, dispatch.Prepare, func(ctx context.Context) error {
				got = append(got, seen())
				err := dispatch.InPhase(ctx, dispatch.Send, func(context.Context) error { got = append(got, seen()); return nil })
				got = append(got, seen())
				return err
			})
		}})
		synctest.Wait()
		equal(t, "phases", got, []dispatch.Phase{dispatch.Prepare, dispatch.Send, dispatch.Prepare})
	})
}

func TestBeforeRunNothingWasFinishedEver(t *testing.T) {
	equal(t, "stats", dispatch.New(dispatch.Config{}).Stats(), dispatch.Stats{OldestQueuedAge: -1, SinceFinished: -1})
}
