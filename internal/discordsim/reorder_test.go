package discordsim_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

func TestReorderMixesChannelsAndKeepsEachChannelsOrder(t *testing.T) {
	cfg := unlimited()
	cfg.Seed = 7
	club := openClub(t, cfg)
	b := club.connect()
	club.SetFaults(discordsim.Faults{Reorder: 0.5})
	channels := []discordsim.ID{club.General.ID, club.Training.ID, club.Matchday.ID}
	var said []string
	for i := range 60 {
		text := fmt.Sprintf("%d", i)
		if _, err := club.Say(club.ada(), channels[i%3], text); err != nil {
			t.Fatal(err)
		}
		said = append(said, text)
	}
	var heard []string
	byChannel := map[string][]string{}
	for s := b.seq + 1; len(heard) < len(said); s++ {
		m := b.event("MESSAGE_CREATE")
		if b.seq != s {
			t.Fatalf("the sequence is %d, want %d", b.seq, s)
		}
		text := m["content"].(string)
		heard = append(heard, text)
		byChannel[m["channel_id"].(string)] = append(byChannel[m["channel_id"].(string)], text)
	}
	if slices.Equal(heard, said) {
		t.Error("everything came in order")
	}
	for i, id := range channels {
		var want []string
		for j := i; j < len(said); j += 3 {
			want = append(want, said[j])
		}
		if got := byChannel[id.String()]; !slices.Equal(got, want) {
			t.Errorf("channel %d came as %v", i, got)
		}
	}
	if club.Counters().Reordered == 0 {
		t.Error("nothing is counted")
	}
}

func TestAHeldEventComesWithoutOthersToo(t *testing.T) {
	club := openClub(t, unlimited())
	b := club.connect()
	club.SetFaults(discordsim.Faults{Reorder: 1})
	club.say("alone")
	if m := b.event("MESSAGE_CREATE"); m["content"] != "alone" {
		t.Errorf("got %v", m)
	}
}

func TestHeldEventsAreReplayedAfterADrop(t *testing.T) {
	club := openClub(t, unlimited())
	b := club.connect()
	club.SetFaults(discordsim.Faults{Reorder: 1})
	club.say("held")
	club.Inject(discordsim.Fault{Kind: discordsim.Drop})
	club.SetFaults(discordsim.Faults{})
	again := club.resumeOf(b)
	if m := again.event("MESSAGE_CREATE"); m["content"] != "held" {
		t.Errorf("got %v", m)
	}
	again.event("RESUMED")
}

func TestAnEventIsFollowedFromTheSessionToItsMessage(t *testing.T) {
	club := openClub(t, unlimited())
	b := club.connect()
	sub := club.Subscribe()
	defer sub.Close()
	m := club.say("follow me")
	b.event("MESSAGE_CREATE")
	record, err := sub.Next(club.ctx())
	if err != nil {
		t.Fatal(err)
	}
	want := discordsim.Dispatched{Session: b.session, Seq: b.seq, Event: "MESSAGE_CREATE", About: m.ID}
	if record.What != want {
		t.Errorf("got %+v, want %+v", record.What, want)
	}
}
