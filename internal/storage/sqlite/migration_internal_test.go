package sqlite

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

// pairDatabase is what a build that knows only the pair has left: version 1, with a session in it.
func pairDatabase(t *testing.T) Options {
	t.Helper()
	options := Options{Path: filepath.Join(t.TempDir(), "steadfast.db"), Budget: storage.DefaultBudget(), Ballast: 1 << 16}
	c, err := openForWriting(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	if err := applyMigrations(t.Context(), c, options.Path, schemaState{}, currentSteps(t)[:1]); err != nil {
		t.Fatal(err)
	}
	if _, err := c.exec(t.Context(), "INSERT INTO cursor (shard, session_id, resume_url, sequence) VALUES (0, 'old', 'wss://x', 41)"); err != nil {
		t.Fatal(err)
	}
	return options
}

func TestADatabaseOfThePairIsUpgradedAndStaysReadableToItsBuild(t *testing.T) {
	store, err := New(pairDatabase(t))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if err := store.Read(t.Context(), func(storage.View) error { return nil }); !errors.Is(err, storage.ErrNotActive) {
		t.Errorf("a standby reads what is not there yet: %v", err)
	}
	if cursor, found, err := store.Cursor(t.Context(), 0); err != nil || !found || cursor.Sequence != 41 {
		t.Errorf("a standby sees the cursor %+v, %v, %v", cursor, found, err)
	}
	epoch, err := store.Activate(t.Context(), storage.Claim{})
	if err != nil {
		t.Fatal(err)
	}
	facts, err := store.Inspect(t.Context())
	if err != nil || facts.Version != latestVersion() || facts.ReadableFrom != 1 {
		t.Errorf("facts %+v, %v", facts, err)
	}
	if cursor, found, err := store.Cursor(t.Context(), 0); err != nil || !found || cursor.Session.ID != "old" || cursor.Sequence != 41 {
		t.Errorf("the cursor is %+v, %v, %v", cursor, found, err)
	}
	// A session that an older build began has no row of its own among the shards; it is replayed all the same.
	err = store.Do(t.Context(), epoch, func(tx storage.Tx) error {
		position := storage.Position{SessionID: "old", Sequence: 42}
		return tx.Settle(storage.Settled{Key: "7", Outcome: storage.Done, At: time.Unix(1, 0), Position: position})
	})
	if err != nil {
		t.Error(err)
	}
	for want, sequence := range []int64{41, 42} { // as many as the cursor has passed
		err := store.Do(t.Context(), epoch, func(tx storage.Tx) error {
			if err := tx.SaveProgress(storage.Progress{SessionID: "old", Sequence: sequence}); err != nil {
				return err
			}
			pruned, err := tx.Prune(time.Unix(1, 0).Add(1000*time.Hour), 10)
			if pruned.Inbox != want {
				t.Errorf("with the cursor at %d, %d rows were pruned; want %d", sequence, pruned.Inbox, want)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func TestAnUpgradeOfThePairThatIsCalledOffLeavesItAsItWas(t *testing.T) {
	options := pairDatabase(t)
	c, err := openForWriting(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.exec(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	if err := migrate(t.Context(), c, options.Path); err != nil {
		t.Fatal(err)
	}
	c.close() // as when the process dies
	if c, err = openForWriting(t.Context(), options); err != nil {
		t.Fatal(err)
	}
	defer c.close()
	state, err := inspectSchema(t.Context(), c.conn, options.Path)
	if want := (schemaState{1, 1}); err != nil || state != want {
		t.Errorf("got %v, %v; want %v", state, err, want)
	}
}
