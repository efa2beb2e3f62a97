package foreign_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/steadfast-bot/steadfast/internal/bench"
	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

// BenchmarkBesideOthers measures our product beside the same bot on other libraries: the same stream, one after the
// other in one run, each alone on a core of its own. It prints a markdown table for docs/performance.md:
//
//	go test -run '^$' -bench BesideOthers -benchtime 1x -timeout 15m ./internal/foreign
func BenchmarkBesideOthers(b *testing.B) {
	for range b.N {
		fmt.Println(compare(b, apart(b), effort{rounds: 3, events: 60_000, warm: 20_000, seconds: 10}))
	}
}

func TestTheComparisonRuns(t *testing.T) {
	t.Parallel()
	table := compare(t, -1, effort{rounds: 1, events: 400, warm: 100, seconds: 1})
	for _, name := range []string{"Steadfast", "discordgo", "disgo", "arikawa"} {
		if !strings.Contains(table, "| "+name) {
			t.Errorf("%s is missing in the table:\n%s", name, table)
		}
	}
}

// effort says how long to measure.
type effort struct {
	// rounds of all contenders; the medians are shown.
	rounds int
	// warm events come before anything is measured; then so many events as fast as they are taken.
	warm, events int
	// seconds of a stream of eventsPerSecond, for the latency.
	seconds int
}

const (
	// inFlight is how many commands wait for their answer at a time while events come as fast as they are taken.
	inFlight = 32
	// Of the stream that comes evenly.
	eventsPerSecond   = 1000
	commandsPerSecond = 20
)

// contender is a bot that is measured.
type contender struct {
	name  string
	begin func(tb testing.TB, sim *discordsim.Sim, cpu int) (pids []int, stop func())
}

func contenders(tb testing.TB) []contender {
	list := []contender{{"Steadfast (worker + supervisor)", startSteadfast}}
	for _, bot := range []struct{ name, module string }{
		{"discordgo", "github.com/bwmarrin/discordgo"}, {"disgo", "github.com/disgoorg/disgo"}, {"arikawa", "github.com/diamondburned/arikawa/v3"},
	} {
		list = append(list, contender{bot.name + " " + moduleVersion(tb, bot.module), func(tb testing.TB, sim *discordsim.Sim, cpu int) ([]int, func()) {
			p := startOn(tb, sim, goBot(tb, bot.name), cpu)
			p.awaitReady()
			return []int{p.cmd.Process.Pid}, p.stop
		}})
	}
	return list
}

// result is one contender in one round.
type result struct {
	cpu       time.Duration // per event of the mixed stream
	rate      float64       // events a second
	p50, p99  time.Duration
	rss, anon [2]float64 // MB; the second is the supervisor's
}

// undisturbed fails when something happened to the connection: then it was not the stream that was measured.
func (s *stream) undisturbed() {
	s.tb.Helper()
	c := s.sim.Counters()
	if c.Readies != 1 || c.Resumes != 0 || c.Violations != 0 {
		s.tb.Fatalf("%d sessions, %d resumes, violations %v: what was measured is not the stream", c.Readies, c.Resumes, c.ViolationTexts)
	}
}

// compare measures all contenders on one core and returns the table. A negative core is any.
func compare(tb testing.TB, cpu int, e effort) string {
	tb.Helper()
	all := contenders(tb)
	programs(tb)
	results := make([][]result, len(all))
	for range e.rounds {
		for i, c := range all {
			results[i] = append(results[i], e.measure(tb, c, cpu))
		}
	}
	var table strings.Builder
	fmt.Fprintf(&table, "| bot | CPU per event | events/s | answer p50 | p99 | resident | of it anonymous |\n|---|--:|--:|--:|--:|--:|--:|\n")
	for i, c := range all {
		r := results[i]
		fmt.Fprintf(&table, "| %s | %.1f µs | %.0f | %.2f ms | %.2f ms | %s | %s |\n", c.name,
			median(r, func(r result) float64 { return float64(r.cpu) / 1e3 }),
			median(r, func(r result) float64 { return r.rate }),
			median(r, func(r result) float64 { return float64(r.p50) / 1e6 }),
			median(r, func(r result) float64 { return float64(r.p99) / 1e6 }),
			megabytes(r, func(r result) [2]float64 { return r.rss }), megabytes(r, func(r result) [2]float64 { return r.anon }))
	}
	load, _ := os.ReadFile("/proc/loadavg")
	fmt.Fprintf(&table, "\nMedians of %d rounds; %d events as fast as they are taken (1 %% commands, at most %d unanswered), then %d s of %d events and %d commands a second "+
		"for the latency. Each bot has one core, the simulator the other. Steadfast writes its cursor to its database after each command; its own limit of 50 requests a second "+
		"is off, since the others count none. discordgo keeps its cache of the state, as it does by default, disgo and arikawa none. The others live in a test binary that takes %s before it does anything. Load average at the end %s.\n",
		e.rounds, e.events, inFlight, e.seconds, eventsPerSecond, commandsPerSecond, idle(tb), strings.TrimSpace(string(load)))
	return table.String()
}

func median(results []result, of func(result) float64) float64 {
	var values []float64
	for _, r := range results {
		values = append(values, of(r))
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// megabytes shows the processes' memory, one after the other.
func megabytes(results []result, of func(result) [2]float64) string {
	text := fmt.Sprintf("%.0f", median(results, func(r result) float64 { return of(r)[0] }))
	if second := median(results, func(r result) float64 { return of(r)[1] }); second > 0 {
		text += fmt.Sprintf(" + %.0f", second)
	}
	return text + " MB"
}

// idle is what the others' processes take before they do anything: they hold all libraries at once.
func idle(tb testing.TB) string {
	tb.Helper()
	sim := discordsim.ForTest(tb, discordsim.Config{})
	p := start(tb, sim, goBot(tb, "nothing"))
	p.awaitReady()
	pid := p.cmd.Process.Pid
	said := fmt.Sprintf("%.0f MB, %.0f MB of it anonymous", memory(tb, pid, "VmRSS"), memory(tb, pid, "RssAnon"))
	p.stop()
	return said
}

// measure has one contender go through the whole stream.
func (e effort) measure(tb testing.TB, c contender, cpu int) (r result) {
	tb.Helper()
	s := newStream(tb)
	defer s.close()
	pids, stop := c.begin(tb, s.sim, cpu)
	defer stop()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	must(tb, s.sim.AwaitConnected(ctx))

	s.rush(e.warm)
	before, began := cpuTime(tb, pids), time.Now()
	s.rush(e.events)
	wall := time.Since(began)
	r.cpu = (cpuTime(tb, pids) - before) / time.Duration(e.events)
	r.rate = float64(e.events) / wall.Seconds()

	took := s.stroll(e.seconds)
	slices.Sort(took)
	r.p50, r.p99 = took[len(took)/2], took[len(took)*99/100]
	s.undisturbed()
	for i, pid := range pids {
		r.rss[i], r.anon[i] = memory(tb, pid, "VmRSS"), memory(tb, pid, "RssAnon")
	}
	return r
}

// stream is a simulator and what people do on it.
type stream struct {
	tb       testing.TB
	sim      *discordsim.Sim
	people   []discordsim.User
	channels []discordsim.Channel
	hubbub   []bench.Event
	sub      *discordsim.Subscription
	answers  chan time.Duration // how long each answer took, as the simulator saw it
	done     sync.WaitGroup
	asked    int
}

func newStream(tb testing.TB) *stream {
	tb.Helper()
	sim, err := discordsim.Start(discordsim.Config{
		Limits: discordsim.Limits{Off: true}, Starts: discordsim.StartLimits{Interval: -1}, Unchecked: true,
	})
	must(tb, err)
	world := sim.Demo()
	s := &stream{tb: tb, sim: sim, people: world.Members, answers: make(chan time.Duration, 1<<16)}
	var ids []string
	for n := range 40 {
		s.channels = append(s.channels, sim.AddChannel(world.Guild.ID, fmt.Sprintf("channel-%d", n)))
		ids = append(ids, s.channels[n].ID.String())
	}
	s.hubbub = bench.Hubbub(world.Guild.ID.String(), ids...)
	s.sub = sim.Subscribe()
	s.done.Go(s.watch)
	return s
}

func (s *stream) close() {
	s.sub.Close()
	s.done.Wait()
	s.sim.Close()
}

// watch pairs questions with their answers.
func (s *stream) watch() {
	asked := map[discordsim.ID]time.Time{}
	bot := s.sim.Bot().ID
	for {
		record, err := s.sub.Next(context.Background())
		if err != nil {
			return
		}
		sent, is := record.What.(discordsim.MessageSent)
		switch {
		case !is:
		case sent.Message.Author.ID != bot:
			asked[sent.Message.ID] = record.At
		case sent.Message.Reference != nil:
			s.answers <- record.At.Sub(asked[sent.Message.Reference.MessageID])
		}
	}
}

// ask has somebody use the command.
func (s *stream) ask() {
	s.tb.Helper()
	n := s.asked
	s.asked++
	asker, other := s.people[n%len(s.people)], s.people[(n+1)%len(s.people)]
	_, err := s.sim.Say(asker.ID, s.channels[n%len(s.channels)].ID, headpat+"<@"+other.ID.String()+">")
	must(s.tb, err)
}

// answered waits for one more answer.
func (s *stream) answered() time.Duration {
	s.tb.Helper()
	select {
	case took := <-s.answers:
		return took
	case <-time.After(patience):
		s.tb.Fatalf("no answer within %v, after %d questions", patience, s.asked)
		return 0
	}
}

// rush sends events as fast as they are taken, and returns when the last command is answered: all were read by then.
func (s *stream) rush(events int) {
	s.tb.Helper()
	asked := events / 100
	for i := range asked {
		for _, d := range s.hubbub {
			s.sim.Broadcast(d.Type, d.Data)
		}
		if i >= inFlight {
			s.answered()
		}
		s.ask()
	}
	for range min(asked, inFlight) {
		s.answered()
	}
}

// stroll sends events evenly, and returns how long each command took.
func (s *stream) stroll(seconds int) (took []time.Duration) {
	s.tb.Helper()
	const step = time.Second / commandsPerSecond
	ticks := time.NewTicker(step)
	defer ticks.Stop()
	next := 0
	for range seconds * commandsPerSecond {
		<-ticks.C
		for range eventsPerSecond/commandsPerSecond - 1 {
			d := s.hubbub[next%len(s.hubbub)]
			s.sim.Broadcast(d.Type, d.Data)
			next++
		}
		s.ask()
	}
	for range seconds * commandsPerSecond {
		took = append(took, s.answered())
	}
	return took
}
