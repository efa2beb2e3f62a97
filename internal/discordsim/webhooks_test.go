package discordsim_test

import (
	"bytes"
	"image"
	"image/png"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

func TestAWebhookPostsUnderItsOwnName(t *testing.T) {
	club := openClub(t, unlimited())
	hooks := "/channels/" + club.General.ID.String() + "/webhooks"
	club.call("POST", hooks, `{"name":"News"}`).wants(t, 403, 50013)
	club.empower(discordsim.PermissionManageWebhooks)
	club.call("POST", hooks, `{"name":"My Discord"}`).wants(t, 400, 50035)
	b := club.connect()
	made := club.call("POST", hooks, `{"name":"News"}`)
	made.wants(t, 200, 0)
	b.event("WEBHOOKS_UPDATE")
	b.event("GUILD_AUDIT_LOG_ENTRY_CREATE")

	path := "/webhooks/" + made.text("id") + "/" + made.text("token")
	club.call("POST", path, `{"content":"quietly"}`).wants(t, 204, 0)
	if e := b.event("MESSAGE_CREATE"); e["webhook_id"] != made.text("id") || e["member"] != nil || e["author"].(map[string]any)["username"] != "News" {
		t.Errorf("the message is %v", e)
	}
	said := club.call("POST", path+"?wait=true", `{"content":"loudly","username":"Herald"}`)
	if said.status != 200 || said.body["author"].(map[string]any)["username"] != "Herald" {
		t.Errorf("got %s", said.raw)
	}
	message := path + "/messages/" + said.text("id")
	if r := club.call("PATCH", message, `{"content":"hush"}`); r.text("content") != "hush" {
		t.Errorf("got %s", r.raw)
	}
	if r := club.call("GET", message, ""); r.text("content") != "hush" {
		t.Errorf("got %s", r.raw)
	}
	club.call("PATCH", club.messagesPath()+"/"+said.text("id"), `{"content":"x"}`).wants(t, 403, 50005)
	club.call("DELETE", message, "").wants(t, 204, 0)
	club.call("GET", message, "").wants(t, 404, 10008)
	club.call("POST", path, `{}`).wants(t, 400, 50006)
	club.call("POST", "/webhooks/"+made.text("id")+"/wrong", `{"content":"x"}`).wants(t, 401, 50027)
	club.call("POST", "/webhooks/5/wrong", `{"content":"x"}`).wants(t, 404, 10015)
}

func TestAWebhookIsShownChangedAndDeletedWithItsTokenOrThePermission(t *testing.T) {
	club := openClub(t, unlimited())
	club.empower(discordsim.PermissionManageWebhooks)
	made := club.call("POST", "/channels/"+club.General.ID.String()+"/webhooks", `{"name":"News"}`)
	byID, byToken := "/webhooks/"+made.text("id"), "/webhooks/"+made.text("id")+"/"+made.text("token")
	if !strings.HasSuffix(made.text("url"), "/api"+byToken) {
		t.Errorf("the URL is %q", made.text("url"))
	}
	if r := club.call("GET", byID, ""); r.body["user"] == nil {
		t.Errorf("got %s", r.raw)
	}
	if r := club.call("GET", byToken, ""); r.body["user"] != nil || r.text("name") != "News" {
		t.Errorf("got %s", r.raw)
	}
	if r := club.call("PATCH", byToken, `{"name":"Olds"}`); r.text("name") != "Olds" {
		t.Errorf("got %s", r.raw)
	}
	if r := club.call("PATCH", byID, `{"channel_id":"`+club.Training.ID.String()+`"}`); r.text("channel_id") != club.Training.ID.String() {
		t.Errorf("got %s", r.raw)
	}
	if all := array(t, club.call("GET", "/channels/"+club.Training.ID.String()+"/webhooks", "").raw); len(all) != 1 {
		t.Errorf("the channel's are %v", all)
	}
	if all := array(t, club.call("GET", club.guildPath("/webhooks"), "").raw); len(all) != 1 {
		t.Errorf("the guild's are %v", all)
	}
	unversioned, err := http.NewRequest("GET", made.text("url"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := do(unversioned); err != nil || r.status != 200 {
		t.Errorf("the URL without a version answers %s and %v", r.raw, err)
	}
	club.call("DELETE", byID, "").wants(t, 204, 0)
	club.call("GET", byToken, "").wants(t, 404, 10015)
}

func picture(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewRGBA(image.Rect(0, 0, 7, 5))); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func fetch(t *testing.T, location string) reply {
	t.Helper()
	req, err := http.NewRequest("GET", location, nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := do(req)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAnAttachmentIsServedUnderItsSignedURL(t *testing.T) {
	club := openClub(t, unlimited())
	content := picture(t)
	payload := `{"embeds":[{"title":"t","image":{"url":"attachment://our_team.png"}}],"attachments":[{"id":"0","description":"the team"}]}`
	sent := club.upload(club.messagesPath(), payload, "our team.png", "image/png", content)
	sent.wants(t, 200, 0)
	attachment := sent.body["attachments"].([]any)[0].(map[string]any)
	if attachment["width"] != 7.0 || attachment["height"] != 5.0 || attachment["filename"] != "our_team.png" || attachment["description"] != "the team" {
		t.Errorf("the attachment is %v", attachment)
	}
	location := attachment["url"].(string)
	if embed := sent.body["embeds"].([]any)[0].(map[string]any); embed["image"].(map[string]any)["url"] != location {
		t.Errorf("the embed is %v", embed)
	}
	if got := fetch(t, location); got.status != 200 || !bytes.Equal(got.raw, content) || got.header.Get("Content-Type") != "image/png" {
		t.Errorf("got %d, %d bytes of %s", got.status, len(got.raw), got.header.Get("Content-Type"))
	}
	parsed, _ := url.Parse(location)
	query := parsed.Query()
	query.Set("ex", "ffffffff")
	parsed.RawQuery = query.Encode()
	for what, bad := range map[string]string{
		"a longer life": parsed.String(), "no signature": strings.Split(location, "?")[0],
		"another file": strings.Replace(location, "our_team", "their_team", 1),
	} {
		if got := fetch(t, bad); got.status != 404 {
			t.Errorf("%s: %d", what, got.status)
		}
	}
	id, _ := discordsim.ParseID(attachment["id"].(string))
	if kind, data, found := club.File(id); kind != "image/png" || !found || !bytes.Equal(data, content) {
		t.Errorf("the file is %s, %d bytes", kind, len(data))
	}
	club.call("PATCH", club.messagesPath()+"/"+sent.text("id"), `{"content":"without","embeds":[],"attachments":[]}`).wants(t, 200, 0)
	if got := fetch(t, location); got.status != 404 {
		t.Errorf("after the edit: %d", got.status)
	}
}

func TestPeopleAttachFilesToo(t *testing.T) {
	club := openClub(t, unlimited())
	b := club.connect()
	m, err := club.SayWith(club.ada(), club.General.ID, 0, "", discordsim.Upload{Name: "../a b.png", Content: picture(t)})
	if err != nil {
		t.Fatal(err)
	}
	e := b.event("MESSAGE_CREATE")
	attachment := e["attachments"].([]any)[0].(map[string]any)
	if attachment["content_type"] != "image/png" || attachment["filename"] != "a_b.png" {
		t.Errorf("the attachment is %v", attachment)
	}
	if got := fetch(t, attachment["url"].(string)); got.status != 200 {
		t.Errorf("got %d", got.status)
	}
	if err := club.Delete(m.ID); err != nil {
		t.Fatal(err)
	}
	if got := fetch(t, attachment["url"].(string)); got.status != 404 {
		t.Errorf("after the deletion: %d", got.status)
	}
	large := discordsim.Upload{Name: "large", Content: make([]byte, 10<<20+1)}
	if _, err := club.SayWith(club.ada(), club.General.ID, 0, "x", large); err == nil {
		t.Error("a file over 10 MiB is taken from a person")
	}
	club.upload(club.messagesPath(), `{}`, "large", "text/plain", large.Content).wants(t, 413, 40005)
	if _, err := club.SayWith(club.ada(), club.General.ID, 0, ""); err == nil {
		t.Error("a message of nothing is taken")
	}
}
