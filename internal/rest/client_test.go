package rest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/steadfast-bot/steadfast/internal/rest"
)

const token = "MTIz.secret.part"

// server is a Discord on loopback that remembers what it was sent.
type server struct {
	*httptest.Server
	mu          sync.Mutex
	last        *http.Request
	body        string
	connections atomic.Int32
}

func serve(t *testing.T, handle http.HandlerFunc) (*server, *rest.Client) {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.last, s.body = r.Clone(context.Background()), string(body)
		s.mu.Unlock()
		handle(w, r)
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.connections.Add(1)
		}
	}
	s.Start()
	c := rest.New(rest.Config{APIURL: s.URL + "/api/v10/", Token: token, Version: "1.2.3"})
	t.Cleanup(func() { c.Close(); s.Close() })
	return s, c
}

func (s *server) saw() (method, path, body string, header http.Header) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last.Method, s.last.URL.RequestURI(), s.body, s.last.Header
}

func answers(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func TestEveryCallGoesToTheConfiguredBaseWithTheRightBody(t *testing.T) {
	reply := rest.Message{Content: "pong", ReplyTo: 9, Nonce: "n1"}
	for name, row := range map[string]struct {
		do     func(context.Context, *rest.Client) error
		answer string
		sent   string
		body   string
	}{
		"gateway": {func(ctx context.Context, c *rest.Client) error { _, err := c.GatewayBot(ctx); return err },
			`{"url":"wss://g","shards":1,"session_start_limit":{"total":1000,"remaining":999,"reset_after":14400000,"max_concurrency":1}}`,
			"GET /api/v10/gateway/bot", ""},
		"me": {func(ctx context.Context, c *rest.Client) error { _, err := c.Me(ctx); return err },
			`{"id":"1","username":"bot"}`, "GET /api/v10/users/@me", ""},
		"application": {func(ctx context.Context, c *rest.Client) error { _, err := c.Application(ctx); return err },
			`{"id":"1","flags":565248}`, "GET /api/v10/applications/@me", ""},
		"create": {func(ctx context.Context, c *rest.Client) error { _, err := c.CreateMessage(ctx, 6, reply); return err },
			posted, "POST /api/v10/channels/6/messages",
			`{"content":"pong","allowed_mentions":{"parse":[],"replied_user":false},"nonce":"n1","enforce_nonce":true,"message_reference":{"message_id":"9","fail_if_not_exists":false}}`},
		"edit": {func(ctx context.Context, c *rest.Client) error { return c.EditMessage(ctx, 6, 5, reply) },
			posted, "PATCH /api/v10/channels/6/messages/5",
			`{"content":"pong","embeds":[],"components":[],"allowed_mentions":{"parse":[],"replied_user":false}}`},
		"delete": {func(ctx context.Context, c *rest.Client) error { return c.DeleteMessage(ctx, 6, 5) },
			"", "DELETE /api/v10/channels/6/messages/5", ""},
		"respond": {func(ctx context.Context, c *rest.Client) error {
			return c.Respond(ctx, 7, "tok", rest.Response{Type: rest.RespondMessage, Message: rest.Message{Content: "hi", Flags: rest.FlagEphemeral}})
		}, "", "POST /api/v10/interactions/7/tok/callback",
			`{"type":4,"data":{"content":"hi","allowed_mentions":{"parse":[],"replied_user":false},"flags":64}}`},
		"original": {func(ctx context.Context, c *rest.Client) error { _, err := c.Original(ctx, 3, "tok"); return err },
			posted, "GET /api/v10/webhooks/3/tok/messages/@original", ""},
		"edit original": {func(ctx context.Context, c *rest.Client) error {
			_, err := c.EditOriginal(ctx, 3, "tok", rest.Message{Embeds: []rest.Embed{{Title: "t"}}, Flags: rest.FlagEphemeral})
			return err
		}, posted, "PATCH /api/v10/webhooks/3/tok/messages/@original",
			`{"content":"","embeds":[{"title":"t"}],"components":[],"allowed_mentions":{"parse":[],"replied_user":false}}`},
		"commands": {func(ctx context.Context, c *rest.Client) error { _, err := c.Commands(ctx, 3); return err },
			`[]`, "GET /api/v10/applications/3/commands", ""},
		"member": {func(ctx context.Context, c *rest.Client) error { _, err := c.Member(ctx, 8, 1); return err },
			`{"user":{"id":"1","username":"ann"}}`, "GET /api/v10/guilds/8/members/1", ""},
		"search": {func(ctx context.Context, c *rest.Client) error {
			_, err := c.SearchMembers(ctx, 8, "a&b", 5)
			return err
		},
			`[]`, "GET /api/v10/guilds/8/members/search?limit=5&query=a%26b", ""},
		"no commands": {func(ctx context.Context, c *rest.Client) error {
			_, err := c.OverwriteCommands(ctx, 3, nil)
			return err
		},
			`[]`, "PUT /api/v10/applications/3/commands", `[]`},
	} {
		t.Run(name, func(t *testing.T) {
			s, c := serve(t, answers(200, row.answer))
			if err := row.do(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			method, path, body, header := s.saw()
			equal(t, "request", method+" "+path, row.sent)
			equal(t, "body", body, row.body)
			equal(t, "user agent", header.Get("User-Agent"), "DiscordBot (https://github.com/steadfast-bot/steadfast, 1.2.3)")
			wantAuth, wantType := "Bot "+token, ""
			if strings.Contains(path, "/tok/") {
				wantAuth = "" // an interaction's token is all it needs
			}
			if row.body != "" {
				wantType = "application/json"
			}
			equal(t, "authorization", header.Get("Authorization"), wantAuth)
			equal(t, "content type", header.Get("Content-Type"), wantType)
		})
	}
}

func TestAnswersAreRead(t *testing.T) {
	_, c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/api/v10/gateway/bot":
			answers(200, `{"url":"wss://g","shards":2,"session_start_limit":{"total":1000,"remaining":999,"reset_after":14400000,"max_concurrency":16}}`)(w, r)
		case "/api/v10/users/@me":
			answers(200, `{"id":"42","username":"steadfast","bot":true,"mfa_enabled":1}`)(w, r)
		case "/api/v10/applications/@me":
			answers(200, `{"id":"43","name":"Steadfast","flags":565248}`)(w, r)
		case "/api/v10/applications/43/commands":
			answers(200, `[{"id":"1","version":"2","type":1,"name":"ping","description":"d","default_member_permissions":null,"contexts":[0,1]}]`)(w, r)
		}
	})
	gateway, err := c.GatewayBot(t.Context())
	equal(t, "gateway", gateway, rest.GatewayBot{URL: "wss://g", Shards: 2, SessionStartLimit: rest.SessionStartLimit{
		Total: 1000, Remaining: 999, ResetAfter: 4 * time.Hour, MaxConcurrency: 16,
	}})
	me, err2 := c.Me(t.Context())
	equal(t, "me", me, rest.User{ID: 42, Username: "steadfast"})
	app, err3 := c.Application(t.Context())
	equal(t, "application", app, rest.Application{ID: 43, Name: "Steadfast", Flags: 565248})
	commands, err4 := c.Commands(t.Context(), 43)
	equal(t, "commands", commands, []rest.Command{{ID: 1, Version: "2", Type: 1, Name: "ping", Description: "d", Contexts: []int{0, 1}}})
	if err := errors.Join(err, err2, err3, err4); err != nil {
		t.Error(err)
	}
}

func TestOnlyTwoRoutesSayThatTheTokenIsRefused(t *testing.T) {
	_, c := serve(t, answers(401, `{"message":"401: Unauthorized","code":0}`))
	_, me := c.Me(t.Context())
	_, gateway := c.GatewayBot(t.Context())
	_, app := c.Application(t.Context())
	_, original := c.Original(t.Context(), 1, "tok")
	for name, row := range map[string]struct {
		err  error
		want bool
	}{"me": {me, true}, "gateway": {gateway, true}, "application": {app, false}, "original": {original, false}} {
		if rest.IsTokenRefused(row.err) != row.want {
			t.Errorf("%s: %v", name, row.err)
		}
		if rest.OutcomeOf(row.err) != rest.Refused {
			t.Errorf("%s: %v", name, row.err)
		}
	}
	equal(t, "invalid requests", c.Status().Invalid, 4)
}

func TestNestedErrorsAreFlattened(t *testing.T) {
	_, c := serve(t, answers(400, `{"code":50035,"message":"Invalid Form Body","errors":{
		"embeds":{"0":{"fields":{"1":{"value":{"_errors":[{"code":"BASE_TYPE_REQUIRED","message":"This field is required"}]}}}}},
		"content":{"_errors":[{"code":"BASE_TYPE_MAX_LENGTH","message":"Must be 2000 or fewer in length."}]}}}`))
	_, err := c.CreateMessage(t.Context(), 6, rest.Message{})
	equal(t, "error", err.Error(), "POST /channels/{channel}/messages: refused (HTTP 400, code 50035): Invalid Form Body: "+
		"content: Must be 2000 or fewer in length.; embeds.0.fields.1.value: This field is required")
	if !rest.IsCode(err, 50035) {
		t.Error("the code is not recognised")
	}
}

func TestWhatIsKnownOfACallThatFailed(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	_, noSuch := rest.New(rest.Config{APIURL: closed.URL, Token: token}).Me(t.Context())

	hold := make(chan struct{})
	_, slow := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-hold:
		}
	})
	t.Cleanup(func() { close(hold) })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, timeout := slow.Me(ctx)

	_, reset := serve(t, func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) })
	_, broken := reset.CreateMessage(t.Context(), 6, rest.Message{})

	_, notURL := rest.New(rest.Config{APIURL: "discord.com"}).Me(t.Context())

	over, cancelOver := context.WithCancel(t.Context())
	cancelOver()
	_, before := slow.Me(over)

	for name, row := range map[string]struct {
		err  error
		want rest.Outcome
	}{
		"connection refused": {noSuch, rest.NotSent}, "timeout": {timeout, rest.Unknown}, "reset": {broken, rest.Unknown},
		"no URL": {notURL, rest.NotSent}, "cancelled before": {before, rest.NotSent},
	} {
		if row.err == nil || rest.OutcomeOf(row.err) != row.want {
			t.Errorf("%s: %v", name, row.err)
		}
	}
	if !errors.Is(timeout, context.DeadlineExceeded) || !errors.Is(before, context.Canceled) {
		t.Errorf("the causes are lost: %v; %v", timeout, before)
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	var elsewhere atomic.Int32
	thief := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	defer thief.Close()
	_, c := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, thief.URL, http.StatusFound) })
	_, err := c.Me(t.Context())
	if rest.OutcomeOf(err) != rest.Refused || !strings.Contains(err.Error(), "redirect") || elsewhere.Load() != 0 {
		t.Errorf("got %v; asked elsewhere %d times", err, elsewhere.Load())
	}
}

// leaky fails like http.Client does: with the URL in its error.
type leaky struct{}

func (leaky) RoundTrip(req *http.Request) (*http.Response, error) {
	return nil, fmt.Errorf("%s %q: dial failed (%s, %s)", req.Method, req.URL, req.URL.EscapedPath(), req.Header.Get("Authorization"))
}

func TestTokensNeverGetIntoErrorsAndLogs(t *testing.T) {
	const secret = "aW50ZXJhY3Rpb24:tok/en"
	var log bytes.Buffer
	logger := logrus.New()
	logger.SetOutput(&log)
	logger.SetLevel(logrus.TraceLevel)
	check := func(what string, err error) {
		t.Helper()
		texts := []string{log.String()}
		for e := err; e != nil; e = errors.Unwrap(e) {
			texts = append(texts, e.Error(), fmt.Sprintf("%v %+v %#v", e, e, e))
		}
		for _, text := range texts {
			for _, part := range []string{token, "aW50ZXJhY3Rpb24", "tok%2Fen", "http://"} {
				if strings.Contains(text, part) {
					t.Errorf("%s: %q is in %q", what, part, text)
				}
			}
		}
	}
	c := rest.New(rest.Config{APIURL: "http://discord.test", Token: token, Transport: leaky{}, Log: logrus.NewEntry(logger)})
	_, err := c.Original(t.Context(), 1, secret)
	check("an error of the transport", err)
	_, err = c.Me(t.Context())
	check("an error of the transport", err)

	echo, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := json.Marshal(map[string]any{"code": 50035, "message": r.URL.Path + " " + r.Header.Get("Authorization"), "retry_after": 0.001})
		w.Header().Set("Retry-After", "0")
		answers(429, string(body))(w, r)
	})
	c = rest.New(rest.Config{APIURL: echo.URL, Token: token, Log: logrus.NewEntry(logger)})
	t.Cleanup(c.Close)
	_, err = c.Original(t.Context(), 1, secret)
	check("Discord echoing the path", err)
	_, err = c.Me(t.Context())
	check("Discord echoing the header", err)
	if log.Len() == 0 {
		t.Error("a 429 was not logged")
	}
}

func TestTrap38ConnectionsAreUsedAgainWhateverTheAnswer(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"200": answers(200, posted), "404": answers(404, `{"message":"x","code":10003}`), "500": answers(500, strings.Repeat("x", 100_000)),
		"204": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) },
	} {
		t.Run(name, func(t *testing.T) {
			s, c := serve(t, answer)
			for range 10 {
				_, _ = c.CreateMessage(t.Context(), 6, rest.Message{})
			}
			equal(t, "connections", s.connections.Load(), 1)
		})
	}
}

func TestTrap38ThereIsATimeout(t *testing.T) {
	hold := make(chan struct{})
	s, _ := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-hold:
		case <-r.Context().Done():
		}
	})
	t.Cleanup(func() { close(hold) })
	c := rest.New(rest.Config{APIURL: s.URL, Token: token, Timeout: 50 * time.Millisecond})
	t.Cleanup(c.Close)
	_, err := c.Me(t.Context())
	if rest.OutcomeOf(err) != rest.Unknown || !strings.Contains(fmt.Sprint(err), "no answer within 50ms") {
		t.Errorf("got %v", err)
	}
}

func TestTrap39ACallThatIsSentAgainHasItsWholeBody(t *testing.T) {
	first := true
	s, c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if first {
			first = false
			w.Header().Set("Retry-After", "0")
			answers(429, `{"retry_after":0.01}`)(w, r)
			return
		}
		answers(200, posted)(w, r)
	})
	if _, err := c.CreateMessage(t.Context(), 6, rest.Message{Content: "whole"}); err != nil {
		t.Fatal(err)
	}
	if _, _, body, _ := s.saw(); first || !strings.Contains(body, "whole") {
		t.Errorf("the second body was %q", body)
	}
}

func TestTrap44ADoneCallWithAnUnreadableAnswerIsNoFailureToTryAgain(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"not JSON":     answers(200, "<html>"),
		"empty":        answers(200, ""),
		"another type": answers(200, `{"id":[]}`),
		"lacks the id": answers(200, `{}`),
		"breaks off": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, `{"id":`)
		},
		"too long": answers(200, `{"id":"`+strings.Repeat("1", 9<<20)+`"}`),
	} {
		t.Run(name, func(t *testing.T) {
			_, c := serve(t, answer)
			_, err := c.CreateMessage(t.Context(), 6, rest.Message{})
			if rest.OutcomeOf(err) != rest.Garbled || err == nil {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestTrap44AMessageArikawaCannotDecodeIsPosted(t *testing.T) {
	for name, body := range map[string]string{
		"integer nonce":  `{"id":"5","channel_id":"6","nonce":12345}`,
		"components v2":  `{"id":"5","channel_id":"6","flags":32768,"components":[{"type":17,"components":[{"type":10,"content":"x"}]}]}`,
		"type above 255": `{"id":"5","channel_id":"6","type":300}`,
	} {
		_, c := serve(t, answers(200, body))
		got, err := c.CreateMessage(t.Context(), 6, rest.Message{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		equal(t, name, got, rest.Posted{ID: 5, ChannelID: 6})
	}
}

func TestTheLastRoundTripIsKnown(t *testing.T) {
	_, c := serve(t, answers(200, `{"id":"1","username":"x"}`))
	if s := c.Status(); s.RoundTrip != 0 || !s.AnsweredAt.IsZero() {
		t.Errorf("before the first: %+v", s)
	}
	before := time.Now()
	_, _ = c.Me(t.Context())
	if s := c.Status(); s.RoundTrip <= 0 || s.RoundTrip > time.Since(before) || s.AnsweredAt.Before(before) {
		t.Errorf("after it: %+v", s)
	}
}
