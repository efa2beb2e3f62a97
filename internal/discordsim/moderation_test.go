package discordsim_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

func (c *club) member(user discordsim.ID) discordsim.Member {
	c.t.Helper()
	all := c.Sim.Members(c.Guild.ID)
	at := slices.IndexFunc(all, func(m discordsim.Member) bool { return m.User.ID == user })
	if at < 0 {
		c.t.Fatalf("user %s is no member", user)
	}
	return all[at]
}

func TestTheOrderOfRolesDecidesOnWhomTheBotActs(t *testing.T) {
	club := openClub(t, unlimited())
	owner, coach, player := club.ada(), club.World.Members[1].ID, club.World.Members[3].ID
	until := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	for _, act := range []struct{ name, method, rest, body string }{
		{"nick", "PATCH", "", `{"nick":"x"}`},
		{"timeout", "PATCH", "", `{"communication_disabled_until":"` + until + `"}`},
		{"kick", "DELETE", "", ""},
	} {
		for _, target := range []discordsim.ID{owner, coach} {
			club.call(act.method, club.memberPath(target, act.rest), act.body).wants(t, 403, 50013)
		}
	}
	club.call("PUT", club.guildPath("/bans/"+coach.String()), "").wants(t, 403, 50013)
	b := club.connect()
	club.call("PATCH", club.memberPath(player, ""), `{"nick":"Dov the Bridge"}`).wants(t, 200, 0)
	if e := b.event("GUILD_MEMBER_UPDATE"); e["nick"] != "Dov the Bridge" || e["guild_id"] != club.Guild.ID.String() {
		t.Errorf("the event is %v", e)
	}
	b.event("GUILD_AUDIT_LOG_ENTRY_CREATE")
	club.call("DELETE", club.memberPath(player, ""), "").wants(t, 204, 0)
	if e := b.event("GUILD_MEMBER_REMOVE"); e["user"].(map[string]any)["id"] != player.String() {
		t.Errorf("the event is %v", e)
	}
	club.call("DELETE", club.memberPath(player, ""), "").wants(t, 404, 10007)
}

func TestWithoutThePermissionNothingHappens(t *testing.T) {
	club := openClub(t, unlimited())
	club.ChangeRole(club.Guild.ID, club.BotRole.ID, func(r *discordsim.Role) { r.Permissions = 0 })
	player, role := club.World.Members[3].ID.String(), club.Tryout.ID.String()
	for _, row := range []struct{ method, path, body string }{
		{"PATCH", "/members/" + player, `{"nick":"x"}`},
		{"PATCH", "/members/" + player, `{"roles":["` + role + `"]}`},
		{"PATCH", "/members/" + player, `{"communication_disabled_until":null}`},
		{"DELETE", "/members/" + player, ""},
		{"PUT", "/members/" + player + "/roles/" + role, ""},
		{"DELETE", "/members/" + club.World.Members[4].ID.String() + "/roles/" + role, ""},
		{"PUT", "/bans/" + player, ""},
		{"GET", "/bans", ""},
		{"DELETE", "/bans/" + player, ""},
		{"POST", "/bulk-ban", `{"user_ids":["` + player + `"]}`},
		{"POST", "/roles", `{"name":"x"}`},
		{"PATCH", "/roles/" + role, `{"name":"x"}`},
		{"DELETE", "/roles/" + role, ""},
		{"PATCH", "/roles", `[{"id":"` + role + `","position":1}]`},
		{"POST", "/channels", `{"name":"x"}`},
		{"PATCH", "/channels", `[]`},
		{"GET", "/audit-logs", ""},
		{"GET", "/invites", ""},
		{"GET", "/webhooks", ""},
	} {
		t.Run(row.method+row.path, func(t *testing.T) {
			club.call(row.method, club.guildPath(row.path), row.body).wants(t, 403, 50013)
		})
	}
	if m := club.member(club.World.Members[3].ID); deref(m.Nick) != "Dov the Wall" || len(m.Roles) != 0 {
		t.Errorf("Dov is %+v", m)
	}
}

func TestRolesAreGivenAndTaken(t *testing.T) {
	club := openClub(t, unlimited())
	b := club.connect()
	player := club.World.Members[3].ID
	path := club.memberPath(player, "/roles/"+club.Tryout.ID.String())
	club.call("PUT", path, "").wants(t, 204, 0)
	if e := b.event("GUILD_MEMBER_UPDATE"); !slices.Contains(e["roles"].([]any), any(club.Tryout.ID.String())) {
		t.Errorf("the event is %v", e)
	}
	b.event("GUILD_AUDIT_LOG_ENTRY_CREATE")
	club.call("PUT", path, "").wants(t, 204, 0) // no event: nothing changed
	club.call("DELETE", path, "").wants(t, 204, 0)
	if e := b.event("GUILD_MEMBER_UPDATE"); len(e["roles"].([]any)) != 0 {
		t.Errorf("the event is %v", e)
	}
	club.call("DELETE", path, "").wants(t, 204, 0)
	for role, code := range map[discordsim.ID]int{club.Coach.ID: 50013, club.BotRole.ID: 50013, club.Guild.ID: 50013, 5: 10011} {
		r := club.call("PUT", club.memberPath(player, "/roles/"+role.String()), "")
		if r.code() != code {
			t.Errorf("role %s: %s, want %d", role, r.raw, code)
		}
	}
	both := fmt.Sprintf(`{"roles":[%q,%q]}`, club.Tryout.ID, club.Captain.ID)
	club.call("PATCH", club.memberPath(player, ""), both).wants(t, 200, 0)
	club.call("PATCH", club.memberPath(player, ""), `{"roles":["5"]}`).wants(t, 404, 10011)
	club.call("PATCH", club.memberPath(player, ""), fmt.Sprintf(`{"roles":[%q]}`, club.Coach.ID)).wants(t, 403, 50013)
	if m := club.member(player); len(m.Roles) != 2 {
		t.Errorf("Dov has the roles %v", m.Roles)
	}
	// The coach's own role stays although it is above the bot's: only what changes needs the rank.
	coach := club.World.Members[1].ID
	club.call("PATCH", club.memberPath(coach, ""), fmt.Sprintf(`{"roles":[%q,%q]}`, club.Coach.ID, club.Tryout.ID)).wants(t, 200, 0)
}

func TestATimeoutSilencesUntilItEnds(t *testing.T) {
	club := openClub(t, unlimited())
	player := club.World.Members[3].ID
	set := func(text string) reply {
		return club.call("PATCH", club.memberPath(player, ""), `{"communication_disabled_until":`+text+`}`)
	}
	in := func(d time.Duration) string { return `"` + time.Now().Add(d).UTC().Format(time.RFC3339) + `"` }
	set(in(29*24*time.Hour)).wants(t, 400, 50035)
	set(`"soon"`).wants(t, 400, 50035)
	if r := set(in(time.Hour)); r.status != 200 || r.text("communication_disabled_until") == "" {
		t.Errorf("got %s", r.raw)
	}
	if _, err := club.Say(player, club.General.ID, "mmf"); err == nil {
		t.Error("somebody in a timeout writes")
	}
	set("null").wants(t, 200, 0)
	if _, err := club.Say(player, club.General.ID, "phew"); err != nil {
		t.Error(err)
	}
	club.call("PATCH", club.memberPath(player, ""), `{"mute":true}`).wants(t, 400, 40032)
	club.call("PATCH", club.memberPath(player, ""), `{"nick":"`+strings.Repeat("x", 33)+`"}`).wants(t, 400, 50035)
}

func TestTheBotNamesItself(t *testing.T) {
	club := openClub(t, unlimited())
	if r := club.call("PATCH", club.guildPath("/members/@me"), `{"nick":"Steady"}`); r.status != 200 || r.text("nick") != "Steady" {
		t.Errorf("got %s", r.raw)
	}
	b := club.connect()
	if r := club.call("PATCH", "/users/@me", `{"username":"Steadier"}`); r.status != 200 || r.text("username") != "Steadier" {
		t.Errorf("got %s", r.raw)
	}
	if e := b.event("USER_UPDATE"); e["username"] != "Steadier" {
		t.Errorf("the event is %v", e)
	}
	club.call("PATCH", "/users/@me", `{"username":"x"}`).wants(t, 400, 50035)
}

func TestABanRemovesTheMemberAndItsLatestMessages(t *testing.T) {
	club := openClub(t, unlimited())
	player := club.World.Members[3].ID
	said, err := club.Say(player, club.General.ID, "one last thing")
	if err != nil {
		t.Fatal(err)
	}
	old := len(club.Messages(club.Lounge.ID))
	b := club.connect()
	r, err := club.try("PUT", club.guildPath("/bans/"+player.String()), `{"delete_message_seconds":3600}`, http.Header{"X-Audit-Log-Reason": {"too%20many%20words"}})
	if err != nil {
		t.Fatal(err)
	}
	r.wants(t, 204, 0)
	b.event("GUILD_MEMBER_REMOVE")
	if e := b.event("GUILD_BAN_ADD"); e["user"].(map[string]any)["id"] != player.String() {
		t.Errorf("the event is %v", e)
	}
	if e := b.event("GUILD_AUDIT_LOG_ENTRY_CREATE"); e["reason"] != "too many words" || e["action_type"] != 22.0 {
		t.Errorf("the entry is %v", e)
	}
	if e := b.event("MESSAGE_DELETE_BULK"); e["ids"].([]any)[0] != said.ID.String() {
		t.Errorf("the event is %v", e)
	}
	if len(club.Messages(club.Lounge.ID)) != old {
		t.Error("older messages are gone as well")
	}
	if r := club.call("GET", club.guildPath("/bans/"+player.String()), ""); r.text("reason") != "too many words" {
		t.Errorf("the ban is %s", r.raw)
	}
	if all := array(t, club.call("GET", club.guildPath("/bans"), "").raw); len(all) != 1 || !club.Banned(club.Guild.ID, player) {
		t.Errorf("the bans are %v", all)
	}
	club.call("DELETE", club.guildPath("/bans/"+player.String()), "").wants(t, 204, 0)
	b.event("GUILD_BAN_REMOVE")
	club.call("DELETE", club.guildPath("/bans/"+player.String()), "").wants(t, 404, 10026)
	club.call("GET", club.guildPath("/bans/"+player.String()), "").wants(t, 404, 10026)
	club.call("PUT", club.guildPath("/bans/5"), "").wants(t, 404, 10013)
	club.call("PUT", club.guildPath("/bans/"+player.String()), `{"delete_message_seconds":604801}`).wants(t, 400, 50035)
}

func TestABulkBanNamesWhomItCouldNotBan(t *testing.T) {
	club := openClub(t, unlimited())
	club.empower(discordsim.PermissionManageGuild)
	stranger := club.AddPerson("Stranger").ID
	body := fmt.Sprintf(`{"user_ids":[%q,%q]}`, stranger, club.World.Members[1].ID)
	r := club.call("POST", club.guildPath("/bulk-ban"), body)
	if r.status != 200 || len(r.body["banned_users"].([]any)) != 1 || len(r.body["failed_users"].([]any)) != 1 {
		t.Errorf("got %s", r.raw)
	}
	club.call("POST", club.guildPath("/bulk-ban"), body).wants(t, 400, 500000)
	club.call("POST", club.guildPath("/bulk-ban"), `{"user_ids":[]}`).wants(t, 400, 50035)
}

func TestTheAuditLogIsReadNewestFirstAndFiltered(t *testing.T) {
	club := openClub(t, unlimited())
	player := club.World.Members[3].ID
	for _, nick := range []string{"a", "b", "c"} {
		club.call("PATCH", club.memberPath(player, ""), `{"nick":"`+nick+`"}`).wants(t, 200, 0)
	}
	club.call("DELETE", club.memberPath(player, ""), "").wants(t, 204, 0)
	entries := func(query string) []any {
		t.Helper()
		r := club.call("GET", club.guildPath("/audit-logs"+query), "")
		r.wants(t, 200, 0)
		return r.body["audit_log_entries"].([]any)
	}
	all := entries("")
	if len(all) != 4 || all[0].(map[string]any)["action_type"] != 20.0 {
		t.Errorf("the log is %v", all)
	}
	if kicks := entries("?action_type=20"); len(kicks) != 1 {
		t.Errorf("kicks are %v", kicks)
	}
	if page := entries("?limit=1&before=" + all[0].(map[string]any)["id"].(string)); len(page) != 1 || page[0].(map[string]any)["action_type"] != 24.0 {
		t.Errorf("the page is %v", page)
	}
	if log := club.AuditLog(club.Guild.ID); len(log) != 4 || log[3].Target != player || log[3].User != club.Bot().ID {
		t.Errorf("the log is %+v", log)
	}
}

func TestBulkDeletionHasItsBounds(t *testing.T) {
	club := openClub(t, unlimited())
	path := club.messagesPath() + "/bulk-delete"
	ids := func(all ...discordsim.ID) string {
		var quoted []string
		for _, id := range all {
			quoted = append(quoted, `"`+id.String()+`"`)
		}
		return `{"messages":[` + strings.Join(quoted, ",") + `]}`
	}
	first, second, kept := club.say("1"), club.say("2"), club.say("3")
	club.call("POST", path, ids(first.ID, second.ID)).wants(t, 403, 50013)
	club.empower(discordsim.PermissionManageMessages)
	b := club.connect()
	club.call("POST", path, ids(first.ID)).wants(t, 400, 50016)
	club.call("POST", path, ids(first.ID, first.ID)).wants(t, 400, 50016)
	many := make([]discordsim.ID, 101)
	for i := range many {
		many[i] = first.ID + discordsim.ID(i)
	}
	club.call("POST", path, ids(many...)).wants(t, 400, 50016)
	club.call("POST", path, ids(first.ID, first.ID-discordsim.ID(15*24*time.Hour/time.Millisecond)<<22)).wants(t, 400, 50034)
	club.call("POST", path, ids(first.ID, second.ID, kept.ID+1000)).wants(t, 204, 0)
	if e := b.event("MESSAGE_DELETE_BULK"); len(e["ids"].([]any)) != 2 {
		t.Errorf("the event is %v", e)
	}
	if left := club.Messages(club.General.ID); len(left) != 1 || left[0].ID != kept.ID {
		t.Errorf("left are %v", left)
	}
}

func deref[T any](p *T) T {
	var zero T
	if p == nil {
		return zero
	}
	return *p
}
