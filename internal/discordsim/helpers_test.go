package discordsim_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

// patience bounds every wait of a test; it is long because the machine may be busy.
const patience = 10 * time.Second

// allIntents are every known intent.
const allIntents = 1<<17 - 1

func TestMain(m *testing.M) {
	code := m.Run()
	http.DefaultClient.CloseIdleConnections()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// club is a simulator with the demo world in it.
type club struct {
	*discordsim.Sim
	discordsim.World
	t *testing.T
}

// openClub serves a club; rate limits are off unless the test is about them.
func openClub(t *testing.T, cfg discordsim.Config) *club {
	t.Helper()
	sim := discordsim.ForTest(t, cfg)
	t.Cleanup(func() {
		if c := sim.Counters(); c.Mismatches > 0 {
			t.Errorf("%d answers do not fit Discord's own description:\n%s", c.Mismatches, strings.Join(c.MismatchTexts, "\n"))
		}
	})
	return &club{Sim: sim, World: sim.Demo(), t: t}
}

// unlimited is the configuration of tests that send much.
func unlimited() discordsim.Config {
	return discordsim.Config{Limits: discordsim.Limits{Off: true}, Starts: discordsim.StartLimits{Interval: -1}}
}

func (c *club) ada() discordsim.ID { return c.World.Members[0].ID }

func (c *club) say(text string) discordsim.Message {
	c.t.Helper()
	m, err := c.Say(c.ada(), c.General.ID, text)
	if err != nil {
		c.t.Fatal(err)
	}
	return m
}

func (c *club) ctx() context.Context {
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	c.t.Cleanup(cancel)
	return ctx
}

// payload is a gateway payload as a client reads it.
type payload struct {
	Op int
	S  *uint64
	T  string
	D  json.RawMessage
}

// bot is a bare gateway client.
type bot struct {
	t       *testing.T
	ws      *websocket.Conn
	session string
	resume  string
	seq     uint64
}

const params = "?v=10&encoding=json"

func (c *club) dial() *bot { return c.dialURL(c.GatewayURL() + params) }

func (c *club) dialURL(url string) *bot {
	c.t.Helper()
	ws, _, err := websocket.DefaultDialer.Dial(url, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	b := &bot{t: c.t, ws: ws}
	c.t.Cleanup(func() { ws.Close() })
	return b
}

// connect dials, takes Hello and identifies with all intents.
func (c *club) connect() *bot {
	c.t.Helper()
	b := c.dial()
	b.hello()
	b.identify(c.Token(), allIntents)
	b.ready()
	return b
}

func (b *bot) write(text string) {
	b.t.Helper()
	if err := b.ws.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bot) send(op int, d any) {
	b.t.Helper()
	data, err := json.Marshal(map[string]any{"op": op, "d": d})
	if err != nil {
		b.t.Fatal(err)
	}
	b.write(string(data))
}

// read takes the next payload or the error that ends the connection.
func (b *bot) read() (payload, error) {
	b.ws.SetReadDeadline(time.Now().Add(patience))
	var p payload
	err := b.ws.ReadJSON(&p)
	if err == nil && p.S != nil {
		b.seq = *p.S
	}
	return p, err
}

func (b *bot) next() payload {
	b.t.Helper()
	p, err := b.read()
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

// op takes the next payload, which must have this opcode.
func (b *bot) op(want int) payload {
	b.t.Helper()
	p := b.next()
	if p.Op != want {
		b.t.Fatalf("got op %d %s %s, want op %d", p.Op, p.T, p.D, want)
	}
	return p
}

// event takes the next payload, which must be this dispatch.
func (b *bot) event(name string) map[string]any {
	b.t.Helper()
	p := b.op(0)
	if p.T != name {
		b.t.Fatalf("got %s, want %s", p.T, name)
	}
	return object(b.t, p.D)
}

func (b *bot) hello() { b.t.Helper(); b.op(10) }

func (b *bot) identify(token string, intents uint64) {
	b.t.Helper()
	b.send(2, map[string]any{"token": token, "intents": intents, "properties": map[string]string{"os": "linux"}})
}

func (b *bot) ready() map[string]any {
	b.t.Helper()
	ready := b.event("READY")
	b.session = ready["session_id"].(string)
	b.resume = ready["resume_gateway_url"].(string)
	for range ready["guilds"].([]any) {
		b.event("GUILD_CREATE")
	}
	return ready
}

func (b *bot) sendResume(token, session string, seq uint64) {
	b.t.Helper()
	b.send(6, map[string]any{"token": token, "session_id": session, "seq": seq})
}

// drop loses the connection without a Close frame.
func (b *bot) drop() { b.ws.NetConn().Close() }

// closes reads until the server closes, and checks the code.
func (b *bot) closes(want int) {
	b.t.Helper()
	for {
		_, err := b.read()
		if err == nil {
			continue
		}
		var closed *websocket.CloseError
		if !errors.As(err, &closed) || closed.Code != want {
			b.t.Fatalf("the connection ended with %v, want close %d", err, want)
		}
		return
	}
}

// isReset reads until the connection is reset, which must come without a Close frame.
func (b *bot) isReset() {
	b.t.Helper()
	for {
		_, err := b.read()
		if err == nil {
			continue
		}
		if !errors.Is(err, syscall.ECONNRESET) {
			b.t.Fatalf("the connection ended with %v, want a reset", err)
		}
		return
	}
}

// resumeOf resumes another connection's session on a new connection.
func (c *club) resumeOf(old *bot) *bot {
	c.t.Helper()
	b := c.dialURL(old.resume + params)
	b.session, b.resume = old.session, old.resume
	b.hello()
	b.sendResume(c.Token(), old.session, old.seq)
	return b
}

func object(t *testing.T, data []byte) map[string]any {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal(data, &fields); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	return fields
}

// reply is a REST answer.
type reply struct {
	status int
	header http.Header
	raw    []byte
	body   map[string]any
}

// code is Discord's error code in a reply.
func (r reply) code() int {
	n, _ := r.body["code"].(float64)
	return int(n)
}

// text is a string field of the body.
func (r reply) text(field string) string {
	s, _ := r.body[field].(string)
	return s
}

// call sends a request as the bot; the body is JSON text.
func (c *club) call(method, path, body string) reply {
	c.t.Helper()
	r, err := c.try(method, path, body, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	return r
}

// try is call for requests that may fail.
func (c *club) try(method, path, body string, header http.Header) (reply, error) {
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.APIURL()+path, strings.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	req.Header.Set("Authorization", "Bot "+c.Token())
	req.Header.Set("User-Agent", "DiscordBot (https://example.org, 1)")
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for key, values := range header {
		req.Header[key] = values
	}
	return do(req)
}

func do(req *http.Request) (reply, error) {
	// Without keep-alive a reset cannot be retried by net/http behind our back.
	req.Close = true
	response, err := http.DefaultClient.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return reply{}, err
	}
	r := reply{status: response.StatusCode, header: response.Header, raw: raw}
	if bytes.HasPrefix(raw, []byte("{")) {
		if err := json.Unmarshal(raw, &r.body); err != nil {
			return reply{}, err
		}
	}
	return r, nil
}

// wants checks status and Discord's code.
func (r reply) wants(t *testing.T, status, code int) {
	t.Helper()
	if r.status != status || r.code() != code {
		t.Fatalf("got %d %s, want status %d code %d", r.status, r.raw, status, code)
	}
}

func (c *club) messagesPath() string { return "/channels/" + c.General.ID.String() + "/messages" }

// closeWith sends a Close frame.
func (b *bot) closeWith(code int) {
	b.t.Helper()
	if err := b.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), time.Now().Add(patience)); err != nil {
		b.t.Fatal(err)
	}
}

// nilListener is a listener that is never used.
type nilListener struct{ net.Listener }

func (nilListener) Addr() net.Addr { return &net.TCPAddr{} }

// array reads a JSON array of objects.
func array(t *testing.T, data []byte) []map[string]any {
	t.Helper()
	var all []map[string]any
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	return all
}

// empower gives the bot's role further permissions.
func (c *club) empower(p discordsim.Permissions) {
	c.ChangeRole(c.Guild.ID, c.BotRole.ID, func(r *discordsim.Role) { r.Permissions |= p })
}

// guildPath is a path below the first guild.
func (c *club) guildPath(rest string) string { return "/guilds/" + c.Guild.ID.String() + rest }

// memberPath is a path below a member of the first guild.
func (c *club) memberPath(user discordsim.ID, rest string) string {
	return c.guildPath("/members/" + user.String() + rest)
}

// upload sends a message with one file.
func (c *club) upload(path, payload, name, kind string, content []byte) reply {
	c.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	form.WriteField("payload_json", payload)
	part, err := form.CreatePart(map[string][]string{
		"Content-Disposition": {fmt.Sprintf(`form-data; name="files[0]"; filename=%q`, name)}, "Content-Type": {kind},
	})
	if err != nil {
		c.t.Fatal(err)
	}
	part.Write(content)
	form.Close()
	r, err := c.try("POST", path, body.String(), http.Header{"Content-Type": {form.FormDataContentType()}})
	if err != nil {
		c.t.Fatal(err)
	}
	return r
}
