package lifecycle_test

import (
	"slices"
	"testing"
	"time"

	. "github.com/steadfast-bot/steadfast/internal/lifecycle"
)

// life is how one worker's life goes: how long it runs (negative: it dies before), and how it ends.
type life struct {
	runs time.Duration
	as   Class
}

const never = -1

// live plays lives one after the other and gives the delay before each respawn, and the machine in the end.
func live(p Policy, jitter float64, lives ...life) ([]time.Duration, Machine) {
	var (
		m      Machine
		now    time.Duration
		delays []time.Duration
	)
	step := func(in Input) []Action {
		var actions []Action
		m, actions = m.Step(p, Event{At: now, Jitter: jitter, Input: in})
		return actions
	}
	step(Begin{})
	for _, l := range lives {
		g := m.Current.Generation
		step(Configured{Generation: g})
		if l.runs >= 0 {
			step(ready(g))
			now += l.runs
			step(ready(g))
		}
		var delay time.Duration
		for _, a := range step(died(g, l.as)) {
			if a, ok := a.(Arm); ok && a.Timer.Kind == RespawnTimer {
				delay = a.After
			}
		}
		delays = append(delays, delay)
		if delay > 0 {
			now += delay
			step(elapsed(RespawnTimer, g))
		}
	}
	return delays, m
}

func times(n int, l life) []life { return slices.Repeat([]life{l}, n) }

func seconds(s ...float64) []time.Duration {
	var d []time.Duration
	for _, x := range s {
		d = append(d, time.Duration(x*float64(time.Second)))
	}
	return d
}

func TestDelaysBetweenRespawns(t *testing.T) {
	early, brief, long := life{never, Crash}, life{0, Crash}, life{12 * time.Second, Crash}
	for _, row := range []struct {
		name    string
		lives   []life
		jitter  float64
		want    []time.Duration // the last ones
		looping bool
	}{
		{"early deaths double, the sixth in a minute waits longest", times(8, early), 0, seconds(1, 2, 4, 8, 16, 60, 60, 60), true},
		{"five are no crash loop", times(5, early), 0, seconds(1, 2, 4, 8, 16), false},
		{"a full part of chance up", times(2, early), 1, seconds(1.2, 2.4), false},
		{"a full part of chance down", times(2, early), -1, seconds(0.8, 1.6), false},
		{"ten tokens, then the delays", times(13, brief), 0, seconds(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4), false},
		{"12 s of running pay for a token", times(29, long), 0, slices.Repeat(seconds(0), 29), false},
		{"more than 30 deaths in an hour are a crash loop, tokens go on deciding", times(31, long), 0, slices.Repeat(seconds(0), 31), true},
		{"75 waits, whatever the tokens", times(2, life{time.Minute, Temporary}), 0, seconds(1, 2), false},
		{"the longest delay is the cap", times(9, life{time.Minute, Temporary}), 0, seconds(1, 2, 4, 8, 16, 32, 60, 60, 60), false},
		{"ten minutes of running forget", append(times(7, early), life{10 * time.Minute, Crash}, early), 0, seconds(60, 0, 1), false},
		{"a little less does not", append(times(7, early), life{599 * time.Second, Crash}, early), 0, seconds(60, 0, 60), true},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, m := live(DefaultPolicy(), row.jitter, row.lives...)
			if got = got[len(got)-len(row.want):]; !slices.Equal(got, row.want) {
				t.Errorf("the delays are %v, want %v", got, row.want)
			}
			if m.Looping != row.looping {
				t.Errorf("a crash loop: %v, want %v", m.Looping, row.looping)
			}
		})
	}
}

func TestImmediateNeverWaitsButSaysThatItLoops(t *testing.T) {
	p := DefaultPolicy()
	p.Immediate = true
	got, m := live(p, 0, times(50, life{never, Temporary})...)
	if !slices.Equal(got, slices.Repeat(seconds(0), 50)) || !m.Looping {
		t.Errorf("the delays are %v, a crash loop: %v", got, m.Looping)
	}
}

func TestAnOperatorsRestartForgets(t *testing.T) {
	_, m := live(DefaultPolicy(), 0, times(8, life{never, Crash})...)
	m, actions := m.Step(DefaultPolicy(), Event{At: time.Hour, Input: Asked{AskRestartHard, 0}})
	if m.Looping || !slices.Contains(actions, Action(Announce{AlarmCrashLoopOver, "the crash loop is over"})) {
		t.Errorf("looping: %v, actions %v", m.Looping, actions)
	}
}

func TestACrashLoopIsSaidOnce(t *testing.T) {
	p := DefaultPolicy()
	var said int
	var m Machine
	m, _ = m.Step(p, Event{Input: Begin{}})
	for range 20 {
		var actions []Action
		m, actions = m.Step(p, Event{Input: died(m.Current.Generation, Crash)})
		for _, a := range actions {
			if a, ok := a.(Announce); ok && a.Alarm == AlarmCrashLoop {
				said++
			}
		}
		m, _ = m.Step(p, Event{Input: elapsed(RespawnTimer, m.Current.Generation)})
	}
	if said != 1 {
		t.Errorf("said %d times", said)
	}
}

func TestPoliciesThatCouldSpinAreRefused(t *testing.T) {
	if err := DefaultPolicy().Validate(); err != nil {
		t.Fatalf("the default policy is refused: %v", err)
	}
	for name, change := range map[string]func(*Policy){
		"no first delay":         func(p *Policy) { p.BackoffFirst = 0 },
		"a cap below the first":  func(p *Policy) { p.BackoffCap = p.BackoffFirst / 2 },
		"a jitter of everything": func(p *Policy) { p.JitterPart = 1 },
		"no grace after a stop":  func(p *Policy) { p.StopGrace = 0 },
		"no tries of a token":    func(p *Policy) { p.TokenTries = 0 },
		"more deaths than room":  func(p *Policy) { p.Deaths = 64 },
	} {
		p := DefaultPolicy()
		change(&p)
		if p.Validate() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
