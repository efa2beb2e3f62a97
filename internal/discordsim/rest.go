package discordsim

import (
	"bytes"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

// viaGoogle marks answers of Discord itself; what Cloudflare answers lacks it.
const viaGoogle = "1.1 google"

// answer is what goes over the wire.
type answer struct {
	status int
	header http.Header
	body   []byte
	// reset: the connection is reset instead.
	reset bool
}

// serveHTTP is the whole server: an upgrade is a gateway dial, anything else a REST request.
func (s *Sim) serveHTTP(w http.ResponseWriter, r *http.Request, run *serving) {
	if websocket.IsWebSocketUpgrade(r) {
		s.serveGateway(w, r, run)
		return
	}
	if strings.HasPrefix(r.URL.Path, "/attachments/") && r.Method == http.MethodGet {
		s.serveFile(w, r)
		return
	}
	began := time.Now()
	req := &request{method: r.Method, host: s.publicAddr(r), path: r.URL.Path, query: r.URL.Query(), header: r.Header}
	found, params, refusal := match(r)
	req.route, req.params = found, params
	if bad := req.readBody(r); refusal == nil {
		refusal = bad
	}

	fault := s.drawREST(req)
	run.wait(fault.Latency)
	out := fault.answer(req)
	honest := out == nil
	if honest || fault.after() {
		answer := s.answer(req, refusal)
		if honest {
			out = answer
		}
	}
	run.wait(fault.LatencyAfter)
	s.account(req, out, began)
	if s.beginCheck(req) {
		honest = honest && out.header.Get("Via") != ""
		run.handlers.Go(func() {
			s.check(checked{r.UserAgent(), req.route, req.params, req.query, req.body, out.status, out.body, honest})
		})
	}
	out.write(w)
}

// wait lets time pass, for a fault; less of it when the run ends. It does not look at the client: a request whose
// client has gone still arrives.
func (run *serving) wait(d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-run.stopping:
	}
}

// answer does what the request asks for.
func (s *Sim) answer(req *request, refusal *apiError) *answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if wait := time.Until(s.limits.bannedUntil); wait > 0 {
		return cloudflareBan(wait)
	}
	if !s.acceptableAgent(req) {
		s.violation("rest: User-Agent " + req.header.Get("User-Agent"))
		return refused(errBlocked, nil)
	}
	if req.route == nil {
		return refused(refusal, nil)
	}
	if !req.route.open && !s.authorized(req) {
		return refused(errUnauthorized, nil)
	}
	header, limited := s.limit(req)
	if limited != nil {
		return limited
	}
	if refusal != nil {
		return refused(refusal, header)
	}
	result, failed := req.route.handle(s, req)
	if failed != nil {
		if failed.RetryAfter > 0 {
			header.Set("Retry-After", strconv.Itoa(int(math.Ceil(failed.RetryAfter))))
			header.Set("X-RateLimit-Scope", "user")
		}
		return refused(failed, header)
	}
	return result.answer(header)
}

func refused(e *apiError, header http.Header) *answer {
	return response{e.Status, e}.answer(header)
}

// answer encodes a response. One without a body has no Content-Type either: discord.js would parse the nothing.
func (r response) answer(header http.Header) *answer {
	if header == nil {
		header = http.Header{}
	}
	header.Set("Via", viaGoogle)
	out := &answer{status: r.status, header: header}
	if r.body != nil {
		header.Set("Content-Type", "application/json")
		out.body = mustJSON(r.body)
	}
	return out
}

func (a *answer) write(w http.ResponseWriter) {
	if a.reset {
		reset(w)
		return
	}
	for key, values := range a.header {
		w.Header()[key] = values
	}
	w.WriteHeader(a.status)
	w.Write(a.body)
}

// authorized checks the bot token of a request.
func (s *Sim) authorized(req *request) bool {
	token, isBot := strings.CutPrefix(req.header.Get("Authorization"), "Bot ")
	return isBot && s.token != "" && token == s.token
}

// acceptableAgent is what Cloudflare looks at: a bot token with a browser's User-Agent, or with none, is blocked. When
// Config.StrictUserAgent is set, only Discord's prescribed form passes.
func (s *Sim) acceptableAgent(req *request) bool {
	agent := req.header.Get("User-Agent")
	if s.cfg.StrictUserAgent {
		return strings.HasPrefix(agent, "DiscordBot (")
	}
	if !strings.HasPrefix(req.header.Get("Authorization"), "Bot ") {
		return true
	}
	return agent != "" && !strings.HasPrefix(agent, "Mozilla/")
}

// account counts an answer and reports it.
func (s *Sim) account(req *request, out *answer, began time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := "unknown"
	if req.route != nil {
		name = req.route.name()
	}
	status := out.status
	if out.reset {
		status = 0
	}
	s.counters.Requests[name]++
	s.counters.Statuses[status]++
	s.countInvalid(out)
	s.observe(Requested{
		Method: req.method, Path: req.path, Route: name, Body: req.body, Status: status, Took: time.Since(began),
	})
}

// countInvalid counts what Discord calls an invalid request; too many of them earn a ban.
func (s *Sim) countInvalid(out *answer) {
	scope := out.header.Get("X-RateLimit-Scope")
	if out.status == http.StatusTooManyRequests && !out.reset {
		if scope == "" {
			scope = "cloudflare"
		}
		s.counters.RateLimited[scope]++
	}
	switch out.status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests:
	default:
		return
	}
	if scope == "shared" || out.reset {
		return
	}
	s.counters.InvalidRequests++
	if s.limits.off() {
		return
	}
	if !s.limits.invalid.allow(time.Now()) {
		s.violation("rest: too many invalid requests, banned by Cloudflare")
		s.limits.bannedUntil = time.Now().Add(s.cfg.Limits.BanFor)
		s.limits.invalid.times = nil
	}
}

// cloudflareBan is an answer that Discord never saw: HTML, no Via, no bucket.
func cloudflareBan(wait time.Duration) *answer {
	return &answer{
		status: http.StatusTooManyRequests,
		header: http.Header{
			"Content-Type": {"text/html; charset=UTF-8"}, "Server": {"cloudflare"}, "Retry-After": {wholeSeconds(wait)},
		},
		body: htmlPage("Error 1015", "You are being rate limited. The owner of this website (discord.com) has banned you temporarily."),
	}
}

func htmlPage(title, text string) []byte {
	var page bytes.Buffer
	fmt.Fprintf(&page, "<!DOCTYPE html>\n<html><head><title>%s</title></head><body><h1>%s</h1><p>%s</p></body></html>\n", title, title, text)
	return page.Bytes()
}
