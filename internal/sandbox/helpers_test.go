package sandbox_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
	"github.com/steadfast-bot/steadfast/internal/sandbox"
)

// patience is how long a test waits for what must come; a test that works never waits that long.
const patience = 10 * time.Second

// worker is the supervised program as a test sees it.
type worker struct {
	mu     sync.Mutex
	now    sandbox.Snapshot
	did    []string
	onKill func()
	unwell error
}

func (w *worker) Snapshot() sandbox.Snapshot {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *worker) is(now sandbox.Snapshot) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = now
}

func (w *worker) Kill() error {
	if w.onKill != nil {
		w.onKill()
	}
	return w.do("kill")
}

func (w *worker) Freeze() error { return w.do("freeze") }

func (w *worker) Continue() error { return w.do("continue") }

func (w *worker) do(what string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.did = append(w.did, what)
	return w.unwell
}

func (w *worker) deeds() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.did
}

// room is a sandbox that runs, over a simulator with the demo world.
type room struct {
	t      *testing.T
	sim    *discordsim.Sim
	world  discordsim.World
	worker *worker
	url    string
	stop   func()
}

// open starts a room; it is closed at the end of the test.
func open(t *testing.T) *room {
	t.Helper()
	sim := discordsim.ForTest(t, discordsim.Config{})
	r := &room{t: t, sim: sim, world: sim.Demo(), worker: &worker{}}
	listener, err := sandbox.Listen("127.0.0.1:0", true)
	if err != nil {
		t.Fatal(err)
	}
	quiet := logrus.New()
	quiet.SetOutput(io.Discard)
	server := sandbox.New(sandbox.Config{Sim: sim, Worker: r.worker, Listener: listener, Log: logrus.NewEntry(quiet)})
	r.url = strings.TrimSuffix(server.URL(), "/")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	r.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the sandbox ended with %v", err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	t.Cleanup(r.stop)
	return r
}

// ada is the first member's id, as the page sends it.
func (r *room) ada() string     { return r.world.Members[0].ID.String() }
func (r *room) general() string { return r.world.General.ID.String() }

// post sends JSON as the page does and returns the status and what the server answered.
func (r *room) post(path string, body any) (status int, answer map[string]any) {
	r.t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		r.t.Fatal(err)
	}
	res, err := http.Post(r.url+path, "application/json", bytes.NewReader(data))
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		r.t.Fatal(err)
	}
	return res.StatusCode, answer
}

// does posts what must succeed.
func (r *room) does(path string, body any) map[string]any {
	r.t.Helper()
	status, answer := r.post(path, body)
	if status != http.StatusOK {
		r.t.Fatalf("%s %v: %d %v", path, body, status, answer)
	}
	return answer
}

func (r *room) say(text string) string {
	r.t.Helper()
	return r.does("/sandbox/say", map[string]string{"as": r.ada(), "channel": r.general(), "text": text})["id"].(string)
}

func (r *room) slash(text string) {
	r.t.Helper()
	r.does("/sandbox/slash", map[string]string{"as": r.ada(), "channel": r.general(), "text": text})
}

func (r *room) press(button string) {
	r.t.Helper()
	r.does("/sandbox/fault", map[string]string{"do": button})
}

// state is the View of GET /sandbox/state.
func (r *room) state() (view sandbox.View) {
	r.t.Helper()
	res, err := http.Get(r.url + "/sandbox/state")
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&view); err != nil {
		r.t.Fatal(err)
	}
	return view
}

// browser is an open event stream.
type browser struct {
	t      *testing.T
	view   sandbox.View
	lines  *bufio.Scanner
	cancel context.CancelFunc
}

// browse opens the event stream and reads the View it begins with.
func (r *room) browse() *browser {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url+"/sandbox/events", nil)
	if err != nil {
		r.t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { cancel(); _ = res.Body.Close() })
	if got := res.Header.Get("Content-Type"); got != "text/event-stream" {
		r.t.Fatalf("the stream is %q", got)
	}
	b := &browser{t: r.t, lines: bufio.NewScanner(res.Body), cancel: cancel}
	b.lines.Buffer(nil, 1<<20)
	kind, data, err := b.next()
	if err != nil || kind != "view" {
		r.t.Fatalf("the stream begins with %q (%v), want the view", kind, err)
	}
	b.decode(data, &b.view)
	return b
}

// next is the next event of the stream.
func (b *browser) next() (kind string, data []byte, err error) {
	for b.lines.Scan() {
		line := b.lines.Text()
		if event, ok := strings.CutPrefix(line, "event: "); ok {
			kind = event
		}
		if text, ok := strings.CutPrefix(line, "data: "); ok {
			return kind, []byte(text), nil
		}
	}
	return "", nil, errors.Join(b.lines.Err(), io.EOF)
}

func (b *browser) decode(data []byte, into any) {
	b.t.Helper()
	if err := json.Unmarshal(data, into); err != nil {
		b.t.Fatalf("%s: %v", data, err)
	}
}

// awaits reads the stream up to an event of a kind that satisfies a condition. A stream that ends first fails the
// test; patience ends every stream.
func awaits[T any](b *browser, kind string, satisfies func(T) bool) T {
	b.t.Helper()
	for {
		got, data, err := b.next()
		if err != nil {
			b.t.Fatalf("the stream ended before the %s came: %v", kind, err)
		}
		b.t.Logf("%s %s", got, data)
		if got != kind {
			continue
		}
		var value T
		b.decode(data, &value)
		if satisfies(value) {
			return value
		}
	}
}

// hears waits for a line of the log.
func (b *browser) hears(kind sandbox.LogKind, text string) sandbox.LogLine {
	b.t.Helper()
	return awaits(b, "log", func(l sandbox.LogLine) bool { return l.Kind == kind && strings.Contains(l.Text, text) })
}

// sees waits for a message.
func (b *browser) sees(text string) sandbox.Message {
	b.t.Helper()
	return awaits(b, "message", func(m sandbox.Message) bool { return strings.Contains(m.Text, text) })
}
