package e2e_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

// dumps returns all text of the newest incident of a kind.
func (p *product) dumps(kind string) string {
	p.t.Helper()
	found := p.incidents(kind)
	if len(found) == 0 {
		p.t.Fatalf("no incident of kind %s; there are %q", kind, p.incidents(""))
	}
	var all strings.Builder
	files, err := filepath.Glob(filepath.Join(found[len(found)-1], "*"))
	must(p.t, err, "listing the incident")
	for _, path := range files {
		content, err := os.ReadFile(path)
		must(p.t, err, "reading the incident")
		all.Write(content)
	}
	return all.String()
}

// A stalled handler is noticed, dumped and replaced in 12 s (DESIGN.md, P2). The command that hung is asked again by
// the successor, which hangs again: so the bystander speaks in another channel, and the vandal is told apart.
func TestAHangingHandlerIsDumpedAndItsWorkerReplacedWithin12Seconds(t *testing.T) {
	t.Parallel()
	for name, function := range map[string]string{"deadlock": "rehearsal.deadlock", "spin": "rehearsal.spin"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim, world := discord(t, discordsim.Config{})
			p := with(t, sim, rehearsing)
			p.running(1)
			first := p.worker()
			start := time.Now()
			_, err := sim.Say(world.Members[0].ID, world.Training.ID, "!rehearse-"+name)
			must(t, err, "asking for it")
			must(t, sim.AwaitResume(patience(t, 30*time.Second), 1), "being replaced")
			took := time.Since(start)
			if got := ask(t, sim, world.Members[1], world.General, "!ping", 10*time.Second); !strings.HasPrefix(got, "Pong!") {
				t.Errorf("the successor: %q", got)
			}
			if took > 12*time.Second {
				t.Errorf("replaced after %v", took)
			}
			t.Logf("%s: replaced after %v", name, took)
			if !gone(first) {
				t.Error("the stalled worker is still there")
			}
			if dump := p.dumps("stall"); !strings.Contains(dump, function) {
				t.Errorf("the dump does not name %s", function)
			}
			if c := sim.Counters(); c.Identifies != 1 {
				t.Errorf("%d identifies", c.Identifies)
			}
		})
	}
}

func TestAFrozenWorkerAnswersAgainWithin12Seconds(t *testing.T) {
	t.Parallel()
	sim, world := discord(t, discordsim.Config{})
	p := with(t, sim)
	p.running(1)
	ask(t, sim, world.Members[0], world.General, "!ping", 10*time.Second)
	start := time.Now()
	pid := p.signal(syscall.SIGSTOP)
	eventually(t, 5*time.Second, "it is stopped", func() bool { return state(pid) == "T" })
	ask(t, sim, world.Members[0], world.General, "!ping", 20*time.Second)
	if took := time.Since(start); took > 12*time.Second {
		t.Errorf("answered after %v", took)
	} else {
		t.Logf("answered after %v", took)
	}
	if p.worker() != pid {
		t.Error("the worker was replaced, though it could go on")
	}
	eventually(t, 5*time.Second, "the pause is recorded", func() bool { return len(p.incidents("pause")) == 1 })
	if c := sim.Counters(); c.Identifies != 1 {
		t.Errorf("%d identifies", c.Identifies)
	}
}

func TestASilentDiscordIsNoticedAndTheWorkerStays(t *testing.T) {
	t.Parallel()
	const interval = 4 * time.Second
	sim, world := discord(t, discordsim.Config{HeartbeatInterval: interval})
	p := with(t, sim)
	p.running(1)
	ask(t, sim, world.Members[0], world.General, "!ping", 10*time.Second)
	pid := p.worker()
	start := time.Now()
	sim.Inject(discordsim.Fault{Kind: discordsim.FreezeNow})
	must(t, sim.AwaitResume(patience(t, 30*time.Second), 1), "resuming")
	if took := time.Since(start); took > interval+5*time.Second {
		t.Errorf("noticed after %v", took)
	} else {
		t.Logf("noticed and resumed after %v at an interval of %v", took, interval)
	}
	ask(t, sim, world.Members[0], world.General, "!ping", 10*time.Second)
	if p.worker() != pid {
		t.Error("the worker was replaced")
	}
}

func TestAKilledSupervisorTakesItsWorkerAlongAndTheNextResumes(t *testing.T) {
	t.Parallel()
	sim, world := discord(t, discordsim.Config{})
	dir := shortDir(t)
	env := []string{"DISCORD_API_URL=" + sim.APIURL(), "DISCORD_TOKEN=" + sim.Token()}
	p := launch(t, dir, env...)
	p.running(1)
	ask(t, sim, world.Members[0], world.General, "!ping", 10*time.Second)
	worker := p.worker()

	must(t, p.cmd.Process.Kill(), "killing the supervisor")
	start := time.Now()
	eventually(t, time.Second, "the worker is gone", func() bool { return gone(worker) })
	t.Logf("the worker was gone after %v", time.Since(start))
	<-p.done

	question, err := sim.Say(world.Members[0].ID, world.General.ID, "!ping")
	must(t, err, "asking nobody")
	launch(t, dir, env...)
	if _, err := sim.AwaitAnswer(patience(t, 20*time.Second), question); err != nil {
		t.Errorf("what was asked in between was not answered: %v", err)
	}
	if c := sim.Counters(); c.Identifies != 1 || c.Resumes != 1 {
		t.Errorf("%d identifies, %d resumes", c.Identifies, c.Resumes)
	}
}

func TestAnOrderlyStopKeepsTheSessionAndShowsItsAbsence(t *testing.T) {
	t.Parallel()
	sim, world := discord(t, discordsim.Config{})
	dir := shortDir(t)
	env := []string{"DISCORD_API_URL=" + sim.APIURL(), "DISCORD_TOKEN=" + sim.Token()}
	p := launch(t, dir, env...)
	p.running(1)
	ask(t, sim, world.Members[0], world.General, "!ping", 10*time.Second) // READY is committed
	must(t, p.cmd.Process.Signal(syscall.SIGTERM), "SIGTERM")
	if code := p.exits(5 * time.Second); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if got := sim.Presence().Status; got != "invisible" {
		t.Errorf("while away it is %q", got)
	}
	question, err := sim.Say(world.Members[0].ID, world.General.ID, "!ping")
	must(t, err, "asking nobody")
	launch(t, dir, env...)
	if _, err := sim.AwaitAnswer(patience(t, 20*time.Second), question); err != nil {
		t.Errorf("what was asked in between was not answered: %v", err)
	}
	must(t, sim.Await(patience(t, 10*time.Second), func(c discordsim.Counters) bool { return c.PresenceUpdates >= 2 }), "showing up again")
	if c := sim.Counters(); c.Identifies != 1 || sim.Presence().Status != "online" {
		t.Errorf("%d identifies, %q", c.Identifies, sim.Presence().Status)
	}
}
