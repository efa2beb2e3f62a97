package bench_test

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

// BenchmarkStart is the way from exec of `supervisor run` to a session, as the simulator sees it: "new" in an empty
// state directory, which ends with READY; "again" where a session waits, which ends with RESUMED.
func BenchmarkStart(b *testing.B) {
	b.Run("new", func(b *testing.B) {
		sim, _ := discord(b)
		sub := sim.Subscribe()
		var ready, beats samples
		for range b.N {
			p := launch(b, sim, anyCPU)
			record, _ := until[discordsim.Identified](b, sub)
			ready = append(ready, record.At.Sub(p.started))
			beats = append(beats, p.firstBeat())
			p.stop()
		}
		ready.report(b, "")
		beats.report(b, "beat-")
	})
	b.Run("again", func(b *testing.B) {
		sim, _ := discord(b)
		sub := sim.Subscribe()
		o := options{dir: stateDir(b), cpu: -1}
		first := launch(b, sim, o)
		until[discordsim.Identified](b, sub)
		settle()
		first.stop()
		var resumed samples
		for range b.N {
			p := launch(b, sim, o)
			record, _ := until[discordsim.Resumed](b, sub)
			resumed = append(resumed, record.At.Sub(p.started))
			p.stop()
		}
		resumed.report(b, "")
	})
}

// BenchmarkKill is the time from kill -9 of the worker to RESUMED, as the simulator sees it, and where it goes, as the
// logs tell. At its end stands what the supervisor's memory has become.
func BenchmarkKill(b *testing.B) {
	sim, _ := discord(b)
	p := launch(b, sim, anyCPU)
	pid := p.worker(0)
	settle()
	sub := sim.Subscribe()
	var lives []life
	for range b.N {
		var l life
		l, pid = p.killOnce(sub, pid)
		lives = append(lives, l)
		time.Sleep(100 * time.Millisecond) // what follows a resume is not part of the next death
	}
	p.reportMemory(b, "supervisor", p.supervisor())
	p.stop()
	p.recall(lives)
	for _, part := range []struct {
		name string
		of   func(life) time.Duration
	}{
		{"", func(l life) time.Duration { return l.resumed.Sub(l.killed) }},
		{"noticed-", func(l life) time.Duration { return l.noticed.Sub(l.killed) }},
		{"configured-", func(l life) time.Duration { return l.configured.Sub(l.noticed) }},
		{"activated-", func(l life) time.Duration { return l.activated.Sub(l.configured) }},
		{"dialled-", func(l life) time.Duration { return l.dialled.Sub(l.activated) }},
		{"session-", func(l life) time.Duration { return l.resumed.Sub(l.dialled) }},
	} {
		var all samples
		for _, l := range lives {
			all = append(all, part.of(l))
		}
		all.report(b, part.name)
	}
}

// life is one death and what came after it.
type life struct {
	killed     time.Time
	noticed    time.Time // the supervisor has reaped it
	configured time.Time // the successor has answered Configure
	activated  time.Time // it has the lock, the database and its epoch
	dialled    time.Time // the simulator has its connection
	resumed    time.Time // and has handed out RESUMED
}

// killOnce kills the worker and waits for its successor's session.
func (p *product) killOnce(sub *discordsim.Subscription, pid int) (l life, successor int) {
	p.tb.Helper()
	l.killed = time.Now()
	must(p.tb, syscall.Kill(pid, syscall.SIGKILL))
	connected, _ := until[discordsim.Connected](p.tb, sub)
	resumed, _ := until[discordsim.Resumed](p.tb, sub)
	l.dialled, l.resumed = connected.At, resumed.At
	return l, p.worker(pid)
}

// entry is a line of the logs, as far as the clock is concerned.
type entry struct {
	Time       time.Time `json:"time"`
	Message    string    `json:"msg"`
	To         string    `json:"to"`
	Generation int       `json:"generation"`
}

// entries are all lines of all logs.
func (p *product) entries() (all []entry) {
	p.tb.Helper()
	for _, path := range p.logs() {
		content, err := os.ReadFile(path)
		must(p.tb, err)
		for lines := bufio.NewScanner(strings.NewReader(string(content))); lines.Scan(); {
			var e entry
			must(p.tb, json.Unmarshal(lines.Bytes(), &e))
			all = append(all, e)
		}
	}
	return all
}

// recall completes lives, the deaths of generation 1 and those after it, with what the logs say.
func (p *product) recall(lives []life) {
	p.tb.Helper()
	for _, e := range p.entries() {
		death, successor := e.Generation-1, e.Generation-2 // as indices of lives
		switch {
		case e.Message == "worker state" && e.To == "stopped" && death >= 0 && death < len(lives):
			lives[death].noticed = e.Time
		case successor < 0 || successor >= len(lives):
		case e.Message == "worker state" && e.To == "activating":
			lives[successor].configured = e.Time
		case e.Message == "activated":
			lives[successor].activated = e.Time
		}
	}
	for n, l := range lives {
		if l.noticed.IsZero() || l.configured.IsZero() || l.activated.IsZero() {
			p.tb.Fatalf("the logs do not tell all of death %d: %+v", n+1, l)
		}
	}
}

// firstBeat is the time from the launch of the first worker to the first heartbeat that found it well. It waits for it.
func (p *product) firstBeat() time.Duration {
	p.tb.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		var launched time.Time
		for _, e := range p.entries() {
			switch {
			case e.Message == "worker state" && e.To == "starting":
				launched = e.Time
			case e.Message == "worker verdict" && e.To == "ok":
				return e.Time.Sub(launched)
			}
		}
	}
	p.tb.Fatal("no good heartbeat after 20 s")
	return 0
}
