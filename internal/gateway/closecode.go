package gateway

import (
	"fmt"
	"strings"

	"github.com/diamondburned/arikawa/v3/gateway"
)

// consequence is what the end of a connection means for the session.
type consequence int

const (
	// resume: the session lives, go on with it.
	resume consequence = iota
	// renew: the session is dead, make another.
	renew
	// fatal: no restart can mend it.
	fatal
)

// closeCodes is the table of Discord's close codes (reference/discord.md §1.6). A code that is not in it, none at
// all, and 1000 or 1001 from the server mean resume: a RESUME costs nothing, and if the session is gone Discord
// says so with op 9.
var closeCodes = map[int]consequence{
	4000: resume, // unknown error
	4001: resume, // unknown opcode
	4002: resume, // decode error
	4003: renew,  // not authenticated, or the session was invalidated
	4004: fatal,  // authentication failed
	4005: renew,  // already authenticated
	4007: renew,  // invalid sequence
	4008: resume, // rate limited
	4009: renew,  // session timed out
	4010: fatal,  // invalid shard
	4011: fatal,  // sharding required
	4012: fatal,  // invalid API version
	4013: fatal,  // invalid intents
	4014: fatal,  // disallowed intents
}

// judge looks a close code up.
func judge(code int) consequence { return closeCodes[code] }

// FatalError is an end that no restart can mend.
type FatalError struct {
	// Code is Discord's close code, or 401 when GET /gateway/bot refused the token.
	Code int
	// Reason is one sentence for people: the cause, and what to change.
	Reason string
}

// Error is the sentence.
func (e *FatalError) Error() string { return e.Reason }

// TokenRefused tells a wrong token, which a new token mends, from the rest, which new settings mend.
func (e *FatalError) TokenRefused() bool { return e.Code == 4004 || e.Code == 401 }

// fatalError puts a fatal code into a sentence.
func fatalError(code int, c Config) *FatalError {
	var reason string
	switch code {
	case 401:
		reason = "Discord refuses the bot token (401 from /gateway/bot): copy a new one from the Developer Portal, Bot → Reset Token"
	case 4004:
		reason = "Discord refuses the bot token (close 4004): copy a new one from the Developer Portal, Bot → Reset Token"
	case 4010:
		reason = fmt.Sprintf("Discord refuses the shard %d of %d (close 4010): correct the shard settings", c.Shard[0], c.Shard[1])
	case 4011:
		reason = "the bot is in too many servers for one connection (close 4011): it must be sharded"
	case 4012:
		reason = "Discord no longer speaks version 10 of its gateway (close 4012): install a newer release"
	case 4013:
		reason = fmt.Sprintf("Discord does not know all of the intents %#x (close 4013): install a newer release", uint32(c.Intents))
	case 4014:
		reason = disallowed(c.Intents)
	default:
		reason = fmt.Sprintf("Discord ended the connection for good (close %d)", code)
	}
	return &FatalError{Code: code, Reason: reason}
}

// privileged are the intents that must be switched on, by the names the Developer Portal gives them.
var privileged = []struct {
	intent gateway.Intents
	name   string
}{
	{gateway.IntentGuildPresences, "Presence Intent"},
	{gateway.IntentGuildMembers, "Server Members Intent"},
	{gateway.IntentMessageContent, "Message Content Intent"},
}

// disallowed is the sentence for 4014.
func disallowed(asked gateway.Intents) string {
	var names []string
	for _, p := range privileged {
		if asked.Has(p.intent) {
			names = append(names, p.name)
		}
	}
	return fmt.Sprintf("Discord does not allow this bot the privileged intents it asks for (close 4014): switch on %s in the Developer Portal, Bot → Privileged Gateway Intents",
		strings.Join(names, ", "))
}
