package e2e_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

// load asks at a steady pace until ctx ends, round about over many channels: prefix commands, every fourth a slash
// command. It remembers what it asked.
type load struct {
	sim      *discordsim.Sim
	people   []discordsim.User
	channels []discordsim.Channel

	questions    []discordsim.Message
	interactions []discordsim.Interaction
}

func (l *load) run(ctx context.Context, perSecond int) error {
	tick := time.NewTicker(time.Second / time.Duration(perSecond))
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		who, where := l.people[n%len(l.people)], l.channels[n%len(l.channels)]
		other := l.people[(n+1)%len(l.people)]
		if n%4 == 3 {
			sent, err := l.sim.Slash(who.ID, where.ID, "headpat", discordsim.Arg("member", other.ID))
			if err != nil {
				return err
			}
			l.interactions = append(l.interactions, sent)
			continue
		}
		asked, err := l.sim.Say(who.ID, where.ID, fmt.Sprintf("!headpat <@%s>", other.ID))
		if err != nil {
			return err
		}
		l.questions = append(l.questions, asked)
	}
}

// verdict waits for every answer and counts them.
func (l *load) verdict(t *testing.T) (lost, doubled, missed int) {
	t.Helper()
	ctx := patience(t, 60*time.Second)
	for _, q := range l.questions {
		if _, err := l.sim.AwaitAnswer(ctx, q); err != nil {
			lost++
		}
	}
	for _, i := range l.interactions {
		told := func(m discordsim.Message) bool {
			return strings.HasPrefix(m.Content, "<@"+i.User.String()+">, I was away") && m.ID > i.ID
		}
		after, cancel := context.WithTimeout(ctx, 2*time.Second)
		answered, err := l.sim.AwaitInteraction(after, i.ID, func(i discordsim.Interaction) bool { return i.Answered })
		cancel()
		if err == nil && answered.Answered {
			continue
		}
		missed++
		if _, err := l.sim.AwaitMessage(ctx, i.Channel, told); err != nil {
			lost++
			t.Logf("lost: /%s begun at %v: acknowledged %v (type %d), callbacks %d, edits %d", i.Name, i.Begun.Format(time.RFC3339Nano),
				answered.Acknowledged.Format(time.RFC3339Nano), answered.Response, answered.Callbacks, answered.Edits)
		}
	}
	answers := map[discordsim.ID]int{}
	for _, c := range l.channels {
		for _, m := range l.sim.Messages(c.ID) {
			if m.Reference != nil && m.Author.ID == l.sim.Bot().ID {
				answers[m.Reference.MessageID]++
			}
		}
	}
	for _, n := range answers {
		doubled += n - 1
	}
	return lost, doubled, missed
}

// club makes a guild with many channels.
func club(t *testing.T, sim *discordsim.Sim, channels int) *load {
	t.Helper()
	l := &load{sim: sim}
	for _, name := range []string{"Ada", "Bo", "Cleo", "Dee", "Eli"} {
		l.people = append(l.people, sim.AddPerson(name))
	}
	guild := sim.AddGuild("Kills FC", l.people[0].ID)
	for _, person := range l.people[1:] {
		sim.AddMember(guild.ID, person.ID, "")
	}
	for n := range channels {
		l.channels = append(l.channels, sim.AddChannel(guild.ID, fmt.Sprintf("channel-%d", n)))
	}
	return l
}

// kill kills the worker n times with pauses in between, each time once the last one has resumed.
func kill(t *testing.T, p *product, sim *discordsim.Sim, n int, pause func() time.Duration) {
	t.Helper()
	last := 0
	for range n {
		time.Sleep(pause())
		pid := p.worker()
		if pid == last { // the lock's new owner has not taken it yet
			eventually(t, 20*time.Second, "a successor is active", func() bool { pid = p.worker(); return pid != last })
		}
		last = pid
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && err != syscall.ESRCH {
			t.Fatal(err)
		}
	}
}

// full says whether the long series was asked for (make kills).
func full() bool { return os.Getenv("STEADFAST_KILLS") == "full" }

func choose(short, long int) int {
	if full() {
		return long
	}
	return short
}

func TestKillsUnderLoadLoseNothing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		kills int
		pause func() time.Duration
		env   []string
	}{
		{"50 to 1500 ms apart, immediate", choose(25, 400),
			func() time.Duration { return 50*time.Millisecond + rand.N(1450*time.Millisecond) },
			[]string{"STEADFAST_RESPAWN_POLICY=immediate"}},
		{"12 s apart, the defaults", choose(2, 60), func() time.Duration { return 12 * time.Second }, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			sim := discordsim.ForTest(t, discordsim.Config{})
			l := club(t, sim, 40)
			p := with(t, sim, c.env...)
			p.running(1)
			ctx, cancel := context.WithCancel(t.Context())
			var asking sync.WaitGroup
			asking.Go(func() {
				if err := l.run(ctx, 20); err != nil {
					t.Error(err)
				}
			})
			kill(t, p, sim, c.kills, c.pause)
			time.Sleep(time.Second)
			cancel()
			asking.Wait()
			lost, doubled, missed := l.verdict(t)
			counts := sim.Counters()
			t.Logf("%d kills, %d commands and %d interactions: %d lost, %d doubled, %d interactions told that they were missed; "+
				"%d identifies, %d resumes, %d events replayed, %d nonce hits, 429s %v",
				c.kills, len(l.questions), len(l.interactions), lost, doubled, missed,
				counts.Identifies, counts.Resumes, counts.Replayed, counts.NonceHits, counts.RateLimited)
			if lost != 0 {
				t.Errorf("%d lost", lost)
			}
			if counts.Identifies != 1 {
				t.Errorf("%d identifies", counts.Identifies)
			}
			if counts.Violations != 0 {
				t.Errorf("violations: %q", counts.ViolationTexts)
			}
		})
	}
}
