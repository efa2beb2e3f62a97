package gateway_test

import (
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/steadfast-bot/steadfast/internal/gateway"
)

func TestAFailingResumeURLFallsBackToTheMainOneAndStillResumes(t *testing.T) {
	for name, f := range map[string]fault{
		"refused":        {err: errRefused},
		"no such name":   {err: &net.DNSError{Err: "no such host", Name: "resume.test"}},
		"HTTP 503":       {status: 503},
		"silent":         {silent: true},
		"no Hello there": {},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(r *rig) {
				if f != (fault{}) {
					r.server.breaks("resume.test", f)
				}
				r.session(41).start()
				at := time.Now()
				p := r.server.accept()
				if f == (fault{}) {
					p = r.server.accept() // the first got no Hello and was left
				}
				p.hello(interval)
				m := p.expect(6)
				if p.host != "main.test" || m.field("seq") != "41" {
					t.Errorf("%s: RESUME %s", p.host, m.Data)
				}
				limit := 1500 * time.Millisecond // the next attempt begins with the other URL
				if f == (fault{}) {
					limit += 5 * time.Second // Hello's
				}
				if took := time.Since(at); took > limit {
					t.Errorf("took %v", took)
				}
				if len(r.budget.taken()) != 0 {
					t.Error("an IDENTIFY was taken from the budget")
				}
			})
		})
	}
}

func TestWhateverIsWrongTheLinkKeepsTryingAndSaysSoInOneSentence(t *testing.T) {
	discovery := errors.New("the API is down")
	for _, row := range []struct {
		name      string
		fault     fault
		discovery error
		says      string
	}{
		{"refused", fault{err: errRefused}, nil, "Discord's gateway main.test refuses connections"},
		{"DNS", fault{err: &net.DNSError{Err: "no such host", Name: "main.test"}}, nil, "cannot be resolved: no such host"},
		{"503", fault{status: 503}, nil, "answers with HTTP 503 instead of a WebSocket"},
		{"silent", fault{silent: true}, nil, "is silent"},
		{"no discovery", fault{}, discovery, "does not say where its gateway is: the API is down"},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(r *rig) {
				r.server.breaks("", row.fault)
				r.disco.fails(row.discovery)
				r.start()
				pass(10 * time.Minute)
				s := r.link.Status()
				if s.State != gateway.Connecting || !strings.Contains(s.LastError, row.says) || strings.Contains(s.LastError, "\n") {
					t.Errorf("status %+v", s)
				}
				if asked := len(r.disco.times()); row.discovery == nil && asked > 35 {
					t.Errorf("GET /gateway/bot asked %d times in ten minutes although it answers", asked)
				}
				r.server.breaks("", fault{})
				r.disco.fails(nil)
				p := r.server.accept().hello(interval)
				p.expect(2)
				p.ready("s1")
				r.settles(gateway.Ready)
				if s := r.link.Status(); s.LastError != "" {
					t.Errorf("all is well and the status still says %q", s.LastError)
				}
			})
		})
	}
}

func TestAttemptsAreCloseTogetherForAMinuteAndThenEverRarer(t *testing.T) {
	for name, f := range map[string]fault{"failing at once": {err: errRefused}, "hanging": {silent: true}} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(r *rig) {
				p := r.connected()
				pass(time.Hour)
				r.server.breaks("", f)
				seen := len(r.server.attempts())
				dropped := time.Now()
				p.closes(0)
				pass(time.Hour)
				var starts []time.Duration // a hanging attempt dials the other URL 3 s later: not a start
				for _, d := range r.server.attempts()[seen:] {
					if d.host == "resume.test" || len(starts) == 0 {
						starts = append(starts, d.at.Sub(dropped))
					}
				}
				if starts[0] != 0 {
					t.Errorf("the first attempt came after %v", starts[0])
				}
				if n := len(starts); n < 90 || n > 260 {
					t.Errorf("%d attempts in an hour", n)
				}
			})
		})
	}
}

func TestTheScheduleOfAttempts(t *testing.T) {
	for _, random := range []float64{0, 0.5, 0.999} {
		starts := gateway.Starts(200, func() float64 { return random })
		if starts[0] != 0 {
			t.Errorf("first attempt after %v", starts[0])
		}
		var gaps []time.Duration
		for i := 1; i < len(starts); i++ {
			gap := starts[i] - starts[i-1]
			if starts[i-1] < time.Minute && (gap < time.Second || gap > 1500*time.Millisecond) {
				t.Errorf("random %v: attempts at %v and %v in the first minute", random, starts[i-1], starts[i])
			}
			if starts[i-1] > time.Minute {
				gaps = append(gaps, gap)
			}
			if gap > time.Minute {
				t.Errorf("random %v: a gap of %v", random, gap)
			}
		}
		for i := 1; i < len(gaps); i++ {
			if gaps[i] < gaps[i-1] {
				t.Errorf("random %v: the gap shrinks from %v to %v", random, gaps[i-1], gaps[i])
			}
		}
		if last := gaps[len(gaps)-1]; last < 30*time.Second {
			t.Errorf("random %v: the last gap is %v", random, last)
		}
	}
}

func TestANetworkThatComesBackIsNoticedWithinAGapThoughDialsHang(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.connected()
		pass(time.Hour)
		r.server.breaks("", fault{silent: true})
		p.closes(0)
		pass(31700 * time.Millisecond)
		r.server.breaks("", fault{})
		back := time.Now()
		r.resumes()
		if took := time.Since(back); took > 1500*time.Millisecond {
			t.Errorf("resumed %v after the network was back", took)
		}
	})
}

func TestAServerThatAcceptsAndThrowsOutMakesNoHotLoop(t *testing.T) {
	for name, play := range map[string]func(p *peer){
		"before Hello": func(p *peer) { p.closes(4000) },
		"after Hello":  func(p *peer) { p.hello(interval).closes(0) },
		"after RESUMED": func(p *peer) {
			p.hello(interval).expect(6)
			p.send(`{"op":0,"t":"RESUMED","s":null,"d":{}}`)
			p.closes(4000)
		},
		"op 7 at once": func(p *peer) { p.send(`{"op":7}`) },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(r *rig) {
				r.session(41).start()
				begin := time.Now()
				connections := 0
				for time.Since(begin) < time.Minute {
					play(r.server.accept())
					connections++
				}
				if connections < 40 || connections > 61 {
					t.Errorf("%d connections in the first minute", connections)
				}
				for time.Since(begin) < 10*time.Minute {
					play(r.server.accept())
					connections++
				}
				if connections > 450 {
					t.Errorf("%d connections in ten minutes", connections)
				}
			})
		})
	}
}

func TestAfter401TheLinkGivesUp(t *testing.T) {
	bubble(t, func(r *rig) {
		r.disco.fails(gateway.ErrTokenRefused)
		r.start()
		var fatal *gateway.FatalError
		if err := <-r.result; !errors.As(err, &fatal) || !fatal.TokenRefused() {
			t.Errorf("Run returned %v", err)
		}
		if n := len(r.disco.times()); n != 1 {
			t.Errorf("asked %d times", n)
		}
	})
}

func TestAHoldOfTheAPIIsWaitedForAndShown(t *testing.T) {
	bubble(t, func(r *rig) {
		until := time.Now().Add(time.Hour)
		r.disco.fails(&gateway.HoldError{Until: until, Why: "banned by Cloudflare"})
		r.start()
		pass(59 * time.Minute)
		s := r.link.Status()
		if s.State != gateway.Waiting || !s.WaitingUntil.Equal(until) || s.WaitingWhy != "banned by Cloudflare" {
			t.Errorf("status %+v", s)
		}
		if n := len(r.disco.times()); n != 1 {
			t.Errorf("asked %d times during the hold", n)
		}
		r.disco.fails(nil)
		r.server.accept().hello(interval).expect(2)
		if time.Now().Before(until) {
			t.Error("did not wait")
		}
	})
}

func TestAnEmptyIdentifyBudgetIsWaitedForAndShown(t *testing.T) {
	bubble(t, func(r *rig) {
		r.budget.waits = []time.Duration{2 * time.Minute}
		r.start()
		at := time.Now()
		r.server.accept().hello(interval).left()
		r.settles(gateway.Waiting)
		s := r.link.Status()
		if s.WaitingWhy != "the identify budget is used up" || !s.WaitingUntil.Equal(at.Add(2*time.Minute)) {
			t.Errorf("status %+v", s)
		}
		r.server.accept().hello(interval).expect(2)
		if waited := time.Since(at); waited != 2*time.Minute {
			t.Errorf("waited %v", waited)
		}
		if s := r.link.Status(); s.WaitingWhy != "" || s.Identifies != 1 {
			t.Errorf("status %+v", s)
		}
		if diff := cmp.Diff(2, len(r.disco.times())); diff != "" {
			t.Error("GET /gateway/bot before each IDENTIFY: ", diff)
		}
	})
}

func TestABudgetThatSaysAlmostMakesNoHotLoop(t *testing.T) {
	bubble(t, func(r *rig) {
		for range 1000 {
			r.budget.waits = append(r.budget.waits, time.Millisecond)
		}
		r.start()
		connections := 0
		for begin := time.Now(); time.Since(begin) < time.Minute; connections++ {
			r.server.accept().hello(interval).left()
		}
		if connections > 61 {
			t.Errorf("%d connections in a minute", connections)
		}
	})
}

func TestAfterALongOutageABriefConnectionBringsAttemptsCloseTogetherAgain(t *testing.T) {
	bubble(t, func(r *rig) {
		r.session(41)
		r.server.breaks("", fault{err: errRefused})
		r.start()
		pass(time.Hour)
		r.server.breaks("", fault{})
		p, _ := r.resumes()
		pass(5 * time.Second)
		dropped := time.Now()
		p.closes(0)
		r.resumes()
		if took := time.Since(dropped); took > 3*time.Second {
			t.Errorf("came back after %v", took)
		}
	})
}

func TestAGatewayURLThatStopsWorkingIsAskedForAgain(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.connected()
		pass(time.Hour)
		r.disco.moves("ws://elsewhere.test")
		r.server.breaks("main.test", fault{err: errRefused})
		r.server.breaks("resume.test", fault{err: errRefused})
		asked := len(r.disco.times())
		p.closes(0)
		p, _ = r.resumes()
		if p.host != "elsewhere.test" {
			t.Errorf("resumed at %s", p.host)
		}
		if n := len(r.disco.times()) - asked; n != 1 {
			t.Errorf("asked %d times", n)
		}
	})
}
