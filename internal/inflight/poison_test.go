package inflight_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/steadfast-bot/steadfast/internal/inflight"
)

// death is one row of a story: how a worker died, and what was in flight.
type death struct {
	cause    inflight.Cause
	inFlight string // keys, by blanks
	named    string
	more     int // unrecorded
}

// judges runs a story from the beginning, and gives its end and the last verdict.
func judges(h inflight.History, story ...death) (inflight.History, inflight.Verdict) {
	var verdict inflight.Verdict
	for _, d := range story {
		next := inflight.Death{Run: h.Judged + 1, Cause: d.cause, Named: strings.Fields(d.named), Unrecorded: d.more}
		for _, key := range strings.Fields(d.inFlight) {
			next.InFlight = append(next.InFlight, inflight.Item{Key: key, Kind: inflight.GatewayEvent})
		}
		h, verdict = inflight.Judge(h, next)
	}
	return h, verdict
}

func runOrder(h inflight.History) string {
	var keys []string
	for _, r := range h.Suspects() {
		keys = append(keys, r.Key)
	}
	return strings.Join(keys, " ")
}

func quarantine(h inflight.History) string {
	var keys []string
	for _, r := range h.Records {
		if h.Of(r.Key) == inflight.Quarantined {
			keys = append(keys, r.Key)
		}
	}
	return strings.Join(keys, " ")
}

const (
	panicked = inflight.Panicked
	signal   = inflight.FatalSignal
	oom      = inflight.OutOfMemory
	stalled  = inflight.Stalled
	killedBy = inflight.Killed
	stopped  = inflight.Stopped
	exited   = inflight.Exited
	unseen   = inflight.Unseen
)

func TestWhoIsSuspectedAndWhoIsNotRunAgain(t *testing.T) {
	for _, c := range []struct {
		name        string
		story       []death
		suspects    string // in the order of running
		quarantined string
		accused     string // by the last death
	}{
		{name: "nothing happened"},
		{name: "nobody was in flight", story: []death{{cause: panicked}}},
		{"a panic accuses all", []death{{cause: panicked, inFlight: "b a c"}}, "b a c", "", "b a c"},
		{"a fatal signal accuses all", []death{{cause: signal, inFlight: "a b"}}, "a b", "", "a b"},
		{"want of memory accuses all", []death{{cause: oom, inFlight: "a b"}}, "a b", "", "a b"},
		{"kill -9 accuses nobody", []death{{cause: killedBy, inFlight: "a b"}}, "", "", ""},
		{"a stop accuses nobody", []death{{cause: stopped, inFlight: "a b"}}, "", "", ""},
		{"an exit code accuses nobody", []death{{cause: exited, inFlight: "a b"}}, "", "", ""},
		{"a stall accuses whom it names", []death{{cause: stalled, inFlight: "a b c", named: "b"}}, "b", "", "b"},
		{"a stall without a name accuses nobody", []death{{cause: stalled, inFlight: "a"}}, "", "", ""},
		{"a stall names one that is gone", []death{{cause: stalled, inFlight: "a", named: "b"}}, "", "", ""},

		{"alone once is not enough", []death{{cause: panicked, inFlight: "a"}}, "a", "", "a"},
		{"alone at the second", []death{{cause: panicked, inFlight: "a b"}, {cause: panicked, inFlight: "b"}}, "a", "b", ""},
		{"alone at both, of different kinds", []death{{cause: oom, inFlight: "a"}, {cause: signal, inFlight: "a"}}, "", "a", ""},
		{"never alone", []death{{cause: panicked, inFlight: "a b"}, {cause: panicked, inFlight: "a b"}, {cause: panicked, inFlight: "b c"}},
			"c a b", "", "b c"},
		{"not known to be alone", []death{{cause: panicked, inFlight: "a"}, {cause: panicked, inFlight: "a", more: 1}}, "a", "", "a"},
		{"the same twice is alone", []death{{cause: panicked, inFlight: "a"}, {cause: panicked, inFlight: "a a"}}, "", "a", ""},
		{"harmless deaths between forgive nothing", []death{{cause: panicked, inFlight: "a"}, {cause: killedBy, inFlight: "a"},
			{cause: stopped}, {cause: panicked, inFlight: "a"}}, "", "a", ""},
		{"another's death between forgives nothing", []death{{cause: panicked, inFlight: "a"}, {cause: panicked, inFlight: "b"},
			{cause: panicked, inFlight: "a"}}, "b", "a", ""},
		{"a stall twice", []death{{cause: stalled, inFlight: "a b", named: "a"}, {cause: stalled, inFlight: "a", named: "a"}}, "", "a", ""},
		{"a stall with others in flight", []death{{cause: stalled, inFlight: "a b", named: "a"}, {cause: stalled, inFlight: "a b", named: "a"}},
			"a", "", "a"},

		{"an unseen death makes suspects", []death{{cause: unseen, inFlight: "a b"}}, "a b", "", "a b"},
		{"alone at two unseen", []death{{cause: unseen, inFlight: "a"}, {cause: unseen, inFlight: "a"}}, "a", "", "a"},
		{"alone at three unseen", []death{{cause: unseen, inFlight: "a"}, {cause: unseen, inFlight: "a"}, {cause: unseen, inFlight: "a"}}, "", "a", ""},
		{"the first with others does not count", []death{{cause: unseen, inFlight: "a b"}, {cause: unseen, inFlight: "a"}, {cause: unseen, inFlight: "a"}},
			"b a", "", "a"},
		{"unseen, not in a row", []death{{cause: unseen, inFlight: "a"}, {cause: unseen, inFlight: "a"}, {cause: killedBy, inFlight: "a"},
			{cause: unseen, inFlight: "a"}, {cause: unseen, inFlight: "a"}}, "a", "", "a"},
		{"with company between", []death{{cause: unseen, inFlight: "a"}, {cause: unseen, inFlight: "a"}, {cause: unseen, inFlight: "a b"},
			{cause: unseen, inFlight: "a"}, {cause: unseen, inFlight: "a"}}, "b a", "", "a"},
		{"a death without it between says nothing", []death{{cause: unseen, inFlight: "a"}, {cause: unseen, inFlight: "a"}, {cause: killedBy},
			{cause: unseen, inFlight: "a"}}, "", "a", ""},
		{"an unseen death accuses nobody", []death{{cause: unseen, inFlight: "a"}, {cause: panicked, inFlight: "a"}}, "a", "", "a"},

		{"the least burdened are run first", []death{{cause: panicked, inFlight: "a b c"}, {cause: panicked, inFlight: "a c"}, {cause: unseen, inFlight: "b"}},
			"b a c", "", "b"},
		{"who is in quarantine stays there", []death{{cause: panicked, inFlight: "a"}, {cause: panicked, inFlight: "a"}, {cause: unseen, inFlight: "a b"}},
			"b", "a", "b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, verdict := judges(inflight.History{}, c.story...)
			if got := runOrder(h); got != c.suspects {
				t.Errorf("one at a time: %q, want %q", got, c.suspects)
			}
			if got := quarantine(h); got != c.quarantined {
				t.Errorf("in quarantine: %q, want %q", got, c.quarantined)
			}
			if got := strings.Join(verdict.Accused, " "); got != c.accused {
				t.Errorf("accused by the last death: %q, want %q", got, c.accused)
			}
		})
	}
}

func TestTheVerdictNamesWhoIsQuarantinedOnce(t *testing.T) {
	h, verdict := judges(inflight.History{}, death{cause: panicked, inFlight: "a"}, death{cause: panicked, inFlight: "a"})
	if !slices.Equal(verdict.Quarantined, []string{"a"}) {
		t.Errorf("quarantined: %q", verdict.Quarantined)
	}
	if _, verdict = judges(h, death{cause: panicked, inFlight: "a"}); len(verdict.Quarantined) != 0 {
		t.Errorf("quarantined again: %q", verdict.Quarantined)
	}
}

func TestADeathIsJudgedOnce(t *testing.T) {
	d := inflight.Death{Run: 3, Cause: panicked, InFlight: []inflight.Item{{Key: "a"}}}
	once, _ := inflight.Judge(inflight.History{Judged: 2}, d)
	twice, verdict := inflight.Judge(once, d)
	if diff := cmp.Diff(once, twice); diff != "" || len(verdict.Accused) != 0 {
		t.Errorf("the second time (-once +twice):\n%s%v", diff, verdict)
	}
}

func TestJudgingChangesNoEarlierHistory(t *testing.T) {
	before, _ := judges(inflight.History{}, death{cause: unseen, inFlight: "a b"})
	want := slices.Clone(before.Records)
	judges(before, death{cause: panicked, inFlight: "a c"}, death{cause: panicked, inFlight: "a"})
	before.Without("a")
	if diff := cmp.Diff(want, before.Records); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
}

func TestWithoutRoomTheQuarantineAndTheLatestAreKept(t *testing.T) {
	h, _ := judges(inflight.History{}, death{cause: panicked, inFlight: "poison"}, death{cause: panicked, inFlight: "poison"},
		death{cause: panicked, inFlight: "old"})
	var crowd []string
	for i := range inflight.SlotCount {
		crowd = append(crowd, fmt.Sprint(i))
	}
	h, _ = judges(h, death{cause: panicked, inFlight: strings.Join(crowd, " ")})
	if len(h.Records) != inflight.SlotCount || h.Of("poison") != inflight.Quarantined || h.Of("old") != inflight.Clear || h.Of("5") != inflight.Suspect {
		t.Errorf("%d records, poison %v, old %v, 5 %v", len(h.Records), h.Of("poison"), h.Of("old"), h.Of("5"))
	}
}

func TestTheHistoryIsInheritedUntilItIsForgotten(t *testing.T) {
	dir := t.TempDir()
	want := inflight.History{Records: []inflight.Record{
		{Key: "a", Kind: inflight.OutboxRow, Accusations: 1, Unseen: 2, Run: 7},
		{Key: strings.Repeat("b", 64), Kind: inflight.Decode, Accusations: 2, Quarantined: true, Run: 1 << 40},
		{Key: "c", Accusations: 3},
	}}
	file := startsWith(t, opens(t, dir), inflight.Inheritance{History: want})
	file.Forget("nobody")
	if diff := cmp.Diff(want, opens(t, dir).History); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if file.Standing("a") != inflight.Suspect || file.Standing(strings.Repeat("b", 64)) != inflight.Quarantined || file.Standing("d") != inflight.Clear {
		t.Error("the file does not know how they stand")
	}
	file.Forget("a")
	file.Forget(strings.Repeat("b", 64))
	if file.Standing("a") != inflight.Clear {
		t.Error("it has forgotten nothing")
	}
	want.Records = want.Records[2:]
	for _, got := range []inflight.History{file.History(), opens(t, dir).History} {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestAFullHistoryFitsIntoTheFile(t *testing.T) {
	dir := t.TempDir()
	var h inflight.History
	for i := range 2 * inflight.SlotCount {
		h.Records = append(h.Records, inflight.Record{Key: fmt.Sprintf("%064d", i), Accusations: 1, Run: uint64(i)})
	}
	startsWith(t, opens(t, dir), inflight.Inheritance{History: h})
	if diff := cmp.Diff(h.Records[inflight.SlotCount:], opens(t, dir).History.Records); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestADeathIsJudgedFromWhatTheFileHolds(t *testing.T) {
	dir := t.TempDir()
	for run := range 2 {
		left := opens(t, dir)
		h, _ := inflight.Judge(left.History, left.Death(panicked))
		file := startsWith(t, left, inflight.Inheritance{History: h})
		poison := file.Enter(inflight.AcceptedRow, "poison", 0)
		if run == 0 {
			file.Enter(inflight.GatewayEvent, "innocent", 0)
		}
		_ = poison
	}
	left := opens(t, dir)
	h, verdict := inflight.Judge(left.History, left.Death(panicked))
	if !slices.Equal(verdict.Quarantined, []string{"poison"}) || runOrder(h) != "innocent" {
		t.Errorf("quarantined %q, suspected %q", verdict.Quarantined, runOrder(h))
	}
}
