package inflight_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/steadfast-bot/steadfast/internal/inflight"
)

func TestASuccessorFindsWhatWasEnteredAndNotLeft(t *testing.T) {
	dir := t.TempDir()
	file := startsWith(t, opens(t, dir), inflight.Inheritance{Generation: 7})
	a := file.Enter(inflight.GatewayEvent, "a", inflight.Lane("channel 1"))
	b := file.Enter(inflight.OutboxRow, "row:2", 0)
	file.Enter(inflight.Timer, "timer:3", 0)
	b.Mark(inflight.Tried)
	b.Mark(inflight.Sent)
	a.Leave()
	file.Enter(inflight.Decode, "session:9", inflight.Lane("x")) // in a's slot

	found := opens(t, dir)
	if found.Run != 1 || found.Generation != 7 || found.Rebooted || found.Unrecorded != 0 {
		t.Errorf("found run %d of generation %d, rebooted %v, %d unrecorded", found.Run, found.Generation, found.Rebooted, found.Unrecorded)
	}
	for i := range found.InFlight {
		if age := found.InFlight[i].Age; age < 0 || age > 60e9 {
			t.Errorf("%s is %v old", found.InFlight[i].Key, age)
		}
		found.InFlight[i] = inflight.Item{
			Key: found.InFlight[i].Key, Kind: found.InFlight[i].Kind, Lane: found.InFlight[i].Lane, Marks: found.InFlight[i].Marks,
		}
	}
	want := []inflight.Item{
		{Key: "row:2", Kind: inflight.OutboxRow, Marks: inflight.Tried | inflight.Sent},
		{Key: "timer:3", Kind: inflight.Timer},
		{Key: "session:9", Kind: inflight.Decode, Lane: inflight.Lane("x")},
	}
	if !slices.Equal(found.InFlight, want) {
		t.Errorf("found %v, want %v", found.InFlight, want)
	}
}

func TestANewRunBeginsWithNothingInFlight(t *testing.T) {
	dir := t.TempDir()
	starts(t, opens(t, dir)).Enter(inflight.Timer, "a", 0)
	second := starts(t, opens(t, dir))
	if found := left(t, second); len(found.InFlight) != 0 || found.Run != 2 {
		t.Errorf("run %d begins with %v", found.Run, found.InFlight)
	}
	second.Enter(inflight.Timer, "b", 0)
	if got := keys(opens(t, dir).InFlight); !slices.Equal(got, []string{"b"}) {
		t.Errorf("found %q", got)
	}
}

func TestWhatHadNoSlotIsNotInheritedEither(t *testing.T) {
	dir := t.TempDir()
	file := starts(t, opens(t, dir))
	for range inflight.SlotCount + 1 {
		file.Enter(inflight.Timer, "a", 0)
	}
	found := opens(t, dir)
	if found.Unrecorded != 1 {
		t.Errorf("%d unrecorded", found.Unrecorded)
	}
	if next := left(t, starts(t, found)); next.Unrecorded != 0 || next.Overflows != 1 {
		t.Errorf("a new run begins with %d unrecorded, after %d overflows", next.Unrecorded, next.Overflows)
	}
}

func TestWhatWasNotTakenOverIsFoundAgain(t *testing.T) {
	dir := t.TempDir()
	starts(t, opens(t, dir)).Enter(inflight.Timer, "a", 0)
	opens(t, dir) // dies before Start
	if got := keys(opens(t, dir).InFlight); !slices.Equal(got, []string{"a"}) {
		t.Errorf("found %q", got)
	}
}

func TestLeavingTwiceDoesNotThrowOutTheNextOne(t *testing.T) {
	file := inflight.Memory()
	for range inflight.SlotCount - 1 {
		file.Enter(inflight.Timer, "other", 0)
	}
	first := file.Enter(inflight.Timer, "first", 0)
	copied := first
	first.Leave()
	second := file.Enter(inflight.Timer, "second", 0) // in the same slot: no other is free
	first.Leave()
	copied.Leave()
	if got := slices.Compact(keys(left(t, file).InFlight)); !slices.Equal(got, []string{"other", "second"}) {
		t.Errorf("in flight: %q", got)
	}
	second.Leave()
	var zero inflight.Slot
	zero.Mark(inflight.Sent)
	zero.Leave()
}

func TestALongKeyIsKnownByTheSameShortOne(t *testing.T) {
	long := strings.Repeat("k", 200)
	file := inflight.Memory()
	file.Enter(inflight.Timer, long, 0)
	file.Enter(inflight.Timer, long+"!", 0)
	file.Enter(inflight.Timer, strings.Repeat("k", 64), 0)
	found := left(t, file)
	if keys := slices.Compact(keys(found.InFlight)); len(keys) != 3 {
		t.Errorf("three keys became %q", keys)
	}
	history, _ := inflight.Judge(found.History, found.Death(inflight.Panicked))
	if history.Of(long) != inflight.Suspect || history.Of(long+"?") != inflight.Clear {
		t.Error("a long key is not known again")
	}
	if history.Without(long).Of(long) != inflight.Clear {
		t.Error("a long key cannot be forgotten")
	}
}

func TestWhenAllSlotsAreTakenTheOldOnesStayAndTheRestIsCounted(t *testing.T) {
	file := inflight.Memory()
	var slots []inflight.Slot
	for i := range inflight.SlotCount + 3 {
		slots = append(slots, file.Enter(inflight.Timer, fmt.Sprint(i), 0))
	}
	found := left(t, file)
	if len(found.InFlight) != inflight.SlotCount || found.Unrecorded != 3 || found.Overflows != 3 {
		t.Errorf("%d in flight, %d unrecorded, %d overflows", len(found.InFlight), found.Unrecorded, found.Overflows)
	}
	if !slices.ContainsFunc(found.InFlight, func(i inflight.Item) bool { return i.Key == "0" }) {
		t.Error("the oldest is gone")
	}
	for i := range slots {
		slots[i].Mark(inflight.Sent)
		slots[i].Leave()
		slots[i].Leave()
	}
	found = left(t, file)
	if len(found.InFlight) != 0 || found.Unrecorded != 0 || found.Overflows != 3 {
		t.Errorf("after all left: %d in flight, %d unrecorded, %d overflows", len(found.InFlight), found.Unrecorded, found.Overflows)
	}
	file.Enter(inflight.Timer, "again", 0)
	if got := keys(left(t, file).InFlight); !slices.Equal(got, []string{"again"}) {
		t.Errorf("in flight: %q", got)
	}
}

func TestASlotThatWasTornByLossOfPowerIsCountedNotBelieved(t *testing.T) {
	file := inflight.Memory()
	file.Enter(inflight.Timer, "a", 0)
	file.SpoilSlots()
	if found := left(t, file); len(found.InFlight) != 0 || found.Unrecorded != 1 {
		t.Errorf("found %v and %d unrecorded", found.InFlight, found.Unrecorded)
	}
}

func TestManyMayEnterAndLeaveAtOnce(t *testing.T) {
	const goroutines, rounds = 8, 3000
	file := inflight.Memory() // on the heap, where the race detector looks
	var all sync.WaitGroup
	for g := range goroutines {
		all.Go(func() {
			var held []inflight.Slot
			for i := range rounds {
				slot := file.Enter(inflight.Timer, fmt.Sprint(g, "/", i), uint64(g))
				slot.Mark(inflight.Tried)
				if held = append(held, slot); i%200 == 199 { // more than there are slots, at times
					for j := range held[:len(held)-1] {
						held[j].Leave()
					}
					held = held[len(held)-1:]
				}
			}
		})
	}
	all.Wait()
	found := left(t, file)
	if len(found.InFlight)+found.Unrecorded != goroutines { // a last one may have found no room
		t.Errorf("%d unrecorded and in flight %v, want one of each goroutine", found.Unrecorded, keys(found.InFlight))
	}
	for _, item := range found.InFlight {
		if item.Key != fmt.Sprint(item.Lane, "/", rounds-1) || item.Marks != inflight.Tried {
			t.Errorf("%s has lane %d and marks %b", item.Key, item.Lane, item.Marks)
		}
	}
}

func TestEnterAndLeaveAllocateNothing(t *testing.T) {
	file := starts(t, opens(t, t.TempDir()))
	key, lane := strings.Repeat("1", 19), inflight.Lane("2")
	if n := testing.AllocsPerRun(100, func() {
		slot := file.Enter(inflight.GatewayEvent, key, lane)
		slot.Mark(inflight.Tried)
		slot.Leave()
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestEveryKindHasAName(t *testing.T) {
	for kind := inflight.GatewayEvent; kind <= inflight.Decode; kind++ {
		if strings.HasPrefix(kind.String(), "kind") {
			t.Errorf("%v has none", kind)
		}
	}
	if got := inflight.Kind(99).String(); got != "kind 99" {
		t.Errorf("an unknown one is called %q", got)
	}
}
