package storagetest

import (
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

// live is an active store and the words for its transactions.
type live struct {
	*world
	store storage.Store
	epoch storage.Epoch
}

func (w *world) live() *live {
	w.Helper()
	store, epoch := w.active()
	return &live{world: w, store: store, epoch: epoch}
}

// same and must do not end the test: in a transaction that would end the store's own goroutine.
func (l *live) same(what string, got, want any) {
	l.Helper()
	if diff := difference(got, want); diff != "" {
		l.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func (l *live) must(what string, err error) {
	l.Helper()
	if err != nil {
		l.Errorf("%s: %v", what, err)
	}
}

// restarted closes the store and activates another on the same database.
func (l *live) restarted() *live {
	l.Helper()
	l.must("close", l.store.Close())
	return l.live()
}

// do commits what change does.
func (l *live) do(change func(tx storage.Tx) error) {
	l.Helper()
	l.must("transaction", l.store.Do(l.Context(), l.epoch, change))
}

// doRefused is do where the change is to be refused.
func (l *live) doRefused(want error, change func(tx storage.Tx) error) {
	l.Helper()
	l.refused("transaction", l.store.Do(l.Context(), l.epoch, change), want)
}

// read looks at what is committed, beside the writer.
func (l *live) read(look func(view storage.View) error) {
	l.Helper()
	l.must("read", l.store.Read(l.Context(), look))
}

// settle settles an event.
func (l *live) settle(key string, outcome storage.Outcome, at time.Time) {
	l.Helper()
	l.do(func(tx storage.Tx) error {
		return tx.Settle(storage.Settled{Key: key, Outcome: outcome, At: at})
	})
}

// seenIs checks what is known of an event.
func (l *live) seenIs(key string, want storage.Outcome) {
	l.Helper()
	l.read(func(view storage.View) error {
		got, err := view.Seen(key)
		l.same("event "+key, got, want)
		return err
	})
}

// patsAre checks a count.
func (l *live) patsAre(from, to uint64, want int64) {
	l.Helper()
	l.read(func(view storage.View) error {
		got, err := view.Pats(guildID, from, to)
		l.same("pats", got, want)
		return err
	})
}

const guildID = 1 << 60

var errChanged = errors.New("changed its mind")

var transactionTests = []test{
	{"what one event changes is there whole", func(w *world) {
		l := w.live()
		l.do(func(tx storage.Tx) error {
			_, err := tx.AddPat(guildID, 1, 2)
			return errors.Join(err, tx.Settle(storage.Settled{Key: "7", Outcome: storage.Done, At: noon}))
		})
		for range 2 {
			l.seenIs("7", storage.Done)
			l.patsAre(1, 2, 1)
			l = l.restarted()
		}
	}},
	{"or not at all", func(w *world) {
		l := w.live()
		l.doRefused(errChanged, func(tx storage.Tx) error {
			_, err := tx.AddPat(guildID, 1, 2)
			_, timer := tx.AddTimer(storage.Timer{Kind: "x", Due: noon})
			return errors.Join(err, timer, tx.Settle(storage.Settled{Key: "7", Outcome: storage.Done, At: noon}), errChanged)
		})
		l.seenIs("7", storage.Unseen)
		l.patsAre(1, 2, 0)
	}},
	{"a transaction reads what it wrote, others only what was committed", func(w *world) {
		l := w.live()
		l.do(func(tx storage.Tx) error {
			_, err := tx.AddPat(guildID, 1, 2)
			mine, _ := tx.Pats(guildID, 1, 2)
			l.same("mine", mine, int64(1))
			l.patsAre(1, 2, 0)
			return err
		})
		l.patsAre(1, 2, 1)
	}},
	{"a reader sees one moment, whatever is committed meanwhile", func(w *world) {
		l := w.live()
		l.read(func(view storage.View) error {
			before, err := view.Pats(guildID, 1, 2)
			l.do(func(tx storage.Tx) error { _, err := tx.AddPat(guildID, 1, 2); return err })
			after, errAfter := view.Pats(guildID, 1, 2)
			l.same("before and after", []int64{before, after}, []int64{0, 0})
			return errors.Join(err, errAfter)
		})
		l.patsAre(1, 2, 1)
	}},
	{"a panic leaves nothing behind and goes on where it came from", func(w *world) {
		l := w.live()
		for _, run := range []func(){
			func() {
				_ = l.store.Do(l.Context(), l.epoch, func(tx storage.Tx) error {
					_, _ = tx.AddPat(guildID, 1, 2)
					panic("boom")
				})
			},
			func() { _ = l.store.Read(l.Context(), func(storage.View) error { panic("boom") }) },
		} {
			func() {
				defer func() { l.same("it panics", recover() != nil, true) }()
				run()
			}()
		}
		l.patsAre(1, 2, 0)
	}},
	{"a transaction that is over can do nothing", func(w *world) {
		l := w.live()
		var kept storage.Tx
		var keptView storage.View
		l.do(func(tx storage.Tx) error { kept = tx; return nil })
		l.read(func(view storage.View) error { keptView = view; return nil })
		if _, err := kept.AddPat(guildID, 1, 2); err == nil {
			l.Fatal("it still writes")
		}
		if _, err := keptView.Pats(guildID, 1, 2); err == nil {
			l.Fatal("it still reads")
		}
	}},
	{"the same event from everywhere at once has its effect once", func(w *world) {
		l := w.live()
		const events, tries = 50, 8
		var group sync.WaitGroup
		for range tries {
			group.Go(func() {
				for event := range events {
					err := l.store.Do(l.Context(), l.epoch, func(tx storage.Tx) error {
						if _, err := tx.AddPat(guildID, 1, 2); err != nil {
							return err
						}
						return tx.Settle(storage.Settled{Key: strconv.Itoa(event), Outcome: storage.Done, At: noon})
					})
					if err != nil && !errors.Is(err, storage.ErrSeen) {
						l.Errorf("event %d: %v", event, err)
					}
				}
			})
		}
		group.Wait()
		l.patsAre(1, 2, events)
	}},
	{"readers and a writer do not wait for each other for ever", func(w *world) {
		l := w.live()
		var group sync.WaitGroup
		for range 16 {
			group.Go(func() {
				for range 20 {
					if err := l.store.Read(l.Context(), func(view storage.View) error { _, err := view.Backlog(); return err }); err != nil {
						l.Errorf("read: %v", err)
					}
					if err := l.store.Do(l.Context(), l.epoch, func(tx storage.Tx) error { _, err := tx.AddPat(guildID, 1, 2); return err }); err != nil {
						l.Errorf("write: %v", err)
					}
				}
			})
		}
		group.Wait()
		l.patsAre(1, 2, 16*20)
	}},
	{"a standby reads what the active one commits, once there is something to read", func(w *world) {
		standby := w.standby()
		nothing := func(storage.View) error { w.Error("there is something"); return nil }
		w.refused("read", standby.Read(w.Context(), nothing), storage.ErrNotActive)
		l := w.live()
		l.settle("7", storage.Done, noon)
		w.must("read", standby.Read(w.Context(), func(view storage.View) error {
			got, err := view.Seen("7")
			w.same("event", got, storage.Done)
			return err
		}))
		w.must("close", standby.Close())
		w.refused("read", standby.Read(w.Context(), nothing), storage.ErrClosed)
	}},
	{"when somebody was last there does not go back", func(w *world) {
		l := w.live()
		l.aliveIs(time.Time{})
		for _, at := range []time.Duration{0, time.Hour, time.Minute} {
			l.do(func(tx storage.Tx) error { return tx.NoteAlive(noon.Add(at)) })
		}
		l.restarted().aliveIs(noon.Add(time.Hour))
	}},
}

func (l *live) aliveIs(want time.Time) {
	l.Helper()
	l.read(func(view storage.View) error {
		got, err := view.LastAlive()
		l.same("last alive", got, want)
		return err
	})
}
