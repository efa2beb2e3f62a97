package discordsim

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

// deviation is a place where Discord's documentation, or Discord itself, differs from its description: what is said
// there is not held against anybody. "Where they differ, follow the docs" (reference, section 7).
type deviation struct {
	// route is a route's name, or the beginning of one with * at its end; empty is every route.
	route string
	// says is a part of the finding.
	says string
	// because is the documentation's word.
	because string
}

// deviations is the list of exceptions, by name.
var deviations = []deviation{
	{says: "/code: got string, want integer", because: "Reference, Error Messages: the codes inside _errors are words"},
	{says: "/media: missing property 'id'", because: "Components, Unfurled Media Item: it has no id"},
	{says: "/file: missing property 'id'", because: "Components, Unfurled Media Item: it has no id"},
	{
		route: "POST /interactions/{interaction}/{token}/callback", says: "answer 200 /resource/type: value must be",
		because: "Receiving and Responding, Interaction Callback Resource: its type is any callback's, not only 4 and 7",
	},
	{
		route: "POST /interactions/{interaction}/{token}/callback", says: "answer 200 /resource: missing property 'message'",
		because: "Receiving and Responding, Interaction Callback Resource: message is there for types 4 and 7 only",
	},
	{says: "answer 429 /: missing property 'code'", because: "Rate Limits, response structure: code is optional"},
}

func (d deviation) excuses(route, finding string) bool {
	prefix, open := strings.CutSuffix(d.route, "*")
	fits := d.route == "" || d.route == route || open && strings.HasPrefix(route, prefix)
	return fits && strings.Contains(finding, d.says)
}

// excused drops the findings that a deviation explains.
func excused(route string, findings []string) []string {
	return slices.DeleteFunc(findings, func(finding string) bool {
		return slices.ContainsFunc(deviations, func(d deviation) bool { return d.excuses(route, finding) })
	})
}

// checked is a request and its answer as they are held to the description.
type checked struct {
	agent  string
	route  *route
	params map[string]string
	query  url.Values
	body   json.RawMessage
	status int
	answer []byte
	// honest says that the answer is the simulator's own and not a fault's.
	honest bool
}

// begin counts a check that is under way, so that Counters can wait for it; false when nothing is checked.
func (s *Sim) beginCheck(req *request) bool {
	if s.cfg.Unchecked || req.route == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.checking++
	return true
}

// described finds what the description says of a request, and the values of the path's parameters in their order. A
// value that begins with @ (@me, @original) stands for itself: the description knows those places as paths of their own.
func (sp *spec) described(r *route, params map[string]string) (*operation, []string) {
	var literal, values []string
	for _, segment := range r.segments {
		if strings.HasPrefix(segment, "{") {
			value := params[strings.Trim(segment, "{}")]
			if strings.HasPrefix(value, "@") {
				segment = value
			} else {
				values = append(values, value)
			}
		}
		literal = append(literal, segment)
	}
	return sp.operations[operationKey(r.method, "/"+strings.Join(literal, "/"))], values
}

// check holds a request, and our answer to it, to Discord's own description. The client has its answer already: the
// first check of a route compiles schemas, which takes its time.
func (s *Sim) check(c checked) {
	name := c.route.name()
	sp := theSpec()
	op, path := sp.described(c.route, c.params)
	var asked, answered []string
	if op == nil {
		asked = []string{"the path is not described"}
	} else {
		asked = excused(name, sp.checkRequest(op, path, c.query, c.body))
		if c.honest {
			answered = excused(name, sp.checkResponse(op, c.status, c.answer))
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, finding := range asked {
		s.blame(c.agent, "rest: "+name+": "+finding)
	}
	for _, finding := range answered {
		s.counters.Mismatches++
		s.counters.MismatchTexts = addText(s.counters.MismatchTexts, name+": "+finding)
	}
	s.checking--
	s.touch()
}

// blame counts what is wrong with a request against the client that sent it.
func (s *Sim) blame(agent, what string) {
	if strings.HasPrefix(agent, s.cfg.OwnAgent) {
		s.violation(what)
		return
	}
	client := clientName(agent)
	if s.counters.Foreign == nil {
		s.counters.Foreign = map[string]ForeignViolations{}
	}
	foreign := s.counters.Foreign[client]
	foreign.Count++
	foreign.Texts = addText(foreign.Texts, what)
	s.counters.Foreign[client] = foreign
}

// clientName is a User-Agent without its end, which in some libraries differs from request to request.
func clientName(agent string) string {
	if agent == "" {
		return "nobody"
	}
	return agent[:min(len(agent), 80)]
}

// addText adds a text that is not there yet, as long as there is room.
func addText(texts []string, text string) []string {
	if len(texts) >= maxViolationTexts || slices.Contains(texts, text) {
		return texts
	}
	return append(texts, text)
}
