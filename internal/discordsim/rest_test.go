package discordsim_test

import (
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

func TestAPathIsServedInBothVersionsWithDoubleSlashesAndPercentSigns(t *testing.T) {
	club := openClub(t, unlimited())
	root := strings.TrimSuffix(club.APIURL(), "/v10")
	for _, path := range []string{"/v9/users/@me", "/v10/users/@me", "/v9//users/@me", "/v10/users/%40me"} {
		req, err := http.NewRequest("GET", root+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bot "+club.Token())
		r, err := do(req)
		if err != nil || r.status != 200 || r.text("id") != club.Bot().ID.String() {
			t.Errorf("%s: got %d %s and %v", path, r.status, r.raw, err)
		}
	}
}

func TestGatewayURLsNameWhereTheClientConnectedNotItsHostHeader(t *testing.T) {
	club := openClub(t, unlimited())
	req, err := http.NewRequest("GET", club.APIURL()+"/gateway", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "discord.com"
	if r, err := do(req); err != nil || r.text("url") != club.GatewayURL() {
		t.Errorf("the URL is %q and %v, want %q", r.text("url"), err, club.GatewayURL())
	}
	public := openClub(t, discordsim.Config{PublicAddr: "example.org:1"})
	if r := public.call("GET", "/gateway", ""); r.text("url") != "ws://example.org:1/" {
		t.Errorf("the URL is %q", r.text("url"))
	}
}

func TestRefusalsHaveDiscordsShape(t *testing.T) {
	club := openClub(t, unlimited())
	none := http.Header{"Authorization": {""}}
	for _, row := range []struct {
		name, method, path, body string
		header                   http.Header
		status, code             int
		message                  string
	}{
		{"unknown route", "GET", "/nothing/here", "", nil, 404, 0, "404: Not Found"},
		{"wrong method", "PUT", "/users/@me", "", nil, 405, 0, "405: Method Not Allowed"},
		{"no token", "GET", "/users/@me", "", none, 401, 0, "401: Unauthorized"},
		{"wrong token", "GET", "/users/@me", "", http.Header{"Authorization": {"Bot x.y.z"}}, 401, 0, "401: Unauthorized"},
		{"token without Bot", "GET", "/users/@me", "", http.Header{"Authorization": {club.Token()}}, 401, 0, "401: Unauthorized"},
		{"a browser", "GET", "/users/@me", "", http.Header{"User-Agent": {"Mozilla/5.0 (X11)"}}, 403, 40333, "internal network error"},
		{"nobody", "GET", "/users/@me", "", http.Header{"User-Agent": {""}}, 403, 40333, "internal network error"},
		{"unknown channel", "GET", "/channels/5", "", nil, 404, 10003, "Unknown Channel"},
		{"no snowflake", "GET", "/channels/five", "", nil, 400, 50035, "Invalid Form Body"},
		{"unknown guild", "GET", "/guilds/5", "", nil, 404, 10004, "Unknown Guild"},
		{"unknown member", "GET", "/guilds/" + club.Guild.ID.String() + "/members/5", "", nil, 404, 10007, "Unknown Member"},
		{"unknown message", "GET", club.messagesPath() + "/5", "", nil, 404, 10008, "Unknown Message"},
		{"unknown user", "GET", "/users/5", "", nil, 404, 10013, "Unknown User"},
		{"bad JSON", "POST", club.messagesPath(), "{", nil, 400, 50109, "The request body contains invalid JSON."},
		{"no content type", "POST", club.messagesPath(), `{"content":"x"}`, http.Header{"Content-Type": {""}}, 400, 50035, "Invalid Form Body"},
		{"empty message", "POST", club.messagesPath(), `{"content":" "}`, nil, 400, 50006, "Cannot send an empty message"},
		{"wrong type", "POST", club.messagesPath(), `{"content":5}`, nil, 400, 50035, "Invalid Form Body"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r, err := club.try(row.method, row.path, row.body, row.header)
			if err != nil {
				t.Fatal(err)
			}
			r.wants(t, row.status, row.code)
			if r.text("message") != row.message {
				t.Errorf("the message is %q, want %q", r.text("message"), row.message)
			}
		})
	}
}

func TestAStrictAgentRuleWantsDiscordsForm(t *testing.T) {
	cfg := unlimited()
	cfg.StrictUserAgent = true
	club := openClub(t, cfg)
	club.call("GET", "/users/@me", "").wants(t, 200, 0)
	r, err := club.try("GET", "/users/@me", "", http.Header{"User-Agent": {"curl/8"}})
	if err != nil {
		t.Fatal(err)
	}
	r.wants(t, 403, 40333)
}

func TestLimitsOfAMessageAreReportedWhereTheyAreBroken(t *testing.T) {
	club := openClub(t, unlimited())
	long := func(n int) string { return strings.Repeat("x", n) }
	button := `{"type":2,"style":1,"label":"b","custom_id":"same"}`
	for _, row := range []struct{ name, body, path, code string }{
		{"content", `{"content":"` + long(2001) + `"}`, "content", "BASE_TYPE_MAX_LENGTH"},
		{"nonce", `{"content":"x","nonce":"` + long(26) + `"}`, "nonce", "BASE_TYPE_MAX_LENGTH"},
		{"embed title", `{"embeds":[{"title":"` + long(257) + `"}]}`, "embeds.0.title", "BASE_TYPE_MAX_LENGTH"},
		{"embed field", `{"embeds":[{"title":"t","fields":[{"name":"","value":"v"}]}]}`, "embeds.0.fields.0.name", "BASE_TYPE_REQUIRED"},
		{"eleven embeds", `{"embeds":[` + strings.Repeat(`{"title":"t"},`, 10) + `{"title":"t"}]}`, "embeds", "BASE_TYPE_MAX_LENGTH"},
		{"6000 characters", `{"embeds":[{"description":"` + long(4000) + `"},{"description":"` + long(2001) + `"}]}`, "embeds", "MAX_EMBED_SIZE_EXCEEDED"},
		{"mentions", `{"content":"x","allowed_mentions":{"parse":["users"],"users":["1"]}}`, "allowed_mentions", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE"},
		{"same custom_id", `{"components":[{"type":1,"components":[` + button + `,` + button + `]}]}`, "components.0.components.1.custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED"},
		{"six buttons", `{"components":[{"type":1,"components":[` + strings.Repeat(`{"type":2,"style":5,"label":"b","url":"https://example.org"},`, 5) + button + `]}]}`, "components.0.components", "BASE_TYPE_BAD_LENGTH"},
		{"button without row", `{"components":[` + button + `]}`, "components.0.type", "UNION_TYPE_CHOICES"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := club.call("POST", club.messagesPath(), row.body)
			r.wants(t, 400, 50035)
			var node any = r.body["errors"]
			for key := range strings.SplitSeq(row.path+"._errors", ".") {
				fields, _ := node.(map[string]any)
				node = fields[key]
			}
			if got := fmt.Sprint(node); !strings.Contains(got, row.code) {
				t.Errorf("errors are %s, want %s at %s", r.raw, row.code, row.path)
			}
		})
	}
}

func TestAMessageIsCreatedReadEditedAndDeleted(t *testing.T) {
	club := openClub(t, unlimited())
	b := club.connect()
	created := club.call("POST", club.messagesPath(), `{"content":" pong <@`+club.ada().String()+`> ","nonce":"n1","flags":4}`)
	created.wants(t, 200, 0)
	event := b.event("MESSAGE_CREATE")
	if created.text("nonce") != "n1" || event["nonce"] != "n1" || created.text("content") != event["content"] {
		t.Errorf("created %s, told %v", created.raw, event)
	}
	if len(created.body["mentions"].([]any)) != 1 || created.body["flags"] != 4.0 || created.body["guild_id"] != nil {
		t.Errorf("created %s", created.raw)
	}
	path := club.messagesPath() + "/" + created.text("id")
	if got := club.call("GET", path, ""); got.text("content") != created.text("content") || got.body["nonce"] != nil {
		t.Errorf("read %s", got.raw)
	}
	edited := club.call("PATCH", path, `{"content":"edited","embeds":[{"title":"t"}]}`)
	edited.wants(t, 200, 0)
	if told := b.event("MESSAGE_UPDATE"); told["content"] != "edited" || edited.body["edited_timestamp"] == nil || edited.body["flags"] != 4.0 {
		t.Errorf("edited %s, told %v", edited.raw, told)
	}
	deleted := club.call("DELETE", path, "")
	if deleted.status != 204 || deleted.header.Get("Content-Type") != "" || len(deleted.raw) != 0 {
		t.Errorf("deleted: %d %v %s", deleted.status, deleted.header, deleted.raw)
	}
	b.event("MESSAGE_DELETE")
	club.call("DELETE", path, "").wants(t, 404, 10008)
}

func TestOnlyOwnMessagesAreEditedAndOnlyModeratorsDeleteOthers(t *testing.T) {
	club := openClub(t, unlimited())
	path := club.messagesPath() + "/" + club.say("mine").ID.String()
	club.call("PATCH", path, `{"content":"yours"}`).wants(t, 403, 50005)
	club.call("DELETE", path, "").wants(t, 403, 50013)
	role := club.AddRole(club.Guild.ID, "Bots", discordsim.PermissionManageMessages)
	club.SetMember(club.Guild.ID, club.Bot().ID, "", role.ID)
	club.call("DELETE", path, "").wants(t, 204, 0)
}

func TestOverwritesDecideWhatTheBotMayDo(t *testing.T) {
	club := openClub(t, unlimited())
	everyone := club.Guild.ID
	club.SetOverwrites(club.General.ID, discordsim.Overwrite{ID: everyone, Deny: discordsim.PermissionSendMessages})
	club.call("POST", club.messagesPath(), `{"content":"x"}`).wants(t, 403, 50013)
	club.SetOverwrites(club.General.ID, discordsim.Overwrite{ID: everyone, Deny: discordsim.PermissionViewChannel})
	club.call("GET", club.messagesPath(), "").wants(t, 403, 50001)
	club.SetOverwrites(club.General.ID,
		discordsim.Overwrite{ID: everyone, Deny: discordsim.PermissionViewChannel},
		discordsim.Overwrite{ID: club.Bot().ID, Type: 1, Allow: discordsim.PermissionViewChannel})
	club.call("POST", club.messagesPath(), `{"content":"x"}`).wants(t, 200, 0)
}

func TestARepliedMessageIsReferencedOrMissing(t *testing.T) {
	club := openClub(t, unlimited())
	question := club.say("!ping")
	reply := club.call("POST", club.messagesPath(), `{"content":"pong","message_reference":{"message_id":"`+question.ID.String()+`"}}`)
	if reply.body["type"] != 19.0 || reply.body["referenced_message"].(map[string]any)["content"] != "!ping" || len(reply.body["mentions"].([]any)) != 1 {
		t.Errorf("the reply is %s", reply.raw)
	}
	if answer, err := club.AwaitAnswer(club.ctx(), question); err != nil || answer.Content != "pong" {
		t.Errorf("the answer is %+v and %v", answer, err)
	}
	silent := club.call("POST", club.messagesPath(), `{"content":"pong","message_reference":{"message_id":"`+question.ID.String()+`"},"allowed_mentions":{"parse":[]}}`)
	if len(silent.body["mentions"].([]any)) != 0 {
		t.Errorf("the silent reply mentions %v", silent.body["mentions"])
	}
	club.call("POST", club.messagesPath(), `{"content":"pong","message_reference":{"message_id":"5"}}`).wants(t, 400, 50035)
	lax := club.call("POST", club.messagesPath(), `{"content":"pong","message_reference":{"message_id":"5","fail_if_not_exists":false}}`)
	if lax.status != 200 || lax.body["type"] != 0.0 {
		t.Errorf("the lax reply is %s", lax.raw)
	}
}

func TestHistoryIsReadFromEitherSide(t *testing.T) {
	club := openClub(t, unlimited())
	var ids []string
	for i := range 10 {
		ids = append(ids, club.say(fmt.Sprint(i)).ID.String())
	}
	for query, want := range map[string]string{
		"?limit=3":                    "987",
		"?limit=3&before=" + ids[5]:   "432",
		"?limit=3&after=" + ids[5]:    "876",
		"?limit=4&around=" + ids[5]:   "6543",
		"?after=" + ids[8]:            "9",
		"?before=" + ids[0]:           "",
		"?limit=100&after=" + ids[0]:  "987654321",
		"?limit=2&before=" + ids[9]:   "87",
		"?limit=100&before=" + ids[2]: "10",
	} {
		r := club.call("GET", club.messagesPath()+query, "")
		var messages []struct{ Content string }
		if err := json.Unmarshal(r.raw, &messages); err != nil {
			t.Fatalf("%s: %s", query, r.raw)
		}
		got := ""
		for _, m := range messages {
			got += m.Content
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
	}
	club.call("GET", club.messagesPath()+"?limit=101", "").wants(t, 400, 50035)
}

func TestFilesComeAsMultipartUnderAnyFileName(t *testing.T) {
	club := openClub(t, unlimited())
	for _, field := range []string{"files[0]", "file0", "file"} {
		var body strings.Builder
		form := multipart.NewWriter(&body)
		form.WriteField("payload_json", `{"content":"with a file","attachments":[{"id":"0","description":"a picture"}]}`)
		part, err := form.CreateFormFile(field, "cat.png")
		if err != nil {
			t.Fatal(err)
		}
		part.Write([]byte("meow"))
		form.Close()
		r, err := club.try("POST", club.messagesPath(), body.String(), http.Header{"Content-Type": {form.FormDataContentType()}})
		if err != nil || r.status != 200 {
			t.Fatalf("%s: got %d %s and %v", field, r.status, r.raw, err)
		}
		attachment := r.body["attachments"].([]any)[0].(map[string]any)
		if attachment["filename"] != "cat.png" || attachment["size"] != 4.0 || r.text("content") != "with a file" {
			t.Errorf("%s: the attachment is %v", field, attachment)
		}
	}
}

func TestObjectsAreReadable(t *testing.T) {
	club := openClub(t, unlimited())
	guild := "/guilds/" + club.Guild.ID.String()
	for path, want := range map[string]string{
		"/gateway":                                club.GatewayURL(),
		"/gateway/bot":                            club.GatewayURL(),
		"/users/@me":                              `"username":"Steadfast"`,
		"/users/" + club.ada().String():           `"username":"ada"`,
		"/applications/@me":                       `"flags":565248`,
		"/oauth2/applications/@me":                `"id":"` + club.Bot().ID.String(),
		"/channels/" + club.General.ID.String():   `"name":"general"`,
		guild:                                     `"name":"The Steadfast Club"`,
		guild + "/channels":                       `"name":"matchday"`,
		guild + "/roles":                          `"name":"Coach"`,
		guild + "/members/" + club.ada().String(): `"username":"ada"`,
		guild + "/members?limit=100":              `"nick":"Coach Bo"`,
	} {
		r := club.call("GET", path, "")
		if r.status != 200 || !strings.Contains(string(r.raw), want) {
			t.Errorf("%s: got %d %s, want %s", path, r.status, r.raw, want)
		}
	}
}

func TestTypingIsToldToTheSessions(t *testing.T) {
	club := openClub(t, unlimited())
	b := club.connect()
	club.call("POST", "/channels/"+club.General.ID.String()+"/typing", "").wants(t, 204, 0)
	if e := b.event("TYPING_START"); e["user_id"] != club.Bot().ID.String() || e["member"] == nil {
		t.Errorf("typing is told as %v", e)
	}
}

func TestADMIsOpenedOnceAndCanBeClosedByThePerson(t *testing.T) {
	club := openClub(t, unlimited())
	open := func() reply {
		return club.call("POST", "/users/@me/channels", `{"recipient_id":"`+club.ada().String()+`"}`)
	}
	first := open()
	if first.body["type"] != 1.0 || open().text("id") != first.text("id") {
		t.Errorf("the DM is %s", first.raw)
	}
	path := "/channels/" + first.text("id") + "/messages"
	club.call("POST", path, `{"content":"hi"}`).wants(t, 200, 0)
	club.SetDMsClosed(club.ada(), true)
	club.call("POST", path, `{"content":"hi"}`).wants(t, 403, 50007)
	dm, opened := club.DM(club.ada())
	if !opened || len(club.Messages(dm.ID)) != 1 {
		t.Errorf("the DM holds %v", club.Messages(dm.ID))
	}
}

func TestEnforceNonce(t *testing.T) {
	club := openClub(t, unlimited())
	post := func(channel discordsim.ID, body string) reply {
		return club.call("POST", "/channels/"+channel.String()+"/messages", body)
	}
	enforced := `{"content":"once","nonce":"abc","enforce_nonce":true}`
	first := post(club.General.ID, enforced)
	if again := post(club.General.ID, `{"content":"other text","nonce":"abc","enforce_nonce":true}`); again.text("id") != first.text("id") || again.text("content") != "once" {
		t.Errorf("the repeat made %s", again.raw)
	}
	if elsewhere := post(club.Training.ID, enforced); elsewhere.text("id") != first.text("id") {
		t.Errorf("the nonce is not the author's but the channel's: %s", elsewhere.raw)
	}
	if loose := post(club.General.ID, `{"content":"twice","nonce":"abc"}`); loose.text("id") == first.text("id") {
		t.Error("without enforce_nonce nothing new was made")
	}
	number := post(club.General.ID, `{"content":"n","nonce":123,"enforce_nonce":true}`)
	if string(number.raw) == "" || number.body["nonce"] != 123.0 {
		t.Errorf("an integer nonce comes back as %v", number.body["nonce"])
	}
	if text := post(club.General.ID, `{"content":"n","nonce":"123","enforce_nonce":true}`); text.text("id") != number.text("id") {
		t.Error("the integer and its text are different nonces")
	}
	club.call("DELETE", club.messagesPath()+"/"+number.text("id"), "").wants(t, 204, 0)
	post(club.General.ID, `{"content":"n","nonce":"123","enforce_nonce":true}`).wants(t, 404, 10008)
	if got := club.Counters().NonceHits; got != 4 {
		t.Errorf("%d hits were counted, want 4", got)
	}
}

func TestANonceIsForgottenAfterItsWindow(t *testing.T) {
	cfg := unlimited()
	cfg.NonceWindow = time.Nanosecond
	club := openClub(t, cfg)
	enforced := `{"content":"once","nonce":"abc","enforce_nonce":true}`
	first, second := club.call("POST", club.messagesPath(), enforced), club.call("POST", club.messagesPath(), enforced)
	if second.status != 200 || first.text("id") == second.text("id") {
		t.Errorf("after the window came %s again", second.raw)
	}
}

func TestANonceHitMakesNoEvent(t *testing.T) {
	club := openClub(t, unlimited())
	b := club.connect()
	for range 2 {
		club.call("POST", club.messagesPath(), `{"content":"once","nonce":"abc","enforce_nonce":true}`)
	}
	b.event("MESSAGE_CREATE")
	club.say("next")
	if m := b.event("MESSAGE_CREATE"); m["content"] != "next" {
		t.Errorf("got %v, want the next message", m["content"])
	}
}
