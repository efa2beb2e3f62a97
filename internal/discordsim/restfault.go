package discordsim

import (
	"cmp"
	"net/http"
	"strings"
	"time"
)

// RESTKind names what a RESTFault does to a request.
type RESTKind string

// The faults of requests. Those named After let the request take effect first.
const (
	// RESTSlow only lets time pass (Latency, LatencyAfter).
	RESTSlow RESTKind = ""
	// RESTStatus answers RESTFault.Status (default 503) with a JSON body.
	RESTStatus      RESTKind = "status"
	RESTStatusAfter RESTKind = "status-after"
	// RESTReset resets the connection.
	RESTReset      RESTKind = "reset"
	RESTResetAfter RESTKind = "reset-after"
	// RESTLimited answers 429 in RESTFault.Scope (default user) with RESTFault.RetryAfter.
	RESTLimited RESTKind = "limited"
	// RESTPage answers RESTFault.Status (default 502) with a page of HTML, as a proxy in between does.
	RESTPage RESTKind = "page"
	// RESTBanned answers as Cloudflare does during a ban: HTML, RESTFault.Status (default 429), and a long
	// Retry-After (default 1 h).
	RESTBanned RESTKind = "banned"
	// RESTUnauthorized answers 401.
	RESTUnauthorized RESTKind = "unauthorized"
)

// RESTFault strikes requests. Which ones: those of Route, with Probability, so many Times.
type RESTFault struct {
	// Route is a route's name such as "POST /channels/{channel}/messages", or the beginning of one with * at its
	// end; empty is every route.
	Route string   `json:"route,omitempty"`
	Kind  RESTKind `json:"kind,omitempty"`
	// Times is how many requests it strikes; 0 is for ever.
	Times int `json:"times,omitempty"`
	// Probability is for each request; 0 is always.
	Probability float64       `json:"probability,omitempty"`
	Status      int           `json:"status,omitempty"`
	Scope       string        `json:"scope,omitempty"`
	RetryAfter  time.Duration `json:"retry_after,omitempty"`
	// Latency passes before the request takes effect, LatencyAfter between effect and answer.
	Latency      time.Duration `json:"latency,omitempty"`
	LatencyAfter time.Duration `json:"latency_after,omitempty"`
}

// InjectREST adds a fault of requests to those in force. SetFaults removes it.
func (s *Sim) InjectREST(f RESTFault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults.injected = append(s.faults.injected, &f)
}

// RESTFaults are the faults of requests still in force, with what is left of their Times.
func (s *Sim) RESTFaults() []RESTFault {
	s.mu.Lock()
	defer s.mu.Unlock()
	var left []RESTFault
	for _, f := range s.faults.injected {
		left = append(left, *f)
	}
	return left
}

// drawREST finds the first fault that strikes a request; the zero fault is none.
func (s *Sim) drawREST(req *request) RESTFault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults.injected {
		if !f.concerns(req.route) || (f.Probability > 0 && !s.faults.chance(s.rng, f.Probability)) {
			continue
		}
		struck := *f
		if f.Times == 1 {
			s.faults.injected = append(s.faults.injected[:i:i], s.faults.injected[i+1:]...)
		} else if f.Times > 1 {
			f.Times--
		}
		return struck
	}
	return RESTFault{}
}

func (f *RESTFault) concerns(r *route) bool {
	if f.Route == "" {
		return true
	}
	if r == nil {
		return false
	}
	if prefix, cut := strings.CutSuffix(f.Route, "*"); cut {
		return strings.HasPrefix(r.name(), prefix)
	}
	return f.Route == r.name()
}

// after says whether the request takes effect although it is answered wrongly.
func (f RESTFault) after() bool { return f.Kind == RESTStatusAfter || f.Kind == RESTResetAfter }

// answer is what the fault answers; nil when it lets the request be answered.
func (f RESTFault) answer(req *request) *answer {
	switch f.Kind {
	case RESTStatus, RESTStatusAfter:
		code := cmp.Or(f.Status, http.StatusServiceUnavailable)
		return refused(&apiError{Status: code, Message: http.StatusText(code)}, nil)
	case RESTReset, RESTResetAfter:
		return &answer{reset: true, header: http.Header{}}
	case RESTLimited:
		return f.limited(req)
	case RESTPage:
		code := cmp.Or(f.Status, http.StatusBadGateway)
		return &answer{
			status: code, header: http.Header{"Content-Type": {"text/html"}},
			body: htmlPage(http.StatusText(code), "The server had a problem."),
		}
	case RESTBanned:
		out := cloudflareBan(cmp.Or(f.RetryAfter, time.Hour))
		out.status = cmp.Or(f.Status, http.StatusTooManyRequests)
		return out
	case RESTUnauthorized:
		return refused(errUnauthorized, nil)
	}
	return nil
}

// limited is a 429 that no bucket of ours asked for. In scope shared the bucket still has requests left, as on Discord:
// what is exhausted is the resource.
func (f RESTFault) limited(req *request) *answer {
	scope := cmp.Or(f.Scope, "user")
	wait := max(f.RetryAfter, time.Millisecond)
	header := http.Header{}
	if req.route != nil && req.route.limit.limit > 0 && scope != "global" {
		left := 0
		if scope == "shared" {
			left = 1
		}
		req.route.limit.describe(header, req.route.limit.limit, left, time.Now().Add(wait), wait)
	}
	return tooManyRequests(header, scope, wait)
}
