package storagetest

import (
	"context"
	"math"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

var standbyTests = []test{
	{"before any activation there is nothing, and looking makes nothing", func(w *world) {
		store := w.standby()
		for range 2 {
			facts, err := store.Inspect(w.Context())
			w.must("inspect", err)
			w.same("facts", facts, storage.Facts{})
			ever, err := store.EverReady(w.Context())
			w.must("ever ready", err)
			w.same("ever ready", ever, false)
			w.cursorIs(store, 0, nil)
		}
	}},
	{"a standby may not write", func(w *world) {
		store := w.standby()
		for name, err := range writes(w.Context(), store, storage.Epoch{Activation: 1}) {
			w.refused(name, err, storage.ErrNotActive)
		}
		w.refused("Owns", store.Owns(w.Context(), storage.Epoch{}), storage.ErrNotActive)
	}},
	{"a standby opened before the first activation sees what the active one commits", func(w *world) {
		standby := w.standby()
		w.cursorIs(standby, 0, nil)
		store, epoch := w.active()
		session := w.begin(store, epoch, 0, "first")
		w.must("claim", store.SetApplication(w.Context(), epoch, 42))
		w.cursorIs(standby, 0, &storage.Cursor{Session: session, Sequence: 1})
		facts, err := standby.Inspect(w.Context())
		w.must("inspect", err)
		w.same("exists, ever ready", []bool{facts.Exists, facts.EverReady}, []bool{true, true})
		w.same("application", facts.Application, uint64(42))
		if facts.Version < 1 || facts.ReadableFrom < 1 || facts.ReadableFrom > facts.Version {
			w.Fatalf("version %d, readable from %d", facts.Version, facts.ReadableFrom)
		}
	}},
	{"a standby becomes active", func(w *world) {
		old, oldEpoch := w.active()
		session := w.begin(old, oldEpoch, 0, "first")
		standby := w.standby()
		w.cursorIs(standby, 0, &storage.Cursor{Session: session, Sequence: 1})
		w.must("close", old.Close())
		epoch := w.activate(standby, storage.Claim{})
		w.must("save", standby.SaveProgress(w.Context(), epoch, storage.Progress{SessionID: "first", Sequence: 5}))
		w.cursorIs(standby, 0, &storage.Cursor{Session: session, Sequence: 5})
	}},
}

var epochTests = []test{
	{"each activation is one higher than the last", func(w *world) {
		for want := range uint64(3) {
			store, epoch := w.active()
			w.same("epoch", epoch, storage.Epoch{Activation: want + 1})
			w.must("owns", store.Owns(w.Context(), epoch))
			w.must("close", store.Close())
		}
	}},
	{"who has been replaced writes nothing more", func(w *world) {
		old, oldEpoch := w.active()
		session := w.begin(old, oldEpoch, 0, "first")
		successor, epoch := w.active()
		for name, err := range writes(w.Context(), old, oldEpoch) {
			w.refused(name, err, storage.ErrStaleEpoch)
		}
		w.refused("Owns", old.Owns(w.Context(), oldEpoch), storage.ErrStaleEpoch)
		w.cursorIs(successor, 0, &storage.Cursor{Session: session, Sequence: 1})
		w.must("successor owns", successor.Owns(w.Context(), epoch))
		w.must("successor claims", successor.SetApplication(w.Context(), epoch, 7))
	}},
	{"an epoch from elsewhere is refused by the owner too", func(w *world) {
		store, epoch := w.active()
		for _, other := range []storage.Epoch{{}, {Activation: epoch.Activation + 1}, {Lease: 1, Activation: epoch.Activation}} {
			w.refused("end session", store.EndSession(w.Context(), other, 0), storage.ErrStaleEpoch)
			w.refused("owns", store.Owns(w.Context(), other), storage.ErrStaleEpoch)
		}
	}},
	{"a newer lease begins to count anew, an older one is refused", func(w *world) {
		first := w.standby()
		w.same("first", w.activate(first, storage.Claim{Lease: 5}), storage.Epoch{Lease: 5, Activation: 1})
		again := w.standby()
		w.same("again", w.activate(again, storage.Claim{Lease: 5}), storage.Epoch{Lease: 5, Activation: 2})
		newer := w.standby()
		epoch := w.activate(newer, storage.Claim{Lease: math.MaxUint64})
		w.same("newer", epoch, storage.Epoch{Lease: math.MaxUint64, Activation: 1})
		_, err := w.standby().Activate(w.Context(), storage.Claim{Lease: 6})
		w.refused("older lease", err, storage.ErrStaleEpoch)
		w.must("newer still owns", newer.Owns(w.Context(), epoch))
	}},
	{"who loses one of several shards owns none; others' shards do not matter", func(w *world) {
		other := w.standby()
		otherEpoch := w.activate(other, storage.Claim{Shards: []int{2}})
		for stolen := range 2 {
			pair, thief := w.standby(), w.standby()
			pairEpoch := w.activate(pair, storage.Claim{Shards: []int{0, 1}})
			w.must("pair owns", pair.Owns(w.Context(), pairEpoch))
			w.must("pair writes", pair.EndSession(w.Context(), pairEpoch, 0))
			thiefEpoch := w.activate(thief, storage.Claim{Shards: []int{stolen}})
			w.refused("pair owns", pair.Owns(w.Context(), pairEpoch), storage.ErrStaleEpoch)
			w.refused("pair writes", pair.EndSession(w.Context(), pairEpoch, 0), storage.ErrStaleEpoch)
			w.must("thief writes", thief.EndSession(w.Context(), thiefEpoch, stolen))
			w.must("other writes", other.EndSession(w.Context(), otherEpoch, 2))
		}
	}},
	{"an activation that was called off leaves the owner in place", func(w *world) {
		store, epoch := w.active()
		cancelled, cancel := context.WithCancel(w.Context())
		cancel()
		_, err := w.standby().Activate(cancelled, storage.Claim{})
		w.refused("activate", err, context.Canceled)
		w.must("owner owns", store.Owns(w.Context(), epoch))
	}},
	{"one store activates once", func(w *world) {
		store, epoch := w.active()
		if _, err := store.Activate(w.Context(), storage.Claim{}); err == nil {
			w.Fatal("a second activation succeeded")
		}
		w.must("owns", store.Owns(w.Context(), epoch))
	}},
}
