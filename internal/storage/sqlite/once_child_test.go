package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/steadfast-bot/steadfast/internal/storage"
	"github.com/steadfast-bot/steadfast/internal/storage/sqlite"
)

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

const (
	guildID = 1 << 60
	workers = 8
)

// keyOf is as long as Discord's ids are.
func keyOf(event int64) string { return strconv.FormatInt(1_300_000_000_000_000_000+event, 10) }

// command does what a command with state does: the event is settled, data changes, and something is to happen.
func command(tx storage.Tx, event int64) (effect int64, err error) {
	key := keyOf(event)
	settled := storage.Settled{
		Key: key, Outcome: storage.Done, At: noon, Position: storage.Position{SessionID: "session", Sequence: event}, SentAt: noon,
	}
	if err := tx.Settle(settled); err != nil {
		return 0, err
	}
	count, err := tx.AddPat(guildID, 1, 2)
	if err != nil {
		return 0, err
	}
	reply := storage.Effect{
		Number: 1, Kind: "reply", OrderKey: "c" + keyOf(event%40), NotAfter: noon.Add(15 * time.Minute),
		Nonce: "012345678901234567890123", WantsResult: event%2 == 0, Lane: "c1",
		Payload: fmt.Appendf(nil, `{"channel":1234567890123456789,"reply_to":1234567890123456789,"content":"A warm pat for <@1234567890123456789>! That makes %d."}`, count),
	}
	ids, err := tx.AddEffects(key, noon, []storage.Effect{reply})
	if err != nil {
		return 0, err
	}
	return ids[0], tx.SaveProgress(storage.Progress{SessionID: "session", Sequence: event, DoneUntil: noon})
}

// sent notes that an effect reached Discord.
func sent(tx storage.Tx, effect int64) error {
	finish := storage.Finish{State: storage.EffectDone, Made: uint64(1_000_000_000_000_000_000 + effect), Result: []byte("{}"), At: noon}
	_, err := tx.FinishEffect(effect, finish)
	return err
}

// workUntilKilled runs commands from eight goroutines for ever, and says which were committed. Each event is brought
// twice.
func workUntilKilled(path string) error {
	ctx := context.Background()
	store, err := sqlite.New(sqlite.Options{Path: path, Budget: storage.DefaultBudget(), Ballast: smallBallast})
	if err != nil {
		return err
	}
	epoch, err := store.Activate(ctx, storage.Claim{})
	if err != nil {
		return err
	}
	if err := store.BeginSession(ctx, epoch, storage.Session{ID: "session"}, 0); err != nil {
		return err
	}
	next, err := firstUnseen(ctx, store)
	if err != nil {
		return err
	}
	var event atomic.Int64
	event.Store(next - 1)
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for {
				if err := workOnce(ctx, store, epoch, event.Add(1)); err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
			}
		})
	}
	group.Wait()
	return nil
}

func workOnce(ctx context.Context, store *sqlite.Store, epoch storage.Epoch, event int64) error {
	var effect int64
	run := func(tx storage.Tx) (err error) {
		effect, err = command(tx, event)
		return err
	}
	if err := store.Do(ctx, epoch, run); err != nil && !errors.Is(err, storage.ErrSeen) {
		return err
	} else if err == nil {
		fmt.Println(event)
		if err := store.DoReserved(ctx, epoch, func(tx storage.Tx) error { return sent(tx, effect) }); err != nil {
			return err
		}
	}
	if err := store.Do(ctx, epoch, run); !errors.Is(err, storage.ErrSeen) {
		return fmt.Errorf("event %d, brought again: %w", event, err)
	}
	return nil
}

// firstUnseen is the event after the last that was seen. Between two that were seen there are fewer unseen ones than
// there were workers.
func firstUnseen(ctx context.Context, store *sqlite.Store) (next int64, err error) {
	err = store.Read(ctx, func(view storage.View) error {
		for unseen := 0; unseen <= workers; next++ {
			outcome, err := view.Seen(keyOf(next))
			if err != nil {
				return err
			}
			if unseen++; outcome != storage.Unseen {
				unseen = 0
			}
		}
		next -= workers + 1
		return nil
	})
	return next, err
}

func TestKilledAtAnyMomentAnEventIsThereWholeOrNotAtAll(t *testing.T) {
	const kills = 10
	path := newPath(t)
	for range kills {
		acknowledged := killedAfter(t, "work until killed", path, 1+int(time.Now().UnixNano()%60))
		integrityIsOK(t, path)
		standby := open(t, path)
		next, err := firstUnseen(t.Context(), standby)
		if err != nil || next <= acknowledged {
			t.Fatalf("event %d was acknowledged, seen are those before %d, %v", acknowledged, next, err)
		}
		if err := standby.Read(t.Context(), func(view storage.View) error { return wholeOrNotAtAll(t, view, next) }); err != nil {
			t.Fatal(err)
		}
		closeStore(t, standby)
	}
}

// wholeOrNotAtAll compares all that each event left.
func wholeOrNotAtAll(t *testing.T, view storage.View, until int64) error {
	var done, finished int64
	for event := range until {
		key := keyOf(event)
		outcome, err := view.Seen(key)
		row, added, errRow := view.EffectOf(key, 1)
		result, errResult := view.Seen(storage.EffectKey(row.ID))
		if err := errors.Join(err, errRow, errResult); err != nil {
			return err
		}
		if outcome == storage.Done {
			done++
		}
		if row.State == storage.EffectDone {
			finished++
		}
		if (outcome == storage.Done) != added {
			t.Errorf("event %d is %v, its effect is there: %v", event, outcome, added)
		}
		if wants := row.State == storage.EffectDone && row.WantsResult; wants != (result == storage.Waiting) {
			t.Errorf("effect %d is %v, its result %v", row.ID, row.State, result)
		}
	}
	pats, err := view.Pats(guildID, 1, 2)
	backlog, errBacklog := view.Backlog()
	if pats != done || int64(backlog.Pending) != done-finished {
		t.Errorf("%d events, %d finished; %d pats and %d effects pending", done, finished, pats, backlog.Pending)
	}
	return errors.Join(err, errBacklog)
}
