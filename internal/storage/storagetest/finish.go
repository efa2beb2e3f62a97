package storagetest

import (
	"time"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

var finishTests = []test{
	{"a result is kept, and what was said is not", func(w *world) {
		l := w.live()
		id := l.add("a", post(1, "c1"))[0]
		finish := storage.Finish{State: storage.EffectDone, Result: []byte("m"), Made: 1<<63 + 1, At: noon.Add(time.Minute)}
		l.do(func(tx storage.Tx) error { _, err := tx.FinishEffect(id, finish); return err })
		want := storage.OutboxRow{
			ID: id, Event: "a", Effect: post(1, "c1"), AddedAt: noon, State: storage.EffectDone, Result: []byte("m"), Made: 1<<63 + 1,
			FinishedAt: noon.Add(time.Minute),
		}
		want.Payload, want.Nonce = nil, ""
		l = l.restarted()
		l.effectIs(want)
		l.read(func(view storage.View) error {
			got, _, err := view.MadeBy(1<<63 + 1)
			l.same("made by", got, want)
			_, found, errNone := view.MadeBy(0)
			l.same("nothing was made by anybody", found, false)
			l.must("made by", errNone)
			return err
		})
	}},
	{"an effect is finished once", func(w *world) {
		l := w.live()
		id := l.add("a", reporting(post(1, "c1")))[0]
		l.finish(id, storage.EffectDone)
		for _, id := range []int64{id, 999} {
			l.doRefused(storage.ErrNotPending, func(tx storage.Tx) error {
				_, err := tx.FinishEffect(id, storage.Finish{State: storage.EffectGivenUp, At: noon})
				return err
			})
			l.doRefused(storage.ErrNotPending, func(tx storage.Tx) error { return tx.MarkTried(id, noon) })
		}
		l.stateIs(id, storage.EffectDone)
	}},
	{"an effect is not finished as pending", func(w *world) {
		l := w.live()
		id := l.add("a", post(1, "c1"))[0]
		err := l.store.Do(l.Context(), l.epoch, func(tx storage.Tx) error {
			_, err := tx.FinishEffect(id, storage.Finish{State: storage.EffectPending, At: noon})
			return err
		})
		l.same("it is refused", err != nil, true)
	}},
	{"what cannot happen without another is given up with it, and what can is not", func(w *world) {
		l := w.live()
		for _, state := range []storage.EffectState{storage.EffectGivenUp, storage.EffectUnsure} {
			event := state.String()
			ids := l.add(event, post(1, "c1"), afterEffect(1, post(2, "c2")), afterEffect(2, post(3, "c3")),
				surviving(afterEffect(2, post(4, "c4"))), surviving(afterEffect(1, post(5, "c5"))), post(6, "c6"))
			finished := l.finish(ids[0], state)
			l.same("given up", finished, storage.Finished{GivenUp: []int64{ids[1], ids[2]}})
			l.sendableAre(ids[3], ids[4], ids[5])
			l.stateIs(ids[2], storage.EffectGivenUp)
			for _, id := range ids[3:] {
				l.finish(id, storage.EffectDone)
			}
		}
	}},
	{"what was done gives nothing up", func(w *world) {
		l := w.live()
		ids := l.add("a", post(1, "c1"), afterEffect(1, post(2, "c2")))
		l.same("finished", l.finish(ids[0], storage.EffectDone), storage.Finished{})
		l.sendableAre(ids[1])
	}},
	{"a result that was asked for is an event of its own, in the same commit", func(w *world) {
		l := w.live()
		for _, state := range []storage.EffectState{storage.EffectDone, storage.EffectGivenUp, storage.EffectUnsure} {
			id := l.add(state.String(), reporting(post(1, "c1")))[0]
			finished := l.finish(id, state)
			want := storage.Accepted{
				ID: finished.Accepted[0].ID, Key: storage.EffectKey(id), Kind: storage.EffectKind, Lane: "lane", At: noon.Add(time.Minute),
			}
			l.same("accepted", finished.Accepted, []storage.Accepted{want})
			l.seenIs(storage.EffectKey(id), storage.Waiting)
			l.acceptedAre(want)
			l.settle(want.Key, storage.Done, noon)
			l.acceptedAre()
		}
	}},
	{"who asked for the result can still read what was to happen", func(w *world) {
		l := w.live()
		id := l.add("a", reporting(post(1, "c1")))[0]
		l.finish(id, storage.EffectGivenUp)
		l.read(func(view storage.View) error {
			row, _, err := view.Effect(id)
			l.same("payload", row.Payload, post(1, "c1").Payload)
			return err
		})
	}},
	{"one that is given up with another reports too", func(w *world) {
		l := w.live()
		ids := l.add("a", post(1, "c1"), reporting(afterEffect(1, post(2, "c2"))))
		finished := l.finish(ids[0], storage.EffectGivenUp)
		l.same("given up", finished.GivenUp, ids[1:])
		l.same("accepted", len(finished.Accepted) == 1 && finished.Accepted[0].Key == storage.EffectKey(ids[1]), true)
	}},
	{"a result that is rolled back did not happen", func(w *world) {
		l := w.live()
		id := l.add("a", reporting(post(1, "c1")))[0]
		l.doRefused(errChanged, func(tx storage.Tx) error {
			if _, err := tx.FinishEffect(id, storage.Finish{State: storage.EffectDone, At: noon}); err != nil {
				return err
			}
			return errChanged
		})
		l.stateIs(id, storage.EffectPending)
		l.acceptedAre()
	}},
	{"with its answer an interaction is over, and no sooner", func(w *world) {
		l := w.live()
		for _, state := range []storage.EffectState{storage.EffectDone, storage.EffectGivenUp, storage.EffectUnsure} {
			event := state.String()
			accepted := l.accept(pressed(event))
			answer := post(2, "i1")
			answer.Answer = true
			ids := l.add(event, post(1, "c1"), answer)
			l.settle(event, storage.Done, noon)
			l.finish(ids[0], storage.EffectDone)
			l.interactionIs(event, accepted.Interaction)
			l.finish(ids[1], state)
			l.interactionIs(event, nil)
		}
	}},
}
