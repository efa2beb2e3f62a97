package inflight_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/steadfast-bot/steadfast/internal/inflight"
)

// tally is what the rules speak of, counted by brute force over all deaths.
type tally struct {
	accusing int  // accusing deaths with it in flight
	aloneNow bool // alone in flight at the last death
	lastAcc  bool // which was an accusing one
	row      int  // unseen deaths in a row, of those with it in flight, alone
}

func (c *tally) takes(accusing, unseen, alone bool) {
	c.aloneNow, c.lastAcc = alone, accusing
	if accusing {
		c.accusing++
	}
	if c.row++; !unseen || !alone {
		c.row = 0
	}
}

func TestNobodyIsQuarantinedButByTheRules(t *testing.T) {
	all := []string{"a", "b", "c", "d", "e"}
	causes := []inflight.Cause{panicked, signal, oom, stalled, killedBy, stopped, exited, unseen}
	rapid.Check(t, func(t *rapid.T) {
		var h inflight.History
		tallies := map[string]*tally{}
		for run := range rapid.IntRange(1, 25).Draw(t, "deaths") {
			d := inflight.Death{
				Run:        uint64(run + 1),
				Cause:      rapid.SampledFrom(causes).Draw(t, "cause"),
				Unrecorded: rapid.SampledFrom([]int{0, 0, 0, 0, 1}).Draw(t, "unrecorded"),
			}
			keys := rapid.SliceOfNDistinct(rapid.SampledFrom(all), 0, 3, rapid.ID).Draw(t, "in flight")
			for _, key := range keys {
				d.InFlight = append(d.InFlight, inflight.Item{Key: key})
			}
			if d.Cause == stalled {
				d.Named = []string{rapid.SampledFrom(all).Draw(t, "named")}
			}
			before := h
			h, _ = inflight.Judge(h, d)
			for _, key := range keys {
				if tallies[key] == nil {
					tallies[key] = &tally{}
				}
				accusing := d.Cause == panicked || d.Cause == signal || d.Cause == oom || d.Cause == stalled && d.Named[0] == key
				tallies[key].takes(accusing, d.Cause == unseen, len(keys) == 1 && d.Unrecorded == 0)
			}
			for _, key := range all {
				c := tallies[key]
				now := c != nil && slices.Contains(keys, key) && (c.lastAcc && c.aloneNow && c.accusing >= 2 || c.row >= 3)
				want := before.Of(key) == inflight.Quarantined || now
				if got := h.Of(key) == inflight.Quarantined; got != want {
					t.Fatalf("after %+v: %s in quarantine %v, want %v (%+v)", d, key, got, want, c)
				}
			}
			standsByItsRecords(t, h)
		}
	})
}

// standsByItsRecords: one record a key, and each is either to be run alone or not at all.
func standsByItsRecords(t *rapid.T, h inflight.History) {
	seen := map[string]bool{}
	for _, r := range h.Records {
		if seen[r.Key] {
			t.Fatalf("two records of %s", r.Key)
		}
		seen[r.Key] = true
	}
	for _, r := range h.Suspects() {
		if r.Quarantined || h.Of(r.Key) != inflight.Suspect {
			t.Fatalf("%+v is to be run", r)
		}
	}
}

// world is a worker as DESIGN.md §3.7 wants it: suspects one at a time and before all others, who are run side by side.
type world struct {
	t       *rapid.T
	h       inflight.History
	run     uint64
	todo    []string        // in the order of arrival
	poison  map[string]bool // these kill
	cause   inflight.Cause  // like this
	killed  int             // deaths that a poison caused
	done    map[string]bool
	outside bool // kill -9 from outside may come at any moment
}

// batch is what the worker has in flight next.
func (w *world) batch() []string {
	for _, r := range w.h.Suspects() {
		if slices.Contains(w.todo, r.Key) {
			return []string{r.Key}
		}
	}
	var clear []string
	for _, key := range w.todo {
		if w.h.Of(key) == inflight.Clear {
			clear = append(clear, key)
		}
	}
	if len(clear) == 0 {
		return nil
	}
	return clear[:rapid.IntRange(1, min(4, len(clear))).Draw(w.t, "side by side")]
}

func (w *world) dies(cause inflight.Cause, inFlight []string) {
	w.run++
	d := inflight.Death{Run: w.run, Cause: cause}
	for _, key := range inFlight {
		d.InFlight = append(d.InFlight, inflight.Item{Key: key})
	}
	w.h, _ = inflight.Judge(w.h, d)
}

// works runs one batch.
func (w *world) works(inFlight []string) {
	if w.outside && rapid.IntRange(0, 3).Draw(w.t, "kill -9") == 0 {
		w.dies(killedBy, inFlight)
		return
	}
	if slices.ContainsFunc(inFlight, func(key string) bool { return w.poison[key] }) {
		w.killed++
		w.dies(w.cause, inFlight)
		return
	}
	for _, key := range inFlight {
		w.done[key] = true
		w.h = w.h.Without(key)
	}
	w.todo = slices.DeleteFunc(w.todo, func(key string) bool { return w.done[key] })
}

func TestAPoisonIsQuarantinedSoonAndItsNeighboursAreAllDone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &world{
			t: t, poison: map[string]bool{}, done: map[string]bool{},
			cause:   rapid.SampledFrom([]inflight.Cause{panicked, signal, oom, unseen}).Draw(t, "cause"),
			outside: rapid.Bool().Draw(t, "killed from outside, too"),
		}
		for i := range rapid.IntRange(1, 12).Draw(t, "events") {
			w.todo = append(w.todo, fmt.Sprint(i))
		}
		for _, key := range rapid.SliceOfNDistinct(rapid.SampledFrom(w.todo), 0, 3, rapid.ID).Draw(t, "poison") {
			w.poison[key] = true
		}
		if w.cause == unseen {
			w.outside = false // each such death begins the row of unseen ones anew
		}
		events := len(w.todo)
		for range 1000 {
			batch := w.batch()
			if batch == nil {
				break
			}
			w.works(batch)
		}
		for _, key := range w.todo {
			if !w.poison[key] || w.h.Of(key) != inflight.Quarantined {
				t.Fatalf("%s is not done; poison %v, in quarantine %q", key, w.poison, quarantine(w.h))
			}
		}
		if len(w.done) != events-len(w.poison) {
			t.Fatalf("%d of %d events are done with %d of poison", len(w.done), events, len(w.poison))
		}
		most := 2 * len(w.poison) // with others, then alone
		if w.cause == unseen {
			most = 4 * len(w.poison) // with others, then alone three times
		}
		if w.killed > most {
			t.Fatalf("%d of poison killed %d times", len(w.poison), w.killed)
		}
	})
}
