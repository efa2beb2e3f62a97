package bench

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Event is a dispatch as the simulator sends it.
type Event struct {
	Type string
	Data json.RawMessage
}

// ChatType is the type of the events that are chat.
const ChatType = "MESSAGE_CREATE"

// Share is how much of a busy server's events is of one type.
type Share struct {
	Percent int
	Type    string
	write   func(n int, guild, channel string) string
}

// Shares are those of the events that nobody handles; together 99 %. The hundredth is a command.
var Shares = []Share{
	{44, ChatType, chat},
	{34, "PRESENCE_UPDATE", presence},
	{14, "TYPING_START", typing},
	{7, "GUILD_MEMBER_UPDATE", memberUpdate},
}

// Hubbub makes 99 events nobody handles, well mixed, no two alike, in a guild and its channels (by id). Every table of
// docs/performance.md that speaks of a stream is about these.
func Hubbub(guild string, channels ...string) []Event {
	var made []Event
	taken := make([]float64, len(Shares)) // what each kind is behind its share
	for n := range 99 {
		next := 0
		for i, s := range Shares {
			taken[i] += float64(s.Percent) / 99
			if taken[i] > taken[next] {
				next = i
			}
		}
		taken[next]--
		s := Shares[next]
		made = append(made, Event{s.Type, json.RawMessage(s.write(n, guild, channels[n%len(channels)]))})
	}
	return made
}

// almostCommand is said once in a round: it begins like a command, and only its decoding shows that it is none of ours.
const almostCommand = 44

// What people say. The fifth contains what must be escaped.
var sayings = []string{
	"did anybody see the match yesterday? I can't believe they turned that around in the last five minutes",
	"lol",
	"I'd say we meet at seven at the usual place, then there is enough time to warm up before the others come",
	"haha yes 😂 same here",
	"she said \"never again\"\nand then signed up for the next season",
	"no way!",
	"https://example.com/a/rather/long/link/to/some/article?with=parameters&and=more this one explains the new rules quite well",
	"ok",
}

// The payloads below have the fields of Discord's documentation in the order in which its gateway sends them: the keys
// of an object from z to a, more or less, so that a message's content comes after its member and before its author.

func chat(n int, guild, channel string) string {
	said := sayings[n%len(sayings)]
	if n == almostCommand {
		said = "!!! what a goal !!!"
	}
	content, _ := json.Marshal(said)
	return fmt.Sprintf(`{"type":0,"tts":false,"timestamp":"2026-11-21T20:15:%02d.%03d000+00:00","pinned":false,`+
		`"nonce":"13281726401%08d","mentions":[],"mention_roles":[],"mention_everyone":false,"member":%s,`+
		`"id":"14000000000000%05d","flags":0,"embeds":[],"edited_timestamp":null,"content":%s,"components":[],`+
		`"channel_type":0,"channel_id":"%s","author":%s,"attachments":[],"guild_id":"%s"}`,
		n%60, n, n, member(n), n, content, channel, user(n), guild)
}

func presence(n int, guild, _ string) string {
	return fmt.Sprintf(`{"user":{"id":"%s"},"status":"online","processed_at_timestamp":1795292100%03d,"guild_id":"%s",`+
		`"client_status":{"desktop":"online"},"broadcast":null,"activities":[{"type":0,"timestamps":{"start":1795290000%03d},`+
		`"state":"In a match","session_id":"3d1ee5f0c1a2b34d%05d","name":"Some Football Game","id":"ab12cd34ef%05d",`+
		`"details":"Ranked: 2 – 1","created_at":1795292100%03d,"assets":{"large_text":"Stadium","large_image":"480600000000000%03d"},`+
		`"application_id":"356800000000000%03d"}]}`, userID(n), n, guild, n, n, n, n, n, n)
}

func typing(n int, guild, channel string) string {
	return fmt.Sprintf(`{"user_id":"%s","timestamp":1795292%03d,"member":{"user":%s,%s,"guild_id":"%s","channel_id":"%s"}`,
		userID(n), n, user(n), strings.TrimPrefix(member(n), "{"), guild, channel)
}

func memberUpdate(n int, guild, _ string) string {
	return fmt.Sprintf(`{"user":%s,%s`, user(n), strings.TrimSuffix(strings.TrimPrefix(member(n), "{"), "}")) +
		fmt.Sprintf(`,"unusual_dm_activity_until":null,"guild_id":"%s"}`, guild)
}

func userID(n int) string { return fmt.Sprintf("2718281828459%05d", n) }

func user(n int) string {
	return fmt.Sprintf(`{"username":"supporter.%d","public_flags":0,"primary_guild":null,"id":"%s","global_name":"Supporter %d",`+
		`"display_name_styles":null,"discriminator":"0","collectibles":null,"clan":null,"avatar_decoration_data":null,`+
		`"avatar":"8342729096ea3675442027381ff50d%02d"}`, n, userID(n), n, n%100)
}

func member(n int) string {
	return fmt.Sprintf(`{"roles":["31415926535897%04d","31415926535898%04d","31415926535899%04d"],"premium_since":null,"pending":false,`+
		`"nick":"Nr. %d","mute":false,"joined_at":"2024-03-0%dT18:00:00.000000+00:00","flags":2,"deaf":false,`+
		`"communication_disabled_until":null,"banner":null,"avatar":null}`, n, n, n, n, n%9+1)
}
