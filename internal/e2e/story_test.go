package e2e_test

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

// ask says something as a member and waits for the bot's reply.
func ask(t *testing.T, sim *discordsim.Sim, who discordsim.User, where discordsim.Channel, text string, within time.Duration) string {
	t.Helper()
	question, err := sim.Say(who.ID, where.ID, text)
	must(t, err, "saying "+text)
	answer, err := sim.AwaitAnswer(patience(t, within), question)
	if err != nil {
		t.Fatalf("no answer to %q: %v", text, err)
	}
	return answer.Content
}

// slash sends a slash command and waits for its answer.
func slash(t *testing.T, sim *discordsim.Sim, who discordsim.User, where discordsim.Channel, name string, options ...discordsim.Option) discordsim.Interaction {
	t.Helper()
	sent, err := sim.Slash(who.ID, where.ID, name, options...)
	must(t, err, "/"+name)
	answered, err := sim.AwaitInteraction(patience(t, 10*time.Second), sent.ID, func(i discordsim.Interaction) bool { return i.Answered })
	if err != nil {
		t.Fatalf("no answer to /%s: %v", name, err)
	}
	return answered
}

func TestNothingIsNeededButATokenAndAStateDirectory(t *testing.T) {
	sim, world := discord(t, discordsim.Config{})
	with(t, sim)
	must(t, sim.AwaitConnected(patience(t, 20*time.Second)), "connecting")

	ada, bo := world.Members[0], world.Members[1]
	if got := ask(t, sim, ada, world.General, "!ping", 10*time.Second); !strings.HasPrefix(got, "Pong!") {
		t.Errorf("!ping: %q", got)
	}
	if got := ask(t, sim, ada, world.General, "<@"+sim.Bot().ID.String()+"> status", 10*time.Second); !strings.Contains(got, "No restart") {
		t.Errorf("status: %q", got)
	}
	if got := ask(t, sim, ada, world.Training, "!headpat <@"+bo.ID.String()+">", 10*time.Second); !strings.Contains(got, "<@"+bo.ID.String()+">") {
		t.Errorf("!headpat: %q", got)
	}
	if got := ask(t, sim, ada, world.Training, "!headpat "+bo.Username, 10*time.Second); !strings.Contains(got, "<@"+bo.ID.String()+">") {
		t.Errorf("!headpat by name: %q", got)
	}
	if got := ask(t, sim, ada, world.General, "!help", 10*time.Second); !strings.Contains(got, "`!headpat [member]`") {
		t.Errorf("!help: %q", got)
	}
	presence := sim.Presence()
	if presence.Status != "online" || len(presence.Activities) != 1 || presence.Activities[0].Name != "commands | !help" {
		t.Errorf("presence %+v", presence)
	}
}

func TestSlashCommandsAreRegisteredAndAnswered(t *testing.T) {
	sim, world := discord(t, discordsim.Config{})
	with(t, sim)
	must(t, sim.Await(patience(t, 20*time.Second), func(c discordsim.Counters) bool {
		return c.Requests["PUT /applications/{application}/commands"] > 0
	}), "registering")
	ada, bo := world.Members[0], world.Members[1]
	answer := slash(t, sim, ada, world.General, "headpat", discordsim.Arg("member", bo.ID))
	if !strings.Contains(answer.Original.Content, "<@"+bo.ID.String()+">") || answer.Ephemeral {
		t.Errorf("/headpat: %+v", answer.Original)
	}
	help := slash(t, sim, ada, world.General, "help", discordsim.Arg("command", "headpat"))
	if !help.Ephemeral || !strings.Contains(help.Original.Content, "Use: `/headpat [member]`") {
		t.Errorf("/help: %+v", help.Original)
	}
}

func TestAMemberDoesNotNoticeThatTheWorkerWasKilled(t *testing.T) {
	sim, world := discord(t, discordsim.Config{})
	p := with(t, sim)
	p.running(1)
	ada := world.Members[0]
	ask(t, sim, ada, world.General, "!ping", 10*time.Second)
	p.running(1)
	p.signal(syscall.SIGKILL)
	if got := ask(t, sim, ada, world.General, "!ping", 10*time.Second); !strings.HasPrefix(got, "Pong!") {
		t.Errorf("after the kill: %q", got)
	}
	p.running(2)
	var status string
	for range 10 { // a worker learns of its predecessors with its heartbeats
		if status = ask(t, sim, ada, world.General, "!status", 10*time.Second); strings.Contains(status, "1 restart") {
			break
		}
		time.Sleep(250 * time.Millisecond)
	}
	if !strings.Contains(status, "1 restart in the last 24 hours; the last: ") || !strings.Contains(status, "SIGKILL") {
		t.Errorf("status: %q", status)
	}
	if c := sim.Counters(); c.Identifies != 1 || c.Resumes != 1 {
		t.Errorf("%d identifies, %d resumes", c.Identifies, c.Resumes)
	}
	if found := p.incidents(""); len(found) != 1 {
		t.Errorf("incidents: %q", found)
	}
}

func TestAPanicCostsOneAnswerAndIsSaidWithACode(t *testing.T) {
	sim, world := discord(t, discordsim.Config{})
	p := with(t, sim, rehearsing)
	p.running(1)
	pid := p.worker()
	got := ask(t, sim, world.Members[0], world.General, "!rehearse-panic", 10*time.Second)
	if !strings.Contains(got, "`inc-") || strings.Contains(got, "rehearsed panic") {
		t.Errorf("got %q", got)
	}
	ask(t, sim, world.Members[0], world.General, "!ping", 10*time.Second)
	if p.worker() != pid {
		t.Error("the worker was replaced")
	}
}
