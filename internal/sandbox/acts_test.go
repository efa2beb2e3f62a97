package sandbox_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
	"github.com/steadfast-bot/steadfast/internal/sandbox"
)

func TestOnlyWhoWroteAMessageEditsItAndModeratorsMayDeleteIt(t *testing.T) {
	r := open(t)
	cleo, coach := r.world.Members[2].ID.String(), r.world.Members[1].ID.String()
	id := r.say("mine")
	about := func(as, text string) map[string]string {
		return map[string]string{"as": as, "message": id, "text": text}
	}
	for path, want := range map[string]string{"/sandbox/edit": "only who wrote", "/sandbox/delete": "only who wrote"} {
		if status, answer := r.post(path, about(cleo, "hers")); status != http.StatusUnprocessableEntity || !strings.Contains(answer["problem"].(string), want) {
			t.Errorf("%s: %d %v", path, status, answer)
		}
	}
	page := r.browse()
	r.does("/sandbox/edit", about(r.ada(), "mine, better"))
	if m := page.sees("mine, better"); !m.Edited {
		t.Errorf("the edit is %+v", m)
	}
	r.does("/sandbox/delete", about(coach, ""))
	awaits(page, "gone", func(gone struct{ ID string }) bool { return gone.ID == id })
}

func TestReactionsNameWhoGaveThem(t *testing.T) {
	r := open(t)
	page := r.browse()
	react := map[string]any{"as": r.ada(), "message": r.say("cake"), "emoji": "🎂", "on": true}
	r.does("/sandbox/react", react)
	given := awaits(page, "message", func(m sandbox.Message) bool { return len(m.Reactions) == 1 })
	if got := given.Reactions[0]; got.Emoji != "🎂" || got.Count != 1 || !slices.Equal(got.Users, []string{r.ada()}) {
		t.Errorf("the reaction is %+v", got)
	}
	react["on"] = false
	r.does("/sandbox/react", react)
	awaits(page, "message", func(m sandbox.Message) bool { return m.Text == "cake" && len(m.Reactions) == 0 })
}

func TestAFileIsGivenOutAsAPictureOnlyWhenItIsOne(t *testing.T) {
	r := open(t)
	get := func(f sandbox.File) (*http.Response, string) {
		t.Helper()
		res, err := http.Get(r.url + f.Local)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		return res, string(body)
	}
	page := r.browse()
	const gif = "GIF89a\x01\x00\x01\x00\x00\x00\x00;"
	r.does("/sandbox/say", map[string]any{"as": r.ada(), "channel": r.general(), "files": []map[string]any{
		{"name": "dot.gif", "type": "image/gif", "content": []byte(gif)},
		{"name": "page.svg", "type": "image/svg+xml", "content": []byte("<svg onload='alert(1)'/>")}}})
	m := awaits(page, "message", func(m sandbox.Message) bool { return len(m.Files) == 2 })
	if res, body := get(m.Files[0]); !m.Files[0].Image || res.Header.Get("Content-Type") != "image/gif" || body != gif {
		t.Errorf("the picture is %+v, %s", m.Files[0], res.Header.Get("Content-Type"))
	}
	res, _ := get(m.Files[1])
	if m.Files[1].Image || res.Header.Get("Content-Type") != "application/octet-stream" ||
		!strings.HasPrefix(res.Header.Get("Content-Disposition"), "attachment") || !strings.Contains(res.Header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("the document is %+v, %v", m.Files[1], res.Header)
	}
	if res, _ := get(sandbox.File{Local: "/sandbox/file/7"}); res.StatusCode != http.StatusNotFound {
		t.Errorf("what is not there: %s", res.Status)
	}
}

// story fetches a trace.
func (r *room) story(id string) (trace sandbox.Trace) {
	r.t.Helper()
	res, err := http.Get(r.url + "/sandbox/trace/" + id)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	(&browser{t: r.t}).decode(body, &trace)
	return trace
}

func TestAnEventIsFollowedFromTheGatewayToItsAnswer(t *testing.T) {
	r := open(t)
	b := connect(t, r.sim, nil)
	page := r.browse()
	r.press("drop")
	<-b.lost
	id := r.say("!while you were out")
	page.hears(sandbox.LogIn, "while you were out")
	b.start()
	answer := awaits(page, "step", func(s struct{ Step sandbox.Step }) bool { return s.Step.Kind == sandbox.StepRequest })
	if !strings.Contains(answer.Step.Text, "POST /channels/{channel}/messages → 200") || answer.Step.Took <= 0 {
		t.Errorf("the request is %+v", answer)
	}
	var kinds []string
	trace := r.story(id)
	for _, s := range trace.Steps {
		kinds = append(kinds, string(s.Kind))
	}
	if want := []string{"person", "gateway", "link", "answer", "request"}; !slices.Equal(kinds, want) {
		t.Errorf("the story goes %q, want %q: %+v", kinds, want, trace)
	}
	if s := trace.Steps[1]; !s.Bad || !strings.Contains(s.Text, "MESSAGE_CREATE waits for the bot") {
		t.Errorf("the gateway did %+v", s)
	}
	res, err := http.Get(r.url + "/sandbox/trace/7")
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusNotFound {
		t.Errorf("a story that is not there: %s", res.Status)
	}
}

func TestAStoryNeverTellsAnInteractionsToken(t *testing.T) {
	r := open(t)
	var token string
	b := connect(t, r.sim, func(b *bot, in interaction) {
		token = in.Token
		b.respond(in, 5, "", discordsim.FlagEphemeral)
		b.finish(in, "patted")
	})
	page := r.browse()
	b.register(headpat)
	awaits(page, "commands", func(c []sandbox.Command) bool { return len(c) == 1 })
	id := r.does("/sandbox/command", map[string]any{"as": r.ada(), "channel": r.general(), "name": "headpat", "options": map[string]string{"member": "bo"}})["id"].(string)
	awaits(page, "step", func(s struct{ Step sandbox.Step }) bool { return strings.Contains(s.Step.Text, "PATCH") })
	for _, s := range r.story(id).Steps {
		if strings.Contains(s.Text+s.Detail, token) {
			t.Errorf("a step tells the token: %+v", s)
		}
	}
	if len(r.story(id).Steps) < 5 {
		t.Errorf("the story is %+v", r.story(id))
	}
}
