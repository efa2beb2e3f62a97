package discordsim_test

import (
	"strings"
	"testing"
	"time"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

// TestClientMistakesAreAnsweredWithTheirCloseCode is the table of reference/discord.md §1.6, row by row.
func TestClientMistakesAreAnsweredWithTheirCloseCode(t *testing.T) {
	withholding := unlimited()
	withholding.Application.Withheld = discordsim.IntentMessageContent
	hasty := unlimited()
	hasty.HeartbeatInterval = 20 * time.Millisecond
	chatty := unlimited()
	chatty.SendLimit = 3
	for _, row := range []struct {
		name    string
		code    int
		cfg     discordsim.Config
		mistake func(*club, *bot)
	}{
		{"unknown opcode", 4001, unlimited(), func(_ *club, b *bot) { b.send(99, nil) }},
		{"not JSON", 4002, unlimited(), func(_ *club, b *bot) { b.write("{") }},
		{"no opcode", 4002, unlimited(), func(_ *club, b *bot) { b.write("{}") }},
		{"wrong type in d", 4002, unlimited(), func(_ *club, b *bot) { b.send(2, "hello") }},
		{"too large", 4002, unlimited(), func(_ *club, b *bot) { b.send(1, strings.Repeat("x", 4096)) }},
		{"presence before identify", 4003, unlimited(), func(_ *club, b *bot) { b.send(3, map[string]any{"status": "online"}) }},
		{"bad token", 4004, unlimited(), func(_ *club, b *bot) { b.identify("wrong", 0) }},
		{"bad token in resume", 4004, unlimited(), func(_ *club, b *bot) { b.sendResume("wrong", "s", 1) }},
		{"identify twice", 4005, unlimited(), func(c *club, b *bot) { b.identify(c.Token(), 0); b.identify(c.Token(), 0) }},
		{"resume from the future", 4007, unlimited(), func(c *club, b *bot) {
			first := c.connect()
			b.sendResume(c.Token(), first.session, first.seq+1)
		}},
		{"too many payloads", 4008, chatty, func(_ *club, b *bot) {
			for range 4 {
				b.send(1, nil)
			}
		}},
		{"no heartbeat", 4009, hasty, func(*club, *bot) {}},
		{"shard out of range", 4010, unlimited(), func(c *club, b *bot) { b.identifyShard(c.Token(), 2, 2) }},
		{"unknown intent", 4013, unlimited(), func(c *club, b *bot) { b.identify(c.Token(), 1<<30) }},
		{"no intents", 4013, unlimited(), func(c *club, b *bot) { b.send(2, map[string]any{"token": c.Token()}) }},
		{"privileged intent not granted", 4014, withholding, func(c *club, b *bot) { b.identify(c.Token(), 1<<15) }},
	} {
		t.Run(row.name, func(t *testing.T) {
			club := openClub(t, row.cfg)
			b := club.dial()
			b.hello()
			row.mistake(club, b)
			b.closes(row.code)
			if club.Counters().Violations == 0 {
				t.Error("the mistake was not counted")
			}
		})
	}
}

// identifyShard identifies as one of several shards.
func (b *bot) identifyShard(token string, shard, shards int) {
	b.t.Helper()
	b.send(2, map[string]any{"token": token, "intents": 1, "shard": [2]int{shard, shards}})
}

func TestAnUnknownVersionIsClosedWith4012(t *testing.T) {
	club := openClub(t, discordsim.Config{})
	club.dialURL(club.GatewayURL() + "?v=6&encoding=json").closes(4012)
}

func TestMoreThan2500GuildsPerShardNeedSharding(t *testing.T) {
	club := openClub(t, unlimited())
	for range 2500 {
		club.AddGuild("another", club.ada())
	}
	b := club.dial()
	b.hello()
	b.identify(club.Token(), 0)
	b.closes(4011)
	sharded := club.dial()
	sharded.hello()
	sharded.identifyShard(club.Token(), 0, 2)
	sharded.event("READY")
}

func TestHeartbeatsInTimeKeepTheConnection(t *testing.T) {
	club := openClub(t, discordsim.Config{HeartbeatInterval: 400 * time.Millisecond})
	b := club.connect()
	beat := time.NewTicker(100 * time.Millisecond)
	defer beat.Stop()
	for range 8 {
		<-beat.C
		b.send(1, b.seq)
		b.op(11)
	}
}

func TestAfterTheseCloseCodesTheSessionIsGoneOrStays(t *testing.T) {
	for code, stays := range map[int]bool{
		1000: true, 4000: true, 4001: true, 4002: true, 4008: true,
		4003: false, 4004: false, 4005: false, 4007: false, 4009: false,
		4010: false, 4011: false, 4012: false, 4013: false, 4014: false,
	} {
		club := openClub(t, unlimited())
		b := club.connect()
		club.Inject(discordsim.Fault{Kind: discordsim.Close, Code: code})
		b.closes(code)
		again := club.resumeOf(b)
		if stays {
			again.event("RESUMED")
		} else {
			again.op(9)
		}
	}
}

func TestIdentifyingTooSoonIsAnsweredWithOp9(t *testing.T) {
	club := openClub(t, discordsim.Config{})
	club.connect()
	b := club.dial()
	b.hello()
	b.identify(club.Token(), 0)
	if invalid := b.op(9); string(invalid.D) != "false" {
		t.Errorf("op 9 has d %s, want false", invalid.D)
	}
}

func TestBucketsOfConcurrencyMayIdentifyTogether(t *testing.T) {
	club := openClub(t, discordsim.Config{Starts: discordsim.StartLimits{MaxConcurrency: 2}})
	for shard := range 2 {
		b := club.dial()
		b.hello()
		b.identifyShard(club.Token(), shard, 2)
		b.event("READY")
	}
}

func TestTheLastIdentifyOfTheDayIsCountedAndOneMoreResetsTheToken(t *testing.T) {
	club := openClub(t, discordsim.Config{Starts: discordsim.StartLimits{Total: 2, Interval: -1}})
	limit := func() map[string]any {
		return club.call("GET", "/gateway/bot", "").body["session_start_limit"].(map[string]any)
	}
	first := club.connect()
	if got := limit(); got["total"] != 2.0 || got["remaining"] != 1.0 || got["max_concurrency"] != 1.0 || got["reset_after"].(float64) <= 0 {
		t.Errorf("session_start_limit is %v", got)
	}
	club.connect()
	if got := limit()["remaining"]; got != 0.0 {
		t.Errorf("remaining is %v, want 0", got)
	}
	old := club.Token()
	b := club.dial()
	b.hello()
	b.identify(old, 0)
	b.closes(4004)
	first.closes(4004)
	if club.Token() != "" || club.Counters().TokenResets != 1 {
		t.Error("the token was not reset")
	}
	club.call("GET", "/users/@me", "").wants(t, 401, 0)
}

func TestIntentsThatAreWithdrawnCloseTheSessionsThatUseThem(t *testing.T) {
	club := openClub(t, discordsim.Config{})
	b := club.connect()
	club.Withhold(discordsim.IntentMessageContent)
	b.closes(4014)
}
