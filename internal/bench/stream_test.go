package bench_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/steadfast-bot/steadfast/internal/bench"
	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

const (
	// inFlight is how many commands wait for their answer at a time: enough to keep the worker busy, far below where
	// it would close the gateway for want of room.
	inFlight = 32
	// unread is how many events are sent before the simulator is asked whether they have left.
	unread = 4096
)

// BenchmarkStream is what events cost the worker, which has one core for itself and the supervisor; the simulator has
// another. b.N counts commands in "typed", "slash" and "alone", events in the others. All share one worker: it is warm,
// as one that has run for a while is.
func BenchmarkStream(b *testing.B) {
	s := newStream(b)
	all := s.hubbub
	isChat := func(d bench.Event) bool { return d.Type == bench.ChatType }
	isOther := func(d bench.Event) bool { return d.Type != bench.ChatType }
	b.Run("ignored", func(b *testing.B) { s.benchmarkIgnored(b, "ignored", all) })
	b.Run("chat", func(b *testing.B) { s.benchmarkIgnored(b, "chat", without(all, isOther)) })
	b.Run("others", func(b *testing.B) { s.benchmarkIgnored(b, "others", without(all, isChat)) })
	s.hubbub = all
	b.Run("mixed", s.benchmarkMixed)
	b.Run("typed", func(b *testing.B) { s.benchmarkCommands(b, "typed", s.typed) })
	b.Run("slash", func(b *testing.B) { s.benchmarkCommands(b, "slash", s.slash) })
	b.Run("alone", s.benchmarkAlone)
}

func without(events []bench.Event, leaveOut func(bench.Event) bool) []bench.Event {
	return slices.DeleteFunc(slices.Clone(events), leaveOut)
}

func (s *stream) benchmarkIgnored(b *testing.B, name string, events []bench.Event) {
	s.tb, s.hubbub = b, events
	cost := s.measure(name, func() { s.flood(b.N); s.sentinel() })
	cost.per(b, b.N, "event")
	b.ReportMetric(float64(b.N)/cost.wall.Seconds(), "events/s")
}

// benchmarkMixed sends 99 events nobody handles and a command, over and over. What the same stream costs without its
// commands, right before, is taken off; the rest is the commands'.
func (s *stream) benchmarkMixed(b *testing.B) {
	s.tb = b
	events, asked := max(b.N, 1000), max(b.N, 1000)/100
	quiet := s.measure("", func() { s.flood(events - asked); s.sentinel() })
	cost := s.measure("mixed", func() { s.commands(asked, 99, s.typed) })
	cost.per(b, events, "event")
	cost.minus(quiet).per(b, asked, "command")
	b.ReportMetric(float64(events)/cost.wall.Seconds(), "events/s")
	b.ReportMetric(float64(asked)/cost.wall.Seconds(), "commands/s")
}

func (s *stream) benchmarkCommands(b *testing.B, name string, use command) {
	s.tb = b
	cost := s.measure(name, func() { s.commands(b.N, 0, use) })
	cost.per(b, b.N, "command")
	b.ReportMetric(float64(b.N)/cost.wall.Seconds(), "commands/s")
}

// benchmarkAlone asks one command at a time, so that each pays for waking the worker up.
func (s *stream) benchmarkAlone(b *testing.B) {
	s.tb = b
	var took samples
	cost := s.measure("alone", func() {
		for n := range b.N {
			began := time.Now()
			s.typed(n)
			s.answered()
			took = append(took, time.Since(began))
			time.Sleep(10 * time.Millisecond)
		}
	})
	cost.per(b, b.N, "command")
	took.report(b, "answer-")
}

// stream is a product that is sent events.
type stream struct {
	tb       testing.TB
	sim      *discordsim.Sim
	sub      *discordsim.Subscription
	product  *product
	worker   int
	people   []discordsim.User
	channels []discordsim.Channel
	hubbub   []bench.Event
}

// command lets somebody use one; n numbers it.
type command func(n int)

func newStream(tb testing.TB) *stream {
	tb.Helper()
	cpu := apart(tb)
	sim, world := discord(tb)
	s := &stream{tb: tb, sim: sim, people: world.Members}
	var ids []string
	for n := range 40 {
		s.channels = append(s.channels, sim.AddChannel(world.Guild.ID, fmt.Sprintf("channel-%d", n)))
		ids = append(ids, s.channels[n].ID.String())
	}
	s.hubbub = bench.Hubbub(world.Guild.ID.String(), ids...)
	s.product = launch(tb, sim, options{cpu: cpu, env: []string{"STEADFAST_WORKER=" + probed(tb)}})
	s.sub = sim.Subscribe()
	tb.Cleanup(s.sub.Close)
	s.worker = s.product.worker(0)
	settle()
	s.flood(20_000) // the heap, the buffers and the scheduler are as they will be
	s.commands(200, 0, s.typed)
	return s
}

// flood sends events that nobody handles, as fast as they are taken.
func (s *stream) flood(n int) {
	for i := range n {
		s.sim.Broadcast(s.hubbub[i%len(s.hubbub)].Type, s.hubbub[i%len(s.hubbub)].Data)
		if i%unread == unread-1 {
			s.left()
		}
	}
}

// left waits until the simulator has nothing more to write.
func (s *stream) left() {
	s.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	must(s.tb, s.sim.AwaitDelivered(ctx))
}

// sentinel returns when everything sent before has been read: a command comes last and is answered.
func (s *stream) sentinel() {
	s.typed(0)
	s.answered()
}

// commands lets n be used, each behind so many events nobody handles, and returns when all are answered.
func (s *stream) commands(n, between int, use command) {
	for i := range n {
		for j := range between {
			s.sim.Broadcast(s.hubbub[j].Type, s.hubbub[j].Data)
		}
		if i >= inFlight {
			s.answered()
		}
		use(i)
	}
	for range min(n, inFlight) {
		s.answered()
	}
}

// typed is a command in a channel, answered by a message.
func (s *stream) typed(n int) {
	s.tb.Helper()
	asker, other := s.people[n%len(s.people)], s.people[(n+1)%len(s.people)]
	_, err := s.sim.Say(asker.ID, s.channels[n%len(s.channels)].ID, "!headpat <@"+other.ID.String()+">")
	must(s.tb, err)
}

// slash is the same as an interaction, answered by its callback.
func (s *stream) slash(n int) {
	s.tb.Helper()
	asker, other := s.people[n%len(s.people)], s.people[(n+1)%len(s.people)]
	_, err := s.sim.Slash(asker.ID, s.channels[n%len(s.channels)].ID, "headpat", discordsim.Arg("member", other.ID))
	must(s.tb, err)
}

// answered waits for one more answer, whichever.
func (s *stream) answered() {
	s.tb.Helper()
	bot := s.sim.Bot().ID
	for {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		record, err := s.sub.Next(ctx)
		cancel()
		if err != nil {
			s.tb.Fatalf("waiting for an answer: %v", err)
		}
		switch what := record.What.(type) {
		case discordsim.MessageSent:
			if what.Message.Author.ID == bot {
				return
			}
		case discordsim.Disconnected, discordsim.Violated:
			s.tb.Fatalf("this must not happen while one measures: %T %+v", what, what)
		}
	}
}

// spent is what something cost the worker.
type spent struct {
	cpu, wall      time.Duration
	objects, bytes uint64
}

// measure plays something and says what it cost; a profile of it is taken under its name, if one was asked for.
func (s *stream) measure(name string, play func()) spent {
	s.tb.Helper()
	end := func() {}
	if name != "" {
		end = profile(s.tb, s.worker, name)
	}
	before := ask(s.tb, s.worker)
	cpu, began := cpuTime(s.tb, s.worker), time.Now()
	play()
	cost := spent{cpu: cpuTime(s.tb, s.worker) - cpu, wall: time.Since(began)}
	after := ask(s.tb, s.worker)
	cost.objects, cost.bytes = after.objects-before.objects, after.bytes-before.bytes
	end()
	return cost
}

// minus takes off what something else cost; never below nothing.
func (c spent) minus(other spent) spent {
	return spent{
		cpu: max(0, c.cpu-other.cpu), wall: c.wall,
		objects: c.objects - min(c.objects, other.objects), bytes: c.bytes - min(c.bytes, other.bytes),
	}
}

// per divides it among so many things of a kind.
func (c spent) per(b *testing.B, n int, thing string) {
	b.ReportMetric(float64(c.cpu.Nanoseconds())/1e3/float64(n), "cpu-µs/"+thing)
	b.ReportMetric(float64(c.objects)/float64(n), "allocs/"+thing)
	b.ReportMetric(float64(c.bytes)/float64(n), "B/"+thing)
}
