package discordsim_test

import (
	"compress/zlib"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/klauspost/compress/zstd"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

func TestWithoutMessageContentOnlyWhatConcernsTheBotShowsItsContent(t *testing.T) {
	club := openClub(t, unlimited())
	b := club.dial()
	b.hello()
	b.identify(club.Token(), allIntents&^(1<<15))
	b.ready()
	club.say("secret")
	if m := b.event("MESSAGE_CREATE"); m["content"] != "" || m["id"] == "" {
		t.Errorf("a foreign message shows %q", m["content"])
	}
	club.say("hey <@" + club.Bot().ID.String() + ">")
	if m := b.event("MESSAGE_CREATE"); m["content"] == "" {
		t.Error("a message that mentions the bot is empty")
	}
	if _, err := club.SayDM(club.ada(), "psst"); err != nil {
		t.Fatal(err)
	}
	if m := b.event("MESSAGE_CREATE"); m["content"] != "psst" || m["channel_type"] != 1.0 || m["guild_id"] != nil {
		t.Errorf("the DM is %v", m)
	}
	club.call("POST", club.messagesPath(), `{"content":"mine"}`)
	if m := b.event("MESSAGE_CREATE"); m["content"] != "mine" {
		t.Errorf("the bot's own message shows %q", m["content"])
	}
}

func TestEventsComeOnlyWithTheirIntents(t *testing.T) {
	club := openClub(t, unlimited())
	b := club.dial()
	b.hello()
	b.identify(club.Token(), uint64(discordsim.IntentDirectMessages))
	b.event("READY")
	club.say("not for you")
	if err := club.Type(club.ada(), club.General.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := club.SayDM(club.ada(), "for you"); err != nil {
		t.Fatal(err)
	}
	if m := b.event("MESSAGE_CREATE"); m["content"] != "for you" {
		t.Errorf("got %v", m)
	}
}

func TestShardsGetTheirGuildsAndShardZeroTheDMs(t *testing.T) {
	club := openClub(t, unlimited())
	home := int(uint64(club.Guild.ID) >> 22 % 2)
	var shards [2]*bot
	for i := range shards {
		shards[i] = club.dial()
		shards[i].hello()
		shards[i].send(2, map[string]any{"token": club.Token(), "intents": allIntents, "shard": [2]int{i, 2}})
		shards[i].ready()
	}
	club.say("in the guild")
	if _, err := club.SayDM(club.ada(), "direct"); err != nil {
		t.Fatal(err)
	}
	if m := shards[home].event("MESSAGE_CREATE"); m["content"] != "in the guild" {
		t.Errorf("the guild's shard got %v", m["content"])
	}
	if m := shards[0].event("MESSAGE_CREATE"); m["content"] != "direct" {
		t.Errorf("shard 0 got %v", m["content"])
	}
}

func TestMentionsCarryTheMember(t *testing.T) {
	club := openClub(t, discordsim.Config{})
	b := club.connect()
	bo := club.Sim.Members(club.Guild.ID)[2]
	club.say(fmt.Sprintf("hi <@%d> and <@!%d> and <@1>", bo.User.ID, bo.User.ID))
	m := b.event("MESSAGE_CREATE")
	mentions := m["mentions"].([]any)
	if len(mentions) != 1 {
		t.Fatalf("mentions are %v, want one", mentions)
	}
	mentioned := mentions[0].(map[string]any)
	if mentioned["username"] != "bo" || mentioned["member"].(map[string]any)["nick"] != "Coach Bo" {
		t.Errorf("the mention is %v", mentioned)
	}
	author := m["member"].(map[string]any)
	if author["user"] != nil || author["joined_at"] == nil || m["guild_id"] != club.Guild.ID.String() {
		t.Errorf("the author's member is %v", author)
	}
}

func TestPeopleEditReplyAndDelete(t *testing.T) {
	club := openClub(t, discordsim.Config{})
	b := club.connect()
	m := club.say("frist")
	b.event("MESSAGE_CREATE")
	if _, err := club.Edit(club.ada(), m.ID, "first"); err != nil {
		t.Fatal(err)
	}
	if e := b.event("MESSAGE_UPDATE"); e["content"] != "first" || e["edited_timestamp"] == nil || e["member"] == nil {
		t.Errorf("the edit is %v", e)
	}
	if _, err := club.ReplyTo(club.ada(), m.ID, "second"); err != nil {
		t.Fatal(err)
	}
	if r := b.event("MESSAGE_CREATE"); r["type"] != 19.0 || r["referenced_message"].(map[string]any)["content"] != "first" {
		t.Errorf("the reply is %v", r)
	}
	if err := club.Delete(m.ID); err != nil {
		t.Fatal(err)
	}
	if d := b.event("MESSAGE_DELETE"); d["id"] != m.ID.String() || d["guild_id"] != club.Guild.ID.String() {
		t.Errorf("the deletion is %v", d)
	}
}

func TestChangesOfTheWorldAreTold(t *testing.T) {
	club := openClub(t, discordsim.Config{})
	b := club.connect()
	fay := club.AddPerson("Fay")
	club.AddMember(club.Guild.ID, fay.ID, "")
	if m := b.event("GUILD_MEMBER_ADD"); m["user"].(map[string]any)["username"] != "fay" {
		t.Errorf("the newcomer is %v", m)
	}
	role := club.AddRole(club.Guild.ID, "Keeper", 0)
	b.event("GUILD_ROLE_CREATE")
	club.SetMember(club.Guild.ID, fay.ID, "Fay the Keeper", role.ID)
	if m := b.event("GUILD_MEMBER_UPDATE"); m["nick"] != "Fay the Keeper" || len(m["roles"].([]any)) != 1 {
		t.Errorf("the changed member is %v", m)
	}
	club.RemoveMember(club.Guild.ID, fay.ID)
	b.event("GUILD_MEMBER_REMOVE")
	club.AddChannel(club.Guild.ID, "away-games")
	b.event("CHANNEL_CREATE")
	club.SetUnavailable(club.Guild.ID, true)
	if d := b.event("GUILD_DELETE"); d["unavailable"] != true {
		t.Errorf("the outage is %v", d)
	}
	club.SetUnavailable(club.Guild.ID, false)
	b.event("GUILD_CREATE")
	club.AddGuild("Another", fay.ID)
	b.event("GUILD_CREATE")
}

func TestPresenceIsWhatTheBotSaidLastAndOfflineAfterItsSession(t *testing.T) {
	club := openClub(t, discordsim.Config{})
	b := club.dial()
	b.hello()
	activity := []map[string]any{{"name": "commands | !help", "type": 2}}
	b.send(2, map[string]any{"token": club.Token(), "intents": 0, "presence": map[string]any{"status": "online", "activities": activity}})
	b.event("READY")
	if p := club.Presence(); p.Status != "online" || len(p.Activities) != 1 || p.Activities[0].Name != "commands | !help" {
		t.Errorf("the presence is %+v", p)
	}
	b.send(3, map[string]any{"since": nil, "activities": activity, "status": "invisible", "afk": false})
	if err := club.Await(club.ctx(), func(c discordsim.Counters) bool { return c.PresenceUpdates == 1 }); err != nil {
		t.Fatal(err)
	}
	if p := club.Presence(); p.Status != "invisible" {
		t.Errorf("the status is %q, want invisible", p.Status)
	}
	b.closeWith(1000)
	if err := club.AwaitDisconnected(club.ctx()); err != nil {
		t.Fatal(err)
	}
	if p := club.Presence(); p.Status != "offline" {
		t.Errorf("after the session the status is %q, want offline", p.Status)
	}
}

func TestMembersAreAskedForByNameIdAndAllTogether(t *testing.T) {
	club := openClub(t, discordsim.Config{})
	b := club.connect()
	count := func(d map[string]any) int {
		b.send(8, d)
		return len(b.event("GUILD_MEMBERS_CHUNK")["members"].([]any))
	}
	guild := club.Guild.ID.String()
	if got := count(map[string]any{"guild_id": guild, "query": "", "limit": 0}); got != 9 {
		t.Errorf("the whole list has %d members, want 9", got)
	}
	if got := count(map[string]any{"guild_id": guild, "query": "cl", "limit": 10}); got != 1 {
		t.Errorf("%d members begin with cl, want 1", got)
	}
	b.send(8, map[string]any{"guild_id": guild, "user_ids": []string{club.ada().String(), "5"}, "nonce": "n"})
	chunk := b.event("GUILD_MEMBERS_CHUNK")
	if len(chunk["members"].([]any)) != 1 || len(chunk["not_found"].([]any)) != 1 || chunk["nonce"] != "n" {
		t.Errorf("the chunk by id is %v", chunk)
	}
	b.send(8, map[string]any{"guild_id": guild, "query": "", "limit": 0})
	if limited := b.event("RATE_LIMITED"); limited["opcode"] != 8.0 || limited["retry_after"].(float64) <= 0 {
		t.Errorf("the second whole list is answered with %v", limited)
	}
}

func TestTransportCompressionIsSpokenWhenAskedFor(t *testing.T) {
	for name, open := range map[string]func(io.Reader) (io.Reader, error){
		"zlib-stream": func(r io.Reader) (io.Reader, error) { return zlib.NewReader(r) },
		"zstd-stream": func(r io.Reader) (io.Reader, error) {
			d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1))
			if err == nil {
				t.Cleanup(d.Close)
			}
			return d, err
		},
	} {
		t.Run(name, func(t *testing.T) {
			club := openClub(t, discordsim.Config{})
			b := club.dialURL(club.GatewayURL() + params + "&compress=" + name)
			b.ws.SetReadDeadline(time.Now().Add(patience))
			stream, err := open(&binaryFrames{ws: b.ws})
			if err != nil {
				t.Fatal(err)
			}
			decoder := json.NewDecoder(stream)
			var hello, ready payload
			if err := decoder.Decode(&hello); err != nil || hello.Op != 10 {
				t.Fatalf("got %+v and %v, want Hello", hello, err)
			}
			b.identify(club.Token(), 1)
			if err := decoder.Decode(&ready); err != nil || ready.T != "READY" {
				t.Fatalf("got %+v and %v, want READY", ready, err)
			}
		})
	}
}

// binaryFrames reads the stream inside the binary frames of a connection.
type binaryFrames struct {
	ws   *websocket.Conn
	rest []byte
}

func (f *binaryFrames) Read(into []byte) (int, error) {
	if len(f.rest) == 0 {
		kind, data, err := f.ws.ReadMessage()
		if err != nil {
			return 0, err
		}
		if kind != websocket.BinaryMessage {
			return 0, errors.New("a frame is not binary")
		}
		f.rest = data
	}
	n := copy(into, f.rest)
	f.rest = f.rest[n:]
	return n, nil
}
