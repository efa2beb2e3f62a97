package sqlite_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

// BenchmarkOpenAndActivate is what storage adds to a respawn: from nothing open to an epoch on the disk.
func BenchmarkOpenAndActivate(b *testing.B) {
	for _, bench := range []struct {
		name   string
		writes int // between the last activation and the death
		killed bool
	}{
		{"no database yet", 0, false},
		{"after an orderly stop", 100, false},
		{"after kill -9", 100, true},
		{"after kill -9 with a full log", 5000, true},
	} {
		b.Run(bench.name, func(b *testing.B) {
			left := leftBehind(b, bench.writes, bench.killed)
			var took durations
			for i := 0; b.Loop(); i++ {
				b.StopTimer()
				path := filepath.Join(b.TempDir(), fmt.Sprint(i, ".db"))
				for suffix, content := range left {
					if err := os.WriteFile(path+suffix, content, 0o600); err != nil {
						b.Fatal(err)
					}
				}
				b.StartTimer()
				start := time.Now()
				store, _ := activate(b, path)
				took = append(took, time.Since(start))
				b.StopTimer()
				closeStore(b, store)
				b.StartTimer()
			}
			took.report(b)
		})
	}
}

// leftBehind is what a worker that made some writes leaves when it stops or is killed, by suffix of the file's name.
// The shared memory counts as lost.
func leftBehind(b *testing.B, writes int, killed bool) map[string][]byte {
	b.Helper()
	if writes == 0 {
		return nil
	}
	path := newPath(b)
	store, epoch := activate(b, path)
	beginSession(b, store, epoch)
	for i := range writes {
		saveProgress(b, store, epoch, int64(i))
	}
	suffixes := []string{"", "-wal"}
	if !killed {
		closeStore(b, store)
		suffixes = []string{""}
	}
	left := make(map[string][]byte)
	for _, suffix := range suffixes {
		content, err := os.ReadFile(path + suffix) // the store's locks may go: it writes no more
		if err != nil {
			b.Fatal(err)
		}
		left[suffix] = content
	}
	return left
}

// BenchmarkColdOpenAndActivate is the same as BenchmarkOpenAndActivate in a process that has never opened anything,
// after one that ended without closing: a respawn.
func BenchmarkColdOpenAndActivate(b *testing.B) {
	path := newPath(b)
	store, epoch := activate(b, path)
	beginSession(b, store, epoch)
	var took durations
	for b.Loop() {
		out, err := child(b, "activate once", path).Output()
		if err != nil {
			b.Fatal(err)
		}
		nanoseconds, err := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Duration(nanoseconds))
	}
	took.report(b)
}

// BenchmarkCommit is the time from SaveProgress to its return, which is after the disk's answer.
func BenchmarkCommit(b *testing.B) {
	for _, submitters := range []int{1, 64} {
		b.Run(fmt.Sprintf("%d submitters", submitters), func(b *testing.B) {
			store, epoch := activate(b, filepath.Join(b.TempDir(), "steadfast.db"))
			defer store.Close()
			beginSession(b, store, epoch)
			var mu sync.Mutex
			var took durations
			var group sync.WaitGroup
			b.ReportAllocs()
			b.ResetTimer()
			for submitter := range submitters {
				group.Go(func() {
					var mine []time.Duration
					for i := submitter; i < b.N; i += submitters {
						start := time.Now()
						p := storage.Progress{SessionID: "session", Sequence: int64(i)}
						if err := store.SaveProgress(b.Context(), epoch, p); err != nil {
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
			took.report(b)
		})
	}
}

// BenchmarkOwns is the question asked before each send and each dial.
func BenchmarkOwns(b *testing.B) {
	store, epoch := activate(b, newPath(b))
	b.ReportAllocs()
	for b.Loop() {
		if err := store.Owns(b.Context(), epoch); err != nil {
			b.Fatal(err)
		}
	}
}

// durations are reported as percentiles.
type durations []time.Duration

func (d durations) report(b *testing.B) {
	b.Helper()
	slices.Sort(d)
	b.ReportMetric(float64(d[len(d)/2].Nanoseconds())/1e6, "p50-ms")
	b.ReportMetric(float64(d[len(d)*99/100].Nanoseconds())/1e6, "p99-ms")
}
