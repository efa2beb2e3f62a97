// Package storagetest is the executable form of storage.Store's contract: a suite that every backend runs in its own
// tests. It knows no backend; what is a backend's own (its files, its faults) is tested beside the backend.
package storagetest

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

// Database opens one more store on one database, as another process would.
type Database func(budget storage.Budget) storage.Store

// Run holds a backend to the contract. create makes a new, empty database for one test; the stores it opens are closed
// by the suite.
func Run(t *testing.T, create func(t *testing.T) Database) {
	suites := []struct {
		name  string
		tests []test
	}{
		{"standby", standbyTests},
		{"epoch", epochTests},
		{"session", sessionTests},
		{"application", applicationTests},
		{"identify", identifyTests},
		{"life", lifeTests},
		{"transaction", transactionTests},
		{"inbox", inboxTests},
		{"accepted", acceptedTests},
		{"outbox", outboxTests},
		{"finish", finishTests},
		{"drain", drainTests},
		{"catch-up", catchUpTests},
		{"timer", timerTests},
		{"dialog", dialogTests},
		{"guild", guildTests},
		{"member", memberTests},
		{"prune", pruneTests},
	}
	for _, suite := range suites {
		t.Run(suite.name, func(t *testing.T) {
			for _, test := range suite.tests {
				t.Run(test.name, func(t *testing.T) {
					t.Parallel()
					test.run(&world{T: t, database: create(t)})
				})
			}
		})
	}
}

type test struct {
	name string
	run  func(*world)
}

// world is one database and the words the tests are written in.
type world struct {
	*testing.T
	database Database
}

// standby opens a store that is not activated.
func (w *world) standby() storage.Store {
	w.Helper()
	return w.standbyWith(storage.DefaultBudget())
}

func (w *world) standbyWith(budget storage.Budget) storage.Store {
	w.Helper()
	store := w.database(budget)
	w.Cleanup(func() {
		if err := store.Close(); err != nil {
			w.Errorf("close: %v", err)
		}
	})
	return store
}

// active opens a store and activates it.
func (w *world) active() (storage.Store, storage.Epoch) {
	w.Helper()
	store := w.standby()
	return store, w.activate(store, storage.Claim{})
}

func (w *world) activate(store storage.Store, claim storage.Claim) storage.Epoch {
	w.Helper()
	epoch, err := store.Activate(w.Context(), claim)
	w.must("activate", err)
	return epoch
}

func (w *world) must(what string, err error) {
	w.Helper()
	if err != nil {
		w.Fatalf("%s: %v", what, err)
	}
}

func (w *world) refused(what string, err, want error) {
	w.Helper()
	if !errors.Is(err, want) {
		w.Fatalf("%s: got %v, want %v", what, err, want)
	}
}

func (w *world) same(what string, got, want any) {
	w.Helper()
	if diff := difference(got, want); diff != "" {
		w.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

// difference takes an empty list and none for the same, as a store may.
func difference(got, want any) string { return cmp.Diff(want, got, cmpopts.EquateEmpty()) }

// begin starts a session on a shard.
func (w *world) begin(store storage.Store, epoch storage.Epoch, shard int, id string) storage.Session {
	w.Helper()
	session := storage.Session{Shard: shard, ID: id, ResumeURL: "wss://resume.example/" + id}
	w.must("begin session "+id, store.BeginSession(w.Context(), epoch, session, 1))
	return session
}

// cursorIs checks a shard's cursor; nil means that there is none.
func (w *world) cursorIs(store storage.Store, shard int, want *storage.Cursor) {
	w.Helper()
	got, found, err := store.Cursor(w.Context(), shard)
	w.must("cursor", err)
	if want == nil {
		w.same("there is a cursor", found, false)
		return
	}
	w.same("there is a cursor", found, true)
	w.same("cursor", got, *want)
}

// writes names every writing method, called with an epoch.
func writes(ctx context.Context, store storage.Store, epoch storage.Epoch) map[string]error {
	session := storage.Session{ID: "intruder", ResumeURL: "wss://elsewhere.example"}
	_, takeIdentify := store.TakeIdentify(ctx, epoch, storage.IdentifyRequest{Remaining: 1000, Now: noon})
	return map[string]error{
		"BeginSession":   store.BeginSession(ctx, epoch, session, 99),
		"SaveProgress":   store.SaveProgress(ctx, epoch, storage.Progress{SessionID: "first", Sequence: 99}),
		"SetInvisible":   store.SetInvisible(ctx, epoch, 0, true),
		"EndSession":     store.EndSession(ctx, epoch, 0),
		"SetApplication": store.SetApplication(ctx, epoch, 99),
		"TakeIdentify":   takeIdentify,
		"Do":             store.Do(ctx, epoch, func(storage.Tx) error { return nil }),
		"DoReserved":     store.DoReserved(ctx, epoch, func(storage.Tx) error { return nil }),
	}
}
