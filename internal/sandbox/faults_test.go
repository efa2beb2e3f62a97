package sandbox_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
	"github.com/steadfast-bot/steadfast/internal/sandbox"
)

// kindsOf reads the values of the simulator's constants of a type from its source, so that a new one cannot be
// forgotten on the page.
func kindsOf(t *testing.T, typeName string) (kinds []string) {
	t.Helper()
	files, err := filepath.Glob("../discordsim/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for node := range ast.Preorder(file) {
			spec, ok := node.(*ast.ValueSpec)
			if !ok {
				continue
			}
			named, ok := spec.Type.(*ast.Ident)
			if !ok || named.Name != typeName {
				continue
			}
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			kinds = append(kinds, value)
		}
	}
	if len(kinds) < 5 {
		t.Fatalf("the simulator's source has %d constants of type %s", len(kinds), typeName)
	}
	return kinds
}

func TestEveryFaultOfTheSimulatorHasItsControl(t *testing.T) {
	r := open(t)
	controls := r.state().Controls
	sub := r.sim.Subscribe()
	defer sub.Close()
	for _, b := range controls.Once {
		r.press(b.Do)
	}
	r.does("/sandbox/fault", map[string]any{"do": "close", "code": 4009})
	struck := map[string]bool{}
	for !struck[string(discordsim.Close)] {
		record, err := sub.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if what, ok := record.What.(discordsim.Struck); ok {
			struck[string(what.Fault.Kind)] = true
		}
	}
	for _, kind := range kindsOf(t, "FaultKind") {
		if !struck[kind] {
			t.Errorf("no button does %q", kind)
		}
	}
	for _, kind := range kindsOf(t, "RESTKind") {
		if !slices.ContainsFunc(controls.REST, func(k sandbox.RESTKind) bool { return string(k.Kind) == kind }) {
			t.Errorf("the page offers no %q for requests", kind)
		}
	}
	for i := range reflect.TypeFor[discordsim.Faults]().NumField() {
		name, _, _ := strings.Cut(reflect.TypeFor[discordsim.Faults]().Field(i).Tag.Get("json"), ",")
		at := slices.IndexFunc(controls.Standing, func(s sandbox.Setting) bool { return s.Name == name })
		if name != "rest" && (at < 0 || controls.Standing[at].Help == "") {
			t.Errorf("the standing fault %q has no control, or no words", name)
		}
	}
}

func TestStandingFaultsAreSetOneByOneAndHealedTogether(t *testing.T) {
	r := open(t)
	page := r.browse()
	for name, value := range map[string]any{"no_ack": true, "slow_delivery": 20, "duplicate": 0.25, "dial_status": 503} {
		r.does("/sandbox/standing", map[string]any{"name": name, "value": value})
	}
	r.does("/sandbox/standing", map[string]any{"name": "guild_outage", "guild": r.world.Guild.ID.String(), "value": true})
	r.does("/sandbox/standing", map[string]any{"name": "dms_closed", "person": r.ada(), "value": true})
	want := discordsim.Faults{NoACK: true, SlowDelivery: 20 * time.Millisecond, Duplicate: 0.25, DialStatus: 503}
	if got := r.sim.Faults(); !reflect.DeepEqual(got, want) && !slices.Equal(got.REST, want.REST) {
		t.Errorf("in force: %+v", got)
	}
	in := r.state().Faults
	if len(in.Standing) != 4 || in.Standing["slow_delivery"] != 20.0 || !in.Any || len(in.DMsClosed) != 1 || !r.state().Guilds[0].Outage {
		t.Errorf("the page is told %+v", in)
	}
	r.does("/sandbox/heal", struct{}{})
	awaits(page, "faults", func(f sandbox.InForce) bool { return !f.Any })
	if got := r.sim.Faults(); got.NoACK || got.DialStatus != 0 || r.sim.Guilds()[0].Unavailable {
		t.Errorf("still in force: %+v", got)
	}
}

func TestFaultsOfRequestsStrikeAreCountedDownAndRemoved(t *testing.T) {
	r := open(t)
	b := connect(t, r.sim, nil)
	page := r.browse()
	r.does("/sandbox/rest", map[string]any{"route": "GET /users/@me", "kind": "status", "status": 502, "times": 1})
	r.does("/sandbox/rest", map[string]any{"kind": "", "latency": 5, "probability": 0.5})
	if got := r.sim.RESTFaults(); len(got) != 2 || got[0].Status != 502 || got[1].Latency != 5*time.Millisecond {
		t.Fatalf("in force: %+v", got)
	}
	req, err := http.NewRequest(http.MethodGet, r.sim.APIURL()+"/users/@me", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bot "+b.sim.Token())
	req.Header.Set("User-Agent", "DiscordBot (https://example.com, 1)")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != 502 {
		t.Errorf("the bot's request was answered with %s", res.Status)
	}
	page.hears(sandbox.LogGateway, "GET /users/@me was answered with 502")
	left := awaits(page, "faults", func(f sandbox.InForce) bool { return len(f.REST) == 1 })
	if !strings.Contains(left.REST[0].Text, "slow, 5ms before, 50% of them · every request") {
		t.Errorf("left: %+v", left.REST)
	}
	r.does("/sandbox/rest/remove", map[string]any{"text": left.REST[0].Text})
	if got := r.sim.RESTFaults(); len(got) != 0 {
		t.Errorf("still in force: %+v", got)
	}
}

func TestAFaultThatMakesNoSenseIsExplained(t *testing.T) {
	r := open(t)
	for _, c := range []struct{ path, body, want string }{
		{"/sandbox/standing", `{"name":"gremlins","value":true}`, "no fault"},
		{"/sandbox/standing", `{"name":"no_ack","value":7}`, "on or off"},
		{"/sandbox/standing", `{"name":"duplicate","value":2}`, "from 0 to 1"},
		{"/sandbox/standing", `{"name":"dial_status","value":9}`, "from 100 to 599"},
		{"/sandbox/standing", `{"name":"guild_outage","guild":"7","value":true}`, "no server"},
		{"/sandbox/rest", `{"kind":"gremlins"}`, "no fault"},
		{"/sandbox/rest", `{"kind":""}`, "how slow"},
		{"/sandbox/rest", `{"kind":"status","status":9}`, "from 200 to 599"},
		{"/sandbox/rest", `{"kind":"limited","scope":"moon"}`, "no scope"},
		{"/sandbox/rest/remove", `{"text":"gremlins"}`, "not in force"},
		{"/sandbox/fault", `{"do":"close","code":17}`, "1000 to 4999"},
	} {
		status, answer := r.post(c.path, json.RawMessage(c.body))
		problem, _ := answer["problem"].(string)
		if status != http.StatusUnprocessableEntity || !strings.Contains(problem, c.want) {
			t.Errorf("%s %s: %d %q, want it to say %q", c.path, c.body, status, problem, c.want)
		}
	}
}
