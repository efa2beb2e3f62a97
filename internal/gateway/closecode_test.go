package gateway_test

import (
	"errors"
	"strings"
	"testing"

	arikawa "github.com/diamondburned/arikawa/v3/gateway"
	"github.com/steadfast-bot/steadfast/internal/gateway"
)

// closeCodes is reference/discord.md §1.6, and what is not in it.
var closeCodes = []struct {
	code int
	want string
	why  string
}{
	{0, "resume", "no close code"},
	{1000, "resume", "sent by the server it happens to living sessions; a RESUME costs nothing"},
	{1001, "resume", "the server goes away"},
	{1006, "resume", "the network dropped"},
	{1011, "resume", "internal error of the server"},
	{1012, "resume", "the server restarts"},
	{4000, "resume", "unknown error"},
	{4001, "resume", "unknown opcode"},
	{4002, "resume", "decode error"},
	{4003, "renew", "not authenticated"},
	{4004, "fatal", "authentication failed"},
	{4005, "renew", "already authenticated"},
	{4006, "resume", "no longer documented"},
	{4007, "renew", "invalid sequence"},
	{4008, "resume", "rate limited"},
	{4009, "renew", "session timed out"},
	{4010, "fatal", "invalid shard"},
	{4011, "fatal", "sharding required"},
	{4012, "fatal", "invalid version"},
	{4013, "fatal", "invalid intents"},
	{4014, "fatal", "disallowed intents"},
	{4015, "resume", "unknown to us"},
	{4999, "resume", "unknown to us"},
}

func TestEachCloseCodeHasItsConsequence(t *testing.T) {
	for _, row := range closeCodes {
		if got := gateway.Verdict(row.code); got != row.want {
			t.Errorf("%d (%s): %s, want %s", row.code, row.why, got, row.want)
		}
	}
}

func TestTheLinkDoesWhatTheTableSays(t *testing.T) {
	for _, row := range closeCodes {
		if row.code == 1006 { // never on the wire
			continue
		}
		t.Run(row.why, func(t *testing.T) {
			bubble(t, func(r *rig) {
				p := r.connected()
				p.closes(row.code)
				switch row.want {
				case "resume":
					_, m := r.resumes()
					if m.field("session_id") != "s1" {
						t.Errorf("RESUME %s", m.Data)
					}
				case "renew":
					r.server.accept().hello(interval).expect(2)
					if _, _, ended := r.keeper.state(); ended != 1 {
						t.Error("the end of the session was not saved")
					}
				case "fatal":
					var fatal *gateway.FatalError
					if err := <-r.result; !errors.As(err, &fatal) || fatal.Code != row.code {
						t.Errorf("Run returned %v", err)
					}
					if s := r.link.Status(); s.State != gateway.Closed || s.LastError != fatal.Reason {
						t.Errorf("status %+v", s)
					}
				}
			})
		})
	}
}

func TestAFatalSentenceNamesCauseAndFix(t *testing.T) {
	config := gateway.Config{
		Intents: arikawa.IntentGuilds | arikawa.IntentGuildMembers | arikawa.IntentMessageContent, Shard: [2]int{3, 2},
	}
	for _, row := range []struct {
		code  int
		token bool
		words string
	}{
		{401, true, "token|Developer Portal"},
		{4004, true, "token|Developer Portal"},
		{4010, false, "3 of 2|shard settings"},
		{4011, false, "sharded"},
		{4012, false, "version|release"},
		{4013, false, "0x8003|intents"},
		{4014, false, "Server Members Intent, Message Content Intent|Developer Portal, Bot → Privileged Gateway Intents"},
		{4099, false, "4099"},
	} {
		e := gateway.FatalSentence(row.code, config)
		for word := range strings.SplitSeq(row.words, "|") {
			if !strings.Contains(e.Error(), word) {
				t.Errorf("%d: %q does not say %q", row.code, e.Error(), word)
			}
		}
		if e.TokenRefused() != row.token {
			t.Errorf("%d: TokenRefused() = %v", row.code, e.TokenRefused())
		}
		if strings.Contains(e.Error(), "Presence Intent") {
			t.Errorf("%d names an intent that was not asked for", row.code)
		}
	}
}
