package storagetest

import (
	"time"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

var inboxTests = []test{
	{"an event nobody has heard of is unseen", func(w *world) {
		w.live().seenIs("7", storage.Unseen)
	}},
	{"what became of an event is known to the next process", func(w *world) {
		l := w.live()
		outcomes := map[string]storage.Outcome{
			"1": storage.Done, "2": storage.Refused, "3": storage.Missed, "4": storage.Failed, "5": storage.Quarantined,
		}
		for key, outcome := range outcomes {
			l.settle(key, outcome, noon)
		}
		l = l.restarted()
		for key, outcome := range outcomes {
			l.seenIs(key, outcome)
		}
	}},
	{"what is settled stays so, and nothing of the second time happens", func(w *world) {
		l := w.live()
		l.settle("7", storage.Refused, noon)
		l.doRefused(storage.ErrSeen, func(tx storage.Tx) error {
			if _, err := tx.AddPat(guildID, 1, 2); err != nil {
				return err
			}
			return tx.Settle(storage.Settled{Key: "7", Outcome: storage.Done, At: noon})
		})
		l.seenIs("7", storage.Refused)
		l.patsAre(1, 2, 0)
	}},
	{"an event is settled as something final, and has a key", func(w *world) {
		l := w.live()
		for _, bad := range []storage.Settled{
			{Key: "7", Outcome: storage.Unseen}, {Key: "7", Outcome: storage.Waiting}, {Key: "7", Outcome: storage.Quarantined + 1},
			{Outcome: storage.Done},
		} {
			if err := l.store.Do(l.Context(), l.epoch, func(tx storage.Tx) error { return tx.Settle(bad) }); err == nil {
				l.Fatalf("%+v was settled", bad)
			}
		}
		l.seenIs("7", storage.Unseen)
	}},
}

// accept accepts an event.
func (l *live) accept(a storage.Accepted) storage.Accepted {
	l.Helper()
	l.do(func(tx storage.Tx) (err error) {
		a.ID, err = tx.Accept(a)
		return err
	})
	return a
}

// acceptedAre checks what waits for its turn.
func (l *live) acceptedAre(want ...storage.Accepted) {
	l.Helper()
	l.read(func(view storage.View) error {
		got, err := view.Accepted(0, 100)
		l.same("accepted", got, want)
		return err
	})
}

// interactionIs checks what is left to answer an event with; nil is nothing.
func (l *live) interactionIs(key string, want *storage.Interaction) {
	l.Helper()
	l.read(func(view storage.View) error {
		got, found, err := view.Interaction(key)
		if want == nil {
			l.same("there is an interaction", found, false)
			return err
		}
		l.same("interaction", got, *want)
		return err
	})
}

func pressed(key string) storage.Accepted {
	return storage.Accepted{
		Key: key, Kind: "button", Lane: "c1", Payload: []byte{0, 1, 255}, At: noon,
		Position:    storage.Position{Shard: 0, SessionID: "first", Sequence: 9},
		Interaction: &storage.Interaction{ID: 1<<63 + 5, Application: 1 << 62, Token: "secret", First: "private", At: noon},
	}
}

var acceptedTests = []test{
	{"accepted events come back in order, as they were", func(w *world) {
		l := w.live()
		first := l.accept(pressed("11"))
		second := l.accept(storage.Accepted{Key: "12", Kind: "message", Lane: "c2", Payload: []byte("…"), At: noon.Add(time.Second), SentAt: noon})
		third := l.accept(pressed("10"))
		if first.ID >= second.ID || second.ID >= third.ID {
			l.Fatalf("ids %d, %d, %d", first.ID, second.ID, third.ID)
		}
		l = l.restarted()
		l.acceptedAre(first, second, third)
		l.seenIs("11", storage.Waiting)
		l.read(func(view storage.View) error {
			page, err := view.Accepted(first.ID, 1)
			l.same("a page", page, []storage.Accepted{second})
			return err
		})
	}},
	{"an event is accepted once, and not after it was settled", func(w *world) {
		l := w.live()
		first := l.accept(pressed("11"))
		l.settle("12", storage.Refused, noon)
		for _, key := range []string{"11", "12"} {
			l.doRefused(storage.ErrSeen, func(tx storage.Tx) error {
				_, err := tx.Accept(pressed(key))
				return err
			})
		}
		l.acceptedAre(first)
	}},
	{"an event that is settled waits no more, whatever it was settled as", func(w *world) {
		l := w.live()
		for key, outcome := range map[string]storage.Outcome{"11": storage.Done, "12": storage.Quarantined, "13": storage.Missed} {
			l.accept(pressed(key))
			l.settle(key, outcome, noon)
			l.seenIs(key, outcome)
		}
		l.acceptedAre()
	}},
	{"the token outlives the event until it is dropped", func(w *world) {
		l := w.live()
		accepted := l.accept(pressed("11"))
		l.settle("11", storage.Done, noon)
		l.interactionIs("11", accepted.Interaction)
		l.do(func(tx storage.Tx) error { return tx.DropInteraction("11") })
		l.interactionIs("11", nil)
	}},
	{"how far an interaction was answered is known", func(w *world) {
		l := w.live()
		accepted := l.accept(pressed("11"))
		for _, response := range []storage.Response{storage.Deferring, storage.Deferred, storage.Dead} {
			l.do(func(tx storage.Tx) error { return tx.SetResponse("11", response) })
			accepted.Interaction.Response = response
			l.acceptedAre(accepted)
		}
		l.do(func(tx storage.Tx) error { return tx.SetResponse("unknown", storage.Dead) })
	}},
	{"an interaction that was not accepted can be answered too", func(w *world) {
		l := w.live()
		interaction := *pressed("11").Interaction
		l.do(func(tx storage.Tx) error {
			if err := tx.KeepInteraction("11", interaction); err != nil {
				return err
			}
			return tx.Settle(storage.Settled{Key: "11", Outcome: storage.Refused, At: noon})
		})
		l.restarted().interactionIs("11", &interaction)
	}},
}
