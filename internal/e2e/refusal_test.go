package e2e_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

// sentence checks that stderr has a line that a person can act on.
func (p *product) sentence(parts ...string) {
	p.t.Helper()
	last := ""
	for line := range strings.Lines(p.said()) {
		if strings.HasPrefix(line, "supervisor: ") {
			last = line
		}
	}
	for _, part := range parts {
		if !strings.Contains(last, part) {
			p.t.Errorf("the last word %q does not say %q; all of it:\n%s", last, part, p.said())
		}
	}
}

const exitSettings = 78

func TestAWrongTokenStopsTheBotAtOnceInAFreshStateDirectory(t *testing.T) {
	t.Parallel()
	t.Run("refused by REST", func(t *testing.T) {
		sim, _ := discord(t, discordsim.Config{})
		p := with(t, sim, "DISCORD_TOKEN="+discordsim.MakeToken(1, "wrong"))
		if code := p.exits(20 * time.Second); code != exitSettings {
			t.Errorf("exit code %d", code)
		}
		p.sentence("token", "DISCORD_TOKEN")
		if c := sim.Counters(); c.Requests["GET /gateway/bot"] != 1 || c.Identifies != 0 {
			t.Errorf("%d requests, %d identifies", c.Requests["GET /gateway/bot"], c.Identifies)
		}
		if strings.Contains(p.said(), discordsim.MakeToken(1, "wrong")) {
			t.Error("it says the token")
		}
	})
	t.Run("refused by the gateway", func(t *testing.T) {
		sim, _ := discord(t, discordsim.Config{})
		sub := sim.Subscribe()
		defer sub.Close()
		go func() { // the token is reset between REST's answer and IDENTIFY
			for {
				record, err := sub.Next(t.Context())
				if err != nil {
					return
				}
				if r, ok := record.What.(discordsim.Requested); ok && r.Route == "GET /gateway/bot" {
					sim.SetToken(discordsim.MakeToken(2, "other"))
				}
			}
		}()
		p := with(t, sim)
		if code := p.exits(20 * time.Second); code != exitSettings {
			t.Errorf("exit code %d", code)
		}
		p.sentence("token", "DISCORD_TOKEN")
	})
}

func TestATokenThatIsReplacedWhileRunningIsFoundInItsFile(t *testing.T) {
	t.Parallel()
	sim, world := discord(t, discordsim.Config{})
	file := filepath.Join(shortDir(t), "token")
	must(t, os.WriteFile(file, []byte(sim.Token()+"\n"), 0o600), "writing the token")
	p := with(t, sim, "DISCORD_TOKEN=", "DISCORD_TOKEN_FILE="+file)
	p.running(1)

	fresh := discordsim.MakeToken(sim.Bot().ID, "fresh")
	sim.SetToken(fresh)
	must(t, os.WriteFile(file, []byte(fresh), 0o600), "writing the new token")
	sim.Inject(discordsim.Fault{Kind: discordsim.Close, Code: 4004})
	eventually(t, 20*time.Second, "it disconnected and came back", func() bool { c := sim.Counters(); return c.Resumes+c.Readies >= 2 })
	ask(t, sim, world.Members[0], world.General, "!ping", 10*time.Second)
}

func TestAWithheldIntentIsNamedAndStopsTheBot(t *testing.T) {
	t.Parallel()
	named := []string{"Message Content Intent", "Privileged Gateway Intents"}
	t.Run("at the start", func(t *testing.T) {
		sim, _ := discord(t, discordsim.Config{Application: discordsim.Application{Withheld: discordsim.IntentMessageContent}})
		p := with(t, sim)
		if code := p.exits(20 * time.Second); code != exitSettings {
			t.Errorf("exit code %d", code)
		}
		p.sentence(named...)
		if c := sim.Counters(); c.Identifies != 1 {
			t.Errorf("%d identifies", c.Identifies)
		}
	})
	t.Run("later", func(t *testing.T) {
		sim, _ := discord(t, discordsim.Config{})
		p := with(t, sim)
		p.running(1)
		sim.Withhold(discordsim.IntentMessageContent)
		if code := p.exits(20 * time.Second); code != exitSettings {
			t.Errorf("exit code %d", code)
		}
		p.sentence(named...)
	})
}

// unreachable are the ways in which Discord can be away.
var unreachable = map[string]func(*discordsim.Sim){
	"HTTP 503": func(s *discordsim.Sim) {
		s.SetFaults(discordsim.Faults{DialStatus: 503, ResumeDialStatus: 503,
			REST: []discordsim.RESTFault{{Kind: discordsim.RESTStatus, Status: 503}}})
		s.Inject(discordsim.Fault{Kind: discordsim.Drop})
	},
	"refused": func(s *discordsim.Sim) { s.Close() },
	"silent": func(s *discordsim.Sim) {
		s.SetFaults(discordsim.Faults{NoHello: true, REST: []discordsim.RESTFault{{Kind: discordsim.RESTSlow, Latency: time.Minute}}})
		s.Inject(discordsim.Fault{Kind: discordsim.Drop})
	},
}

func TestAnUnreachableDiscordReplacesNobody(t *testing.T) {
	t.Parallel()
	for name, fault := range unreachable {
		t.Run(name+", later", func(t *testing.T) {
			t.Parallel()
			sim, world := discord(t, discordsim.Config{})
			addr := sim.Addr()
			p := with(t, sim)
			p.running(1)
			pid := p.worker()
			fault(sim)
			time.Sleep(8 * time.Second) // longer than any verdict takes
			if p.worker() != pid {
				t.Error("the worker was replaced")
			}
			if !strings.Contains(p.said(), "degraded") {
				t.Error("the supervisor says nothing of it")
			}
			sim.SetFaults(discordsim.Faults{})
			if sim.Addr() == "" {
				must(t, sim.Listen(addr), "coming back")
			}
			must(t, sim.AwaitResume(patience(t, 10*time.Second), 1), "resuming")
			ask(t, sim, world.Members[0], world.General, "!ping", 10*time.Second)
			if c := sim.Counters(); c.Identifies != 1 || p.worker() != pid {
				t.Errorf("%d identifies; worker %d, then %d", c.Identifies, pid, p.worker())
			}
		})
	}
	for _, name := range []string{"HTTP 503", "silent"} {
		t.Run(name+", at the start", func(t *testing.T) {
			t.Parallel()
			sim, world := discord(t, discordsim.Config{})
			unreachable[name](sim)
			p := with(t, sim)
			pid := p.worker()
			time.Sleep(8 * time.Second)
			if p.worker() != pid {
				t.Error("the worker was replaced")
			}
			if !strings.Contains(p.said(), "degraded") {
				t.Error("the supervisor says nothing of it")
			}
			sim.SetFaults(discordsim.Faults{})
			must(t, sim.AwaitConnected(patience(t, 15*time.Second)), "connecting")
			ask(t, sim, world.Members[0], world.General, "!ping", 10*time.Second)
		})
	}
	t.Run("refused, at the start", func(t *testing.T) {
		t.Parallel()
		sim, world := discord(t, discordsim.Config{})
		addr, url := sim.Addr(), sim.APIURL()
		sim.Close()
		p := launch(t, shortDir(t), "DISCORD_API_URL="+url, "DISCORD_TOKEN="+sim.Token())
		pid := p.worker()
		time.Sleep(8 * time.Second)
		if p.worker() != pid {
			t.Error("the worker was replaced")
		}
		must(t, sim.Listen(addr), "coming up")
		must(t, sim.AwaitConnected(patience(t, 15*time.Second)), "connecting")
		ask(t, sim, world.Members[0], world.General, "!ping", 10*time.Second)
	})
	t.Run("no such name", func(t *testing.T) {
		t.Parallel()
		p := launch(t, shortDir(t), "DISCORD_API_URL=https://nowhere.invalid/api/v10", "DISCORD_TOKEN=x.y.z")
		pid := p.worker()
		eventually(t, 15*time.Second, "it says so", func() bool { return strings.Contains(p.said(), "degraded") })
		if p.worker() != pid {
			t.Error("the worker was replaced")
		}
	})
	t.Run("no TLS there", func(t *testing.T) {
		t.Parallel()
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		must(t, err, "listening")
		defer listener.Close()
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				_, _ = conn.Write([]byte("SSH-2.0-not-tls\r\n"))
				_ = conn.Close()
			}
		}()
		p := launch(t, shortDir(t), "DISCORD_API_URL=https://"+listener.Addr().String()+"/api/v10", "DISCORD_TOKEN=x.y.z")
		pid := p.worker()
		eventually(t, 15*time.Second, "it says so", func() bool { return strings.Contains(p.said(), "degraded") })
		if p.worker() != pid {
			t.Error("the worker was replaced")
		}
	})
}
