package storagetest

import (
	"time"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

// progress saves a low-water mark: a sequence, and the time up to which every message is done.
func (l *live) progress(session string, sequence int64, doneUntil time.Time) {
	l.Helper()
	l.do(func(tx storage.Tx) error {
		return tx.SaveProgress(storage.Progress{SessionID: session, Sequence: sequence, DoneUntil: doneUntil})
	})
}

// sinceIs checks from when on messages may have been missed; zero is caught up.
func (l *live) sinceIs(want time.Time) {
	l.Helper()
	l.read(func(view storage.View) error {
		got, pending, err := view.CatchUpSince(0)
		l.same("catching up", pending, !want.IsZero())
		l.same("since", got, want)
		return err
	})
}

func (l *live) addCatchUp(channels ...uint64) {
	l.Helper()
	l.do(func(tx storage.Tx) error {
		for _, channel := range channels {
			if err := tx.AddCatchUp(0, channel, guildID); err != nil {
				return err
			}
		}
		return nil
	})
}

// channelsAre checks what is still to be read.
func (l *live) channelsAre(want ...storage.CatchUpChannel) {
	l.Helper()
	l.read(func(view storage.View) error {
		got, err := view.CatchUpChannels(0)
		l.same("channels", got, want)
		return err
	})
}

func toRead(channel uint64) storage.CatchUpChannel {
	return storage.CatchUpChannel{Channel: channel, Guild: guildID}
}

func (l *live) endCatchUp(want bool) {
	l.Helper()
	l.do(func(tx storage.Tx) error {
		ended, err := tx.EndCatchUp(0)
		l.same("ended", ended, want)
		return err
	})
}

var catchUpTests = []test{
	{"the first session has nothing to catch up", func(w *world) {
		l := w.live()
		l.begin(l.store, l.epoch, 0, "first")
		l.sinceIs(time.Time{})
		l.addCatchUp(5)
		l.channelsAre()
	}},
	{"the next one begins where the last was done", func(w *world) {
		l := w.live()
		l.begin(l.store, l.epoch, 0, "first")
		for _, until := range []time.Duration{2 * time.Second, time.Second} {
			l.progress("first", 5, noon.Add(until))
		}
		l.sinceIs(time.Time{})
		l.must("end", l.store.EndSession(l.Context(), l.epoch, 0))
		l = l.restarted()
		l.begin(l.store, l.epoch, 0, "second")
		l.sinceIs(noon.Add(2 * time.Second))
	}},
	{"READY, its catch-up and its first channels are one commit", func(w *world) {
		l := w.live()
		l.begin(l.store, l.epoch, 0, "first")
		l.progress("first", 5, noon)
		begin := func(end error) func(storage.Tx) error {
			return func(tx storage.Tx) error {
				if err := tx.BeginSession(storage.Session{ID: "second"}, 1); err != nil {
					return err
				}
				if err := tx.AddCatchUp(0, 5, guildID); err != nil {
					return err
				}
				return end
			}
		}
		l.doRefused(errChanged, begin(errChanged))
		l.sinceIs(time.Time{})
		l.cursorIs(l.store, 0, &storage.Cursor{Session: storage.Session{ID: "first", ResumeURL: "wss://resume.example/first"}, Sequence: 5})
		l.do(begin(nil))
		l.sinceIs(noon)
		l.channelsAre(toRead(5))
	}},
	{"catching up is over when every channel is cleared and no more will come", func(w *world) {
		l := w.live()
		l.begin(l.store, l.epoch, 0, "first")
		l.progress("first", 5, noon)
		l.begin(l.store, l.epoch, 0, "second")
		l.addCatchUp(6, 5)
		l.endCatchUp(false)
		l.do(func(tx storage.Tx) error { return tx.ClearCatchUp(0, 6) })
		l = l.restarted()
		l.channelsAre(toRead(5))
		l.sinceIs(noon)
		l.do(func(tx storage.Tx) error { return tx.ClearCatchUp(0, 5) })
		l.endCatchUp(true)
		l.sinceIs(time.Time{})
		l.addCatchUp(7)
		l.channelsAre()
	}},
	{"a session lost while catching up loses nothing of what was to be read", func(w *world) {
		l := w.live()
		l.begin(l.store, l.epoch, 0, "first")
		l.progress("first", 5, noon)
		l.begin(l.store, l.epoch, 0, "second")
		l.addCatchUp(5, 6)
		l.do(func(tx storage.Tx) error { return tx.ClearCatchUp(0, 6) })
		l.progress("second", 9, noon.Add(time.Hour))
		l.begin(l.store, l.epoch, 0, "third")
		l.sinceIs(noon) // channel 7's guild had not come yet
		l.addCatchUp(5, 7)
		l.channelsAre(toRead(5), toRead(7))
	}},
	{"shards catch up apart", func(w *world) {
		l := w.live()
		l.begin(l.store, l.epoch, 0, "first")
		l.progress("first", 5, noon)
		l.begin(l.store, l.epoch, 0, "second")
		l.addCatchUp(5)
		l.do(func(tx storage.Tx) error {
			_, pending, err := tx.CatchUpSince(1)
			l.same("the other shard", pending, false)
			if err != nil {
				return err
			}
			return tx.AddCatchUp(1, 6, guildID)
		})
		l.channelsAre(toRead(5))
	}},
	{"progress of a session that is gone moves nothing", func(w *world) {
		l := w.live()
		l.begin(l.store, l.epoch, 0, "first")
		l.progress("first", 5, noon)
		l.doRefused(storage.ErrSessionGone, func(tx storage.Tx) error {
			if err := tx.AddCounts([]storage.Count{{Guild: guildID, User: 1, What: "message", Hour: noon, N: 1}}); err != nil {
				return err
			}
			return tx.SaveProgress(storage.Progress{SessionID: "zeroth", Sequence: 6, DoneUntil: noon.Add(time.Hour)})
		})
		l.begin(l.store, l.epoch, 0, "second")
		l.sinceIs(noon)
		l.countedIs(0)
	}},
	{"channels with one person come newest first, a hundred at most", func(w *world) {
		l := w.live()
		l.do(func(tx storage.Tx) error {
			for i := range uint64(storage.DMChannelsMax + 10) {
				if err := tx.UseDM(1000+i, i, noon.Add(time.Duration(i)*time.Second)); err != nil {
					return err
				}
			}
			if err := tx.UseDM(1109, 109, noon); err != nil { // an older message, read late
				return err
			}
			return tx.UseDM(1000, 0, noon.Add(time.Hour))
		})
		l.read(func(view storage.View) error {
			channels, err := view.DMChannels(noon)
			l.same("how many", len(channels), storage.DMChannelsMax)
			l.same("newest", channels[0], storage.DMChannel{Channel: 1000, User: 0, LastUsed: noon.Add(time.Hour)})
			l.same("next", channels[1], storage.DMChannel{Channel: 1109, User: 109, LastUsed: noon.Add(109 * time.Second)})
			few, errFew := view.DMChannels(noon.Add(108 * time.Second))
			l.same("since", len(few), 3)
			l.must("few", errFew)
			return err
		})
	}},
}
