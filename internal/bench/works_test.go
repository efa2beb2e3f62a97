package bench_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/steadfast-bot/steadfast/internal/bench"
)

// These tests keep the harness from rotting. None of them looks at how long anything took.

func TestADeathIsToldFromKillToSession(t *testing.T) {
	sim, _ := discord(t)
	p := launch(t, sim, anyCPU)
	pid := p.worker(0)
	p.firstBeat()
	sub := sim.Subscribe()
	lives := make([]life, 2)
	for n := range lives {
		lives[n], pid = p.killOnce(sub, pid)
	}
	p.stop()
	p.recall(lives)
	for n, l := range lives {
		order := []time.Time{l.killed, l.noticed, l.configured, l.dialled, l.resumed}
		for i := range order[1:] {
			if order[i+1].Before(order[i].Add(-time.Microsecond)) { // the logs cut to microseconds
				t.Errorf("death %d is told out of order: %+v", n+1, l)
			}
		}
	}
	if c := sim.Counters(); c.Identifies != 1 || c.Resumes != 2 {
		t.Errorf("%d identifies, %d resumes; want 1 and 2", c.Identifies, c.Resumes)
	}
}

func TestAStreamIsReadAndAnswered(t *testing.T) {
	s := newStream(t)
	const typed, slashed = 150, 20
	began := s.sim.Counters()
	cost := s.measure("", func() {
		s.commands(typed, 10, s.typed)
		s.commands(slashed, 0, s.slash)
	})
	if cost.cpu <= 0 || cost.objects == 0 || cost.bytes == 0 {
		t.Errorf("it cost nothing: %+v", cost)
	}
	count := s.sim.Counters()
	for route, want := range map[string]int{
		"POST /channels/{channel}/messages":                 typed,
		"POST /interactions/{interaction}/{token}/callback": slashed,
	} {
		// The last request from before is counted a moment after its message is seen.
		if got := count.Requests[route] - began.Requests[route]; got < want || got > want+1 {
			t.Errorf("%d × %s, want %d; all: %v", got, route, want, count.Requests)
		}
	}
	if count.Violations != 0 || count.Identifies != 1 || count.Resumes != 0 {
		t.Errorf("%d identifies, %d resumes, violations %q", count.Identifies, count.Resumes, count.ViolationTexts)
	}
}

func TestTheHubbubHasTheSharesAndSizesOfABusyServer(t *testing.T) {
	events := bench.Hubbub("1", "2", "3")
	count, bytes := map[string]int{}, 0
	for _, e := range events {
		count[e.Type]++
		bytes += len(e.Data)
		if n := len(e.Data); n < 400 || n > 1200 {
			t.Errorf("%s has %d bytes", e.Type, n)
		}
	}
	for _, s := range bench.Shares {
		if count[s.Type] != s.Percent {
			t.Errorf("%d × %s, want %d", count[s.Type], s.Type, s.Percent)
		}
	}
	t.Logf("%d bytes on average", bytes/len(events))
}

func TestEveryRowNamesABenchmarkThatExists(t *testing.T) {
	var all strings.Builder
	files, err := filepath.Glob(filepath.Join("..", "*", "*_test.go"))
	must(t, err)
	for _, path := range files {
		content, err := os.ReadFile(path)
		must(t, err)
		all.Write(content)
	}
	for _, row := range bench.Rows() {
		function, _, _ := strings.Cut(row.Benchmark, "/")
		if function != "" && !regexp.MustCompile(`(?m)^func `+function+`\(b `).MatchString(all.String()) {
			t.Errorf("%q wants %s, which is nowhere", row.What, row.Benchmark)
		}
	}
}
