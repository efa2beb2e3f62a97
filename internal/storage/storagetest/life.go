package storagetest

import (
	"context"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

var lifeTests = []test{
	{"what was committed is there for the next process", func(w *world) {
		store, epoch := w.active()
		session := w.begin(store, epoch, 0, "first")
		w.must("save", store.SaveProgress(w.Context(), epoch, storage.Progress{SessionID: "first", Sequence: 12}))
		w.must("close", store.Close())
		w.cursorIs(w.standby(), 0, &storage.Cursor{Session: session, Sequence: 12})
		next, _ := w.active()
		w.cursorIs(next, 0, &storage.Cursor{Session: session, Sequence: 12})
	}},
	{"after Close nothing works and nothing hangs", func(w *world) {
		store, epoch := w.active()
		w.must("close", store.Close())
		w.must("close again", store.Close())
		for name, err := range writes(w.Context(), store, epoch) {
			w.refused(name, err, storage.ErrClosed)
		}
		_, err := store.Activate(w.Context(), storage.Claim{})
		w.refused("Activate", err, storage.ErrClosed)
		_, _, err = store.Cursor(w.Context(), 0)
		w.refused("Cursor", err, storage.ErrClosed)
		_, err = store.Inspect(w.Context())
		w.refused("Inspect", err, storage.ErrClosed)
	}},
	{"a write whose caller has given up is not done", func(w *world) {
		store, epoch := w.active()
		session := w.begin(store, epoch, 0, "first")
		cancelled, cancel := context.WithCancel(w.Context())
		cancel()
		for name, err := range writes(cancelled, store, epoch) {
			w.refused(name, err, context.Canceled)
		}
		w.cursorIs(store, 0, &storage.Cursor{Session: session, Sequence: 1})
	}},
	{"health tells a write from none", func(w *world) {
		store := w.standby()
		before := store.Health()
		if before.LastWriteAge >= 0 || before.PendingAge >= 0 || before.Trouble != "" {
			w.Fatalf("before the first write: %+v", before)
		}
		epoch := w.activate(store, storage.Claim{})
		w.begin(store, epoch, 0, "first")
		h := store.Health()
		if h.LastWriteAge < 0 || h.LastWriteTook <= 0 || h.PendingAge >= 0 || h.Queued != 0 || h.Trouble != "" {
			w.Fatalf("after a write: %+v", h)
		}
	}},
	{"a member's own refusal is no trouble of the database", func(w *world) {
		store, epoch := w.active()
		err := store.SaveProgress(w.Context(), epoch, storage.Progress{SessionID: "none"})
		w.refused("save", err, storage.ErrSessionGone)
		w.same("trouble", store.Health().Trouble, "")
	}},
}
