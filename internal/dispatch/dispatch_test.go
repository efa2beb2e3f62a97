package dispatch_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/steadfast-bot/steadfast/internal/dispatch"
)

// house is a dispatcher that runs, inside a bubble, until its test ends.
type house struct {
	*dispatch.Dispatcher
	t *testing.T

	mu   sync.Mutex
	said []string // what happened, in order
}

func open(t *testing.T, cfg dispatch.Config) *house {
	t.Helper()
	if cfg.Capacity == 0 {
		cfg.Capacity = 100
	}
	h := &house{Dispatcher: dispatch.New(cfg), t: t}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	synctest.Wait() // it runs
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return h
}

func (h *house) note(format string, args ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.said = append(h.said, fmt.Sprintf(format, args...))
}

func (h *house) notes() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.said)
}

// takes submits a task that lasts and then says its key.
func (h *house) takes(sequence int64, lane string, lasts time.Duration) {
	h.t.Helper()
	key := fmt.Sprintf("%s%d", lane, sequence)
	if !h.Submit(dispatch.Task{Sequence: sequence, Lane: lane, Key: key, Name: "test", Run: func(context.Context) error {
		time.Sleep(lasts)
		h.note("%s", key)
		return nil
	}}) {
		h.t.Fatalf("%s was refused", key)
	}
}

func inBubble(name string, t *testing.T, f func(t *testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}

func idle(context.Context) error { return nil }

func equal[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestALaneKeepsItsOrderAndLanesRunSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, dispatch.Config{})
		h.takes(1, "a", 3*time.Second)
		h.takes(2, "a", time.Second)
		h.takes(3, "b", 2*time.Second)
		h.takes(4, "b", time.Millisecond)
		h.takes(5, "", time.Second)
		h.takes(6, "", 0)
		time.Sleep(time.Minute)
		equal(t, "order", h.notes(), []string{"6", "5", "b3", "b4", "a1", "a2"})
	})
}

func TestAHandlerThatNeverReturnsHoldsItsLaneOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, dispatch.Config{})
		h.Submit(dispatch.Task{Sequence: 1, Lane: "a", Run: func(ctx context.Context) error {
			<-ctx.Done() // the end of the test
			return nil
		}})
		h.takes(2, "a", 0)
		h.takes(3, "b", 0)
		h.takes(4, "b", 0)
		time.Sleep(time.Hour)
		equal(t, "order", h.notes(), []string{"b3", "b4"})
		equal(t, "low water", h.LowWater(), 0)
	})
}

func TestAnIdleLaneCostsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, dispatch.Config{Capacity: 1000})
		before := runtime.NumGoroutine()
		for i := range 1000 {
			h.takes(int64(i+1), fmt.Sprint("lane", i), time.Second)
		}
		synctest.Wait()
		const others = 20 // of other tests, coming and going
		if got := runtime.NumGoroutine() - before; got < 1000-others {
			t.Errorf("%d goroutines for 1000 busy lanes", got)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if got := runtime.NumGoroutine() - before; got > others {
			t.Errorf("%d goroutines are left for idle lanes", got)
		}
	})
}

func TestAPanicCostsOneEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []string
		var stack string
		h := open(t, dispatch.Config{OnPanic: func(task dispatch.Task, value any, trace []byte) {
			told = append(told, fmt.Sprint(task.Key, " ", value))
			stack = string(trace)
		}})
		h.Submit(dispatch.Task{Sequence: 1, Lane: "a", Key: "k1", Run: explode})
		h.takes(2, "a", 0)
		synctest.Wait()
		equal(t, "after the panic", h.notes(), []string{"a2"})
		equal(t, "told", told, []string{"k1 boom"})
		if !strings.Contains(stack, "explode") {
			t.Errorf("the stack does not name the culprit:\n%s", stack)
		}
		equal(t, "low water", h.LowWater(), 2)
		s := h.Stats()
		equal(t, "done, failed, panics", []uint64{s.Done, s.Failed, s.Panics}, []uint64{2, 1, 1})
	})
}

func explode(context.Context) error { panic("boom") }

func TestAHandlerThatEndsItsGoroutineCostsOneEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, dispatch.Config{})
		h.Submit(dispatch.Task{Sequence: 1, Lane: "a", Run: func(context.Context) error { runtime.Goexit(); return nil }})
		h.takes(2, "a", 0)
		synctest.Wait()
		equal(t, "afterwards", h.notes(), []string{"a2"})
		equal(t, "failed", h.Stats().Failed, 1)
	})
}

func TestAnErrorIsDoneAndFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got error
		h := open(t, dispatch.Config{OnDone: func(_ dispatch.Task, err error) { got = err }})
		broken := errors.New("broken")
		h.Submit(dispatch.Task{Sequence: 7, Run: func(context.Context) error { return broken }})
		synctest.Wait()
		if !errors.Is(got, broken) {
			t.Errorf("OnDone was told %v", got)
		}
		s := h.Stats()
		equal(t, "done, failed, panics", []uint64{s.Done, s.Failed, s.Panics}, []uint64{1, 1, 0})
		equal(t, "low water", h.LowWater(), 7)
	})
}

func TestTheLowWaterMarkHasMovedWhenATaskIsReportedDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h *house
		var marks []int64
		h = open(t, dispatch.Config{OnDone: func(dispatch.Task, error) { marks = append(marks, h.LowWater()) }})
		h.takes(5, "a", time.Second)
		h.takes(9, "a", time.Second)
		time.Sleep(time.Minute)
		synctest.Wait()
		equal(t, "marks", marks, []int64{5, 9})
	})
}

func TestSubmittingBeforeRunQueues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := dispatch.New(dispatch.Config{Capacity: 10})
		var ran []string
		for _, key := range []string{"1", "2"} {
			d.Submit(dispatch.Task{Lane: "a", Run: func(context.Context) error { ran = append(ran, key); return nil }})
		}
		synctest.Wait()
		equal(t, "before Run", len(ran), 0)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if err := d.Run(ctx); err != nil {
			t.Error(err)
		}
		equal(t, "after Run", ran, []string{"1", "2"})
		if d.Run(t.Context()) == nil {
			t.Error("Run could be called twice")
		}
	})
}

func TestFullRefusesUntilHalfEmpty(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, dispatch.Config{Capacity: 4})
		isRoom(t, h, true)
		for i := range int64(4) {
			h.takes(i+1, "a", time.Second) // done at 1, 2, 3 and 4 s
		}
		isRoom(t, h, true) // nobody was refused yet
		if h.Submit(dispatch.Task{Sequence: 5, Lane: "b", Run: idle}) {
			t.Fatal("a fifth was taken")
		}
		isRoom(t, h, false)
		time.Sleep(1500 * time.Millisecond)
		isRoom(t, h, false)
		if h.Submit(dispatch.Task{Sequence: 6, Lane: "b", Run: idle}) {
			t.Error("an event was taken before the refused one")
		}
		h.Skip(7)
		start := time.Now()
		<-h.Room()
		equal(t, "room after", time.Since(start), 500*time.Millisecond)
		equal(t, "low water", h.LowWater(), 2)
		h.takes(5, "b", 0) // the replay begins where the low-water mark is
		h.takes(6, "b", 0)
		h.Skip(7)
		time.Sleep(time.Minute)
		equal(t, "low water", h.LowWater(), 7)
		equal(t, "all ran", len(h.notes()), 6)
	})
}

func isRoom(t *testing.T, h *house, want bool) {
	t.Helper()
	got := false
	select {
	case <-h.Room():
		got = true
	default:
	}
	equal(t, "room", got, want)
}

func TestAReplayIsTakenAndNotRunAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, dispatch.Config{Capacity: 2})
		h.takes(1, "a", 0)
		synctest.Wait()
		h.takes(2, "a", time.Second) // still open
		h.takes(3, "b", 0)
		synctest.Wait()
		h.takes(1, "a", 0)
		h.takes(2, "a", 0)
		h.takes(3, "b", 0)
		time.Sleep(time.Minute)
		equal(t, "ran", h.notes(), []string{"a1", "b3", "a2"})
	})
}

func TestANewSessionForgetsTheOldOnesOpenEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, dispatch.Config{})
		h.Reset(40)
		h.takes(41, "a", time.Second)
		h.takes(42, "a", time.Second)
		h.Reset(1)
		equal(t, "low water of the new session", h.LowWater(), 1)
		h.takes(2, "b", 10*time.Second)
		h.Skip(3)
		time.Sleep(5 * time.Second) // the old ones are done meanwhile
		equal(t, "old events ran", h.notes(), []string{"a41", "a42"})
		equal(t, "low water", h.LowWater(), 1)
		time.Sleep(time.Minute)
		equal(t, "low water", h.LowWater(), 3)
	})
}

func TestANewSessionOwesNothingToARefusedEventOfTheOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, dispatch.Config{Capacity: 1})
		h.takes(1, "a", time.Second)
		if h.Submit(dispatch.Task{Sequence: 2, Run: idle}) {
			t.Fatal("a second was taken")
		}
		h.Reset(0)
		h.Skip(7)
		equal(t, "low water", h.LowWater(), 7)
	})
}

func TestDrainWaitsForTheRunningAndStartsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, dispatch.Config{})
		h.takes(1, "a", 300*time.Millisecond)
		h.takes(2, "a", 0)
		synctest.Wait()
		start := time.Now()
		if err := h.Drain(t.Context()); err != nil {
			t.Error(err)
		}
		equal(t, "drained after", time.Since(start), 300*time.Millisecond)
		equal(t, "ran", h.notes(), []string{"a1"})
		if h.Submit(dispatch.Task{Sequence: 3, Run: idle}) {
			t.Error("a draining dispatcher took a task")
		}
		h.Skip(4)
		equal(t, "low water", h.LowWater(), 1)
	})
}

func TestDrainGivesUpWhenItsTimeIsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, dispatch.Config{})
		h.takes(1, "a", time.Hour)
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := h.Drain(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "1 running") {
			t.Errorf("Drain said %v", err)
		}
	})
}

func TestTheEndOfRunEndsHandlersContextsAndWaitsForThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := dispatch.New(dispatch.Config{Capacity: 10})
		var ended atomic.Bool
		d.Submit(dispatch.Task{Run: func(ctx context.Context) error {
			<-ctx.Done()
			time.Sleep(time.Second)
			ended.Store(true)
			return nil
		}})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := d.Run(ctx); err != nil {
			t.Error(err)
		}
		if !ended.Load() {
			t.Error("Run returned before its handler")
		}
	})
}
