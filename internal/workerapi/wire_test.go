package workerapi_test

import (
	"context"
	"errors"
	"math"
	"net"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"
	"pgregory.net/rapid"

	"github.com/steadfast-bot/steadfast/internal/workerapi"
)

// scripted is a worker that notes what it is asked and answers what it is told.
type scripted struct {
	configuration workerapi.Configuration
	history       workerapi.History
	stop          workerapi.StopRequest

	configured workerapi.Configured
	epoch      workerapi.Epoch
	heartbeat  workerapi.Heartbeat
	stacks     []byte
	err        error
	hangs      bool
}

func (s *scripted) Configure(_ context.Context, c workerapi.Configuration) (workerapi.Configured, error) {
	s.configuration = c
	return s.configured, s.err
}

func (s *scripted) Activate(context.Context) (workerapi.Epoch, error) { return s.epoch, s.err }

func (s *scripted) Heartbeat(ctx context.Context, h workerapi.History) (workerapi.Heartbeat, error) {
	s.history = h
	if s.hangs {
		<-ctx.Done()
	}
	return s.heartbeat, s.err
}

func (s *scripted) Stop(_ context.Context, r workerapi.StopRequest) error {
	s.stop = r
	return s.err
}

func (s *scripted) Dump(context.Context) ([]byte, error) { return s.stacks, s.err }

// connected is the worker as it looks from the other end of the wire.
func connected(t *testing.T, worker workerapi.Worker) workerapi.Worker {
	t.Helper()
	listener := bufconn.Listen(1 << 16)
	server := grpc.NewServer()
	if err := (&workerapi.Plugin{Worker: worker}).GRPCServer(nil, server); err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(listener)
	}()
	conn, err := grpc.NewClient("passthrough:worker", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(context.Context, string) (net.Conn, error) { return listener.Dial() }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		conn.Close()
		server.Stop()
		<-served
	})
	far, err := (&workerapi.Plugin{}).GRPCClient(t.Context(), nil, conn)
	if err != nil {
		t.Fatal(err)
	}
	return far.(workerapi.Worker)
}

// sameTime compares instants, not their zones.
var sameTime = cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })

func durations(low time.Duration) *rapid.Generator[time.Duration] {
	return rapid.Map(rapid.Int64Range(int64(low), math.MaxInt64), func(n int64) time.Duration { return time.Duration(n) })
}

// ages are durations of which every negative one means the same.
func ages() *rapid.Generator[time.Duration] {
	return rapid.OneOf(rapid.Just(workerapi.Never), durations(0))
}

func times() *rapid.Generator[time.Time] {
	return rapid.OneOf(rapid.Just(time.Time{}), rapid.Map(rapid.Int64Range(0, 1<<40), func(n int64) time.Time {
		return time.Unix(n/1000, n%1000*1_000_001)
	}))
}

func counts() *rapid.Generator[int] { return rapid.IntRange(0, math.MaxUint32) }

func heartbeats() *rapid.Generator[workerapi.Heartbeat] {
	return rapid.Custom(func(t *rapid.T) workerapi.Heartbeat {
		h := workerapi.Heartbeat{
			Epoch: workerapi.Epoch{Lease: rapid.Uint64().Draw(t, "lease"), Activation: rapid.Uint64().Draw(t, "activation")},
			Gateway: workerapi.Gateway{
				State:    workerapi.GatewayState(rapid.IntRange(int(workerapi.GatewayClosed), int(workerapi.GatewayCongested)).Draw(t, "state")),
				StateAge: durations(0).Draw(t, "state age"), AckAge: ages().Draw(t, "ack age"),
				Latency: durations(0).Draw(t, "latency"), Interval: durations(0).Draw(t, "interval"),
				Identifies: counts().Draw(t, "identifies"), Resumes: counts().Draw(t, "resumes"),
				LastError: rapid.String().Draw(t, "last error"),
			},
			Queue: workerapi.Queue{
				Length: counts().Draw(t, "length"), OldestAge: ages().Draw(t, "queue age"),
				Running: counts().Draw(t, "running"), SinceFinished: durations(0).Draw(t, "since finished"),
			},
			Database: workerapi.Database{
				LastWriteAge: ages().Draw(t, "write age"), LastWriteTook: durations(0).Draw(t, "write took"),
				Trouble: rapid.String().Draw(t, "trouble"),
			},
			Outbox: workerapi.Outbox{Depth: counts().Draw(t, "depth"), OldestAge: ages().Draw(t, "outbox age")},
			Process: workerapi.Process{
				Goroutines: counts().Draw(t, "goroutines"),
				HeapBytes:  rapid.Uint64().Draw(t, "heap"), Resident: rapid.Uint64().Draw(t, "resident"),
			},
			Totals: workerapi.Totals{
				Events: rapid.Uint64().Draw(t, "events"), Replayed: rapid.Uint64().Draw(t, "replayed"),
				CommandsAnswered: rapid.Uint64().Draw(t, "answered"), CommandsFailed: rapid.Uint64().Draw(t, "failed"),
			},
			Cursor:       rapid.Int64().Draw(t, "cursor"),
			WaitingUntil: times().Draw(t, "until"),
			WaitingWhy:   rapid.String().Draw(t, "why"),
			WaitingFor:   workerapi.WaitingFor(rapid.IntRange(int(workerapi.WaitingForNothing), int(workerapi.WaitingForDisk)).Draw(t, "for")),
		}
		if rapid.Bool().Draw(t, "handler") {
			h.OldestHandler = &workerapi.Handler{
				Key: rapid.String().Draw(t, "key"), Name: rapid.String().Draw(t, "name"), Phase: rapid.String().Draw(t, "phase"),
				Age: durations(0).Draw(t, "age"), Overrun: durations(math.MinInt64).Draw(t, "overrun"),
			}
		}
		return h
	})
}

func TestAHeartbeatArrivesAsItWasSent(t *testing.T) {
	near := &scripted{}
	far := connected(t, near)
	rapid.Check(t, func(rt *rapid.T) {
		near.heartbeat = heartbeats().Draw(rt, "heartbeat")
		history := workerapi.History{
			SupervisorUpSince: times().Draw(rt, "up since"), RestartsLastDay: counts().Draw(rt, "restarts"),
			LastCause: rapid.String().Draw(rt, "cause"), LastOutage: durations(0).Draw(rt, "outage"), LastRestart: times().Draw(rt, "restart"),
		}
		got, err := far.Heartbeat(t.Context(), history)
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(near.heartbeat, got, sameTime); diff != "" {
			rt.Errorf("heartbeat (-sent +got)\n%s", diff)
		}
		if diff := cmp.Diff(history, near.history, sameTime); diff != "" {
			rt.Errorf("history (-sent +got)\n%s", diff)
		}
	})
}

func TestEveryNegativeAgeArrivesAsNever(t *testing.T) {
	far := connected(t, &scripted{heartbeat: workerapi.Heartbeat{
		Gateway:  workerapi.Gateway{AckAge: -time.Hour},
		Queue:    workerapi.Queue{OldestAge: -2},
		Database: workerapi.Database{LastWriteAge: math.MinInt64},
		Outbox:   workerapi.Outbox{OldestAge: workerapi.Never},
	}})
	got, err := far.Heartbeat(t.Context(), workerapi.History{})
	if err != nil {
		t.Fatal(err)
	}
	for name, age := range map[string]time.Duration{"ack": got.Gateway.AckAge, "queue": got.Queue.OldestAge,
		"write": got.Database.LastWriteAge, "outbox": got.Outbox.OldestAge} {
		if age != workerapi.Never {
			t.Errorf("%s: got %v", name, age)
		}
	}
}

// filled sets every field of a flat struct to something that is not its zero.
func filled[T any](t *testing.T) (value T) {
	t.Helper()
	v := reflect.ValueOf(&value).Elem()
	for i := range v.NumField() {
		switch field := v.Field(i); field.Kind() {
		case reflect.String:
			field.SetString(v.Type().Field(i).Name)
		case reflect.Bool:
			field.SetBool(true)
		case reflect.Int64:
			field.SetInt(int64(i + 1))
		case reflect.Uint64:
			field.SetUint(uint64(i + 1))
		default:
			t.Fatalf("%v has a field of a kind that this test does not know: %v", v.Type(), field.Kind())
		}
	}
	return value
}

func TestEveryFieldOfTheOtherMessagesArrives(t *testing.T) {
	near := &scripted{
		configured: filled[workerapi.Configured](t),
		epoch:      filled[workerapi.Epoch](t),
		stacks:     []byte("goroutine 1 [running]:"),
	}
	far := connected(t, near)

	configuration := filled[workerapi.Configuration](t)
	configured, err := far.Configure(t.Context(), configuration)
	if err != nil || configured != near.configured || near.configuration != configuration {
		t.Errorf("Configure: sent %+v, got %+v; answered %+v, %v", configuration, near.configuration, configured, err)
	}
	if epoch, err := far.Activate(t.Context()); err != nil || epoch != near.epoch {
		t.Errorf("Activate: %+v, %v", epoch, err)
	}
	stop := filled[workerapi.StopRequest](t)
	if err := far.Stop(t.Context(), stop); err != nil || near.stop != stop {
		t.Errorf("Stop: sent %+v, got %+v, %v", stop, near.stop, err)
	}
	if stacks, err := far.Dump(t.Context()); err != nil || string(stacks) != string(near.stacks) {
		t.Errorf("Dump: %q, %v", stacks, err)
	}
}

// calls makes each call and gives its error.
func calls(ctx context.Context, w workerapi.Worker) map[string]error {
	_, configure := w.Configure(ctx, workerapi.Configuration{})
	_, activate := w.Activate(ctx)
	_, heartbeat := w.Heartbeat(ctx, workerapi.History{})
	stop := w.Stop(ctx, workerapi.StopRequest{})
	_, dump := w.Dump(ctx)
	return map[string]error{"Configure": configure, "Activate": activate, "Heartbeat": heartbeat, "Stop": stop, "Dump": dump}
}

func TestAnExitErrorCrossesTheWireWithCodeAndSentence(t *testing.T) {
	far := connected(t, &scripted{err: &workerapi.ExitError{
		Code: workerapi.ExitSettings, Sentence: "The database is newer than this program.", Cause: errors.New("for the worker's log"),
	}})
	for call, err := range calls(t.Context(), far) {
		var exit *workerapi.ExitError
		if !errors.As(err, &exit) || exit.Code != workerapi.ExitSettings || exit.Sentence != "The database is newer than this program." {
			t.Errorf("%s: got %#v", call, err)
		}
	}
}

func TestAnyOtherErrorCrossesTheWireAsItsText(t *testing.T) {
	for call, err := range calls(t.Context(), connected(t, &scripted{err: errors.New("no luck")})) {
		if want := "worker: " + call + ": no luck"; err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestADeadlineAndACancelAreKnownAsSuch(t *testing.T) {
	far := connected(t, &scripted{hangs: true})
	late, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := far.Heartbeat(late, workerapi.History{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("deadline: got %v", err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := far.Heartbeat(cancelled, workerapi.History{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancel: got %v", err)
	}
}

func TestAWorkerThatCannotBeReachedIsGone(t *testing.T) {
	conn, err := grpc.NewClient("passthrough:nobody", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(context.Context, string) (net.Conn, error) { return nil, errors.New("nobody there") }))
	if err != nil {
		t.Fatal(err)
	}
	for call, err := range calls(t.Context(), workerapi.NewClient(conn)) {
		if !errors.Is(err, workerapi.ErrGone) {
			t.Errorf("%s: got %v", call, err)
		}
	}
	conn.Close()
	for call, err := range calls(t.Context(), workerapi.NewClient(conn)) {
		if !errors.Is(err, workerapi.ErrGone) {
			t.Errorf("%s on a closed connection: got %v", call, err)
		}
	}
}
