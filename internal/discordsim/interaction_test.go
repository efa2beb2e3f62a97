package discordsim_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

func (c *club) commandsPath() string { return "/applications/" + c.Bot().ID.String() + "/commands" }

// register makes a global command.
func (c *club) register(commands ...string) {
	c.t.Helper()
	for _, command := range commands {
		if r := c.call("POST", c.commandsPath(), command); r.status != 201 {
			c.t.Fatalf("registering got %d %s", r.status, r.raw)
		}
	}
}

// slash uses a command as Ada in #general.
func (c *club) slash(name string, options ...discordsim.Option) discordsim.Interaction {
	c.t.Helper()
	in, err := c.Slash(c.ada(), c.General.ID, name, options...)
	if err != nil {
		c.t.Fatal(err)
	}
	return in
}

// open sends a request without the bot's token, as interaction routes allow.
func (c *club) open(method, path, body string) reply {
	c.t.Helper()
	r, err := c.try(method, path, body, http.Header{"Authorization": nil})
	if err != nil {
		c.t.Fatal(err)
	}
	return r
}

func (c *club) respond(in discordsim.Interaction, body string) reply {
	c.t.Helper()
	return c.open("POST", callbackPath(in), body)
}

func callbackPath(in discordsim.Interaction) string {
	return "/interactions/" + in.ID.String() + "/" + in.Token + "/callback"
}

func (c *club) hook(in discordsim.Interaction) string {
	return "/webhooks/" + c.Bot().ID.String() + "/" + in.Token
}

func (c *club) state(in discordsim.Interaction) discordsim.Interaction {
	c.t.Helper()
	now, known := c.Interaction(in.ID)
	if !known {
		c.t.Fatal("the interaction is unknown")
	}
	return now
}

// interactive is a club with a command and fast windows.
func interactive(t *testing.T, change func(*discordsim.Config)) *club {
	cfg := unlimited()
	if change != nil {
		change(&cfg)
	}
	club := openClub(t, cfg)
	club.register(`{"name":"ping","description":"Ping","options":[{"type":3,"name":"text","description":"Text"},{"type":6,"name":"who","description":"Who"}]}`)
	return club
}

func TestASlashCommandReachesTheBotWithEverythingClientsRead(t *testing.T) {
	club := interactive(t, nil)
	b := club.connect()
	bo := club.World.Members[1]
	in := club.slash("ping", discordsim.Arg("text", "hello"), discordsim.Arg("who", bo.ID))
	e := b.event("INTERACTION_CREATE")
	for field, want := range map[string]any{
		"id": in.ID.String(), "token": in.Token, "type": 2.0, "version": 1.0, "application_id": club.Bot().ID.String(),
		"guild_id": club.Guild.ID.String(), "channel_id": club.General.ID.String(), "locale": "en-US", "guild_locale": "en-US",
		"context": 0.0, "attachment_size_limit": 10485760.0, "entitlements": []any{},
		"authorizing_integration_owners": map[string]any{"0": club.Guild.ID.String()},
	} {
		if diff := cmp.Diff(want, e[field]); diff != "" {
			t.Errorf("%s: %s", field, diff)
		}
	}
	channel, member := e["channel"].(map[string]any), e["member"].(map[string]any)
	if channel["id"] != club.General.ID.String() || channel["type"] != 0.0 || channel["permissions"] == nil {
		t.Errorf("the channel is %v", channel)
	}
	if member["permissions"] == nil || member["user"].(map[string]any)["id"] != club.ada().String() || e["user"] != nil || e["app_permissions"] == nil {
		t.Errorf("the member is %v", member)
	}
	data := e["data"].(map[string]any)
	options := data["options"].([]any)
	if data["name"] != "ping" || data["type"] != 1.0 || len(options) != 2 || options[1].(map[string]any)["value"] != bo.ID.String() {
		t.Errorf("the data is %v", data)
	}
	resolved := data["resolved"].(map[string]any)
	if resolved["users"].(map[string]any)[bo.ID.String()] == nil || resolved["members"].(map[string]any)[bo.ID.String()] == nil {
		t.Errorf("resolved is %v", resolved)
	}
}

func TestACommandInADMNamesTheUserInsteadOfTheMember(t *testing.T) {
	club := interactive(t, nil)
	b := club.connect()
	hello, err := club.SayDM(club.ada(), "hello")
	if err != nil {
		t.Fatal(err)
	}
	b.event("MESSAGE_CREATE")
	if _, err := club.Slash(club.ada(), hello.ChannelID, "ping"); err != nil {
		t.Fatal(err)
	}
	e := b.event("INTERACTION_CREATE")
	if e["member"] != nil || e["guild_id"] != nil || e["user"].(map[string]any)["id"] != club.ada().String() || e["context"] != 1.0 {
		t.Errorf("the interaction is %v", e)
	}
	if diff := cmp.Diff(map[string]any{"0": "0"}, e["authorizing_integration_owners"]); diff != "" {
		t.Error(diff)
	}
}

func TestPeopleCanOnlyDoWhatDiscordOffers(t *testing.T) {
	club := interactive(t, nil)
	general, ada := club.General.ID, club.ada()
	m := club.say("hello")
	attempts := map[string]func() error{
		"unknown command": func() error { _, err := club.Slash(ada, general, "nope"); return err },
		"no command":      func() error { _, err := club.Slash(ada, general, ""); return err },
		"unknown option":  func() error { _, err := club.Slash(ada, general, "ping", discordsim.Arg("x", 1)); return err },
		"unknown user":    func() error { _, err := club.Slash(ada, general, "ping", discordsim.Arg("who", 5)); return err },
		"unknown channel": func() error { _, err := club.Say(ada, 5, "x"); return err },
		"the bot itself":  func() error { _, err := club.Say(club.Bot().ID, general, "x"); return err },
		"no text":         func() error { _, err := club.Say(ada, general, ""); return err },
		"too much text":   func() error { _, err := club.Say(ada, general, strings.Repeat("x", 2001)); return err },
		"no button":       func() error { _, err := club.Click(ada, m.ID, "b"); return err },
		"no form":         func() error { _, err := club.Submit(5, nil); return err },
	}
	for name, attempt := range attempts {
		if attempt() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestAnAnswerIsAMessageAndTheSecondOneARefusal(t *testing.T) {
	club := interactive(t, nil)
	b := club.connect()
	in := club.slash("ping")
	b.event("INTERACTION_CREATE")
	r := club.respond(in, `{"type":4,"data":{"content":"pong"}}`)
	if r.status != 204 || r.header.Get("Content-Type") != "" {
		t.Fatalf("got %d %v %s", r.status, r.header, r.raw)
	}
	if m := b.event("MESSAGE_CREATE"); m["content"] != "pong" || m["type"] != 20.0 || m["interaction_metadata"] == nil {
		t.Errorf("the answer is %v", m)
	}
	club.respond(in, `{"type":4,"data":{"content":"pong"}}`).wants(t, 400, 40060)
	now := club.state(in)
	if now.Response != discordsim.ResponseMessage || !now.Answered || now.Original.Content != "pong" || now.Callbacks != 2 {
		t.Errorf("the interaction is %+v", now)
	}
	if got := club.Messages(club.General.ID); len(got) != 1 || club.Counters().DoubleAcknowledgements != 1 {
		t.Errorf("the channel holds %d messages", len(got))
	}
}

func TestWithResponseTheCallbackReturnsTheMessage(t *testing.T) {
	club := interactive(t, nil)
	in := club.slash("ping")
	r := club.open("POST", callbackPath(in)+"?with_response=true", `{"type":4,"data":{"content":"pong","flags":64}}`)
	r.wants(t, 200, 0)
	shown := r.body["interaction"].(map[string]any)
	message := r.body["resource"].(map[string]any)["message"].(map[string]any)
	if shown["id"] != in.ID.String() || shown["response_message_ephemeral"] != true || message["content"] != "pong" {
		t.Errorf("got %s", r.raw)
	}
	quiet := club.slash("ping")
	if r := club.open("POST", callbackPath(quiet)+"?with_response=false", `{"type":5}`); r.status != 204 {
		t.Errorf("with_response=false got %d", r.status)
	}
}

func TestADeferredAnswerIsEditedIn(t *testing.T) {
	for _, name := range []string{"@original", "%40original"} {
		club := interactive(t, nil)
		in := club.slash("ping")
		club.respond(in, `{"type":5,"data":{"flags":64}}`).wants(t, 204, 0)
		now := club.state(in)
		if now.Answered || !now.Ephemeral || !now.Original.Loading() {
			t.Errorf("after the deferral: %+v", now)
		}
		club.open("GET", club.hook(in)+"/messages/"+name, "").wants(t, 200, 0)
		r := club.open("PATCH", club.hook(in)+"/messages/"+name, `{"content":"done"}`)
		if r.status != 200 || r.body["flags"] != 64.0 {
			t.Errorf("editing got %d %s", r.status, r.raw)
		}
		now, err := club.AwaitInteraction(club.ctx(), in.ID, func(i discordsim.Interaction) bool { return i.Answered })
		if err != nil || now.Original.Content != "done" || now.Edits != 1 {
			t.Errorf("in the end: %+v and %v", now, err)
		}
		if got := club.Messages(club.General.ID); len(got) != 0 {
			t.Error("the ephemeral answer is in the channel")
		}
		club.open("DELETE", club.hook(in)+"/messages/"+name, "").wants(t, 204, 0)
		club.open("GET", club.hook(in)+"/messages/"+name, "").wants(t, 404, 10008)
	}
}

func TestAFollowUpStraightAfterADeferralFillsThePlaceholder(t *testing.T) {
	club := interactive(t, nil)
	in := club.slash("ping")
	club.respond(in, `{"type":5}`).wants(t, 204, 0)
	club.open("POST", club.hook(in)+"?wait=true", `{"content":"first"}`).wants(t, 200, 0)
	second := club.open("POST", club.hook(in), `{"content":"second","flags":64}`)
	second.wants(t, 200, 0)
	now := club.state(in)
	if now.Original.Content != "first" || len(now.FollowUps) != 1 || !now.FollowUps[0].Ephemeral() {
		t.Errorf("the interaction is %+v", now)
	}
	path := club.hook(in) + "/messages/" + second.text("id")
	club.open("PATCH", path, `{"content":"changed"}`).wants(t, 200, 0)
	if got := club.state(in).FollowUps[0].Content; got != "changed" {
		t.Errorf("the follow-up says %q", got)
	}
	club.open("DELETE", path, "").wants(t, 204, 0)
}

func TestALateFirstResponseIsRefusedAndNothingIsThere(t *testing.T) {
	club := interactive(t, func(c *discordsim.Config) { c.AcknowledgeWithin = time.Nanosecond })
	in := club.slash("ping")
	club.respond(in, `{"type":4,"data":{"content":"pong"}}`).wants(t, 404, 10062)
	club.open("GET", club.hook(in)+"/messages/@original", "").wants(t, 404, 10015)
	if !club.state(in).Unanswered(0) || club.Counters().LateAcknowledgements != 1 {
		t.Error("the interaction is not unanswered")
	}
}

func TestATokenDiesAfterItsLifetime(t *testing.T) {
	club := interactive(t, func(c *discordsim.Config) { c.TokenLifetime = time.Nanosecond })
	in := club.slash("ping")
	club.respond(in, `{"type":5}`).wants(t, 204, 0)
	club.open("PATCH", club.hook(in)+"/messages/@original", `{"content":"late"}`).wants(t, 401, 50027)
}

func TestResponsesThatDoNotFitAreRefused(t *testing.T) {
	club := interactive(t, nil)
	in := club.slash("ping")
	club.open("POST", "/interactions/5/token/callback", `{"type":4}`).wants(t, 404, 10062)
	club.open("POST", "/interactions/"+in.ID.String()+"/wrong/callback", `{"type":4}`).wants(t, 404, 10062)
	for _, body := range []string{`{"type":6}`, `{"type":7,"data":{"content":"x"}}`, `{"type":8,"data":{"choices":[]}}`, `{"type":1}`, `{"type":99}`} {
		club.respond(in, body).wants(t, 400, 50035)
	}
	club.respond(in, `{"type":4,"data":{"content":""}}`).wants(t, 400, 50006)
	long := club.respond(in, `{"type":4,"data":{"content":"`+strings.Repeat("x", 2001)+`"}}`)
	long.wants(t, 400, 50035)
	if !strings.Contains(string(long.raw), `{"data":{"content":`) {
		t.Errorf("the error is at the wrong place: %s", long.raw)
	}
	// None of these was the first response.
	club.respond(in, `{"type":4,"data":{"content":"pong"}}`).wants(t, 204, 0)
	club.open("POST", "/webhooks/5/"+in.Token, `{"content":"x"}`).wants(t, 404, 10015)
	club.open("POST", club.hook(in)[:20]+"x/nothing", `{"content":"x"}`).wants(t, 404, 10015)
}

const rowOfButtons = `{"content":"press","components":[{"type":1,"components":[
	{"type":2,"style":1,"label":"Go","custom_id":"go"},{"type":2,"style":2,"label":"Off","custom_id":"off","disabled":true}]},
	{"type":1,"components":[{"type":3,"custom_id":"pick","options":[{"label":"A","value":"a"},{"label":"B","value":"b"}]}]}]}`

func TestAButtonUpdatesItsMessage(t *testing.T) {
	club := interactive(t, nil)
	b := club.connect()
	id, err := discordsim.ParseID(club.call("POST", club.messagesPath(), rowOfButtons).text("id"))
	if err != nil {
		t.Fatal(err)
	}
	b.event("MESSAGE_CREATE")
	in, err := club.Click(club.ada(), id, "go")
	if err != nil {
		t.Fatal(err)
	}
	e := b.event("INTERACTION_CREATE")
	data := e["data"].(map[string]any)
	if e["type"] != 3.0 || data["custom_id"] != "go" || data["component_type"] != 2.0 || data["id"] != 2.0 || e["message"].(map[string]any)["id"] != id.String() {
		t.Errorf("the click is %v", e)
	}
	club.respond(in, `{"type":7,"data":{"content":"pressed","components":[]}}`).wants(t, 204, 0)
	if m, _ := club.Message(id); m.Content != "pressed" || len(m.Components) != 0 {
		t.Errorf("the message is %+v", m)
	}
	if _, err := club.Click(club.ada(), id, "go"); err == nil {
		t.Error("a button that is gone was clicked")
	}
}

func TestASelectIsDeferredAndUpdatedLater(t *testing.T) {
	club := interactive(t, nil)
	id, err := discordsim.ParseID(club.call("POST", club.messagesPath(), rowOfButtons).text("id"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := club.Click(club.ada(), id, "off"); err == nil {
		t.Error("a disabled button was clicked")
	}
	in, err := club.Select(club.ada(), id, "pick", "b")
	if err != nil {
		t.Fatal(err)
	}
	club.respond(in, `{"type":6}`).wants(t, 204, 0)
	if club.state(in).Answered {
		t.Error("a deferred update counts as an answer")
	}
	club.open("PATCH", club.hook(in)+"/messages/@original", `{"content":"b it is"}`).wants(t, 200, 0)
	if m, _ := club.Message(id); m.Content != "b it is" || !club.state(in).Answered {
		t.Errorf("the message is %+v", m)
	}
}

func TestAFormIsShownAndSubmitted(t *testing.T) {
	club := interactive(t, nil)
	b := club.connect()
	in := club.slash("ping")
	b.event("INTERACTION_CREATE")
	form := `{"type":9,"data":{"custom_id":"form","title":"Form","components":[
		{"type":1,"components":[{"type":4,"custom_id":"name","label":"Name","style":1}]},
		{"type":18,"label":"Why","component":{"type":4,"custom_id":"why","style":2,"required":false}}]}}`
	club.respond(in, form).wants(t, 204, 0)
	if _, err := club.Submit(in.ID, nil); err == nil {
		t.Error("a required field may be empty")
	}
	submitted, err := club.Submit(in.ID, map[string]string{"name": "Ada"})
	if err != nil {
		t.Fatal(err)
	}
	data := b.event("INTERACTION_CREATE")["data"].(map[string]any)
	row := data["components"].([]any)[0].(map[string]any)["components"].([]any)[0].(map[string]any)
	label := data["components"].([]any)[1].(map[string]any)["component"].(map[string]any)
	if data["custom_id"] != "form" || row["value"] != "Ada" || label["custom_id"] != "why" || label["value"] != "" {
		t.Errorf("the form came back as %v", data)
	}
	club.respond(submitted, form).wants(t, 400, 50035)
	club.respond(submitted, `{"type":4,"data":{"content":"thanks"}}`).wants(t, 204, 0)
}

func TestAutocompletionOffersChoices(t *testing.T) {
	club := openClub(t, unlimited())
	club.register(`{"name":"team","description":"Team","options":[{"type":1,"name":"join","description":"Join","options":[{"type":3,"name":"name","description":"Name","required":true,"autocomplete":true}]}]}`)
	b := club.connect()
	in, err := club.Autocomplete(club.ada(), club.General.ID, "team join", "name", discordsim.Arg("name", "re"))
	if err != nil {
		t.Fatal(err)
	}
	e := b.event("INTERACTION_CREATE")
	if got := fmt.Sprint(e["data"].(map[string]any)["options"]); e["type"] != 4.0 || !strings.Contains(got, "focused:true") || !strings.Contains(got, "value:re") {
		t.Errorf("the options are %s", got)
	}
	club.respond(in, `{"type":4,"data":{"content":"x"}}`).wants(t, 400, 50035)
	club.respond(in, `{"type":8,"data":{"choices":[{"name":"Reds","value":"reds"}]}}`).wants(t, 204, 0)
	if got := string(club.state(in).Choices); got != `[{"name":"Reds","value":"reds"}]` {
		t.Errorf("the choices are %s", got)
	}
}
