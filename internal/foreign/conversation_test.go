package foreign_test

import (
	"context"
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

func TestADiscordgoBotLivesOnTheSimulator(t *testing.T) {
	printVersion(t, "github.com/bwmarrin/discordgo")
	live(t, goBot(t, "discordgo"))
}

func TestADisgoBotLivesOnTheSimulator(t *testing.T) {
	printVersion(t, "github.com/disgoorg/disgo")
	live(t, goBot(t, "disgo"))
}

func TestAnArikawaBotLivesOnTheSimulator(t *testing.T) {
	printVersion(t, "github.com/diamondburned/arikawa/v3")
	live(t, goBot(t, "arikawa"))
}

// talk is a member's conversation with a bot.
type talk struct {
	*testing.T
	sim   *discordsim.Sim
	world discordsim.World
	ada   discordsim.ID
}

// live runs the whole list with one bot: log in, hear, answer, every kind of interaction, and resume.
func live(t *testing.T, cmd *exec.Cmd) {
	t.Parallel()
	sim := discordsim.ForTest(t, discordsim.Config{Starts: discordsim.StartLimits{Interval: -1}})
	world := sim.Demo()
	bot := start(t, sim, cmd)
	bot.awaitReady()
	k := &talk{T: t, sim: sim, world: world, ada: world.Members[1].ID}

	k.step("hears a message and answers it", k.hears)
	k.step("hears a direct message and answers it", k.hearsDirectly)
	k.step("defers, edits and follows up", k.defers)
	k.step("answers for one person only", k.whispers)
	k.step("shows a button and a select, and hears both", k.panels)
	k.step("shows a form and reads it", k.forms)
	k.step("completes what is being typed", k.completes)
	k.step("waits and tries again after a 429", k.waits)
	k.step("resumes after op 7", func() { k.resumes(discordsim.Fault{Kind: discordsim.Reconnect}, 1) })
	k.step("resumes after a dropped connection", func() { k.resumes(discordsim.Fault{Kind: discordsim.Drop}, 2) })
	k.step("answers op 1 with a heartbeat", k.beats)
	k.step("starts anew after op 9", k.startsAnew)
	bot.stop()
	k.judge(bot)
}

// step names what failed, and ends the conversation there: the bot's state is not known any more.
func (k *talk) step(name string, do func()) {
	k.Helper()
	outer := k.T
	if !outer.Run(name, func(t *testing.T) {
		k.T = t
		defer func() { k.T = outer }()
		do()
	}) {
		outer.FailNow()
	}
}

func (k *talk) ctx() context.Context {
	ctx, cancel := context.WithTimeout(k.Context(), patience)
	k.Cleanup(cancel)
	return ctx
}

func (k *talk) answered(question discordsim.Message, err error) {
	k.Helper()
	must(k, err)
	answer, err := k.sim.AwaitAnswer(k.ctx(), question)
	must(k, err)
	if answer.Content != pong {
		k.Errorf("the answer to %q is %q", question.Content, answer.Content)
	}
}

func (k *talk) hears() { k.answered(k.sim.Say(k.ada, k.world.General.ID, ping)) }

func (k *talk) hearsDirectly() { k.answered(k.sim.SayDM(k.ada, ping)) }

// until waits until an interaction looks as wanted.
func (k *talk) until(begun discordsim.Interaction, err error, wanted func(discordsim.Interaction) bool) discordsim.Interaction {
	k.Helper()
	must(k, err)
	in, err := k.sim.AwaitInteraction(k.ctx(), begun.ID, wanted)
	if err != nil {
		now, _ := k.sim.Interaction(begun.ID)
		k.Fatalf("%s: %v; it is %+v", begun.Name, err, now)
	}
	return in
}

// says waits for an interaction's answer.
func (k *talk) says(begun discordsim.Interaction, err error, text string) discordsim.Interaction {
	k.Helper()
	return k.until(begun, err, func(in discordsim.Interaction) bool {
		return in.Original != nil && in.Original.Content == text
	})
}

func (k *talk) slash(name string, options ...discordsim.Option) (discordsim.Interaction, error) {
	return k.sim.Slash(k.ada, k.world.General.ID, name, options...)
}

func (k *talk) defers() {
	begun, err := k.slash("slow")
	in := k.until(begun, err, func(in discordsim.Interaction) bool { return len(in.FollowUps) == 1 })
	if in.Response != discordsim.ResponseDeferred || in.Original == nil || in.Original.Content != slowEdited || in.FollowUps[0].Content != slowMore {
		k.Errorf("the interaction became %+v", in)
	}
}

func (k *talk) whispers() {
	begun, err := k.slash("quiet")
	if in := k.says(begun, err, quietText); !in.Ephemeral {
		k.Error("everybody sees the answer")
	}
}

func (k *talk) panels() {
	begun, err := k.slash("panel")
	panel := k.says(begun, err, panelText)
	chosen, err := k.sim.Select(k.ada, panel.Original.ID, selectShade, "green")
	k.says(chosen, err, shadeText+"green")
	pressed, err := k.sim.Click(k.ada, panel.Original.ID, buttonGo)
	if in := k.says(pressed, err, pressedText); in.Original.ID != panel.Original.ID || len(in.Original.Components) != 0 {
		k.Errorf("the panel was not updated but %+v", in.Original)
	}
}

func (k *talk) forms() {
	begun, err := k.slash("form")
	shown := k.until(begun, err, func(in discordsim.Interaction) bool { return in.Form != nil })
	sent, err := k.sim.Submit(shown.ID, map[string]string{fieldNick: "Count"})
	k.says(sent, err, nickText+"Count")
}

func (k *talk) completes() {
	begun, err := k.sim.Autocomplete(k.ada, k.world.General.ID, "pick", selectShade, discordsim.Arg(selectShade, "gr"))
	in := k.until(begun, err, func(in discordsim.Interaction) bool { return in.Choices != nil })
	var choices []struct{ Name, Value string }
	must(k, json.Unmarshal(in.Choices, &choices))
	if len(choices) != 2 || choices[0].Name != "GREEN" || choices[1].Value != "grey" {
		k.Errorf("the choices are %s", in.Choices)
	}
	picked, err := k.slash("pick", discordsim.Arg(selectShade, "grey"))
	k.says(picked, err, pickedText+"grey")
}

func (k *talk) waits() {
	k.sim.InjectREST(discordsim.RESTFault{
		Route: "POST " + routeMessages, Kind: discordsim.RESTLimited, Times: 1, RetryAfter: 300 * time.Millisecond,
	})
	k.hears()
}

// resumes disturbs the connection and talks on at once: what is said in between is replayed.
func (k *talk) resumes(fault discordsim.Fault, nth int) {
	k.sim.Inject(fault)
	question, err := k.sim.Say(k.ada, k.world.General.ID, ping)
	must(k, err)
	must(k, k.sim.AwaitResume(k.ctx(), nth))
	k.answered(question, nil)
	k.answered(k.sim.Say(k.ada, k.world.General.ID, ping))
	if c := k.sim.Counters(); c.Readies != 1 {
		k.Errorf("%d sessions were started instead of one", c.Readies)
	}
}

func (k *talk) beats() {
	before := k.sim.Counters().Heartbeats
	k.sim.Inject(discordsim.Fault{Kind: discordsim.AskHeartbeat})
	must(k, k.sim.Await(k.ctx(), func(c discordsim.Counters) bool { return c.Heartbeats > before }))
}

func (k *talk) startsAnew() {
	k.sim.Inject(discordsim.Fault{Kind: discordsim.InvalidSession})
	must(k, k.sim.Await(k.ctx(), func(c discordsim.Counters) bool { return c.Readies == 2 }))
	k.answered(k.sim.Say(k.ada, k.world.General.ID, ping))
}

// tolerated are complaints that are the libraries' own: disgo's Close can hang after reconnects, and a heartbeat may
// meet the connection that was just dropped, which disgo calls an error. Above all, no payload may be unreadable.
var tolerated = []string{notClosed, "failed to send heartbeat", "failed to reconnect gateway", "error connecting to the gateway"}

// judge looks back: each question has one answer, the library understood everything and did nothing forbidden.
func (k *talk) judge(bot *process) {
	k.Helper()
	answers := map[discordsim.ID]int{}
	for _, m := range k.sim.Messages(k.world.General.ID) {
		if m.Reference != nil {
			answers[m.Reference.MessageID]++
		}
	}
	for question, n := range answers {
		if n != 1 {
			k.Errorf("message %d was answered %d times", question, n)
		}
	}
	if len(answers) != 7 {
		k.Errorf("%d messages were answered instead of 7", len(answers))
	}
	for _, trouble := range bot.troubles() {
		if slices.ContainsFunc(tolerated, func(known string) bool { return strings.Contains(trouble, known) }) {
			k.Logf("the library complained: %s", trouble)
		} else {
			k.Errorf("the library complained: %s", trouble)
		}
	}
	c := k.sim.Counters()
	for _, what := range c.ViolationTexts {
		k.Errorf("violation: %s", what)
	}
	for _, what := range c.MismatchTexts {
		k.Errorf("the simulator's answer breaks Discord's description: %s", what)
	}
	for client, foreign := range c.Foreign {
		k.Logf("%d requests of %q break Discord's description: %s", foreign.Count, client, strings.Join(foreign.Texts, "; "))
	}
	k.Logf("data races inside the library: %d; REST answers by status: %v", bot.races(), c.Statuses)
}
