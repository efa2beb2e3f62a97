package sqlite_test

import (
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/steadfast-bot/steadfast/internal/storage"
	"github.com/steadfast-bot/steadfast/internal/storage/sqlite"
)

// BenchmarkCommand is one command's transaction: its inbox row, a count, one effect and the cursor. The time runs until
// the disk has answered, and is what every answer waits for.
func BenchmarkCommand(b *testing.B) {
	for _, submitters := range []int{1, 64} {
		b.Run(fmt.Sprintf("%d submitters", submitters), func(b *testing.B) {
			store, epoch := activate(b, newPath(b))
			beginSession(b, store, epoch)
			b.ReportAllocs()
			b.ResetTimer()
			took := inParallel(b, submitters, b.N, func(event int64) error {
				return store.Do(b.Context(), epoch, func(tx storage.Tx) error { _, err := command(tx, event); return err })
			})
			took.report(b)
		})
	}
}

// inParallel calls each of n numbers from so many goroutines, and says how long each call took.
func inParallel(b *testing.B, submitters, n int, call func(number int64) error) (took durations) {
	b.Helper()
	var mu sync.Mutex
	var group sync.WaitGroup
	var next atomic.Int64
	for range submitters {
		group.Go(func() {
			var mine durations
			for number := next.Add(1); number <= int64(n); number = next.Add(1) {
				start := time.Now()
				if err := call(number); err != nil {
					b.Error(err)
					return
				}
				mine = append(mine, time.Since(start))
			}
			mu.Lock()
			defer mu.Unlock()
			took = append(took, mine...)
		})
	}
	group.Wait()
	return took
}

// BenchmarkFinish is the other transaction of a command: its answer was sent.
func BenchmarkFinish(b *testing.B) {
	store, epoch := activate(b, newPath(b))
	beginSession(b, store, epoch)
	work(b, store, epoch, 0, b.N, false)
	b.ResetTimer()
	inParallel(b, 1, b.N, func(effect int64) error {
		return store.DoReserved(b.Context(), epoch, func(tx storage.Tx) error { return sent(tx, effect) })
	}).report(b)
}

// BenchmarkGuard is what a Guard reads: was the event seen, is there a cooldown, in one snapshot.
func BenchmarkGuard(b *testing.B) {
	store, epoch := activate(b, newPath(b))
	beginSession(b, store, epoch)
	work(b, store, epoch, 0, 1000, true)
	b.ReportAllocs()
	for b.Loop() {
		err := store.Read(b.Context(), func(view storage.View) error {
			if _, err := view.Seen(keyOf(500)); err != nil {
				return err
			}
			_, err := view.Cooldown(guildID, 1, "headpat")
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSendable is the question what may be sent, with a backlog as after an outage.
func BenchmarkSendable(b *testing.B) {
	for _, backlog := range []int{40, 10_000} {
		b.Run(fmt.Sprintf("%d pending", backlog), func(b *testing.B) {
			store, epoch := activate(b, newPath(b))
			beginSession(b, store, epoch)
			work(b, store, epoch, 0, backlog, false)
			for b.Loop() {
				err := store.Read(b.Context(), func(view storage.View) error {
					rows, err := view.Sendable(0, 100)
					if err == nil && len(rows) != 40 {
						return fmt.Errorf("%d rows", len(rows))
					}
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkAHundredThousandCommands measures the file they leave, and what pruning them costs.
func BenchmarkAHundredThousandCommands(b *testing.B) {
	const commands, step = 100_000, 500
	for b.Loop() {
		path := newPath(b)
		store, epoch := activate(b, path)
		beginSession(b, store, epoch)
		work(b, store, epoch, 0, commands, true)
		closeStore(b, store)
		info, err := os.Stat(path)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(info.Size())/commands, "B/command")

		store, epoch = activate(b, path)
		var took durations
		removed := 0
		for went := true; went; {
			start := time.Now()
			err := store.DoReserved(b.Context(), epoch, func(tx storage.Tx) error {
				pruned, err := tx.Prune(noon.Add(72*time.Hour), step)
				removed += pruned.Inbox + pruned.Outbox
				went = pruned != storage.Pruned{}
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(start))
		}
		if want := commands*2 + commands/2; removed != want {
			b.Fatalf("%d rows went, want %d", removed, want)
		}
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)/2].Microseconds())/1e3, "prune-500-p50-ms")
		b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1e3, "prune-500-p99-ms")

		work(b, store, epoch, commands, commands, true)
		closeStore(b, store)
		if info, err = os.Stat(path); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(info.Size())/commands, "B/command-refilled")
	}
}

// work runs commands, a hundred in a transaction; finished ones were sent, and their results looked at.
func work(b *testing.B, store *sqlite.Store, epoch storage.Epoch, first, n int, finished bool) {
	b.Helper()
	for at := first; at < first+n; at += 100 {
		err := store.Do(b.Context(), epoch, func(tx storage.Tx) error {
			for event := at; event < min(at+100, first+n); event++ {
				effect, err := command(tx, int64(event))
				if err != nil || !finished {
					if err != nil {
						return err
					}
					continue
				}
				if err := sent(tx, effect); err != nil {
					return err
				}
				if event%2 == 0 { // asked for its result
					settled := storage.Settled{Key: storage.EffectKey(effect), Outcome: storage.Done, At: noon}
					if err := tx.Settle(settled); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
