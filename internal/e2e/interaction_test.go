package e2e_test

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

// registered waits until the slash commands are there.
func registered(t *testing.T, sim *discordsim.Sim) {
	t.Helper()
	must(t, sim.Await(patience(t, 20*time.Second), func(c discordsim.Counters) bool {
		return c.Requests["PUT /applications/{application}/commands"] > 0
	}), "registering")
}

func TestASlashCommandBehindASlowOneIsAcknowledgedInTime(t *testing.T) {
	t.Parallel()
	sim, world := discord(t, discordsim.Config{})
	with(t, sim)
	registered(t, sim)
	ada, bo := world.Members[0], world.Members[1]
	sim.InjectREST(discordsim.RESTFault{Route: "POST /channels/{channel}/messages", Times: 1, Latency: 4 * time.Second})
	_, err := sim.Say(ada.ID, world.General.ID, "!headpat")
	must(t, err, "saying")
	sent, err := sim.Slash(bo.ID, world.General.ID, "headpat", discordsim.Arg("member", ada.ID))
	must(t, err, "/headpat")
	deferred, err := sim.AwaitInteraction(patience(t, 3*time.Second), sent.ID, func(i discordsim.Interaction) bool { return !i.Acknowledged.IsZero() })
	must(t, err, "being acknowledged")
	if deferred.Response != 5 || deferred.Answered {
		t.Errorf("response type %d", deferred.Response)
	}
	answered, err := sim.AwaitInteraction(patience(t, 10*time.Second), sent.ID, func(i discordsim.Interaction) bool { return i.Answered })
	must(t, err, "being answered")
	if answered.Edits != 1 || !strings.Contains(answered.Original.Content, "<@"+ada.ID.String()+">") {
		t.Errorf("%+v", answered)
	}
}

func TestASlashCommandThatNobodyHeardInTimeIsNotRunAndItsMemberIsTold(t *testing.T) {
	t.Parallel()
	sim, world := discord(t, discordsim.Config{})
	p := with(t, sim)
	registered(t, sim)
	ada := world.Members[0]
	pid := p.signal(syscall.SIGSTOP)
	eventually(t, 5*time.Second, "it is stopped", func() bool { return state(pid) == "T" })
	sent, err := sim.Slash(ada.ID, world.General.ID, "headpat")
	must(t, err, "/headpat")
	time.Sleep(3500 * time.Millisecond) // Discord lets go of it after 3 s
	must(t, syscall.Kill(pid, syscall.SIGCONT), "SIGCONT")
	told, err := sim.AwaitMessage(patience(t, 15*time.Second), world.General.ID, discordsim.Containing("I was away"))
	must(t, err, "being told")
	if !strings.Contains(told.Content, "`/headpat`") || !strings.Contains(told.Content, "<@"+ada.ID.String()+">") {
		t.Errorf("told %q", told.Content)
	}
	after, err := sim.AwaitInteraction(patience(t, time.Second), sent.ID, func(discordsim.Interaction) bool { return true })
	must(t, err, "looking")
	if after.Answered {
		t.Error("it was answered all the same")
	}
	slash(t, sim, ada, world.General, "headpat") // the next one works
}

func TestAWorkerThatDiesAfterItsDeferralLeavesTheAnswerToItsSuccessor(t *testing.T) {
	t.Parallel()
	sim, world := discord(t, discordsim.Config{})
	p := with(t, sim)
	registered(t, sim)
	ada, bo := world.Members[0], world.Members[1]
	sim.InjectREST(discordsim.RESTFault{Route: "POST /channels/{channel}/messages", Times: 1, Latency: 4 * time.Second})
	question, err := sim.Say(ada.ID, world.General.ID, "!headpat")
	must(t, err, "saying")
	sent, err := sim.Slash(bo.ID, world.General.ID, "headpat", discordsim.Arg("member", ada.ID))
	must(t, err, "/headpat")
	_, err = sim.AwaitInteraction(patience(t, 3*time.Second), sent.ID, func(i discordsim.Interaction) bool { return !i.Acknowledged.IsZero() })
	must(t, err, "being acknowledged")
	p.signal(syscall.SIGKILL)
	_, err = sim.AwaitInteraction(patience(t, 15*time.Second), sent.ID, func(i discordsim.Interaction) bool { return i.Answered })
	must(t, err, "being answered by the successor")
	_, err = sim.AwaitAnswer(patience(t, 15*time.Second), question)
	must(t, err, "the reply")
	replies := 0
	for _, m := range sim.Messages(world.General.ID) {
		if m.Reference != nil && m.Reference.MessageID == question.ID {
			replies++
		}
	}
	if replies != 1 {
		t.Errorf("%d replies", replies)
	}
}
