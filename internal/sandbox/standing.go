package sandbox

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

// breakage is what of the faults in force only the page knows.
type breakage struct {
	mu sync.Mutex // guards everything below, and that changes of the simulator's faults come one after the other
	// closed are the people who refuse direct messages.
	closed map[discordsim.ID]bool
}

// InForce are the faults that last: what a button "healthy again" ends.
type InForce struct {
	// Standing are the settings by name; one that is off is left out. Durations are milliseconds.
	Standing map[string]any `json:"standing"`
	REST     []RESTFault    `json:"rest"`
	// DMsClosed are the people who refuse direct messages.
	DMsClosed []string `json:"dmsClosed"`
	// Any says that something is in force, a guild's outage included.
	Any bool `json:"any"`
}

// RESTFault is a fault of requests in force, in words.
type RESTFault struct {
	Text string `json:"text"`
}

// Controls is what the page offers to break.
type Controls struct {
	Once     []Button    `json:"once"`
	Close    []CloseCode `json:"close"`
	Standing []Setting   `json:"standing"`
	REST     []RESTKind  `json:"rest"`
	Scopes   []string    `json:"scopes"`
	Routes   []string    `json:"routes"`
}

// Setting is a standing fault: a switch, or a number.
type Setting struct {
	Name  string `json:"name"`
	Label string `json:"label"`
	Help  string `json:"help"`
	// Kind is switch, milliseconds, probability or status.
	Kind string `json:"kind"`
}

// RESTKind is what can be done to a request.
type RESTKind struct {
	Kind  discordsim.RESTKind `json:"kind"`
	Label string              `json:"label"`
	Help  string              `json:"help"`
}

// settingWords are the words for the simulator's standing faults, by their JSON names. A fault that is not here is
// offered all the same, by its bare name.
var settingWords = map[string][2]string{
	"freeze":             {"gateway frozen", "Connections accept and send nothing while TCP stays open; dials hang."},
	"no_hello":           {"no Hello", "New connections are upgraded and then stay silent."},
	"silent_after_hello": {"silent after Hello", "New connections get Hello and nothing else."},
	"no_ack":             {"no heartbeat ACK", "Gateway heartbeats are heard and not acknowledged."},
	"slow_delivery":      {"slow events", "A pause after every event."},
	"prune_at_heartbeat": {"forget at heartbeat", "What a heartbeat acknowledged is not replayed."},
	"duplicate":          {"duplicate events", "The chance that an event comes twice."},
	"reorder":            {"out of order", "The chance that events of different channels change places."},
	"refuse_dials":       {"refuse dials", "Gateway dials are reset before they are answered."},
	"dial_status":        {"dials answer with", "An HTTP status instead of a gateway, such as 503."},
	"resume_dial_status": {"resume URL answers with", "An HTTP status at the resume URL only, such as 503."},
	"refuse_resumes":     {"refuse resumes", "Every resume is answered with op 9, not resumable."},
	"refuse_identifies":  {"refuse identifies", "Every identify is answered with op 9."},
}

var restKinds = []RESTKind{
	{discordsim.RESTSlow, "slow", "The request only takes longer."},
	{discordsim.RESTStatus, "status", "Answered with a status and a JSON body; nothing took effect."},
	{discordsim.RESTStatusAfter, "status, after effect", "It took effect, and is answered with an error all the same."},
	{discordsim.RESTReset, "reset", "The connection is reset; nothing took effect."},
	{discordsim.RESTResetAfter, "reset, after effect", "It took effect, and the connection is reset all the same."},
	{discordsim.RESTLimited, "rate limited (429)", "In the chosen scope, with a time to wait."},
	{discordsim.RESTPage, "HTML page", "A proxy's error page instead of JSON."},
	{discordsim.RESTBanned, "Cloudflare ban", "HTML, 429 and a long Retry-After."},
	{discordsim.RESTUnauthorized, "unauthorized (401)", "As with a wrong token."},
}

// controls lists everything that can be broken.
func (s *Server) controls() Controls {
	c := Controls{Close: closeCodes, REST: restKinds, Scopes: []string{"user", "global", "shared"}, Routes: discordsim.Routes()}
	_, wakes := s.worker.(continuer)
	for _, d := range disturbances {
		if d.Do != "continue" || wakes {
			c.Once = append(c.Once, d.Button)
		}
	}
	for _, f := range settingFields() {
		words, ok := settingWords[f.name]
		if !ok {
			words = [2]string{strings.ReplaceAll(f.name, "_", " "), ""}
		}
		c.Standing = append(c.Standing, Setting{Name: f.name, Label: words[0], Help: words[1], Kind: f.kind})
	}
	return c
}

// settingField is a field of discordsim.Faults.
type settingField struct {
	name, kind string
	index      int
}

// settingFields finds the standing faults, so that a new one of the simulator is offered without a line here.
func settingFields() []settingField {
	var fields []settingField
	t := reflect.TypeFor[discordsim.Faults]()
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		kind := ""
		switch {
		case t.Field(i).Type == reflect.TypeFor[time.Duration]():
			kind = "milliseconds"
		case t.Field(i).Type.Kind() == reflect.Bool:
			kind = "switch"
		case t.Field(i).Type.Kind() == reflect.Float64:
			kind = "probability"
		case t.Field(i).Type.Kind() == reflect.Int:
			kind = "status"
		default:
			continue
		}
		fields = append(fields, settingField{name, kind, i})
	}
	return fields
}

// standRequest is the body of POST /sandbox/standing.
type standRequest struct {
	Name string `json:"name"`
	// Value is a truth value or a number; zero heals.
	Value any `json:"value"`
	// Guild and Person say whose outage or closed direct messages are meant.
	Guild  string `json:"guild"`
	Person string `json:"person"`
}

// The standing faults that are no field of discordsim.Faults.
const (
	guildOutage = "guild_outage"
	dmsClosed   = "dms_closed"
)

// stand sets one standing fault.
func (s *Server) stand(_ context.Context, ask standRequest) (any, error) {
	s.breakage.mu.Lock()
	defer s.breakage.mu.Unlock()
	on, _ := ask.Value.(bool)
	switch ask.Name {
	case guildOutage:
		return done, s.setOutage(ask.Guild, on)
	case dmsClosed:
		return done, s.setClosed(ask.Person, on)
	}
	fields := settingFields()
	i := slices.IndexFunc(fields, func(f settingField) bool { return f.name == ask.Name })
	if i < 0 {
		return nil, fmt.Errorf("there is no fault %q", ask.Name)
	}
	faults := s.sim.Faults()
	if err := fields[i].set(&faults, ask.Value); err != nil {
		return nil, err
	}
	faults.REST = s.sim.RESTFaults()
	s.sim.SetFaults(faults)
	s.board.note(LogFault, "%s: %v", settingWord(ask.Name), ask.Value)
	s.board.setFaults(s.inForceLocked())
	return done, nil
}

// settingWord is a standing fault in words.
func settingWord(name string) string {
	if words, ok := settingWords[name]; ok {
		return words[0]
	}
	return name
}

// set writes a value into its field.
func (f settingField) set(faults *discordsim.Faults, value any) error {
	field := reflect.ValueOf(faults).Elem().Field(f.index)
	if f.kind == "switch" {
		on, ok := value.(bool)
		if !ok {
			return fmt.Errorf("%s is on or off", settingWord(f.name))
		}
		field.SetBool(on)
		return nil
	}
	n, ok := value.(float64)
	switch {
	case !ok || n < 0:
		return fmt.Errorf("%s is a number, 0 or more", settingWord(f.name))
	case f.kind == "probability" && n > 1:
		return fmt.Errorf("%s is a chance from 0 to 1", settingWord(f.name))
	case f.kind == "status" && n != 0 && (n < 100 || n > 599):
		return fmt.Errorf("%s an HTTP status from 100 to 599, or 0 for none", settingWord(f.name))
	case f.kind == "probability":
		field.SetFloat(n)
	case f.kind == "milliseconds":
		field.SetInt(int64(n * float64(time.Millisecond)))
	default:
		field.SetInt(int64(n))
	}
	return nil
}

func (s *Server) setOutage(guild string, on bool) error {
	for _, g := range s.sim.Guilds() {
		if g.ID.String() == guild {
			s.sim.SetUnavailable(g.ID, on)
			s.board.note(LogFault, "%s is %s", g.Name, map[bool]string{true: "in an outage", false: "back"}[on])
			s.story.survey()
			s.board.setFaults(s.inForceLocked())
			return nil
		}
	}
	return fmt.Errorf("there is no server %q", guild)
}

func (s *Server) setClosed(person string, on bool) error {
	id, err := s.speaker(person)
	if err != nil {
		return err
	}
	s.sim.SetDMsClosed(id, on)
	if s.breakage.closed == nil {
		s.breakage.closed = map[discordsim.ID]bool{}
	}
	s.breakage.closed[id] = on
	s.board.note(LogFault, "%s %s direct messages", s.story.person(id).Name, map[bool]string{true: "refuses", false: "takes"}[on])
	s.board.setFaults(s.inForceLocked())
	return nil
}

// heal ends every fault that lasts.
func (s *Server) heal(context.Context, struct{}) (any, error) {
	s.breakage.mu.Lock()
	defer s.breakage.mu.Unlock()
	s.sim.SetFaults(discordsim.Faults{})
	s.sim.Inject(discordsim.Fault{Kind: discordsim.Thaw})
	for _, g := range s.sim.Guilds() {
		if g.Unavailable {
			s.sim.SetUnavailable(g.ID, false)
		}
	}
	for id, closed := range s.breakage.closed {
		if closed {
			s.sim.SetDMsClosed(id, false)
		}
	}
	clear(s.breakage.closed)
	s.board.note(LogFault, "Discord is healthy again")
	s.board.setFaults(s.inForceLocked())
	return done, nil
}

// inForce are the faults that last, as they are now.
func (s *Server) inForce() InForce {
	s.breakage.mu.Lock()
	defer s.breakage.mu.Unlock()
	return s.inForceLocked()
}

func (s *Server) inForceLocked() InForce {
	out := InForce{Standing: map[string]any{}, REST: []RESTFault{}, DMsClosed: []string{}}
	faults := reflect.ValueOf(s.sim.Faults())
	for _, f := range settingFields() {
		value := faults.Field(f.index)
		switch {
		case value.IsZero():
		case f.kind == "milliseconds":
			out.Standing[f.name] = milliseconds(time.Duration(value.Int()))
		default:
			out.Standing[f.name] = value.Interface()
		}
	}
	for _, f := range s.sim.RESTFaults() {
		out.REST = append(out.REST, RESTFault{Text: restText(f)})
	}
	for id, closed := range s.breakage.closed {
		if closed {
			out.DMsClosed = append(out.DMsClosed, id.String())
		}
	}
	slices.Sort(out.DMsClosed)
	outage := slices.ContainsFunc(s.sim.Guilds(), func(g discordsim.Guild) bool { return g.Unavailable })
	out.Any = outage || len(out.Standing)+len(out.REST)+len(out.DMsClosed) > 0
	return out
}

var errNoFault = errors.New("that fault is not in force any more")
