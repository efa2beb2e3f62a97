package sandbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

// restRequest is the body of POST /sandbox/rest. Times are milliseconds.
type restRequest struct {
	Route        string              `json:"route"`
	Kind         discordsim.RESTKind `json:"kind"`
	Times        int                 `json:"times"`
	Probability  float64             `json:"probability"`
	Status       int                 `json:"status"`
	Scope        string              `json:"scope"`
	RetryAfter   float64             `json:"retryAfter"`
	Latency      float64             `json:"latency"`
	LatencyAfter float64             `json:"latencyAfter"`
}

// disturbREST puts a fault of requests in force.
func (s *Server) disturbREST(_ context.Context, ask restRequest) (any, error) {
	known := slices.ContainsFunc(restKinds, func(k RESTKind) bool { return k.Kind == ask.Kind })
	switch {
	case !known:
		return nil, fmt.Errorf("there is no fault %q", ask.Kind)
	case ask.Probability < 0 || ask.Probability > 1:
		return nil, errors.New("the probability is a number from 0 to 1")
	case ask.Times < 0 || ask.RetryAfter < 0 || ask.Latency < 0 || ask.LatencyAfter < 0:
		return nil, errors.New("numbers of a fault are 0 or more")
	case ask.Status != 0 && (ask.Status < 200 || ask.Status > 599):
		return nil, errors.New("the status is a number from 200 to 599")
	case ask.Scope != "" && !slices.Contains(s.controls().Scopes, ask.Scope):
		return nil, fmt.Errorf("there is no scope %q", ask.Scope)
	case ask.Kind == discordsim.RESTSlow && ask.Latency == 0 && ask.LatencyAfter == 0:
		return nil, errors.New("say how slow: a latency in milliseconds")
	}
	fault := discordsim.RESTFault{
		Route: ask.Route, Kind: ask.Kind, Times: ask.Times, Probability: ask.Probability, Status: ask.Status,
		Scope: ask.Scope, RetryAfter: span(ask.RetryAfter), Latency: span(ask.Latency), LatencyAfter: span(ask.LatencyAfter),
	}
	s.breakage.mu.Lock()
	defer s.breakage.mu.Unlock()
	s.sim.InjectREST(fault)
	s.board.note(LogFault, "requests: %s", restText(fault))
	s.board.setFaults(s.inForceLocked())
	return done, nil
}

func span(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }

// healRequest is the body of POST /sandbox/rest/remove: the fault in words, as it is shown.
type healRequest struct {
	Text string `json:"text"`
}

// healREST ends one fault of requests.
func (s *Server) healREST(_ context.Context, ask healRequest) (any, error) {
	s.breakage.mu.Lock()
	defer s.breakage.mu.Unlock()
	rest := s.sim.RESTFaults()
	i := slices.IndexFunc(rest, func(f discordsim.RESTFault) bool { return restText(f) == ask.Text })
	if i < 0 {
		return nil, errNoFault
	}
	faults := s.sim.Faults()
	faults.REST = slices.Delete(slices.Clone(rest), i, i+1)
	s.sim.SetFaults(faults)
	s.board.note(LogFault, "requests: no more %s", ask.Text)
	s.board.setFaults(s.inForceLocked())
	return done, nil
}

// restText says in words what a fault of requests is.
func restText(f discordsim.RESTFault) string {
	label := string(f.Kind)
	for _, k := range restKinds {
		if k.Kind == f.Kind {
			label = k.Label
		}
	}
	text := label + suffix(f.Status != 0, " %d", f.Status) + suffix(f.Scope != "", " (%s)", f.Scope)
	text += suffix(f.Latency > 0, ", %v before", f.Latency) + suffix(f.LatencyAfter > 0, ", %v after", f.LatencyAfter)
	text += suffix(f.RetryAfter > 0, ", retry after %v", f.RetryAfter) + suffix(f.Times > 0, ", %d times", f.Times)
	text += suffix(f.Probability > 0 && f.Probability < 1, ", %.0f%% of them", f.Probability*100)
	return text + " · " + cmp.Or(f.Route, "every request")
}
