package storagetest

import (
	"errors"
	"fmt"
	"time"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

// prunes checks what goes some time after noon.
func (l *live) prunes(after time.Duration, want storage.Pruned) {
	l.Helper()
	l.prunesUpTo(after, 100, want)
}

func (l *live) prunesUpTo(after time.Duration, limit int, want storage.Pruned) {
	l.Helper()
	l.must("prune", l.store.DoReserved(l.Context(), l.epoch, func(tx storage.Tx) error {
		got, err := tx.Prune(noon.Add(after), limit)
		l.same("pruned", got, want)
		return err
	}))
}

// settleAt settles, at noon, a message of that time which a session brought.
func (l *live) settleAt(key, session string, sequence int64, sent time.Time) {
	l.Helper()
	l.do(func(tx storage.Tx) error {
		position := storage.Position{SessionID: session, Sequence: sequence}
		return tx.Settle(storage.Settled{Key: key, Outcome: storage.Done, At: noon, Position: position, SentAt: sent})
	})
}

const (
	aDay       = storage.InboxKept + time.Millisecond
	aLongWhile = 1000 * time.Hour
)

var pruneTests = []test{
	{"an event is remembered for a day at least", func(w *world) {
		l := w.live()
		l.settle("7", storage.Done, noon)
		l.prunes(storage.InboxKept, storage.Pruned{})
		l.seenIs("7", storage.Done)
		l.prunes(aDay, storage.Pruned{Inbox: 1})
		l.seenIs("7", storage.Unseen)
	}},
	{"what the session could replay is remembered however long it takes", func(w *world) {
		l := w.live()
		l.begin(l.store, l.epoch, 0, "first")
		l.settleAt("7", "first", 7, time.Time{})
		l.settleAt("9", "first", 9, time.Time{})
		l.prunes(aLongWhile, storage.Pruned{})
		l.progress("first", 8, time.Time{})
		l.prunes(aLongWhile, storage.Pruned{Inbox: 1})
		l.seenIs("7", storage.Unseen)
		l.seenIs("9", storage.Done)
		l.begin(l.store, l.epoch, 0, "second") // nobody replays the first any more, and its numbers mean nothing now
		l.prunes(aLongWhile, storage.Pruned{Inbox: 1})
	}},
	{"so is an event that was accepted first", func(w *world) {
		l := w.live()
		l.begin(l.store, l.epoch, 0, "first")
		l.accept(pressed("11")) // sequence 9
		l.settle("11", storage.Done, noon)
		l.progress("first", 8, time.Time{})
		l.prunes(aLongWhile, storage.Pruned{Tokens: 1})
		l.seenIs("11", storage.Done)
		l.progress("first", 9, time.Time{})
		l.prunes(aLongWhile, storage.Pruned{Inbox: 1})
	}},
	{"what catching up would read again is remembered however long it takes", func(w *world) {
		l := w.live()
		l.begin(l.store, l.epoch, 0, "first")
		l.progress("first", 100, noon)
		l.settleAt("7", "first", 7, noon)
		l.settleAt("8", "first", 8, later)
		l.must("end", l.store.EndSession(l.Context(), l.epoch, 0))
		l.prunes(aLongWhile, storage.Pruned{Inbox: 1}) // the next READY catches up from noon
		l.begin(l.store, l.epoch, 0, "second")
		l.progress("second", 5, later.Add(time.Hour))
		l.prunes(aLongWhile, storage.Pruned{})
		l.addCatchUp(20)
		l.prunes(aLongWhile, storage.Pruned{})
		l.seenIs("8", storage.Done)
		l.do(func(tx storage.Tx) error { return tx.ClearCatchUp(0, 20) })
		l.endCatchUp(true)
		l.prunes(aLongWhile, storage.Pruned{Inbox: 1})
	}},
	{"what waits is not pruned, however old", func(w *world) {
		l := w.live()
		message := l.accept(storage.Accepted{Key: "1", Kind: "message", At: noon})
		pending := l.add("2", post(1, "c1"))
		timer := l.timer(0)
		dialog := conversation(1)
		dialog.Token, dialog.TokenUntil = "", time.Time{}
		dialog = l.opened(dialog)
		l.prunes(aLongWhile, storage.Pruned{})
		l.acceptedAre(message)
		l.sendableAre(pending...)
		l.dueAre(0, timer)
		l.dialogIs(dialog)
	}},
	{"a result outlives its event", func(w *world) {
		l := w.live()
		id := l.add("7", post(1, "c1"))[0]
		l.settle("7", storage.Done, noon.Add(storage.EffectKept))
		l.finish(id, storage.EffectDone)                                       // a minute after noon
		l.prunes(storage.EffectKept+time.Hour, storage.Pruned{})               // the event is too young
		l.prunes(storage.EffectKept+aDay, storage.Pruned{Inbox: 1, Outbox: 1}) // and now it is not
		l.add("8", post(1, "c1"))
		l.settle("8", storage.Done, noon)
		l.finish(id+1, storage.EffectDone)
		l.prunes(aDay, storage.Pruned{Inbox: 1})
		l.prunes(storage.EffectKept+time.Minute, storage.Pruned{})
		l.prunes(storage.EffectKept+2*time.Minute, storage.Pruned{Outbox: 1})
	}},
	{"a result that was asked for is kept until it was looked at", func(w *world) {
		l := w.live()
		id := l.add("7", reporting(post(1, "c1")))[0]
		l.finish(id, storage.EffectDone)
		l.prunes(aLongWhile, storage.Pruned{})
		l.stateIs(id, storage.EffectDone)
		l.settle(storage.EffectKey(id), storage.Done, noon)
		l.prunes(aLongWhile, storage.Pruned{Inbox: 1, Outbox: 1})
		next := l.add("8", post(1, "c1"))[0]
		l.same("ids never come again", next > id, true)
	}},
	{"a token goes after a quarter of an hour, whatever else waits", func(w *world) {
		l := w.live()
		accepted := l.accept(pressed("11"))
		dialog := l.opened(conversation(1))
		l.prunes(storage.TokenKept-time.Millisecond, storage.Pruned{})
		l.acceptedAre(accepted)
		l.prunes(storage.TokenKept, storage.Pruned{Tokens: 2})
		accepted.Interaction = nil
		l.acceptedAre(accepted)
		dialog.Token, dialog.TokenUntil = "", time.Time{}
		l.dialogIs(dialog)
	}},
	{"what is over is forgotten: cooldowns, old activity, unused channels", func(w *world) {
		l := w.live()
		l.do(func(tx storage.Tx) error {
			return errors.Join(tx.SetCooldown(guildID, 1, "a", noon), tx.SetCooldown(guildID, 1, "b", later), tx.UseDM(5, 1, noon), tx.UseDM(6, 1, later))
		})
		l.count(1, noon, 1)
		l.count(1, noon.Add(time.Hour), 1)
		l.prunes(0, storage.Pruned{Cooldowns: 1})
		l.cooldownIs("b", later)
		l.prunes(storage.DMKept+time.Millisecond, storage.Pruned{Cooldowns: 1, DMs: 1})
		l.prunes(storage.CountKept+time.Hour, storage.Pruned{Counts: 1, DMs: 1})
		l.countedIs(1)
	}},
	{"pruning goes in steps, and one that must stay does not stop the others", func(w *world) {
		l := w.live()
		l.begin(l.store, l.epoch, 0, "first")
		l.settleAt("stays", "first", 50, time.Time{})
		for i := range 10 {
			l.settleAt(fmt.Sprint(i), "first", 1, time.Time{})
		}
		for _, want := range []int{3, 3, 3, 1, 0} {
			l.prunesUpTo(aDay, 4, storage.Pruned{Inbox: want})
		}
		l.seenIs("stays", storage.Done)
	}},
}
