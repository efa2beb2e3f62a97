package storage_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

func TestOneIdentifyIsGrantedOrPutOffWithAReason(t *testing.T) {
	budget := storage.DefaultBudget()
	lastAt := func(passed time.Duration) map[int]time.Time { return map[int]time.Time{0: noon.Add(-passed)} }
	full := time.Duration(budget.Hand) * budget.Refill
	for _, test := range []struct {
		name   string
		budget storage.Budget
		ledger storage.Ledger
		asked  storage.IdentifyRequest // Now is noon
		wait   time.Duration
		why    string // part of it
	}{
		{"never identified before", budget, storage.Ledger{}, storage.IdentifyRequest{Remaining: 1000}, 0, ""},
		{"just identified", budget, storage.Ledger{Last: lastAt(0)}, storage.IdentifyRequest{Remaining: 1000}, 5 * time.Second, "less than 5s ago"},
		{"identified a moment too recently", budget, storage.Ledger{Last: lastAt(4999 * time.Millisecond)}, storage.IdentifyRequest{Remaining: 1000}, time.Millisecond, "bucket 0"},
		{"identified just long enough ago", budget, storage.Ledger{Last: lastAt(5 * time.Second)}, storage.IdentifyRequest{Remaining: 1000}, 0, ""},
		{"another bucket just identified", budget, storage.Ledger{Last: lastAt(0)}, storage.IdentifyRequest{Bucket: 1, Remaining: 1000}, 0, ""},
		{"one left in hand", budget, storage.Ledger{Debt: full - budget.Refill, AsOf: noon}, storage.IdentifyRequest{Remaining: 1000}, 0, ""},
		{"hand empty", budget, storage.Ledger{Debt: full, AsOf: noon}, storage.IdentifyRequest{Remaining: 1000}, 2 * time.Minute, "20 IDENTIFYs in hand are spent"},
		{"hand emptied a while ago", budget, storage.Ledger{Debt: full, AsOf: noon.Add(-90 * time.Second)}, storage.IdentifyRequest{Remaining: 1000}, 30 * time.Second, "one comes back every 2m0s"},
		{"one came back", budget, storage.Ledger{Debt: full, AsOf: noon.Add(-2 * time.Minute)}, storage.IdentifyRequest{Remaining: 1000}, 0, ""},
		{"only the reserve left", budget, storage.Ledger{}, storage.IdentifyRequest{Remaining: 50, ResetAfter: 3 * time.Hour}, 3 * time.Hour, "50 IDENTIFYs left"},
		{"one above the reserve", budget, storage.Ledger{}, storage.IdentifyRequest{Remaining: 51, ResetAfter: 3 * time.Hour}, 0, ""},
		{"none left and no word of a reset", budget, storage.Ledger{}, storage.IdentifyRequest{}, time.Minute, "0 IDENTIFYs left"},
		{"several reasons: the longest wait", budget, storage.Ledger{Debt: full, AsOf: noon, Last: lastAt(0)}, storage.IdentifyRequest{Remaining: 1000}, 2 * time.Minute, "in hand"},
		{"clock went back a day after an IDENTIFY", budget, storage.Ledger{Last: lastAt(-24 * time.Hour)}, storage.IdentifyRequest{Remaining: 1000}, 5 * time.Second, "bucket 0"},
		{"clock went back a day with an empty hand", budget, storage.Ledger{Debt: full, AsOf: noon.Add(24 * time.Hour)}, storage.IdentifyRequest{Remaining: 1000}, 2 * time.Minute, "in hand"},
		{"sandbox: never an empty hand", storage.Budget{}, storage.Ledger{Debt: full, AsOf: noon, Last: lastAt(0)}, storage.IdentifyRequest{Remaining: 1}, 0, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.asked.Now = noon
			_, answer := test.budget.Take(test.ledger, test.asked)
			if answer.Wait != test.wait || !strings.Contains(answer.Why, test.why) || (answer.Why == "") != (test.wait == 0) {
				t.Errorf("got %v %q, want %v %q", answer.Wait, answer.Why, test.wait, test.why)
			}
		})
	}
}

func TestTakingLeavesTheGivenLedgerAlone(t *testing.T) {
	last := map[int]time.Time{0: noon.Add(time.Hour)}
	before := storage.Ledger{Debt: time.Minute, AsOf: noon, Last: last}
	storage.DefaultBudget().Take(before, storage.IdentifyRequest{Bucket: 1, Remaining: 1000, Now: noon})
	if len(last) != 1 || !last[0].Equal(noon.Add(time.Hour)) {
		t.Errorf("the ledger was changed to %v", last)
	}
}

func TestACrashLoopTakesAtMost740ADay(t *testing.T) {
	budget := storage.DefaultBudget()
	var ledger storage.Ledger
	granted, asked := 0, 0
	for now := noon; now.Before(noon.Add(24 * time.Hour)); now = now.Add(time.Second) {
		var answer storage.IdentifyAnswer
		ledger, answer = budget.Take(ledger, storage.IdentifyRequest{Remaining: 1000 - granted, Now: now})
		asked++
		if answer.Wait == 0 {
			granted++
		}
	}
	if granted < 730 || granted > 740 {
		t.Errorf("%d of %d were granted", granted, asked)
	}
}

// taken is one granted IDENTIFY at its true time, which the clock on the wall need not show.
type taken struct {
	at     time.Duration
	bucket int
}

func TestHoweverTheClockGoesBackNoWindowHoldsMoreThanTheBudget(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		budget := storage.Budget{
			Spacing: time.Duration(rapid.IntRange(0, 10).Draw(t, "spacing s")) * time.Second,
			Hand:    rapid.IntRange(1, 5).Draw(t, "hand"),
			Refill:  time.Duration(rapid.IntRange(1, 120).Draw(t, "refill s")) * time.Second,
			Reserve: rapid.IntRange(0, 50).Draw(t, "reserve"),
		}
		var ledger storage.Ledger
		var granted []taken
		var passed, behind time.Duration // true time since noon, and how far the clock is behind it by now
		for range rapid.IntRange(1, 60).Draw(t, "requests") {
			passed += time.Duration(rapid.Int64Range(0, int64(time.Minute)).Draw(t, "passes"))
			if rapid.IntRange(0, 4).Draw(t, "jumps") == 0 {
				behind += time.Duration(rapid.Int64Range(0, int64(24*time.Hour)).Draw(t, "goes back"))
			}
			request := storage.IdentifyRequest{
				Bucket:    rapid.IntRange(0, 2).Draw(t, "bucket"),
				Remaining: rapid.IntRange(0, 1000).Draw(t, "remaining"),
				Now:       noon.Add(passed - behind),
			}
			var answer storage.IdentifyAnswer
			ledger, answer = budget.Take(ledger, request)
			if answer.Wait == 0 {
				if request.Remaining <= budget.Reserve {
					t.Fatalf("granted from the reserve: %d left", request.Remaining)
				}
				granted = append(granted, taken{passed, request.Bucket})
			}
		}
		checkWindows(t, budget, granted)
	})
}

// checkWindows looks at every window that begins with one IDENTIFY and ends with another.
func checkWindows(t *rapid.T, budget storage.Budget, granted []taken) {
	for i, first := range granted {
		for j := i; j < len(granted); j++ {
			last := granted[j]
			window := last.at - first.at
			if count, most := j-i+1, budget.Hand+int(window/budget.Refill); count > most {
				t.Fatalf("%d within %v, at most %d allowed", count, window, most)
			}
			if i != j && first.bucket == last.bucket && window < budget.Spacing {
				t.Fatalf("two of bucket %d within %v", first.bucket, window)
			}
		}
	}
}

func TestWhoWaitsAsLongAsToldIsGranted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		budget := storage.DefaultBudget()
		ledger := storage.Ledger{
			Debt: time.Duration(rapid.Int64Range(0, int64(40*time.Minute)).Draw(t, "debt")),
			AsOf: noon.Add(time.Duration(rapid.Int64Range(-int64(time.Hour), int64(time.Hour)).Draw(t, "as of"))),
			Last: map[int]time.Time{0: noon.Add(time.Duration(rapid.Int64Range(-int64(time.Minute), int64(time.Hour)).Draw(t, "last")))},
		}
		request := storage.IdentifyRequest{Remaining: 1000, Now: noon}
		ledger, answer := budget.Take(ledger, request)
		if answer.Wait > budget.Refill {
			t.Fatalf("told to wait %v, longer than one takes to come back", answer.Wait)
		}
		request.Now = request.Now.Add(answer.Wait)
		if answer.Wait == 0 {
			return
		}
		if _, again := budget.Take(ledger, request); again.Wait > 0 {
			t.Fatalf("waited %v as told and was put off again: %v %q", answer.Wait, again.Wait, again.Why)
		}
	})
}
