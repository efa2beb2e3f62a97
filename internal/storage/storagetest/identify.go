package storagetest

import (
	"errors"
	"math"
	"time"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// after asks for an IDENTIFY of bucket 0 some time after noon, with plenty left at Discord.
func after(passed time.Duration) storage.IdentifyRequest {
	return storage.IdentifyRequest{Remaining: 1000, Now: noon.Add(passed)}
}

// take asks and checks the wait.
func (w *world) take(store storage.Store, epoch storage.Epoch, request storage.IdentifyRequest, want time.Duration) {
	w.Helper()
	answer, err := store.TakeIdentify(w.Context(), epoch, request)
	w.must("take", err)
	w.same("wait", answer.Wait, want)
	w.same("a reason is given", answer.Why != "", want > 0)
}

var identifyTests = []test{
	{"the hand is empty for the next process too", func(w *world) {
		budget := storage.Budget{Spacing: 5 * time.Second, Hand: 2, Refill: time.Hour, Reserve: 50}
		for _, step := range []struct{ at, wait time.Duration }{
			{0, 0},
			{5 * time.Second, 0},
			{10 * time.Second, time.Hour - 10*time.Second},
			{time.Hour, 0},
			{time.Hour + 5*time.Second, time.Hour - 5*time.Second},
		} {
			store := w.standbyWith(budget)
			w.take(store, w.activate(store, storage.Claim{}), after(step.at), step.wait)
			w.must("close", store.Close())
		}
	}},
	{"a refusal costs nothing", func(w *world) {
		store, epoch := w.active()
		w.take(store, epoch, after(0), 0)
		for range 30 {
			w.take(store, epoch, after(time.Second), 4*time.Second)
		}
		w.take(store, epoch, after(5*time.Second), 0)
	}},
	{"buckets are spaced apart from each other", func(w *world) {
		store, epoch := w.active()
		w.take(store, epoch, after(0), 0)
		other := after(time.Second)
		other.Bucket = 1
		w.take(store, epoch, other, 0)
		w.take(store, epoch, after(time.Second), 4*time.Second)
		other.Now = noon.Add(2 * time.Second)
		w.take(store, epoch, other, 4*time.Second)
	}},
	{"the reserve of Discord's own count is not touched", func(w *world) {
		store, epoch := w.active()
		request := after(0)
		request.Remaining, request.ResetAfter = 50, time.Hour
		w.take(store, epoch, request, time.Hour)
		request.Remaining = 51
		w.take(store, epoch, request, 0)
	}},
	{"when the clock goes back the next one is seconds away, not a day", func(w *world) {
		store, epoch := w.active()
		w.take(store, epoch, after(24*time.Hour), 0)
		w.take(store, epoch, after(0), 5*time.Second)
		w.take(store, epoch, after(5*time.Second), 0)
	}},
}

var applicationTests = []test{
	{"the first application claims the database, and is let in again", func(w *world) {
		store, epoch := w.active()
		w.must("first", store.SetApplication(w.Context(), epoch, math.MaxUint64))
		w.must("again", store.SetApplication(w.Context(), epoch, math.MaxUint64))
		facts, err := w.standby().Inspect(w.Context())
		w.must("inspect", err)
		w.same("application", facts.Application, uint64(math.MaxUint64))
	}},
	{"another application is refused by name, and changes nothing", func(w *world) {
		store, epoch := w.active()
		w.must("first", store.SetApplication(w.Context(), epoch, 1001))
		err := store.SetApplication(w.Context(), epoch, 1002)
		w.refused("other", err, storage.ErrOtherApplication)
		var other *storage.OtherApplicationError
		if !errors.As(err, &other) || other.Stored != 1001 || other.Given != 1002 || other.Where == "" {
			w.Fatalf("got %#v", err)
		}
		w.must("first again", store.SetApplication(w.Context(), epoch, 1001))
	}},
}
