package discordsim_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

func TestDropResetsConnectionsAndKeepsSessions(t *testing.T) {
	club := openClub(t, discordsim.Config{})
	b := club.connect()
	club.Inject(discordsim.Fault{Kind: discordsim.Drop})
	b.isReset()
	club.resumeOf(b).event("RESUMED")
}

func TestAFrozenConnectionIsSilentAndAThawedOneGoesOn(t *testing.T) {
	club := openClub(t, discordsim.Config{})
	b := club.connect()
	club.Inject(discordsim.Fault{Kind: discordsim.FreezeNow})
	b.send(1, b.seq)
	club.say("unheard")
	b.isSilent()
	if club.Counters().Heartbeats != 0 {
		t.Error("the frozen server heard the heartbeat")
	}
	// Other connections work: this is the way out for a client.
	club.dial().hello()
	club.Inject(discordsim.Fault{Kind: discordsim.Thaw})
	seen := map[string]bool{}
	for range 2 {
		seen[b.next().T] = true
	}
	if !seen["MESSAGE_CREATE"] || !seen[""] {
		t.Errorf("after the thaw came %v, want the message and the ACK", seen)
	}
}

// isSilent checks that nothing comes for a moment. A read that timed out ruins a websocket connection, so the raw one
// is asked.
func (b *bot) isSilent() {
	b.t.Helper()
	raw := b.ws.NetConn()
	raw.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if n, err := raw.Read(make([]byte, 1)); n != 0 {
		b.t.Fatalf("read %d bytes and %v, want silence", n, err)
	}
	raw.SetReadDeadline(time.Time{})
}

func TestAFrozenServerDoesNotNoticeACloseAndTheSessionIsResumedElsewhere(t *testing.T) {
	club := openClub(t, discordsim.Config{})
	b := club.connect()
	club.Inject(discordsim.Fault{Kind: discordsim.FreezeNow})
	b.closeWith(1000)
	b.isSilent()
	club.say("meanwhile")
	again := club.resumeOf(b)
	again.event("MESSAGE_CREATE")
	again.event("RESUMED")
}

func TestWhileEverythingIsFrozenDialsHang(t *testing.T) {
	club := openClub(t, discordsim.Config{})
	b := club.connect()
	club.SetFaults(discordsim.Faults{Freeze: true})
	b.isSilent()
	dialer := websocket.Dialer{HandshakeTimeout: 50 * time.Millisecond}
	if _, _, err := dialer.Dial(club.GatewayURL()+params, nil); err == nil {
		t.Error("a dial was answered")
	}
	club.SetFaults(discordsim.Faults{})
	club.say("again")
	b.event("MESSAGE_CREATE")
	club.dial().hello()
}

func TestSilentConnectionsNeverSayHelloOrNothingAfterIt(t *testing.T) {
	club := openClub(t, discordsim.Config{})
	club.SetFaults(discordsim.Faults{NoHello: true})
	club.dial().isSilent()
	club.SetFaults(discordsim.Faults{SilentAfterHello: true})
	b := club.dial()
	b.hello()
	b.identify(club.Token(), 0)
	club.Inject(discordsim.Fault{Kind: discordsim.AskHeartbeat})
	b.isSilent()
	if club.Counters().Identifies != 0 {
		t.Error("the silent server heard the IDENTIFY")
	}
}

func TestWithoutACKsHeartbeatsAreStillHeard(t *testing.T) {
	club := openClub(t, discordsim.Config{})
	b := club.connect()
	club.SetFaults(discordsim.Faults{NoACK: true})
	b.send(1, nil)
	if err := club.Await(club.ctx(), func(c discordsim.Counters) bool { return c.Heartbeats == 1 }); err != nil {
		t.Fatal(err)
	}
	b.isSilent()
}

func TestReconnectIsFollowedByACloseAfterTheGrace(t *testing.T) {
	club := openClub(t, discordsim.Config{ReconnectGrace: 20 * time.Millisecond})
	b := club.connect()
	club.Inject(discordsim.Fault{Kind: discordsim.Reconnect})
	if op := b.op(7); string(op.D) != "null" {
		t.Errorf("op 7 has d %s, want null", op.D)
	}
	b.closes(4000)
	club.resumeOf(b).event("RESUMED")
}

func TestInvalidSessionTrueCanBeResumedOnTheSameSocketAndFalseCannot(t *testing.T) {
	club := openClub(t, unlimited())
	b := club.connect()
	club.Inject(discordsim.Fault{Kind: discordsim.InvalidSession, Resumable: true})
	if op := b.op(9); string(op.D) != "true" {
		t.Errorf("op 9 has d %s, want true", op.D)
	}
	b.sendResume(club.Token(), b.session, b.seq)
	b.event("RESUMED")
	club.Inject(discordsim.Fault{Kind: discordsim.InvalidSession})
	b.op(9)
	b.sendResume(club.Token(), b.session, b.seq)
	b.op(9)
}

func TestSlowDeliveryPausesBetweenEvents(t *testing.T) {
	club := openClub(t, discordsim.Config{})
	b := club.connect()
	club.SetFaults(discordsim.Faults{SlowDelivery: 20 * time.Millisecond})
	began := time.Now()
	for range 4 {
		club.say("slowly")
	}
	for range 4 {
		b.event("MESSAGE_CREATE")
	}
	if took := time.Since(began); took < 60*time.Millisecond {
		t.Errorf("four events took %v, want at least 60 ms", took)
	}
}

func TestWhatAHeartbeatAcknowledgedIsNotReplayedWhenPruned(t *testing.T) {
	club := openClub(t, unlimited())
	b := club.connect()
	club.SetFaults(discordsim.Faults{PruneAtHeartbeat: true})
	low := b.seq
	club.say("one")
	b.event("MESSAGE_CREATE")
	club.say("two")
	b.event("MESSAGE_CREATE")
	b.send(1, low+1)
	b.op(11)
	b.drop()
	b.seq = low + 1
	again := club.resumeOf(b)
	if m := again.event("MESSAGE_CREATE"); m["content"] != "two" {
		t.Errorf("replayed %v, want two", m["content"])
	}
	again.event("RESUMED")
	again.drop()
	again.seq = low
	club.resumeOf(again).op(9)
}

func TestAForgottenReplayBufferRefusesWhoMissedSomething(t *testing.T) {
	club := openClub(t, unlimited())
	b := club.connect()
	b.drop()
	if err := club.AwaitDisconnected(club.ctx()); err != nil {
		t.Fatal(err)
	}
	club.say("missed")
	club.Inject(discordsim.Fault{Kind: discordsim.ForgetReplay})
	club.resumeOf(b).op(9)
}

func TestDuplicatedEventsHaveTheirOwnSequence(t *testing.T) {
	club := openClub(t, discordsim.Config{})
	b := club.connect()
	club.SetFaults(discordsim.Faults{Duplicate: 1})
	before := b.seq
	club.say("twice")
	first, second := b.event("MESSAGE_CREATE"), b.event("MESSAGE_CREATE")
	if first["id"] != second["id"] || b.seq != before+2 {
		t.Errorf("got %v and %v up to sequence %d", first["id"], second["id"], b.seq)
	}
}

func TestDialsCanBeRefusedPerURL(t *testing.T) {
	club := openClub(t, discordsim.Config{})
	b := club.connect()
	refused := func(url string) int {
		ws, response, err := websocket.DefaultDialer.Dial(url+params, nil)
		if err == nil {
			ws.Close()
			return http.StatusSwitchingProtocols
		}
		if response == nil {
			return 0
		}
		return response.StatusCode
	}
	for _, row := range []struct {
		faults       discordsim.Faults
		main, resume int
	}{
		{discordsim.Faults{ResumeDialStatus: 503}, 101, 503},
		{discordsim.Faults{DialStatus: 502}, 502, 101},
		{discordsim.Faults{RefuseDials: true}, 0, 0},
	} {
		club.SetFaults(row.faults)
		main, resume := refused(club.GatewayURL()), refused(b.resume)
		if main != row.main || resume != row.resume {
			t.Errorf("with %+v the dials got %d and %d, want %d and %d", row.faults, main, resume, row.main, row.resume)
		}
	}
}

func TestIdentifiesCanBeRefused(t *testing.T) {
	club := openClub(t, discordsim.Config{})
	club.SetFaults(discordsim.Faults{RefuseIdentifies: true})
	b := club.dial()
	b.hello()
	b.identify(club.Token(), 0)
	b.op(9)
	if club.Counters().Violations != 0 {
		t.Error("the refusal was counted as the client's fault")
	}
}

func TestRESTFaultsStrikeTheirRouteSoManyTimes(t *testing.T) {
	const post = "POST /channels/{channel}/messages"
	club := openClub(t, unlimited())
	for _, row := range []struct {
		name   string
		fault  discordsim.RESTFault
		status int
		check  func(reply) bool
		posted int
	}{
		{"503", discordsim.RESTFault{Kind: discordsim.RESTStatus}, 503, nil, 0},
		{"502 after the effect", discordsim.RESTFault{Kind: discordsim.RESTStatusAfter, Status: 502}, 502, nil, 1},
		{"a page of HTML", discordsim.RESTFault{Kind: discordsim.RESTPage}, 502, func(r reply) bool {
			return r.header.Get("Content-Type") == "text/html" && strings.HasPrefix(string(r.raw), "<!DOCTYPE")
		}, 0},
		{"a Cloudflare ban", discordsim.RESTFault{Kind: discordsim.RESTBanned}, 429, func(r reply) bool {
			return r.header.Get("Via") == "" && r.header.Get("Retry-After") == "3600"
		}, 0},
		{"a Cloudflare 403", discordsim.RESTFault{Kind: discordsim.RESTBanned, Status: 403}, 403, nil, 0},
		{"401", discordsim.RESTFault{Kind: discordsim.RESTUnauthorized}, 401, nil, 0},
		{"a user's 429", discordsim.RESTFault{Kind: discordsim.RESTLimited, RetryAfter: 1500 * time.Millisecond}, 429, func(r reply) bool {
			return r.header.Get("Retry-After") == "2" && r.body["retry_after"] == 1.5 && r.header.Get("X-RateLimit-Scope") == "user"
		}, 0},
		{"a global 429", discordsim.RESTFault{Kind: discordsim.RESTLimited, Scope: "global", RetryAfter: time.Second}, 429, func(r reply) bool {
			return r.body["global"] == true && r.header.Get("X-RateLimit-Global") == "true" && r.header.Get("X-RateLimit-Bucket") == ""
		}, 0},
		{"a shared 429", discordsim.RESTFault{Kind: discordsim.RESTLimited, Scope: "shared", RetryAfter: time.Second}, 429, func(r reply) bool {
			return r.header.Get("X-RateLimit-Scope") == "shared" && r.header.Get("X-RateLimit-Remaining") == "1"
		}, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			before := len(club.Messages(club.General.ID))
			row.fault.Route, row.fault.Times = post, 1
			club.InjectREST(row.fault)
			if got := club.call("GET", "/users/@me", ""); got.status != 200 {
				t.Errorf("another route got %d", got.status)
			}
			r := club.call("POST", club.messagesPath(), `{"content":"hi"}`)
			if r.status != row.status || row.check != nil && !row.check(r) {
				t.Errorf("got %d %v %s", r.status, r.header, r.raw)
			}
			if got := len(club.Messages(club.General.ID)) - before; got != row.posted {
				t.Errorf("%d messages were posted, want %d", got, row.posted)
			}
			if again := club.call("POST", club.messagesPath(), `{"content":"hi"}`); again.status != 200 {
				t.Errorf("the next request got %d, want 200", again.status)
			}
		})
	}
}

func TestResetsComeBeforeOrAfterTheEffect(t *testing.T) {
	club := openClub(t, unlimited())
	for kind, posted := range map[discordsim.RESTKind]int{discordsim.RESTReset: 0, discordsim.RESTResetAfter: 1} {
		before := len(club.Messages(club.General.ID))
		club.InjectREST(discordsim.RESTFault{Route: "POST /channels*", Kind: kind, Times: 1})
		if r, err := club.try("POST", club.messagesPath(), `{"content":"hi"}`, nil); err == nil {
			t.Errorf("%s: got %d, want a reset", kind, r.status)
		}
		if got := len(club.Messages(club.General.ID)) - before; got != posted {
			t.Errorf("%s: %d messages were posted, want %d", kind, got, posted)
		}
	}
}

func TestASlowRequestTakesEffectAlsoWhenItsClientIsGone(t *testing.T) {
	club := openClub(t, unlimited())
	club.InjectREST(discordsim.RESTFault{Latency: 100 * time.Millisecond, Times: 1})
	ctx, leave := context.WithCancel(t.Context())
	gone := &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { leave() }}
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, gone), "POST", club.APIURL()+club.messagesPath(), strings.NewReader(`{"content":"late"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = http.Header{"Authorization": {"Bot " + club.Token()}, "Content-Type": {"application/json"}, "User-Agent": {"DiscordBot (x, 1)"}}
	if _, err := do(req); !errors.Is(err, context.Canceled) {
		t.Fatalf("the request ended with %v", err)
	}
	if _, err := club.AwaitMessage(club.ctx(), club.General.ID, discordsim.Containing("late")); err != nil {
		t.Error(err)
	}
}

func TestFaultsWithAProbabilityRepeatWithTheirSeed(t *testing.T) {
	run := func(seed uint64) string {
		cfg := unlimited()
		cfg.Seed = seed
		club := openClub(t, cfg)
		club.SetFaults(discordsim.Faults{REST: []discordsim.RESTFault{{Kind: discordsim.RESTStatus, Probability: 0.5}}})
		var got strings.Builder
		for range 32 {
			got.WriteByte("ab"[club.call("GET", "/users/@me", "").status/500])
		}
		return got.String()
	}
	first := run(7)
	if run(7) != first || run(8) == first || !strings.Contains(first, "a") || !strings.Contains(first, "b") {
		t.Errorf("seed 7 gave %s", first)
	}
}
