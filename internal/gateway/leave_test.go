package gateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/diamondburned/arikawa/v3/discord"
	arikawa "github.com/diamondburned/arikawa/v3/gateway"
	"github.com/google/go-cmp/cmp"
	"github.com/steadfast-bot/steadfast/internal/gateway"
)

func TestHowALinkIsLeftDecidesWhatBecomesOfTheSession(t *testing.T) {
	for _, row := range []struct {
		name    string
		options gateway.CloseOptions
		ends    bool
		hides   bool
	}{
		{"kept", gateway.CloseOptions{}, false, false},
		{"kept and hidden", gateway.CloseOptions{GoInvisible: true}, false, true},
		{"ended", gateway.CloseOptions{EndSession: true}, true, false},
		{"ended, hiding is then pointless", gateway.CloseOptions{EndSession: true, GoInvisible: true}, true, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(r *rig) {
				p := r.connected()
				if err := r.link.Close(r.t.Context(), row.options); err != nil {
					t.Fatal(err)
				}
				if err := <-r.result; err != nil {
					t.Errorf("Run returned %v", err)
				}
				if ended := p.left() == 1000; ended != row.ends {
					t.Errorf("closed with %d", p.code)
				}
				if _, _, ended := r.keeper.state(); (ended == 1) != row.ends {
					t.Errorf("the keeper heard of %d ends", ended)
				}
				hidden := false
				for len(p.in) > 0 {
					m := <-p.in
					hidden = hidden || m.Op == 3 && m.field("status") == "invisible"
				}
				if hidden != row.hides {
					t.Errorf("hidden: %v", hidden)
				}
				if s := r.link.Status(); s.State != gateway.Closed {
					t.Errorf("status %+v", s)
				}
			})
		})
	}
}

func TestTheEndOfTheContextKeepsTheSession(t *testing.T) {
	bubble(t, func(r *rig) {
		ctx, cancel := context.WithCancel(r.t.Context())
		r.link = gateway.New(r.config, r.sink, r.disco, r.budget, r.keeper)
		result := make(chan error, 1)
		go func() { result <- r.link.Run(ctx) }()
		p := r.server.accept().hello(interval)
		p.expect(2)
		p.ready("s1")
		r.settles(gateway.Ready)
		cancel()
		if err := <-result; err != nil {
			t.Errorf("Run returned %v", err)
		}
		if code := p.left(); code == 1000 || code == 1001 {
			t.Errorf("closed with %d", code)
		}
	})
}

func TestALinkCanBeLeftInEveryState(t *testing.T) {
	for name, bring := range map[string]func(*rig){
		"before Run":    func(*rig) {},
		"dialling":      func(r *rig) { r.server.breaks("", fault{silent: true}); r.start() },
		"between dials": func(r *rig) { r.server.breaks("", fault{err: errRefused}); r.start() },
		"before Hello":  func(r *rig) { r.start(); r.server.accept() },
		"identifying":   func(r *rig) { r.start(); r.server.accept().hello(interval).expect(2) },
		"waiting": func(r *rig) {
			r.budget.waits = []time.Duration{time.Hour}
			r.start()
			r.server.accept().hello(interval).left()
		},
		"congested": func(r *rig) {
			p := r.connected()
			r.sink.setCapacity(0)
			p.dispatch(2, "MESSAGE_CREATE", `{}`)
			p.left()
		},
		"READY unsaved": func(r *rig) {
			r.keeper.fails(errors.New("disk full"))
			r.start()
			p := r.server.accept().hello(interval)
			p.expect(2)
			p.ready("s")
			p.left()
		},
		"READY in saving": func(r *rig) {
			r.keeper.gate = make(chan struct{})
			r.start()
			p := r.server.accept().hello(interval)
			p.expect(2)
			p.ready("s")
		},
		"READY, no room": func(r *rig) {
			r.sink.wants = func(string) bool { return true }
			r.sink.setCapacity(0)
			r.start()
			p := r.server.accept().hello(interval)
			p.expect(2)
			p.ready("s")
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(r *rig) {
				bring(r)
				pass(3 * time.Second)
				if r.link == nil {
					r.link = gateway.New(r.config, r.sink, r.disco, r.budget, r.keeper)
				}
				at := time.Now()
				if err := r.link.Close(r.t.Context(), gateway.CloseOptions{GoInvisible: true}); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(at); took > time.Second {
					t.Errorf("took %v", took)
				}
				if r.result == nil {
					return
				}
				if err := <-r.result; err != nil {
					t.Errorf("Run returned %v", err)
				}
			})
		})
	}
}

func TestASilentDiscordCannotHoldUpTheLeaving(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.connected()
		defer p.freezes()()
		pass(interval)
		at := time.Now()
		if err := r.link.Close(r.t.Context(), gateway.CloseOptions{EndSession: true}); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(at); took > time.Second {
			t.Errorf("took %v", took)
		}
	})
}

func TestALinkIsRunOnce(t *testing.T) {
	bubble(t, func(r *rig) {
		r.connected()
		if err := r.link.Run(r.t.Context()); err == nil {
			t.Error("a second Run was accepted")
		}
	})
}

func TestAHiddenBotIsShownAgainAfterRESUMED(t *testing.T) {
	bubble(t, func(r *rig) {
		r.config.WentInvisible = true
		r.session(41).start()
		p, _ := r.resumes()
		m := p.expect(3)
		if m.field("status") != "online" || !strings.Contains(string(m.Data), "commands | !help") {
			t.Errorf("presence %s", m.Data)
		}
		p.closes(0)
		p, _ = r.resumes()
		p.expect(1) // and not again; expect fails at any other op
	})
}

func TestABotThatWasNotHiddenSendsNoPresence(t *testing.T) {
	bubble(t, func(r *rig) {
		r.session(41).start()
		p, _ := r.resumes()
		p.expect(1)
	})
}

func TestSendsStayBelowDiscordsLimitAndHeartbeatsDoNotWaitForThem(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.connected()
		first := p.expect(1).at
		ctx, cancel := context.WithCancel(r.t.Context())
		defer cancel()
		done := make(chan int)
		for range 10 {
			go func() {
				sent := 0
				for r.link.Send(ctx, &arikawa.UpdatePresenceCommand{Status: discord.IdleStatus}) == nil {
					sent++
				}
				done <- sent
			}()
		}
		pass(10 * time.Minute)
		cancel()
		total := 0
		for range 10 {
			total += <-done
		}
		var all, beats []time.Time
		for len(p.in) > 0 {
			m := <-p.in
			all = append(all, m.at)
			if m.Op == 1 {
				beats = append(beats, m.at)
			}
		}
		for i := range all {
			n := i
			for n < len(all) && all[n].Sub(all[i]) < time.Minute {
				n++
			}
			if n-i >= 120 {
				t.Fatalf("%d sends within a minute", n-i)
			}
		}
		for i, at := range beats {
			if want := first.Add(time.Duration(i+1) * interval); !at.Equal(want) {
				t.Errorf("a heartbeat was %v late", at.Sub(want))
			}
		}
		if total < 850 || len(beats) < 14 {
			t.Errorf("%d sends and %d heartbeats in ten minutes", total, len(beats))
		}
	})
}

func TestASendWaitsForReadyAndRefusesWhatDiscordWould(t *testing.T) {
	bubble(t, func(r *rig) {
		r.start()
		sent := make(chan error, 1)
		go func() { sent <- r.link.Send(r.t.Context(), &arikawa.UpdatePresenceCommand{Status: discord.IdleStatus}) }()
		p := r.server.accept().hello(interval)
		p.expect(2)
		p.ready("s1")
		if m := p.expect(3); m.field("status") != "idle" {
			t.Errorf("sent %s", m.Data)
		}
		if err := <-sent; err != nil {
			t.Error(err)
		}
		long := &arikawa.RequestGuildMembersCommand{Nonce: strings.Repeat("x", 5000)}
		if err := r.link.Send(r.t.Context(), long); err == nil || !strings.Contains(err.Error(), "4096") {
			t.Errorf("5000 bytes: %v", err)
		}
		r.stop()
		if err := r.link.Send(r.t.Context(), &arikawa.UpdatePresenceCommand{}); err == nil {
			t.Error("a send after the end was accepted")
		}
	})
}

func TestEveryChangeOfStateIsTold(t *testing.T) {
	bubble(t, func(r *rig) {
		var told []string
		r.config.OnState = func(s gateway.Status) { told = append(told, s.State.String()) }
		p := r.connected()
		pass(time.Minute)
		p.closes(4000)
		r.resumes()
		r.stop()
		want := []string{"connecting", "identifying", "ready", "connecting", "resuming", "ready", "closed"}
		if diff := cmp.Diff(want, told); diff != "" {
			t.Error(diff)
		}
	})
}

func TestTheTokenIsInNoStatus(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.connected()
		p.closes(4004)
		err := <-r.result
		status, _ := json.Marshal(r.link.Status())
		if strings.Contains(string(status)+err.Error(), "token.of.bot") {
			t.Errorf("%s %v", status, err)
		}
	})
}

func TestOnlyLastWordsThatMustArriveAreWaitedFor(t *testing.T) {
	for options, want := range map[gateway.CloseOptions]time.Duration{
		{}:                  0, // a hand-over waits for nothing
		{GoInvisible: true}: 500 * time.Millisecond,
		{EndSession: true}:  500 * time.Millisecond,
	} {
		bubble(t, func(r *rig) {
			p := r.connected()
			defer p.staysOpen()()
			at := time.Now()
			if err := r.link.Close(r.t.Context(), options); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(at); took != want {
				t.Errorf("%+v took %v, want %v", options, took, want)
			}
		})
	}
}

func TestAHiddenBotThatMustIDENTIFYIsShownByThat(t *testing.T) {
	bubble(t, func(r *rig) {
		r.config.WentInvisible = true
		p := r.connected()
		p.expect(1) // and nothing before it
		p.closes(0)
		p, _ = r.resumes()
		p.expect(1)
	})
}
