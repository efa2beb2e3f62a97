package discordsim_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

func TestASessionBeginsWithHelloThenReadyThenItsGuilds(t *testing.T) {
	club := openClub(t, discordsim.Config{})
	b := club.dial()
	hello := b.op(10)
	if got := object(t, hello.D)["heartbeat_interval"]; got != 41250.0 {
		t.Errorf("Hello asks for an interval of %v, want 41250", got)
	}
	b.identify(club.Token(), allIntents)
	ready := b.event("READY")
	if ready["v"] != 10.0 || ready["session_id"] == "" || !strings.HasSuffix(ready["resume_gateway_url"].(string), "/resume") {
		t.Errorf("READY is %v", ready)
	}
	if b.seq != 1 {
		t.Errorf("READY has sequence %d, want 1", b.seq)
	}
	guild := b.event("GUILD_CREATE")
	if guild["id"] != club.Guild.ID.String() || len(guild["channels"].([]any)) != 6 || guild["member_count"] != 9.0 {
		t.Errorf("GUILD_CREATE is %v", guild)
	}
}

func TestBothVersionsAndBothTokenFormsAreAccepted(t *testing.T) {
	club := openClub(t, unlimited())
	for _, prefix := range []string{"", "Bot "} {
		for _, query := range []string{"?v=9&encoding=json", "?v=10&encoding=json", "?encoding=json&v=9"} {
			b := club.dialURL(club.GatewayURL() + query)
			b.hello()
			b.identify(prefix+club.Token(), 0)
			b.event("READY")
		}
	}
}

func TestGatewayURLsWorkWithAndWithoutATrailingSlash(t *testing.T) {
	club := openClub(t, discordsim.Config{})
	base := strings.TrimSuffix(club.GatewayURL(), "/")
	for _, url := range []string{base + params, base + "/" + params, base + "/resume" + params, base + "/resume/" + params} {
		club.dialURL(url).hello()
	}
	dials := club.Counters().Dials
	if dials[discordsim.DialledMain] != 2 || dials[discordsim.DialledResume] != 2 {
		t.Errorf("dials were counted as %v, want two of each", dials)
	}
}

func TestHeartbeatsAreAcknowledgedWithAnySequence(t *testing.T) {
	club := openClub(t, discordsim.Config{})
	b := club.dial()
	b.hello()
	for _, d := range []any{nil, 0, 17} {
		b.send(1, d)
		if ack := b.op(11); string(ack.D) != "null" {
			t.Errorf("the ACK's d is %s, want null", ack.D)
		}
	}
	club.Inject(discordsim.Fault{Kind: discordsim.AskHeartbeat})
	if asked := b.op(1); string(asked.D) != "null" {
		t.Errorf("the asking op 1 has d %s, want null", asked.D)
	}
}

func TestAResumeReplaysWhatWasMissedInOrderAndThenSaysResumed(t *testing.T) {
	club := openClub(t, discordsim.Config{})
	b := club.connect()
	club.say("before")
	b.event("MESSAGE_CREATE")
	b.drop()
	if err := club.AwaitDisconnected(club.ctx()); err != nil {
		t.Fatal(err)
	}
	club.say("one")
	club.say("two")

	again := club.resumeOf(b)
	for i, text := range []string{"one", "two"} {
		if m := again.event("MESSAGE_CREATE"); m["content"] != text {
			t.Errorf("replayed %v, want %q", m["content"], text)
		}
		if again.seq != b.seq+uint64(i)+1 {
			t.Errorf("%q has sequence %d, want its original %d", text, again.seq, b.seq+uint64(i)+1)
		}
	}
	again.event("RESUMED")
	club.say("after")
	again.event("MESSAGE_CREATE")
	counters := club.Counters()
	if counters.Resumes != 1 || counters.Replayed != 2 || counters.Identifies != 1 || counters.Dials[discordsim.DialledResume] != 1 {
		t.Errorf("counters are %+v", counters)
	}
}

func TestAResumeFromAnOlderSequenceReplaysMore(t *testing.T) {
	club := openClub(t, discordsim.Config{})
	b := club.connect()
	low := b.seq
	for _, text := range []string{"1", "2", "3"} {
		club.say(text)
		b.event("MESSAGE_CREATE")
	}
	b.drop()
	b.seq = low
	again := club.resumeOf(b)
	for _, text := range []string{"1", "2", "3"} {
		if m := again.event("MESSAGE_CREATE"); m["content"] != text {
			t.Errorf("replayed %v, want %q", m["content"], text)
		}
	}
	again.event("RESUMED")
}

func TestASessionThatIsOverIsRefusedWithOp9False(t *testing.T) {
	for name, end := range map[string]func(*club, *bot){
		"closed with 1000":    func(_ *club, b *bot) { b.closeWith(1000) },
		"closed with 1001":    func(_ *club, b *bot) { b.closeWith(1001) },
		"window over":         func(_ *club, b *bot) { b.drop() },
		"expired by a fault":  func(c *club, _ *bot) { c.Inject(discordsim.Fault{Kind: discordsim.ExpireSessions}) },
		"never existed":       func(_ *club, b *bot) { b.session = "0123" },
		"resumes are refused": func(c *club, _ *bot) { c.SetFaults(discordsim.Faults{RefuseResumes: true}) },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := unlimited()
			if name == "window over" {
				cfg.ResumeWindow = 1
			}
			club := openClub(t, cfg)
			b := club.connect()
			end(club, b)
			if name == "window over" || strings.HasPrefix(name, "closed") {
				if err := club.AwaitDisconnected(club.ctx()); err != nil {
					t.Fatal(err)
				}
			}
			again := club.resumeOf(b)
			if invalid := again.op(9); string(invalid.D) != "false" {
				t.Errorf("op 9 has d %s, want false", invalid.D)
			}
			// The same socket may identify.
			club.SetFaults(discordsim.Faults{})
			again.identify(club.Token(), allIntents)
			again.ready()
		})
	}
}

func TestOtherCloseCodesKeepTheSession(t *testing.T) {
	club := openClub(t, discordsim.Config{})
	b := club.connect()
	for i, code := range []int{4000, 4200, 4900, 1012} {
		b.closeWith(code)
		if err := club.AwaitDisconnected(club.ctx()); err != nil {
			t.Fatal(err)
		}
		b = club.resumeOf(b)
		b.event("RESUMED")
		if got := club.Counters().Resumes; got != i+1 {
			t.Fatalf("after code %d there were %d resumes, want %d", code, got, i+1)
		}
	}
}

func TestACloseFrameIsEchoedAndTCPCloses(t *testing.T) {
	club := openClub(t, discordsim.Config{})
	b := club.connect()
	b.closeWith(4200)
	b.closes(4200)
	if _, err := b.ws.NetConn().Read(make([]byte, 1)); err == nil {
		t.Error("the TCP connection is still open")
	}
}

func TestAReplayBufferThatIsTooSmallRefusesTheResume(t *testing.T) {
	cfg := unlimited()
	cfg.ReplayBuffer = 3
	club := openClub(t, cfg)
	b := club.connect()
	b.drop()
	if err := club.AwaitDisconnected(club.ctx()); err != nil {
		t.Fatal(err)
	}
	for range 4 {
		club.say("missed")
	}
	if invalid := club.resumeOf(b).op(9); string(invalid.D) != "false" {
		t.Errorf("op 9 has d %s, want false", invalid.D)
	}
}

func TestASlowClientLosesNothingToTheReplayBound(t *testing.T) {
	cfg := unlimited()
	cfg.ReplayBuffer = 3
	club := openClub(t, cfg)
	b := club.connect()
	for range 100 {
		club.say("flood")
	}
	for range 100 {
		b.event("MESSAGE_CREATE")
	}
}

func TestEverySessionOfTheBotGetsEveryEvent(t *testing.T) {
	club := openClub(t, unlimited())
	one, two := club.connect(), club.connect()
	club.say("to both")
	one.event("MESSAGE_CREATE")
	two.event("MESSAGE_CREATE")
}

func TestAResumeTakesTheSessionFromItsOldConnection(t *testing.T) {
	club := openClub(t, discordsim.Config{})
	old := club.connect()
	again := club.resumeOf(old)
	again.event("RESUMED")
	old.closes(4000)
	club.say("hello")
	again.event("MESSAGE_CREATE")
	if got := club.Counters().Takeovers; got != 1 {
		t.Errorf("%d takeovers were counted, want 1", got)
	}
}

func TestBroadcastSendsAnyPayloadAsItIs(t *testing.T) {
	club := openClub(t, discordsim.Config{})
	b := club.connect()
	club.Broadcast("SOMETHING_NEW", json.RawMessage(`{"a":[1,2]}`))
	p := b.op(0)
	if p.T != "SOMETHING_NEW" || string(p.D) != `{"a":[1,2]}` {
		t.Errorf("got %s %s", p.T, p.D)
	}
}

func TestAnOutageKeepsTheSessions(t *testing.T) {
	club := openClub(t, discordsim.Config{})
	b := club.connect()
	addr := club.Addr()
	club.Close()
	b.isReset()
	if club.Addr() != "" {
		t.Error("the simulator still has an address")
	}
	club.say("nobody hears this")
	if err := club.Listen(addr); err != nil {
		t.Fatal(err)
	}
	again := club.resumeOf(b)
	again.event("MESSAGE_CREATE")
	again.event("RESUMED")
}
