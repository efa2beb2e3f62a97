package storagetest

import (
	"errors"
	"time"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

// post is an effect in a channel.
func post(number int, channel string) storage.Effect {
	return storage.Effect{
		Number: number, Kind: "post", OrderKey: channel, NotAfter: noon.Add(24 * time.Hour), Nonce: "nonce", Payload: []byte(`{"content":"hi"}`),
	}
}

// after makes an effect wait for another of its event.
func afterEffect(number int, e storage.Effect) storage.Effect {
	e.After = number
	return e
}

func surviving(e storage.Effect) storage.Effect {
	e.Survives = true
	return e
}

func reporting(e storage.Effect) storage.Effect {
	e.WantsResult, e.Lane = true, "lane"
	return e
}

// add commits the effects of an event.
func (l *live) add(event string, effects ...storage.Effect) (ids []int64) {
	l.Helper()
	l.do(func(tx storage.Tx) (err error) {
		ids, err = tx.AddEffects(event, noon, effects)
		return err
	})
	return ids
}

func (l *live) finish(id int64, state storage.EffectState) (finished storage.Finished) {
	l.Helper()
	l.do(func(tx storage.Tx) (err error) {
		finished, err = tx.FinishEffect(id, storage.Finish{State: state, At: noon.Add(time.Minute)})
		return err
	})
	return finished
}

// sendableAre checks what may be done now.
func (l *live) sendableAre(want ...int64) {
	l.Helper()
	l.read(func(view storage.View) error {
		rows, err := view.Sendable(0, 100)
		var got []int64
		for _, row := range rows {
			got = append(got, row.ID)
		}
		l.same("sendable", got, want)
		return err
	})
}

// effectIs checks a row.
func (l *live) effectIs(want storage.OutboxRow) {
	l.Helper()
	l.read(func(view storage.View) error {
		got, _, err := view.Effect(want.ID)
		l.same("effect", got, want)
		return err
	})
}

func (l *live) stateIs(id int64, want storage.EffectState) {
	l.Helper()
	l.read(func(view storage.View) error {
		row, found, err := view.Effect(id)
		l.same("it is there", found, true)
		l.same("state", row.State, want)
		return err
	})
}

var outboxTests = []test{
	{"an effect comes back as it was added", func(w *world) {
		l := w.live()
		effect := reporting(surviving(afterEffect(3, post(7, "c1"))))
		effect.Answer = true
		ids := l.add("e", post(3, "c1"), effect)
		l = l.restarted()
		want := storage.OutboxRow{ID: ids[1], Event: "e", Effect: effect, AddedAt: noon}
		l.effectIs(want)
		l.read(func(view storage.View) error {
			got, _, err := view.EffectOf("e", 7)
			l.same("by number", got, want)
			_, found, errNone := view.EffectOf("e", 4)
			l.same("another number", found, false)
			return errors.Join(err, errNone)
		})
	}},
	{"of each order key the oldest may be done, whichever event it is of", func(w *world) {
		l := w.live()
		a := l.add("a", post(1, "c1"), post(2, "c2"))
		b := l.add("b", post(1, "c1"), post(2, "c3"))
		l.sendableAre(a[0], a[1], b[1])
		l.finish(a[1], storage.EffectDone)
		l.sendableAre(a[0], b[1])
		l.finish(a[0], storage.EffectUnsure)
		l.sendableAre(b[0], b[1])
		l.finish(b[0], storage.EffectGivenUp)
		l.finish(b[1], storage.EffectDone)
		l.sendableAre()
	}},
	{"what may be done is read in pages, or of one order key", func(w *world) {
		l := w.live()
		ids := l.add("a", post(1, "c1"), post(2, "c2"), post(3, "c3"), afterEffect(2, post(4, "c4")))
		l.read(func(view storage.View) error {
			page, err := view.Sendable(ids[0], 1)
			l.same("a page", len(page) == 1 && page[0].ID == ids[1], true)
			one, found, errOne := view.SendableOf("c3")
			l.same("of c3", found && one.ID == ids[2], true)
			_, blocked, errBlocked := view.SendableOf("c4")
			_, none, errNone := view.SendableOf("c5")
			l.same("of one that waits, of none", []bool{blocked, none}, []bool{false, false})
			return errors.Join(err, errOne, errBlocked, errNone)
		})
	}},
	{"an effect waits for the end of the one it comes after, and holds up its own order key", func(w *world) {
		l := w.live()
		a := l.add("a", post(1, "c1"), afterEffect(1, post(2, "c2")))
		b := l.add("b", post(1, "c2"))
		l.sendableAre(a[0])
		l.finish(a[0], storage.EffectDone)
		l.sendableAre(a[1])
		l.finish(a[1], storage.EffectDone)
		l.sendableAre(b[0])
	}},
	{"effects that contradict each other are refused whole", func(w *world) {
		l := w.live()
		missing := func(change func(*storage.Effect)) []storage.Effect {
			e := post(1, "c1")
			change(&e)
			return []storage.Effect{e}
		}
		for name, effects := range map[string][]storage.Effect{
			"number 0":          {post(0, "c1")},
			"a number twice":    {post(1, "c1"), post(1, "c2")},
			"falling numbers":   {post(2, "c1"), post(1, "c2")},
			"after itself":      {afterEffect(1, post(1, "c1"))},
			"after a later one": {afterEffect(2, post(1, "c1")), post(2, "c1")},
			"after nobody":      {post(1, "c1"), afterEffect(7, post(9, "c1"))},
			"no order key":      {post(1, "")},
			"no kind":           missing(func(e *storage.Effect) { e.Kind = "" }),
			"no end":            missing(func(e *storage.Effect) { e.NotAfter = time.Time{} }),
		} {
			err := l.store.Do(l.Context(), l.epoch, func(tx storage.Tx) error { _, err := tx.AddEffects("a", noon, effects); return err })
			l.refused(name, err, storage.ErrEffects)
		}
		l.add("a", post(1, "c1"))
		for event, effects := range map[string][]storage.Effect{"a": {post(1, "c1")}, "": {post(1, "c1")}} {
			l.doRefused(storage.ErrEffects, func(tx storage.Tx) error { _, err := tx.AddEffects(event, noon, effects); return err })
		}
	}},
	{"tries are counted, with the first and the last", func(w *world) {
		l := w.live()
		id := l.add("a", post(1, "c1"))[0]
		for second := range 3 {
			l.do(func(tx storage.Tx) error { return tx.MarkTried(id, noon.Add(time.Duration(second)*time.Second)) })
		}
		l.restarted().effectIs(storage.OutboxRow{
			ID: id, Event: "a", Effect: post(1, "c1"), AddedAt: noon,
			Tries: 3, FirstTriedAt: noon, LastTriedAt: noon.Add(2 * time.Second),
		})
	}},
	{"the backlog is counted, with its oldest", func(w *world) {
		l := w.live()
		l.backlogIs(storage.Backlog{})
		a := l.add("a", post(1, "c1"), post(2, "c2"))
		l.do(func(tx storage.Tx) error {
			_, err := tx.AddEffects("b", noon.Add(time.Second), []storage.Effect{post(1, "c0")})
			return err
		})
		l.backlogIs(storage.Backlog{Pending: 3, Oldest: noon})
		l.finish(a[0], storage.EffectDone)
		l.finish(a[1], storage.EffectDone)
		l.backlogIs(storage.Backlog{Pending: 1, Oldest: noon.Add(time.Second)})
	}},
}

func (l *live) backlogIs(want storage.Backlog) {
	l.Helper()
	l.read(func(view storage.View) error {
		got, err := view.Backlog()
		l.same("backlog", got, want)
		return err
	})
}
