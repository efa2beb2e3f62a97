package discordsim_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

func TestASubscriptionHasEverythingInOrder(t *testing.T) {
	club := openClub(t, unlimited())
	sub := club.Subscribe()
	b := club.connect()
	b.send(1, b.seq)
	b.op(11)
	m := club.say("hello")
	b.event("MESSAGE_CREATE")
	club.call("POST", club.messagesPath(), `{"content":"hi"}`)
	b.event("MESSAGE_CREATE")
	b.closeWith(1000)
	if err := club.AwaitDisconnected(club.ctx()); err != nil {
		t.Fatal(err)
	}
	sub.Close()
	var got []string
	for n := uint64(1); ; n++ {
		record, err := sub.Next(club.ctx())
		if errors.Is(err, discordsim.ErrClosed) {
			break
		}
		if err != nil || record.Number != n {
			t.Fatalf("record %d has number %d and %v", n, record.Number, err)
		}
		got = append(got, fmt.Sprintf("%T", record.What))
		if said, is := record.What.(discordsim.MessageSent); is && len(got) == 5 && said.Message.ID != m.ID {
			t.Errorf("the message is %+v", said)
		}
	}
	want := []string{
		"discordsim.Connected", "discordsim.Identified", "discordsim.HeartbeatReceived", "discordsim.Dispatched",
		"discordsim.MessageSent", "discordsim.Dispatched", "discordsim.MessageSent", "discordsim.Requested", "discordsim.Disconnected", "discordsim.SessionEnded",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAwaitingEndsWithItsContext(t *testing.T) {
	club := openClub(t, discordsim.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	never := func(discordsim.Message) bool { return false }
	_, noMessage := club.AwaitMessage(ctx, club.General.ID, never)
	for what, err := range map[string]error{
		"connected": club.AwaitConnected(ctx), "resume": club.AwaitResume(ctx, 1), "identify": club.AwaitIdentify(ctx, 1), "message": noMessage,
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("awaiting %s ended with %v", what, err)
		}
	}
}

func TestAwaitMessageFindsPastFutureAndEditedMessages(t *testing.T) {
	club := openClub(t, discordsim.Config{})
	first := club.say("past")
	if m, err := club.AwaitMessage(club.ctx(), club.General.ID, discordsim.Containing("past")); err != nil || m.ID != first.ID {
		t.Errorf("found %+v and %v", m, err)
	}
	found := make(chan discordsim.Message, 2)
	for _, text := range []string{"future", "edited"} {
		go func() {
			m, err := club.AwaitMessage(club.ctx(), club.General.ID, discordsim.Containing(text))
			if err != nil {
				t.Error(err)
			}
			found <- m
		}()
	}
	second := club.say("in the future")
	if _, err := club.Edit(club.ada(), first.ID, "now edited"); err != nil {
		t.Fatal(err)
	}
	got := map[discordsim.ID]bool{(<-found).ID: true, (<-found).ID: true}
	if !got[first.ID] || !got[second.ID] {
		t.Errorf("found %v", got)
	}
}

func TestAwaitDeliveredWaitsForTheLastEvent(t *testing.T) {
	club := openClub(t, discordsim.Config{})
	b := club.connect()
	for range 1000 {
		club.Broadcast("PRESENCE_UPDATE", []byte(`{}`))
	}
	if err := club.AwaitDelivered(club.ctx()); err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		b.event("PRESENCE_UPDATE")
	}
}

func TestIDsRiseAndTellTheirTime(t *testing.T) {
	club := openClub(t, discordsim.Config{})
	last := club.say("first")
	for range 100 {
		next := club.say("next")
		if next.ID <= last.ID {
			t.Fatalf("%s comes after %s", next.ID, last.ID)
		}
		last = next
	}
	if age := last.Timestamp.Sub(last.ID.Time()); age < 0 || age > patience {
		t.Errorf("the ID's time is %v off", age)
	}
}

func TestAWorldBuiltWithUnknownIDsPanics(t *testing.T) {
	sim := discordsim.New(discordsim.Config{})
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	sim.AddChannel(5, "nowhere")
}

func TestServingTwiceAtOnceIsRefused(t *testing.T) {
	club := openClub(t, discordsim.Config{})
	if err := club.Serve(t.Context(), nilListener{}); err == nil {
		t.Error("no error")
	}
}
