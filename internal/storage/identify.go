package storage

import (
	"fmt"
	"maps"
	"time"
)

// Budget is how many IDENTIFYs we allow ourselves. Discord allows 1000 a day over all shards and resets the bot's
// token when they are spent, so we stay well below: a hand of some, given back one at a time, over all processes,
// and a reserve of Discord's own count that only a person may spend.
type Budget struct {
	// Spacing is the least time between two IDENTIFYs of one bucket (Discord: 5 s).
	Spacing time.Duration
	// Hand is how many can be taken at once after a long quiet time.
	Hand int
	// Refill is the time after which one comes back into the hand; 0 means that the hand is never empty.
	Refill time.Duration
	// Reserve is how many of Discord's remaining count are never taken.
	Reserve int
}

// DefaultBudget takes at most 740 a day: a hand of 20 and one back every two minutes.
func DefaultBudget() Budget {
	return Budget{Spacing: 5 * time.Second, Hand: 20, Refill: 2 * time.Minute, Reserve: 50}
}

// IdentifyRequest asks for one IDENTIFY.
type IdentifyRequest struct {
	// Bucket is the shard's identify bucket: shard id modulo max_concurrency.
	Bucket int
	// Remaining and ResetAfter are what GET /gateway/bot said just before.
	Remaining  int
	ResetAfter time.Duration
	// Now is the wall-clock time.
	Now time.Time
}

// IdentifyAnswer grants an IDENTIFY (Wait is 0) or says when to ask again, and why.
type IdentifyAnswer struct {
	Wait time.Duration
	// Why is one sentence for people; empty when granted.
	Why string
}

// Ledger is what was taken, as far as it still matters. Its zero value has a full hand.
//
// The hand is kept as the time until it is full again, which needs no history: Debt at AsOf, shrinking with time.
type Ledger struct {
	Debt time.Duration
	AsOf time.Time
	// Last is when each bucket was taken from last.
	Last map[int]time.Time
}

// Take decides on a request and returns the ledger to keep, granted or not. It changes none of its arguments.
//
// Rows outlive processes and reboots, so times are wall-clock times, and wall clocks jump. Backwards: no time is taken
// to have passed, and what lies in the future is taken to have happened just now; nothing is forgotten and nothing
// waits for the old time to come round again. Forwards: it cannot be told from a long absence, so a jump refills the
// hand, once; then it is Discord's own count, asked before each IDENTIFY, that keeps the reserve.
func (b Budget) Take(ledger Ledger, request IdentifyRequest) (Ledger, IdentifyAnswer) {
	request.Now = request.Now.Round(0) // drops the monotonic reading, which the rows of another process do not have
	kept := ledger.at(request.Now)
	if answer := b.judge(kept, request); answer.Wait > 0 {
		return kept, answer
	}
	if b.Refill > 0 {
		kept.Debt += b.Refill
	}
	kept.Last[request.Bucket] = request.Now
	return kept, IdentifyAnswer{}
}

// judge names the longest of the waits that stand in the way, so that its caller asks as seldom as possible.
func (b Budget) judge(ledger Ledger, request IdentifyRequest) IdentifyAnswer {
	var longest IdentifyAnswer
	consider := func(wait time.Duration, why string, args ...any) {
		if wait > longest.Wait {
			longest = IdentifyAnswer{Wait: wait, Why: fmt.Sprintf(why, args...)}
		}
	}
	if last, taken := ledger.Last[request.Bucket]; taken {
		consider(b.Spacing-request.Now.Sub(last), "the last IDENTIFY of bucket %d was sent less than %v ago", request.Bucket, b.Spacing)
	}
	if b.Refill > 0 {
		consider(ledger.Debt+b.Refill-time.Duration(b.Hand)*b.Refill,
			"the %d IDENTIFYs in hand are spent, one comes back every %v", b.Hand, b.Refill)
	}
	if request.Remaining <= b.Reserve {
		// At least a minute, so that a server that says "none left, reset now" is not asked in a tight loop.
		consider(max(request.ResetAfter, time.Minute),
			"Discord has %d IDENTIFYs left for this bot and %d are kept in reserve", request.Remaining, b.Reserve)
	}
	return longest
}

// at brings a ledger forward to now.
func (l Ledger) at(now time.Time) Ledger {
	moved := Ledger{Debt: l.Debt, AsOf: now, Last: make(map[int]time.Time, len(l.Last)+1)}
	if passed := now.Sub(l.AsOf); passed > 0 {
		moved.Debt = max(0, l.Debt-passed)
	}
	maps.Copy(moved.Last, l.Last)
	for bucket, last := range moved.Last {
		if last.After(now) {
			moved.Last[bucket] = now
		}
	}
	return moved
}
