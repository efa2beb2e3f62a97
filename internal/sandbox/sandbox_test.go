package sandbox_test

import (
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
	"github.com/steadfast-bot/steadfast/internal/sandbox"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestThePageIsServedAndMayLoadNothingButItself(t *testing.T) {
	r := open(t)
	kinds := map[string]string{".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
	files, err := filepath.Glob("page/*")
	if err != nil || len(files) < 10 {
		t.Fatalf("the page is %q (%v)", files, err)
	}
	for _, file := range files {
		path, want := strings.TrimSuffix(strings.TrimPrefix(file, "page"), "index.html"), kinds[filepath.Ext(file)]
		res, err := http.Get(r.url + path)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if res.StatusCode != http.StatusOK || !strings.HasPrefix(res.Header.Get("Content-Type"), want) || len(body) == 0 {
			t.Errorf("%s: %s, %q, %d bytes", path, res.Status, res.Header.Get("Content-Type"), len(body))
		}
		if policy := res.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'self'") {
			t.Errorf("%s: policy %q", path, policy)
		}
		for _, elsewhere := range []string{"https://", "//cdn", "innerHTML", "style=", "onclick="} {
			if strings.Contains(string(body), elsewhere) {
				t.Errorf("%s has %q in it, which the policy forbids", path, elsewhere)
			}
		}
	}
}

func TestWhatAMemberSaysReachesTheSimulator(t *testing.T) {
	r := open(t)
	id := r.say("good evening, @cleo")
	messages := r.sim.Messages(r.world.General.ID)
	if len(messages) != 1 || messages[0].ID.String() != id || messages[0].Author.ID != r.world.Members[0].ID {
		t.Fatalf("the channel holds %+v", messages)
	}
	if want := "good evening, <@" + r.world.Members[2].ID.String() + ">"; messages[0].Content != want {
		t.Errorf("it says %q, want %q", messages[0].Content, want)
	}
}

func TestAMessageToTheBotIsADirectMessage(t *testing.T) {
	r := open(t)
	page := r.browse()
	r.does("/sandbox/say", map[string]string{"as": r.ada(), "text": "psst"})
	if m := page.sees("psst"); m.With != r.ada() || m.Channel != "" {
		t.Errorf("the page got %+v", m)
	}
	dm, ok := r.sim.DM(r.world.Members[0].ID)
	if !ok || len(r.sim.Messages(dm.ID)) != 1 {
		t.Error("the simulator has no direct message")
	}
}

func TestTheStreamBeginsWithTheWholePictureAndGoesOnWithChanges(t *testing.T) {
	r := open(t)
	r.say("before")
	r.browse().sees2(t, "before")
	page := r.browse()
	if names := names(page.view.People); len(names) < 5 || !slices.Equal(names[:5], []string{"Ada", "Coach Bo", "Cleo", "Dov the Wall", "Esi"}) {
		t.Errorf("one can speak as %q", names)
	}
	if len(page.view.Channels) < 3 || page.view.Channels[0].Name != "general" || page.view.Bot.Name != "Steadfast" {
		t.Errorf("the world is %+v, bot %+v", page.view.Channels, page.view.Bot)
	}
	r.say("after")
	if m := page.sees("after"); m.Author.Name != "Ada" || m.Channel != r.general() {
		t.Errorf("the change is %+v", m)
	}
}

// sees2 looks for a message in the picture first, then among the changes.
func (b *browser) sees2(t *testing.T, text string) {
	t.Helper()
	if !slices.ContainsFunc(b.view.Messages, func(m sandbox.Message) bool { return m.Text == text }) {
		b.sees(text)
	}
}

func names(people []sandbox.Person) (names []string) {
	for _, p := range people {
		names = append(names, p.Name)
	}
	return names
}

func TestTheBotsAnswerShowsWhatItAnswersAndHowLongThatTook(t *testing.T) {
	r := open(t)
	connect(t, r.sim, nil)
	page := r.browse()
	r.say("!ping")
	m := page.sees("You said !ping")
	if m.Answers == nil || m.Answers.Text != "!ping" || m.Answers.Author.Name != "Ada" || m.Author.ID != page.view.Bot.ID {
		t.Errorf("the answer is %+v", m)
	}
	if m.Took == nil || *m.Took <= 0 {
		t.Error("it does not say how long it took")
	}
	page.hears(sandbox.LogOut, "answered Ada in ")
}

const headpat = `[{"name":"headpat","description":"Pat somebody","type":1,
	"options":[{"name":"member","description":"Whom","type":6,"required":true}]}]`

func TestAnEphemeralAnswerBelongsToOneMember(t *testing.T) {
	r := open(t)
	b := connect(t, r.sim, func(b *bot, in interaction) { b.respond(in, 4, "a secret pat", discordsim.FlagEphemeral) })
	page := r.browse()
	b.register(headpat)
	commands := awaits(page, "commands", func(c []sandbox.Command) bool { return len(c) == 1 })
	if o := commands[0].Options; commands[0].Name != "headpat" || len(o) != 1 || !o[0].Required {
		t.Errorf("the page offers %+v", commands)
	}
	r.slash("/headpat member:bo")
	m := page.sees("a secret pat")
	if m.Only != r.ada() || m.Answers == nil || m.Answers.Verb != "used" || m.Answers.Text != "/headpat member:bo" {
		t.Errorf("the answer is %+v", m)
	}
}

func TestADeferredAnswerReplacesItsThinking(t *testing.T) {
	r := open(t)
	b := connect(t, r.sim, func(b *bot, in interaction) {
		b.respond(in, 5, "", 0)
		b.finish(in, "patted at last")
	})
	page := r.browse()
	b.register(headpat)
	awaits(page, "commands", func(c []sandbox.Command) bool { return len(c) == 1 })
	r.slash("/headpat ada")
	thinking := awaits(page, "message", func(m sandbox.Message) bool { return m.Thinking })
	page.hears(sandbox.LogOut, "deferred its answer to /headpat")
	m := page.sees("patted at last")
	if m.ID != thinking.ID || m.Thinking || m.Edited || m.Took == nil {
		t.Errorf("the answer is %+v, after %+v", m, thinking)
	}
}

func TestADeletedMessageLeavesThePage(t *testing.T) {
	r := open(t)
	page := r.browse()
	id, err := discordsim.ParseID(r.say("oops"))
	if err != nil {
		t.Fatal(err)
	}
	page.sees("oops")
	if err := r.sim.Delete(id); err != nil {
		t.Fatal(err)
	}
	awaits(page, "gone", func(gone struct{ ID string }) bool { return gone.ID == id.String() })
	if left := r.state().Messages; slices.ContainsFunc(left, func(m sandbox.Message) bool { return m.Text == "oops" }) {
		t.Errorf("left: %+v", left)
	}
}

// next is the next op that is not an event, Hello aside.
func (b *bot) next() payload {
	b.t.Helper()
	for {
		select {
		case p := <-b.control:
			if p.Op != 10 {
				return p
			}
		case <-time.After(patience):
			b.t.Fatal("nothing came")
		}
	}
}

func TestTheLinksButtonsAreFeltByTheBot(t *testing.T) {
	for button, want := range map[string]payload{
		"op7":           {Op: 7, D: []byte("null")},
		"op9-resumable": {Op: 9, D: []byte("true")},
		"op9-final":     {Op: 9, D: []byte("false")},
	} {
		t.Run(button, func(t *testing.T) {
			r := open(t)
			b := connect(t, r.sim, nil)
			page := r.browse()
			r.press(button)
			if got := b.next(); got.Op != want.Op || string(got.D) != string(want.D) {
				t.Errorf("the bot got op %d %s", got.Op, got.D)
			}
			page.hears(sandbox.LogFault, "Discord")
		})
	}
}

func TestDroppingTheLinkIsUndoneByAResume(t *testing.T) {
	r := open(t)
	b := connect(t, r.sim, nil)
	page := r.browse()
	r.press("drop")
	<-b.lost
	page.hears(sandbox.LogFault, "cut")
	r.say("!while you were out")
	b.start()
	page.hears(sandbox.LogGateway, "resumed: same session after ")
	page.sees("You said !while you were out")
	if g := r.state().Gateway; !g.Connected || g.Resumes != 1 || g.Identifies != 1 {
		t.Errorf("the link is %+v", g)
	}
}

func TestTheProcesssButtonsReachTheWorker(t *testing.T) {
	r := open(t)
	page := r.browse()
	r.press("kill")
	page.hears(sandbox.LogFault, "kill -9")
	r.press("freeze")
	page.hears(sandbox.LogFault, "SIGSTOP")
	r.press("continue")
	page.hears(sandbox.LogFault, "SIGCONT")
	if did := r.worker.deeds(); !slices.Equal(did, []string{"kill", "freeze", "continue"}) {
		t.Errorf("the worker felt %q", did)
	}
}

func TestAWorkerThatCannotBeKilledIsExplained(t *testing.T) {
	r := open(t)
	r.worker.unwell = errors.New("no worker is running")
	status, answer := r.post("/sandbox/fault", map[string]string{"do": "kill"})
	if status != http.StatusUnprocessableEntity || !strings.Contains(answer["problem"].(string), "no worker is running") {
		t.Errorf("%d %v", status, answer)
	}
}

func TestTheWorkersLifeIsShownAsItChanges(t *testing.T) {
	r := open(t)
	page := r.browse()
	r.worker.is(sandbox.Snapshot{State: "running", Generation: 1, PID: 41, Started: time.UnixMilli(1000), Verdict: "ok"})
	page.hears(sandbox.LogWorker, "worker 1 is running, pid 41")
	r.worker.is(sandbox.Snapshot{
		State: "running", Generation: 2, PID: 42, Verdict: "degraded", Reason: "no gateway",
		Restarts: 1, LastCause: "killed (signal 9)", LastOutage: 31 * time.Millisecond})
	page.hears(sandbox.LogWorker, "last death: killed (signal 9)")
	page.hears(sandbox.LogWorker, "worker 2 is running, pid 42")
	page.hears(sandbox.LogWorker, "verdict degraded: no gateway")
	if got := r.state().Worker; got.PID != 42 || got.LastOutage != 31 || got.Restarts != 1 || got.BeatAt != 0 {
		t.Errorf("the status is %+v", got)
	}
}

func TestWhatCannotBeSentIsExplained(t *testing.T) {
	r := open(t)
	say := func(as, channel, text string) map[string]string {
		return map[string]string{"as": as, "channel": channel, "text": text}
	}
	for _, c := range []struct {
		path string
		body map[string]string
		want string
	}{
		{"/sandbox/say", say(r.ada(), r.general(), " \n "), "message is empty"},
		{"/sandbox/say", say(r.ada(), r.general(), strings.Repeat("é", 2001)), "2001 characters: Discord takes at most 2000"},
		{"/sandbox/say", say("7", r.general(), "hi"), "no member"},
		{"/sandbox/say", say(r.sim.Bot().ID.String(), r.general(), "hi"), "no member"},
		{"/sandbox/say", say(r.ada(), "attic", "hi"), "no channel"},
		{"/sandbox/say", say(r.ada(), "7", "hi"), "no channel"},
		{"/sandbox/slash", say(r.ada(), r.general(), "/pong"), "there is no /pong"},
		{"/sandbox/slash", say("7", r.general(), "/pong"), "no member"},
		{"/sandbox/fault", map[string]string{"do": "unplug"}, "no button"},
	} {
		status, answer := r.post(c.path, c.body)
		problem, _ := answer["problem"].(string)
		if status != http.StatusUnprocessableEntity || !strings.Contains(problem, c.want) {
			t.Errorf("%s %v: %d %q, want it to say %q", c.path, c.body, status, problem, c.want)
		}
	}
	if said := r.sim.Messages(r.world.General.ID); len(said) != 0 {
		t.Errorf("all the same it said %+v", said)
	}
}

func TestTheLongestMessageIsSent(t *testing.T) {
	r := open(t)
	r.say(strings.Repeat("é", 2000))
}

func TestStoppingTheSandboxEndsTheStreams(t *testing.T) {
	r := open(t)
	page := r.browse()
	began := time.Now()
	r.stop()
	for {
		if _, _, err := page.next(); err != nil {
			break
		}
	}
	if took := time.Since(began); took >= patience {
		t.Errorf("the stream had to be ended after %v", took)
	}
}

func TestASlashCommandInADirectMessageNeedsNoMessageBefore(t *testing.T) {
	r := open(t)
	b := connect(t, r.sim, func(b *bot, in interaction) { b.respond(in, 4, "between us", 0) })
	page := r.browse()
	b.register(headpat)
	awaits(page, "commands", func(c []sandbox.Command) bool { return len(c) == 1 })
	r.does("/sandbox/slash", map[string]string{"as": r.ada(), "text": "/headpat bo"})
	if m := page.sees("between us"); m.With != r.ada() {
		t.Errorf("the answer is %+v", m)
	}
}

func TestAStartedDiscordHasPeopleInIt(t *testing.T) {
	sim, err := sandbox.StartDiscord()
	if err != nil {
		t.Fatal(err)
	}
	defer sim.Close()
	if guilds := sim.Guilds(); len(guilds) < 2 || len(sim.Members(guilds[0].ID)) < 5 {
		t.Errorf("the world is %+v", guilds)
	}
	if !strings.HasPrefix(sim.APIURL(), "http://127.0.0.1:") || sim.Token() == "" {
		t.Errorf("it is at %s", sim.APIURL())
	}
}
