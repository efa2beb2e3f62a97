package foreign_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

// everyIntent are all bits that Discord knows.
const everyIntent = 1<<17 - 1 | 1<<20 | 1<<21 | 1<<24 | 1<<25

// collector is a client without any library: it keeps every payload as it came.
type collector struct {
	testing.TB
	sim   *discordsim.Sim
	world discordsim.World
	ada   discordsim.ID

	mu     sync.Mutex
	events map[string][]json.RawMessage
	came   chan struct{} // closed and replaced with every event

	answers map[string][]json.RawMessage // by route; "null" for an answer without a body
}

// frame is a gateway payload.
type frame struct {
	Op   int             `json:"op"`
	Data json.RawMessage `json:"d"`
	Seq  *int64          `json:"s"`
	Type string          `json:"t"`
}

func newCollector(t testing.TB) *collector {
	sim := discordsim.ForTest(t, discordsim.Config{Limits: discordsim.Limits{Off: true}, Starts: discordsim.StartLimits{Interval: -1}})
	world := sim.Demo()
	return &collector{
		TB: t, sim: sim, world: world, ada: world.Members[1].ID,
		events: map[string][]json.RawMessage{}, came: make(chan struct{}), answers: map[string][]json.RawMessage{},
	}
}

// connect opens a gateway connection and sends one payload after Hello. What comes is kept until the test ends.
func (k *collector) connect(op int, data any) *websocket.Conn {
	k.Helper()
	conn, _, err := websocket.DefaultDialer.Dial(strings.TrimSuffix(k.sim.GatewayURL(), "/")+"/?v=10&encoding=json", nil)
	must(k, err)
	var hello frame
	must(k, conn.ReadJSON(&hello))
	must(k, conn.WriteJSON(map[string]any{"op": op, "d": data}))
	done := make(chan struct{})
	go func() {
		defer close(done)
		k.listen(conn)
	}()
	k.Cleanup(func() {
		_ = conn.Close()
		<-done
	})
	return conn
}

func (k *collector) listen(conn *websocket.Conn) {
	for {
		var f frame
		if conn.ReadJSON(&f) != nil {
			return
		}
		if f.Op != 0 {
			continue
		}
		k.mu.Lock()
		k.events[f.Type] = append(k.events[f.Type], f.Data)
		close(k.came)
		k.came = make(chan struct{})
		k.mu.Unlock()
	}
}

// await waits for the nth event of a type and returns its data.
func (k *collector) await(kind string, nth int) json.RawMessage {
	k.Helper()
	deadline := time.After(patience)
	for {
		k.mu.Lock()
		seen, came := k.events[kind], k.came
		k.mu.Unlock()
		if len(seen) >= nth {
			return seen[nth-1]
		}
		select {
		case <-came:
		case <-deadline:
			k.Fatalf("no %s number %d came", kind, nth)
		}
	}
}

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

// call makes a request and keeps its answer under the route's name. In place of each placeholder of the route comes a
// parameter; one that begins with ? is the query.
func (k *collector) call(route string, body any, params ...any) object {
	k.Helper()
	var encoded []byte
	kind := ""
	if body != nil {
		encoded, kind = mustJSON(body), "application/json"
	}
	return k.send(route, kind, encoded, params...)
}

// upload is a call with a file.
func (k *collector) upload(route string, body any, name string, content []byte, params ...any) object {
	k.Helper()
	var buf bytes.Buffer
	parts := multipart.NewWriter(&buf)
	must(k, parts.WriteField("payload_json", string(mustJSON(body))))
	part, err := parts.CreateFormFile("files[0]", name)
	must(k, err)
	_, _ = part.Write(content)
	must(k, parts.Close())
	return k.send(route, parts.FormDataContentType(), buf.Bytes(), params...)
}

func (k *collector) send(route, kind string, body []byte, params ...any) object {
	k.Helper()
	method, path, _ := strings.Cut(route, " ")
	query := ""
	for _, p := range params {
		if text := fmt.Sprint(p); strings.HasPrefix(text, "?") {
			query = text
		} else if at := placeholder.FindStringIndex(path); at != nil {
			path = path[:at[0]] + url.PathEscape(text) + path[at[1]:]
		} else {
			k.Fatalf("%s has no place for %s", route, text)
		}
	}
	req, err := http.NewRequestWithContext(k.Context(), method, k.sim.APIURL()+path+query, bytes.NewReader(body))
	must(k, err)
	req.Header.Set("Authorization", "Bot "+k.sim.Token())
	req.Header.Set("User-Agent", "DiscordBot (https://example.org, 1) collector")
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	res, err := http.DefaultClient.Do(req)
	must(k, err)
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	must(k, err)
	if res.StatusCode >= 300 {
		k.Fatalf("%s %s answered %d: %s", method, path, res.StatusCode, answer)
	}
	if res.StatusCode == http.StatusNoContent {
		answer = []byte("null")
	}
	k.answers[route] = append(k.answers[route], answer)
	return object(answer)
}

// object is a payload that ids are read from.
type object json.RawMessage

// get is a field as text; empty when it is not there.
func (o object) get(field string) string {
	var fields map[string]json.RawMessage
	_ = json.Unmarshal(o, &fields)
	return strings.Trim(string(fields[field]), `"`)
}

func (o object) id() string { return o.get("id") }

func mustJSON(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return data
}

// fields is a JSON object to send.
type fields = map[string]any
