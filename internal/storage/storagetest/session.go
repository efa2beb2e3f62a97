package storagetest

import (
	"sync"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

var sessionTests = []test{
	{"READY is committed whole: the cursor and that there ever was one", func(w *world) {
		store, epoch := w.active()
		session := w.begin(store, epoch, 0, "first")
		for _, reader := range []storage.Store{store, w.standby()} {
			w.cursorIs(reader, 0, &storage.Cursor{Session: session, Sequence: 1})
			ever, err := reader.EverReady(w.Context())
			w.must("ever ready", err)
			w.same("ever ready", ever, true)
		}
	}},
	{"the low-water sequence rises and never falls", func(w *world) {
		store, epoch := w.active()
		session := w.begin(store, epoch, 0, "first")
		for _, step := range []struct{ save, want int64 }{{7, 7}, {7, 7}, {3, 7}, {1 << 40, 1 << 40}} {
			w.must("save", store.SaveProgress(w.Context(), epoch, storage.Progress{SessionID: "first", Sequence: step.save}))
			w.cursorIs(store, 0, &storage.Cursor{Session: session, Sequence: step.want})
		}
	}},
	{"a late save of an old session does not touch the new one", func(w *world) {
		store, epoch := w.active()
		w.begin(store, epoch, 0, "first")
		second := w.begin(store, epoch, 0, "second")
		err := store.SaveProgress(w.Context(), epoch, storage.Progress{SessionID: "first", Sequence: 500})
		w.refused("late save", err, storage.ErrSessionGone)
		w.cursorIs(store, 0, &storage.Cursor{Session: second, Sequence: 1})
	}},
	{"a save does not bring an ended session back", func(w *world) {
		store, epoch := w.active()
		w.begin(store, epoch, 0, "first")
		w.must("end", store.EndSession(w.Context(), epoch, 0))
		err := store.SaveProgress(w.Context(), epoch, storage.Progress{SessionID: "first", Sequence: 500})
		w.refused("save", err, storage.ErrSessionGone)
		w.cursorIs(store, 0, nil)
	}},
	{"the end of a session does not unsay that there was one", func(w *world) {
		store, epoch := w.active()
		w.begin(store, epoch, 0, "first")
		w.must("end", store.EndSession(w.Context(), epoch, 0))
		ever, err := store.EverReady(w.Context())
		w.must("ever ready", err)
		w.same("ever ready", ever, true)
	}},
	{"ending or hiding no session is no error", func(w *world) {
		store, epoch := w.active()
		w.must("end", store.EndSession(w.Context(), epoch, 0))
		w.must("hide", store.SetInvisible(w.Context(), epoch, 0, true))
		w.cursorIs(store, 0, nil)
	}},
	{"invisible is kept with the session, until shown again or followed by another", func(w *world) {
		store, epoch := w.active()
		first := w.begin(store, epoch, 0, "first")
		w.must("hide", store.SetInvisible(w.Context(), epoch, 0, true))
		w.must("save", store.SaveProgress(w.Context(), epoch, storage.Progress{SessionID: "first", Sequence: 2}))
		w.cursorIs(w.standby(), 0, &storage.Cursor{Session: first, Sequence: 2, WentInvisible: true})
		w.must("show", store.SetInvisible(w.Context(), epoch, 0, false))
		w.cursorIs(store, 0, &storage.Cursor{Session: first, Sequence: 2})
		w.must("hide", store.SetInvisible(w.Context(), epoch, 0, true))
		second := w.begin(store, epoch, 0, "second")
		w.cursorIs(store, 0, &storage.Cursor{Session: second, Sequence: 1})
	}},
	{"shards have cursors of their own", func(w *world) {
		store := w.standby()
		epoch := w.activate(store, storage.Claim{Shards: []int{3, 4}})
		three, four := w.begin(store, epoch, 3, "three"), w.begin(store, epoch, 4, "four")
		w.must("save", store.SaveProgress(w.Context(), epoch, storage.Progress{Shard: 4, SessionID: "four", Sequence: 9}))
		w.cursorIs(store, 3, &storage.Cursor{Session: three, Sequence: 1})
		w.cursorIs(store, 4, &storage.Cursor{Session: four, Sequence: 9})
		w.must("end", store.EndSession(w.Context(), epoch, 3))
		w.cursorIs(store, 3, nil)
		w.cursorIs(store, 4, &storage.Cursor{Session: four, Sequence: 9})
	}},
	{"many savers at once all succeed and the highest sequence stays", func(w *world) {
		store, epoch := w.active()
		session := w.begin(store, epoch, 0, "first")
		const savers, each = 64, 20
		var group sync.WaitGroup
		for saver := range savers {
			group.Go(func() {
				for i := range each {
					p := storage.Progress{SessionID: "first", Sequence: int64(i*savers + saver)}
					if err := store.SaveProgress(w.Context(), epoch, p); err != nil {
						w.Errorf("save %d: %v", p.Sequence, err)
					}
				}
			})
		}
		group.Wait()
		w.cursorIs(store, 0, &storage.Cursor{Session: session, Sequence: savers*each - 1})
	}},
}
