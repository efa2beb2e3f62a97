package storagetest

import (
	"time"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

// cooldownIs checks when user 1 may use a command again.
func (l *live) cooldownIs(command string, want time.Time) {
	l.Helper()
	l.read(func(view storage.View) error {
		got, err := view.Cooldown(guildID, 1, command)
		l.same("cooldown", got, want)
		return err
	})
}

func (l *live) count(user uint64, at time.Time, n int64) {
	l.Helper()
	l.do(func(tx storage.Tx) error {
		return tx.AddCounts([]storage.Count{{Guild: guildID, User: user, What: "message", Hour: at, N: n}})
	})
}

// countedIs checks the sum of user 1's messages over all time.
func (l *live) countedIs(want int64) {
	l.Helper()
	l.countedBetween(time.Unix(0, 0), noon.Add(1000*time.Hour), want)
}

func (l *live) countedBetween(from, to time.Time, want int64) {
	l.Helper()
	l.read(func(view storage.View) error {
		got, err := view.Counted(guildID, 1, "message", from, to)
		l.same("counted", got, want)
		return err
	})
}

var memberTests = []test{
	{"a cooldown is per member and command, and the last one holds", func(w *world) {
		l := w.live()
		l.cooldownIs("headpat", time.Time{})
		for _, until := range []time.Duration{time.Hour, time.Minute} {
			l.do(func(tx storage.Tx) error { return tx.SetCooldown(guildID, 1, "headpat", noon.Add(until)) })
		}
		l.do(func(tx storage.Tx) error { return tx.SetCooldown(guildID, 2, "confess", noon) })
		l = l.restarted()
		l.cooldownIs("headpat", noon.Add(time.Minute))
		l.cooldownIs("confess", time.Time{})
	}},
	{"activity adds up by the hour", func(w *world) {
		l := w.live()
		l.count(1, noon, 2)
		l.count(1, noon.Add(59*time.Minute), 3)
		l.count(1, noon.Add(time.Hour), 10)
		l.count(2, noon, 100)
		l = l.restarted()
		l.countedIs(15)
		l.countedBetween(noon, noon.Add(time.Hour), 5)
		l.countedBetween(noon.Add(time.Hour), noon.Add(2*time.Hour), 10)
		l.countedBetween(noon, noon, 0)
	}},
	{"activity is counted with the cursor or not at all", func(w *world) {
		l := w.live()
		l.begin(l.store, l.epoch, 0, "first")
		save := func(session string) error {
			return l.store.Do(l.Context(), l.epoch, func(tx storage.Tx) error {
				if err := tx.AddCounts([]storage.Count{{Guild: guildID, User: 1, What: "message", Hour: noon, N: 1}}); err != nil {
					return err
				}
				return tx.SaveProgress(storage.Progress{SessionID: session, Sequence: 7})
			})
		}
		l.must("save", save("first"))
		l.refused("save", save("another"), storage.ErrSessionGone)
		l.countedIs(1)
	}},
	{"each pat says how many it makes", func(w *world) {
		l := w.live()
		for want := range int64(3) {
			l.do(func(tx storage.Tx) error {
				n, err := tx.AddPat(guildID, 1, 2)
				l.same("pats", n, want+1)
				return err
			})
		}
		l = l.restarted()
		l.do(func(tx storage.Tx) error { _, err := tx.AddPat(guildID, 2, 1); return err })
		l.do(func(tx storage.Tx) error { _, err := tx.AddPat(2, 1, 2); return err })
		l.patsAre(1, 2, 3)
		l.patsAre(2, 1, 1)
		l.patsAre(1, 1, 0)
	}},
}
