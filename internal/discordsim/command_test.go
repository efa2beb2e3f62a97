package discordsim_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

func TestACommandIsMadeOnceAndThenOverwritten(t *testing.T) {
	club := openClub(t, unlimited())
	path := club.commandsPath()
	made := club.call("POST", path, `{"name":"ping","description":"Ping"}`)
	made.wants(t, 201, 0)
	if made.body["type"] != 1.0 || made.text("application_id") != club.Bot().ID.String() || made.text("version") == "" {
		t.Errorf("made %s", made.raw)
	}
	again := club.call("POST", path, `{"name":"ping","description":"Another"}`)
	if again.status != 200 || again.text("id") != made.text("id") || again.text("version") == made.text("version") {
		t.Errorf("overwritten: %d %s", again.status, again.raw)
	}
	one := path + "/" + made.text("id")
	if r := club.call("PATCH", one, `{"description":"Third"}`); r.status != 200 || r.text("name") != "ping" {
		t.Errorf("patched: %d %s", r.status, r.raw)
	}
	if r := club.call("GET", one, ""); r.text("description") != "Third" {
		t.Errorf("read: %s", r.raw)
	}
	club.call("DELETE", one, "").wants(t, 204, 0)
	club.call("GET", one, "").wants(t, 404, 10063)
}

func TestABulkOverwriteReplacesAllAndKeepsWhatDidNotChange(t *testing.T) {
	cfg := unlimited()
	cfg.CommandCreatesPerDay = 3
	club := openClub(t, cfg)
	put := func(body string) (reply, []map[string]any) {
		r := club.call("PUT", club.commandsPath(), body)
		var all []map[string]any
		if r.status == 200 {
			if err := json.Unmarshal(r.raw, &all); err != nil {
				t.Fatal(err)
			}
		}
		return r, all
	}
	ab := `[{"name":"a","description":"A"},{"name":"b","description":"B"}]`
	_, first := put(ab)
	for range 5 {
		_, again := put(ab)
		if again[0]["id"] != first[0]["id"] || again[0]["version"] != first[0]["version"] {
			t.Fatalf("an unchanged command changed: %v", again)
		}
	}
	put(`[{"name":"b","description":"B"},{"name":"c","description":"C"}]`)
	if got := club.Commands(0); len(got) != 2 || got[0].Name != "b" || got[1].Name != "c" {
		t.Errorf("the commands are %+v", got)
	}
	r, _ := put(`[{"name":"d","description":"D"}]`)
	r.wants(t, 429, 30034)
}

func TestGuildCommandsComeBeforeGlobalOnes(t *testing.T) {
	club := openClub(t, unlimited())
	b := club.connect()
	club.register(`{"name":"ping","description":"Global"}`)
	path := "/applications/" + club.Bot().ID.String() + "/guilds/" + club.Guild.ID.String() + "/commands"
	guilds := club.call("POST", path, `{"name":"ping","description":"Local"}`)
	guilds.wants(t, 201, 0)
	club.slash("ping")
	if e := b.event("INTERACTION_CREATE"); e["data"].(map[string]any)["id"] != guilds.text("id") {
		t.Errorf("the command used is %v", e["data"])
	}
	club.call("GET", "/applications/5/commands", "").wants(t, 404, 10002)
}

func TestCommandsThatBreakARuleAreRefusedWhereTheyBreakIt(t *testing.T) {
	club := openClub(t, unlimited())
	option := func(n int, rest string) string {
		return fmt.Sprintf(`{"type":3,"name":"o%d","description":"O"%s}`, n, rest)
	}
	many := func(n int) string {
		var all []string
		for i := range n {
			all = append(all, option(i, ""))
		}
		return strings.Join(all, ",")
	}
	for _, row := range []struct{ name, command, want string }{
		{"capital letter", `{"name":"Ping","description":"x"}`, `"name"`},
		{"space", `{"name":"a b","description":"x"}`, `"name"`},
		{"no description", `{"name":"a"}`, `"description"`},
		{"long description", `{"name":"a","description":"` + strings.Repeat("x", 101) + `"}`, `"description"`},
		{"26 options", `{"name":"a","description":"x","options":[` + many(26) + `]}`, `"options":{"_errors"`},
		{"same option", `{"name":"a","description":"x","options":[` + option(1, "") + `,` + option(1, "") + `]}`, "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS"},
		{"required last", `{"name":"a","description":"x","options":[` + option(1, "") + `,` + option(2, `,"required":true`) + `]}`, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID"},
		{"unknown type", `{"name":"a","description":"x","options":[{"type":12,"name":"o","description":"O"}]}`, "BASE_TYPE_CHOICES"},
		{"too deep", `{"name":"a","description":"x","options":[{"type":1,"name":"s","description":"S","options":[{"type":1,"name":"t","description":"T"}]}]}`, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID"},
		{"too long in all", `{"name":"a","description":"x","options":[` + option(1, `,"choices":[`+strings.Repeat(`{"name":"c","value":"`+strings.Repeat("v", 400)+`"},`, 24)+`{"name":"c","value":"v"}]`) + `]}`, "APPLICATION_COMMAND_TOO_LARGE"},
		{"menu with description", `{"type":2,"name":"Look At","description":"x"}`, "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := club.call("POST", club.commandsPath(), row.command)
			r.wants(t, 400, 50035)
			if !strings.Contains(string(r.raw), row.want) {
				t.Errorf("got %s, want %s", r.raw, row.want)
			}
		})
	}
	club.call("PUT", club.commandsPath(), `[{"name":"a","description":"x"},{"name":"a","description":"x"}]`).wants(t, 400, 50035)
	var sixteen []string
	for i := range 16 {
		sixteen = append(sixteen, fmt.Sprintf(`{"type":3,"name":"Menu %d"}`, i))
	}
	club.call("PUT", club.commandsPath(), "["+strings.Join(sixteen, ",")+"]").wants(t, 400, 30032)
	if got := club.Commands(0); len(got) != 0 {
		t.Errorf("refused commands were kept: %+v", got)
	}
}

func TestContextMenusNameTheirTarget(t *testing.T) {
	club := openClub(t, unlimited())
	b := club.connect()
	club.register(`{"type":2,"name":"Pat"}`)
	club.register(`{"type":3,"name":"Pin It"}`)
	bo := club.World.Members[1].ID
	if _, err := club.UseOn(club.ada(), club.General.ID, "Pat", bo); err != nil {
		t.Fatal(err)
	}
	if d := b.event("INTERACTION_CREATE")["data"].(map[string]any); d["type"] != 2.0 || d["target_id"] != bo.String() {
		t.Errorf("the data is %v", d)
	}
	m := club.say("keep this")
	b.event("MESSAGE_CREATE")
	if _, err := club.UseOn(club.ada(), club.General.ID, "Pin It", m.ID); err != nil {
		t.Fatal(err)
	}
	if d := b.event("INTERACTION_CREATE")["data"].(map[string]any); d["type"] != 3.0 || d["resolved"].(map[string]any)["messages"] == nil {
		t.Errorf("the data is %v", d)
	}
}

func TestChoicesBindWhatAPersonCanGive(t *testing.T) {
	club := openClub(t, unlimited())
	club.register(`{"name":"roll","description":"Roll","options":[{"type":4,"name":"sides","description":"Sides","required":true,"choices":[{"name":"six","value":6}]}]}`)
	for value, fits := range map[any]bool{6: true, "6": true, 7: false, "six": false} {
		_, err := club.Slash(club.ada(), club.General.ID, "roll", discordsim.Arg("sides", value))
		if (err == nil) != fits {
			t.Errorf("%v gave %v", value, err)
		}
	}
	if _, err := club.Slash(club.ada(), club.General.ID, "roll"); err == nil {
		t.Error("a required option may be missing")
	}
}
