package sandbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

// bot is a small bot in the worker's place: it answers every message that begins with ! by repeating it, and every
// slash command in the way that answer says.
type bot struct {
	t   *testing.T
	sim *discordsim.Sim
	// answer handles a slash command; nil leaves it unanswered.
	answer func(*bot, interaction)
	// control receives every op that is not an event; lost is closed when the connection ends.
	control chan payload
	lost    chan struct{}

	reading sync.WaitGroup
	ws      *websocket.Conn
	mu      sync.Mutex // guards what follows
	session string
	seq     uint64
}

type payload struct {
	Op int             `json:"op"`
	T  string          `json:"t"`
	S  *uint64         `json:"s"`
	D  json.RawMessage `json:"d"`
}

type interaction struct {
	ID, Token string
	Data      struct{ Name string }
}

// connect starts the bot and returns once it is ready. The test's end stops it.
func connect(t *testing.T, sim *discordsim.Sim, answer func(*bot, interaction)) *bot {
	t.Helper()
	b := &bot{t: t, sim: sim, answer: answer, control: make(chan payload, 64)}
	b.start()
	t.Cleanup(b.die)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := sim.AwaitConnected(ctx); err != nil {
		t.Fatal(err)
	}
	return b
}

// start dials and identifies, or resumes the session it had.
func (b *bot) start() {
	ws, _, err := websocket.DefaultDialer.Dial(b.sim.GatewayURL()+"?v=10&encoding=json", nil)
	if err != nil {
		b.t.Error(err)
		return
	}
	b.ws, b.lost = ws, make(chan struct{})
	b.mu.Lock()
	first := map[string]any{"op": 2, "d": map[string]any{
		"token": b.sim.Token(), "intents": 1<<0 | 1<<9 | 1<<12 | 1<<15, "properties": map[string]string{}}}
	if b.session != "" {
		first = map[string]any{"op": 6, "d": map[string]any{"token": b.sim.Token(), "session_id": b.session, "seq": b.seq}}
	}
	b.mu.Unlock()
	if err := ws.WriteJSON(first); err != nil {
		b.t.Error(err)
	}
	b.reading.Go(func() { b.read(ws, b.lost) })
}

// die ends the connection as a killed process does, and waits for the bot to be still.
func (b *bot) die() {
	_ = b.ws.Close()
	b.reading.Wait()
}

func (b *bot) read(ws *websocket.Conn, lost chan struct{}) {
	defer close(lost)
	for {
		var p payload
		if ws.ReadJSON(&p) != nil {
			return
		}
		if p.Op != 0 {
			b.control <- p
			continue
		}
		b.event(p)
		b.mu.Lock()
		b.seq = *p.S
		b.mu.Unlock()
	}
}

func (b *bot) event(p payload) {
	switch p.T {
	case "READY":
		var ready struct {
			Session string `json:"session_id"`
		}
		b.decode(p.D, &ready)
		b.mu.Lock()
		b.session = ready.Session
		b.mu.Unlock()
	case "MESSAGE_CREATE":
		var m struct{ ID, Content, Channel_ID string }
		b.decode(p.D, &m)
		if strings.HasPrefix(m.Content, "!") {
			b.rest("POST", "/channels/"+m.Channel_ID+"/messages", map[string]any{
				"content": "You said " + m.Content, "message_reference": map[string]string{"message_id": m.ID}})
		}
	case "INTERACTION_CREATE":
		var in interaction
		b.decode(p.D, &in)
		if b.answer != nil {
			b.answer(b, in)
		}
	}
}

func (b *bot) decode(data []byte, into any) {
	if err := json.Unmarshal(data, into); err != nil {
		b.t.Error(err)
	}
}

// rest makes one REST call, which must succeed.
func (b *bot) rest(method, path string, body any) {
	data, err := json.Marshal(body)
	if err != nil {
		b.t.Error(err)
		return
	}
	req, err := http.NewRequest(method, b.sim.APIURL()+path, bytes.NewReader(data))
	if err != nil {
		b.t.Error(err)
		return
	}
	req.Header.Set("Authorization", "Bot "+b.sim.Token())
	req.Header.Set("User-Agent", "DiscordBot (https://example.com, 1)")
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		b.t.Error(err)
		return
	}
	defer res.Body.Close()
	if res.StatusCode >= 300 {
		b.t.Errorf("%s %s: %s", method, path, res.Status)
	}
}

// register registers slash commands.
func (b *bot) register(commands string) {
	b.t.Helper()
	b.rest("PUT", fmt.Sprintf("/applications/%s/commands", b.sim.Bot().ID), json.RawMessage(commands))
}

// respond sends an interaction's first response.
func (b *bot) respond(in interaction, kind int, content string, flags int) {
	b.rest("POST", "/interactions/"+in.ID+"/"+in.Token+"/callback",
		map[string]any{"type": kind, "data": map[string]any{"content": content, "flags": flags}})
}

// finish edits the answer that was deferred.
func (b *bot) finish(in interaction, content string) {
	b.rest("PATCH", fmt.Sprintf("/webhooks/%s/%s/messages/@original", b.sim.Bot().ID, in.Token), map[string]any{"content": content})
}
