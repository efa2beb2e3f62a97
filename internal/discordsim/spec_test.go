package discordsim_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

// agent makes requests come from a client.
func agent(name string) http.Header { return http.Header{"User-Agent": {name}} }

const own = "DiscordBot (https://github.com/steadfast-bot/steadfast, 1.2.3)"

func TestWhatOurOwnRequestsBreakOfTheDescriptionIsAViolation(t *testing.T) {
	club := openClub(t, unlimited())
	for _, row := range []struct{ name, method, path, body, want string }{
		{"a wrong type", "POST", club.messagesPath(), `{"content":"x","tts":"yes"}`, "body /tts: got string, want null or boolean"},
		{"too much", "POST", club.messagesPath(), `{"content":"x","sticker_ids":["1","2","3","4"]}`, "body /sticker_ids: maxItems"},
		{"no snowflake", "POST", "/users/@me/channels", `{"recipient_id":"ada"}`, "body /recipient_id: "},
		{"an odd query", "GET", club.messagesPath() + "?limit=many", "", "query limit /: got string, want integer"},
		{"an odd id in the path", "GET", "/channels/general", "", "path /: 'general' does not match pattern"},
		{"too large a query", "GET", club.messagesPath() + "?limit=1000", "", "query limit"},
		{"deep in a component", "POST", club.messagesPath(), `{"components":[{"type":1,"components":[{"type":2,"style":1,"label":7,"custom_id":"x"}]}]}`, "/components/0/components/0/label: got number, want null or string"},
	} {
		t.Run(row.name, func(t *testing.T) {
			before := club.Counters().Violations
			if _, err := club.try(row.method, row.path, row.body, agent(own)); err != nil {
				t.Fatal(err)
			}
			after := club.Counters()
			last := strings.Join(after.ViolationTexts, "\n")
			if after.Violations == before || !strings.Contains(last, row.want) {
				t.Errorf("%d violations more, want %q in\n%s", after.Violations-before, row.want, last)
			}
		})
	}
	if foreign := club.Counters().Foreign; len(foreign) != 0 {
		t.Errorf("others are blamed: %v", foreign)
	}
}

func TestWhatOthersBreakIsListedPerClient(t *testing.T) {
	club := openClub(t, unlimited())
	for range 2 {
		if _, err := club.try("POST", club.messagesPath(), `{"content":"x","tts":"yes"}`, agent("Other/1")); err != nil {
			t.Fatal(err)
		}
	}
	club.call("POST", club.messagesPath(), `{"content":"x"}`).wants(t, 200, 0)
	c := club.Counters()
	other := c.Foreign["Other/1"]
	if c.Violations != 0 || len(c.Foreign) != 1 || other.Count != 2 || len(other.Texts) != 1 {
		t.Errorf("counted are %d violations and %+v", c.Violations, c.Foreign)
	}
}

func TestWhatFitsTheDescriptionIsNoViolation(t *testing.T) {
	club := openClub(t, unlimited())
	for _, row := range []struct{ method, path, body string }{
		{"POST", club.messagesPath(), `{"content":"x","nonce":"n","enforce_nonce":true,"allowed_mentions":{"parse":[]},"flags":4}`},
		{"POST", club.messagesPath(), `{"embeds":[{"title":"t","color":255,"fields":[{"name":"n","value":"v","inline":true}]}]}`},
		{"POST", club.messagesPath(), `{"components":[{"type":1,"components":[{"type":2,"style":5,"label":"l","url":"https://example.org"}]}]}`},
		{"GET", club.messagesPath() + "?limit=5&before=99", ""},
		{"GET", club.guildPath("/members?limit=10"), ""},
		{"GET", club.guildPath("?with_counts=true"), ""},
		{"PUT", club.commandsPath(), `[{"name":"ping","description":"P","options":[{"type":3,"name":"to","description":"T","required":true}]}]`},
	} {
		r, err := club.try(row.method, row.path, row.body, agent(own))
		if err != nil || r.status != 200 {
			t.Fatalf("%s %s: %s and %v", row.method, row.path, r.raw, err)
		}
	}
	club.register(`{"name":"known","description":"K"}`)
	in := club.slash("known")
	hook := "/webhooks/" + club.Bot().ID.String() + "/" + in.Token + "/messages/"
	for _, row := range []struct{ method, path, body string }{
		{"POST", "/interactions/" + in.ID.String() + "/" + in.Token + "/callback", `{"type":5}`},
		{"PATCH", hook + "@original", `{"content":"x"}`}, {"GET", hook + "%40original", ""}, {"DELETE", hook + "@original", ""},
	} {
		r, err := club.try(row.method, row.path, row.body, agent(own))
		if err != nil || r.status >= 300 {
			t.Fatalf("%s %s: %s and %v", row.method, row.path, r.raw, err)
		}
	}
	if c := club.Counters(); c.Violations != 0 {
		t.Errorf("violations: %v", c.ViolationTexts)
	}
}

func TestTheOwnAgentIsASetting(t *testing.T) {
	cfg := unlimited()
	cfg.OwnAgent = "Mine"
	club := openClub(t, cfg)
	for _, name := range []string{own, "Mine/2"} {
		if _, err := club.try("POST", club.messagesPath(), `{"content":"x","tts":"yes"}`, agent(name)); err != nil {
			t.Fatal(err)
		}
	}
	if c := club.Counters(); c.Violations != 1 || c.Foreign[own].Count != 1 {
		t.Errorf("counted are %v and %v", c.ViolationTexts, c.Foreign)
	}
}

func TestUncheckedNothingIsHeldToTheDescription(t *testing.T) {
	cfg := unlimited()
	cfg.Unchecked = true
	club := openClub(t, cfg)
	if _, err := club.try("POST", club.messagesPath(), `{"content":"x","tts":"yes"}`, agent(own)); err != nil {
		t.Fatal(err)
	}
	if c := club.Counters(); c.Violations != 0 {
		t.Errorf("violations: %v", c.ViolationTexts)
	}
}

func TestAnAnswerOfAFaultIsNotHeldAgainstTheSimulator(t *testing.T) {
	club := openClub(t, unlimited())
	for _, fault := range []discordsim.RESTFault{
		{Kind: discordsim.RESTPage, Times: 1}, {Kind: discordsim.RESTBanned, Times: 1}, {Kind: discordsim.RESTStatus, Status: 599, Times: 1},
	} {
		club.InjectREST(fault)
		club.call("GET", "/users/@me", "")
	}
	if c := club.Counters(); c.Mismatches != 0 {
		t.Errorf("mismatches: %v", c.MismatchTexts)
	}
}
