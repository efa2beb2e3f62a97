package gateway_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	arikawa "github.com/diamondburned/arikawa/v3/gateway"
	"github.com/steadfast-bot/steadfast/internal/gateway"
)

func TestMain(m *testing.M) {
	if clientOfAnotherProcess() {
		return
	}
	goleak.VerifyTestMain(m)
}

// rig is a link with everything around it played by the test.
type rig struct {
	t      *testing.T
	server *server
	sink   *fakeSink
	keeper *fakeKeeper
	budget *fakeBudget
	disco  *fakeDiscovery
	config gateway.Config
	link   *gateway.Link
	result chan error
}

const interval = 40 * time.Second

// bubble runs a test on fake time.
func bubble(t *testing.T, test func(*rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		test(r)
		r.stop()
	})
}

func newRig(t *testing.T) *rig {
	r := &rig{
		t: t, server: newServer(t), sink: newSink(), keeper: &fakeKeeper{}, budget: &fakeBudget{},
		disco: &fakeDiscovery{bot: gateway.Bot{URL: "ws://main.test/", Remaining: 999, Total: 1000, MaxConcurrency: 1}},
	}
	r.config = gateway.Config{
		Token: "token.of.bot", Intents: arikawa.IntentGuilds | arikawa.IntentMessageContent,
		Activity: "commands | !help", NetDial: r.server.netDial, AllowPlaintext: true,
	}
	return r
}

// session makes the link begin with a cursor.
func (r *rig) session(sequence int64) *rig {
	r.config.Session = gateway.Session{ID: "old", ResumeURL: "ws://resume.test", Sequence: sequence}
	return r
}

func (r *rig) start() *rig {
	r.link = gateway.New(r.config, r.sink, r.disco, r.budget, r.keeper)
	r.result = make(chan error, 1)
	go func() { r.result <- r.link.Run(r.t.Context()) }()
	return r
}

// stop closes the link if it still runs.
func (r *rig) stop() {
	if r.link == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := r.link.Close(ctx, gateway.CloseOptions{}); err != nil {
		r.t.Errorf("the link does not close: %v", err)
	}
}

// connected starts the link and brings it to READY.
func (r *rig) connected() *peer {
	r.t.Helper()
	r.start()
	p := r.server.accept().hello(interval)
	p.expect(2)
	p.ready("s1")
	r.settles(gateway.Ready)
	return p
}

// resumes answers the next connection's RESUME.
func (r *rig) resumes() (*peer, message) {
	r.t.Helper()
	p := r.server.accept().hello(interval)
	m := p.expect(6)
	p.send(`{"op":0,"t":"RESUMED","s":null,"d":{}}`)
	r.settles(gateway.Ready)
	return p, m
}

// settles waits for what is under way and checks the state.
func (r *rig) settles(want gateway.State) {
	r.t.Helper()
	synctest.Wait()
	if got := r.link.Status(); got.State != want {
		r.t.Fatalf("state %v (%s), want %v", got.State, got.LastError, want)
	}
}

// fakeSink records what arrives.
type fakeSink struct {
	mu       sync.Mutex
	wants    func(string) bool
	got      []gateway.Dispatch
	order    []int64 // delivered and skipped
	capacity int
	low      int64
	room     chan struct{}
}

func newSink() *fakeSink {
	return &fakeSink{
		wants: func(kind string) bool { return kind == "MESSAGE_CREATE" }, capacity: 1 << 30, room: make(chan struct{}, 1),
	}
}

func (s *fakeSink) Handles(kind string) bool { return s.wants(kind) }

// Wants takes all of what it handles.
func (s *fakeSink) Wants(string, gateway.Data) bool { return true }
func (s *fakeSink) Room() <-chan struct{}           { return s.room }

func (s *fakeSink) Deliver(d gateway.Dispatch) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.capacity == 0 {
		return false
	}
	s.capacity--
	s.got, s.order = append(s.got, d), append(s.order, d.Sequence)
	return true
}

func (s *fakeSink) Skip(sequence int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.order = append(s.order, sequence)
}

func (s *fakeSink) LowWater() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.low
}

func (s *fakeSink) setLow(n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.low = n
}

func (s *fakeSink) setCapacity(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.capacity = n
}

func (s *fakeSink) delivered() []gateway.Dispatch {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.got)
}

func (s *fakeSink) sequences() []int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.order)
}

// fakeKeeper records sessions.
type fakeKeeper struct {
	mu    sync.Mutex
	err   error
	gate  chan struct{} // if set, Ready waits for it
	ready []gateway.Session
	tries int
	ended int
}

func (k *fakeKeeper) Ready(ctx context.Context, s gateway.Session, _ uint64) error {
	k.mu.Lock()
	gate := k.gate
	k.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.tries++
	if k.err == nil {
		k.ready = append(k.ready, s)
	}
	return k.err
}

func (k *fakeKeeper) Ended(context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.ended++
	return nil
}

func (k *fakeKeeper) fails(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.err = err
}

func (k *fakeKeeper) state() (ready []gateway.Session, tries, ended int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.ready), k.tries, k.ended
}

// fakeBudget answers with its script, then with "go".
type fakeBudget struct {
	mu      sync.Mutex
	waits   []time.Duration
	buckets []int
	bots    []gateway.Bot
}

func (b *fakeBudget) Take(_ context.Context, bucket int, bot gateway.Bot) (time.Duration, string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.buckets, b.bots = append(b.buckets, bucket), append(b.bots, bot)
	if len(b.waits) == 0 {
		return 0, "", nil
	}
	wait := b.waits[0]
	b.waits = b.waits[1:]
	return wait, "the identify budget is used up", nil
}

func (b *fakeBudget) taken() []int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.buckets)
}

// fakeDiscovery answers GET /gateway/bot.
type fakeDiscovery struct {
	mu    sync.Mutex
	bot   gateway.Bot
	err   error
	asked []time.Time
}

func (d *fakeDiscovery) GatewayBot(context.Context) (gateway.Bot, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = append(d.asked, time.Now())
	return d.bot, d.err
}

func (d *fakeDiscovery) fails(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.err = err
}

func (d *fakeDiscovery) moves(url string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.bot.URL = url
}

func (d *fakeDiscovery) times() []time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.asked)
}

// pass lets fake time pass and everything that falls due happen.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}
