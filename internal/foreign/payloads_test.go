package foreign_test

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

// libraries are those whose decoders can be called from here. (discord.js reads objects as they come.)
var libraries = []string{"arikawa", "discordgo", "disgo"}

// deviation is something Discord sends that a library cannot read. It is the library's, not the simulator's.
type deviation struct {
	library string
	// says is part of the library's error.
	says string
	// in are the events and routes where it is met; nil: everywhere.
	in      []string
	because string
}

var deviations = []deviation{
	{"arikawa", "expected container, got *discord.UnknownComponent", nil,
		"it takes only action rows at the top level: no components v2, no Label in forms (reference/discord.md §6 #28)"},
	{"arikawa", errUnknown.Error(), []string{"RATE_LIMITED", "SOUNDBOARD_SOUNDS", "CHANNEL_INFO"}, "it has no such events (reference/discord.md §6 #26)"},
	{"discordgo", "unknown component type: 18", []string{"INTERACTION_CREATE"}, "v0.29.0 has no Label"},
	{"discordgo", errUnknown.Error(), []string{"RATE_LIMITED", "MESSAGE_REACTION_REMOVE_EMOJI", "SOUNDBOARD_SOUNDS", "CHANNEL_INFO"},
		"v0.29.0 has no such events"},
	{"disgo", errUnknown.Error(), []string{"CHANNEL_INFO"}, "v0.19.6 has no such event"},
}

// explained is the deviation that an error is, or nil.
func explained(library, what string, err error) *deviation {
	for i, d := range deviations {
		if d.library == library && strings.Contains(err.Error(), d.says) && (d.in == nil || slices.Contains(d.in, what)) {
			return &deviations[i]
		}
	}
	return nil
}

// collect plays everything the simulator can do.
func collect(t *testing.T) *collector {
	k := newCollector(t)
	k.login()
	k.commands()
	k.messages()
	k.members()
	k.interactions()
	k.outages()
	k.empowered()
	k.reactions()
	k.threads()
	k.administration()
	k.webhooks()
	k.requests()
	k.resume()
	return k
}

func TestEveryPayloadDecodesInEveryLibrary(t *testing.T) {
	t.Parallel()
	k := collect(t)
	for _, what := range k.sim.Counters().MismatchTexts {
		t.Errorf("an answer breaks Discord's own description: %s", what)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.missesNothing()
	met := map[*deviation][]string{}
	for _, library := range libraries {
		for kind, payloads := range k.events {
			judge(t, met, library, kind, payloads, func(data []byte) error { return eventReadings[library](kind, data) })
		}
		for route, payloads := range k.answers {
			as, known := shapes[route]
			if !known {
				t.Errorf("payloads_shapes_test.go does not say what %s answers", route)
			} else if read := as.of(library); read != nil {
				judge(t, met, library, route, payloads, read)
			}
		}
	}
	for i := range deviations {
		d := &deviations[i]
		if len(met[d]) == 0 {
			t.Errorf("%s: %q is listed as a deviation (%s), but nothing here meets it", d.library, d.says, d.because)
			continue
		}
		slices.Sort(met[d])
		t.Logf("deviation of %s: %s; %q in %s", d.library, d.because, d.says, strings.Join(slices.Compact(met[d]), ", "))
	}
	t.Logf("%d kinds of events: %s", len(k.events), strings.Join(slices.Sorted(maps.Keys(k.events)), " "))
	t.Logf("answers of %d routes", len(k.answers))
}

// refusing are routes that no bot gets an answer from.
var refusing = map[string]string{
	"PUT " + routeLocal + "/{command}/permissions": "Discord wants a Bearer token with a scope of its own",
	"GET " + routeLocal + "/{command}/permissions": "so nobody can have set any (10066)",
}

// missesNothing holds what was collected to what the simulator says it can send.
func (k *collector) missesNothing() {
	k.Helper()
	for _, kind := range discordsim.EventTypes() {
		if len(k.events[kind]) == 0 {
			k.Errorf("the scenario has no %s come", kind)
		}
	}
	for _, route := range discordsim.Routes() {
		if len(k.answers[route]) == 0 && refusing[route] == "" {
			k.Errorf("the scenario does not call %s", route)
		}
	}
}

// judge reads payloads of one kind; one that cannot be read must be explained by a deviation.
func judge(t *testing.T, met map[*deviation][]string, library, what string, payloads []json.RawMessage, read func([]byte) error) {
	t.Helper()
	for _, payload := range payloads {
		err := read(payload)
		if err == nil {
			continue
		}
		if d := explained(library, what, err); d != nil {
			met[d] = append(met[d], what)
			continue
		}
		t.Errorf("%s cannot read %s: %v\n%.1500s", library, what, err, payload)
		if errors.Is(err, errUnknown) {
			return
		}
	}
}

func TestAnUnreadablePayloadIsNoticed(t *testing.T) {
	for _, library := range libraries {
		if eventReadings[library]("MESSAGE_CREATE", []byte(`{"id":17,"channel_id":{}}`)) == nil {
			t.Errorf("%s reads a message whose channel is an object", library)
		}
		if !errors.Is(eventReadings[library]("NO_SUCH_EVENT", []byte(`{}`)), errUnknown) {
			t.Errorf("%s knows an event that does not exist", library)
		}
		if shapes["GET "+routeMessage].of(library)([]byte(`{"id":{}}`)) == nil {
			t.Errorf("%s reads a message whose id is an object", library)
		}
		if shapes["DELETE "+routeMessage].of(library)([]byte(`{}`)) == nil {
			t.Error("an answer that should be empty may have a body")
		}
	}
}
