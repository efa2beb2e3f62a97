package gateway_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"

	arikawa "github.com/diamondburned/arikawa/v3/gateway"
	"github.com/steadfast-bot/steadfast/internal/gateway"
)

func TestOnlyWhatSomebodyHandlesIsDecoded(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.connected()
		p.dispatch(2, "TYPING_START", `{"user_id":12}`) // arikawa would refuse it
		p.dispatch(3, "MESSAGE_CREATE", `{"id":"77","content":"!ping"}`)
		synctest.Wait()
		got := r.sink.delivered()
		if len(got) != 1 || got[0].Sequence != 3 || got[0].Type != "MESSAGE_CREATE" || got[0].Session != "s1" ||
			got[0].Err != nil || got[0].Raw != nil || got[0].Replayed || got[0].Received.IsZero() {
			t.Fatalf("delivered %+v", got)
		}
		if m, ok := got[0].Event.(*arikawa.MessageCreateEvent); !ok || m.ID != 77 || m.Content != "!ping" {
			t.Errorf("event %#v", got[0].Event)
		}
		if seen := r.sink.sequences(); len(seen) != 3 || seen[1] != 2 {
			t.Errorf("sequences %v", seen)
		}
	})
}

func TestREADYAndRESUMEDAreDeliveredToWhoWantsThem(t *testing.T) {
	bubble(t, func(r *rig) {
		r.sink.wants = func(string) bool { return true }
		p := r.connected()
		p.closes(0)
		p = r.server.accept().hello(interval)
		p.expect(6)
		p.dispatch(2, "RESUMED", `{}`)
		r.settles(gateway.Ready)
		got := r.sink.delivered()
		if len(got) != 2 || got[0].Type != "READY" || got[1].Type != "RESUMED" {
			t.Fatalf("delivered %+v", got)
		}
		if _, ok := got[0].Event.(*arikawa.ReadyEvent); !ok {
			t.Errorf("READY is %#v", got[0].Event)
		}
	})
}

func TestWhatCannotBeDecodedIsDeliveredRawAndTheSequenceGoesOn(t *testing.T) {
	bubble(t, func(r *rig) {
		r.sink.wants = func(string) bool { return true }
		p := r.connected()
		p.dispatch(2, "SOME_FUTURE_EVENT", `{"x":1}`)
		p.dispatch(3, "MESSAGE_CREATE", `{"id":"not a number"}`)
		p.dispatch(4, "MESSAGE_CREATE", `{"id":"4"}`)
		synctest.Wait()
		got := r.sink.delivered()[1:]
		for i, raw := range []string{`{"x":1}`, `{"id":"not a number"}`} {
			if got[i].Err == nil || got[i].Event != nil || string(got[i].Raw) != raw {
				t.Errorf("delivered %+v", got[i])
			}
		}
		if got[2].Err != nil || got[2].Event == nil {
			t.Errorf("delivered %+v", got[2])
		}
		if s := r.link.Status(); s.Sequence != 4 || s.Undecoded != 2 {
			t.Errorf("status %+v", s)
		}
	})
}

func TestARawCopyIsItsOwn(t *testing.T) {
	bubble(t, func(r *rig) {
		r.config.KeepRaw = true
		p := r.connected()
		first := `{"id":"1","content":"` + strings.Repeat("a", 1000) + `"}`
		p.dispatch(2, "MESSAGE_CREATE", first)
		for sequence := int64(3); sequence < 10; sequence++ {
			p.dispatch(sequence, "MESSAGE_CREATE", `{"id":"2","content":"`+strings.Repeat("b", 1000)+`"}`)
		}
		synctest.Wait()
		got := r.sink.delivered()[0]
		if string(got.Raw) != first || got.Event.(*arikawa.MessageCreateEvent).Content != strings.Repeat("a", 1000) || got.Type != "MESSAGE_CREATE" {
			t.Error("the next messages overwrote an event")
		}
	})
}

func TestRubbishFromDiscordIsSurvived(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.connected()
		for _, rubbish := range []string{
			``, `null`, `[]`, `{}`, `{"op":0}`, `{"op":null}`, `{"op":"0"}`, `{"op":0,"t":"MESSAGE_CREATE","s":2`, `{"op":99,"d":{}}`,
			`{"op":0,"t":"MESSAGE_CREATE","s":null,"d":{}}`, `{"op":0,"t":null,"s":null,"d":null}`, `{"op":11,"d":7}`,
			`{"op":10,"d":{"heartbeat_interval":1}}`, // a second Hello
			"\x00\xff", strings.Repeat("[", 100000),
		} {
			p.send(rubbish)
		}
		p.dispatch(2, "MESSAGE_CREATE", `{"id":"1"}`)
		synctest.Wait()
		s := r.link.Status()
		if s.State != gateway.Ready || s.Sequence != 2 || s.Attempts != 1 || s.Interval != interval {
			t.Errorf("status %+v", s)
		}
	})
}

func TestAHelloOrREADYWithoutSubstanceLeadsToAnotherAttempt(t *testing.T) {
	bubble(t, func(r *rig) {
		r.start()
		for _, hello := range []string{`{"op":10,"d":{}}`, `{"op":10,"d":null}`, `{"op":10,"d":{"heartbeat_interval":"x"}}`, `{"op":10,"d":{"heartbeat_interval":-5}}`} {
			p := r.server.accept()
			p.send(hello)
			p.left()
		}
		for _, ready := range []string{`{}`, `null`, `{"session_id":7}`} {
			p := r.server.accept().hello(interval)
			p.expect(2)
			p.dispatch(1, "READY", ready)
			p.left()
		}
		p := r.server.accept().hello(interval)
		p.expect(2)
		// Fields that matter to nobody may be of any shape.
		p.dispatch(1, "READY", `{"session_id":"s1","user":7,"guilds":"odd","v":"ten","application":{"id":7}}`)
		r.settles(gateway.Ready)
	})
}

// payloads are all sample payloads of reference/payloads, and the types they could be events of.
func payloads(t *testing.T) map[string][]byte {
	t.Helper()
	found := map[string][]byte{}
	err := filepath.WalkDir("testdata/payloads", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".json" {
			return err
		}
		found[path], err = os.ReadFile(path)
		return err
	})
	if err != nil || len(found) < 200 {
		t.Fatalf("%d payloads, %v", len(found), err)
	}
	return found
}

func TestEverySamplePayloadIsSurvivedAsEveryLikelyEvent(t *testing.T) {
	bubble(t, func(r *rig) {
		r.sink.wants = func(string) bool { return true }
		p := r.connected()
		sequence := int64(1)
		send := func(kind string, data []byte) {
			sequence++
			p.dispatch(sequence, kind, string(data))
		}
		for _, b := range payloads(t) {
			var envelope struct {
				Op *int
				T  string
				D  json.RawMessage
			}
			if json.Unmarshal(b, &envelope) == nil && envelope.Op != nil && *envelope.Op == 0 && envelope.T != "READY" && envelope.T != "RESUMED" {
				send(envelope.T, envelope.D)
			}
			for _, kind := range []string{
				"MESSAGE_CREATE", "INTERACTION_CREATE", "GUILD_CREATE", "CHANNEL_CREATE", "PRESENCE_UPDATE", "GUILD_MEMBER_ADD", "TYPING_START", "UNHEARD_OF",
			} {
				send(kind, b)
			}
		}
		synctest.Wait()
		s := r.link.Status()
		if s.State != gateway.Ready || s.Attempts != 1 || s.Sequence != sequence || s.Duplicates != 0 {
			t.Errorf("after %d events: %+v", sequence, s)
		}
		got := r.sink.delivered()
		if len(got) != int(sequence) {
			t.Fatalf("%d of %d events delivered", len(got), sequence)
		}
		for i, d := range got {
			if d.Sequence != int64(i)+1 || (d.Event == nil) == (d.Err == nil) || (d.Err != nil) != (d.Raw != nil) {
				t.Fatalf("delivered %+v", d)
			}
		}
	})
}

func TestHandmadeEventsWithArikawaTypesAreDecoded(t *testing.T) {
	bubble(t, func(r *rig) {
		r.sink.wants = func(string) bool { return true }
		p := r.connected()
		want := map[string]reflect.Type{
			"message_create_guild": reflect.TypeFor[*arikawa.MessageCreateEvent](),
			"message_create_dm":    reflect.TypeFor[*arikawa.MessageCreateEvent](),
			"message_create_reply": reflect.TypeFor[*arikawa.MessageCreateEvent](),
			"message_update":       reflect.TypeFor[*arikawa.MessageUpdateEvent](),
			"interaction_slash":    reflect.TypeFor[*arikawa.InteractionCreateEvent](),
			"interaction_slash_dm": reflect.TypeFor[*arikawa.InteractionCreateEvent](),
			"interaction_button":   reflect.TypeFor[*arikawa.InteractionCreateEvent](),
			"guild_create":         reflect.TypeFor[*arikawa.GuildCreateEvent](),
			"guild_members_chunk":  reflect.TypeFor[*arikawa.GuildMembersChunkEvent](),
		}
		samples, sequence := payloads(t), int64(1)
		for name, kind := range want {
			var envelope struct {
				T string
				D json.RawMessage
			}
			if err := json.Unmarshal(samples["testdata/payloads/handmade/"+name+".json"], &envelope); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			sequence++
			p.dispatch(sequence, envelope.T, string(envelope.D))
			synctest.Wait()
			got := r.sink.delivered()
			if d := got[len(got)-1]; d.Sequence != sequence || reflect.TypeOf(d.Event) != kind {
				t.Errorf("%s: %T %v", name, d.Event, d.Err)
			}
		}
	})
}
