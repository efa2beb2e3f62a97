package discordsim_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

func TestChannelsAreMadeChangedAndDeleted(t *testing.T) {
	club := openClub(t, unlimited())
	club.empower(discordsim.PermissionManageChannels)
	b := club.connect()
	made := club.call("POST", club.guildPath("/channels"), `{"name":"Away Games","type":0,"topic":"bus at nine"}`)
	if made.status != 201 || made.text("name") != "away-games" || made.text("topic") != "bus at nine" {
		t.Fatalf("got %d %s", made.status, made.raw)
	}
	b.event("CHANNEL_CREATE")
	b.event("GUILD_AUDIT_LOG_ENTRY_CREATE")
	path := "/channels/" + made.text("id")
	club.call("PATCH", path, `{"name":"away","rate_limit_per_user":5,"nsfw":true}`).wants(t, 200, 0)
	if e := b.event("CHANNEL_UPDATE"); e["name"] != "away" || e["rate_limit_per_user"] != 5.0 || e["topic"] != "bus at nine" || e["nsfw"] != true {
		t.Errorf("the event is %v", e)
	}
	b.event("GUILD_AUDIT_LOG_ENTRY_CREATE")
	club.call("DELETE", path, "").wants(t, 200, 0)
	b.event("CHANNEL_DELETE")
	club.call("GET", path, "").wants(t, 404, 10003)
}

func TestAChannelsBodyIsChecked(t *testing.T) {
	club := openClub(t, unlimited())
	club.empower(discordsim.PermissionManageChannels)
	for name, body := range map[string]string{
		"no name":         `{"type":0}`,
		"a long name":     `{"name":"` + strings.Repeat("x", 101) + `"}`,
		"an odd type":     `{"name":"x","type":99}`,
		"a long slowmode": `{"name":"x","rate_limit_per_user":21601}`,
		"a wrong parent":  fmt.Sprintf(`{"name":"x","parent_id":%q}`, club.General.ID),
	} {
		t.Run(name, func(t *testing.T) {
			club.call("POST", club.guildPath("/channels"), body).wants(t, 400, 50035)
		})
	}
	category := club.call("POST", club.guildPath("/channels"), `{"name":"Matches","type":4}`)
	category.wants(t, 201, 0)
	child := club.call("POST", club.guildPath("/channels"), fmt.Sprintf(`{"name":"x","parent_id":%q}`, category.text("id")))
	if child.text("parent_id") != category.text("id") {
		t.Errorf("the child is %s", child.raw)
	}
	club.call("POST", "/channels/"+category.text("id")+"/messages", `{"content":"x"}`).wants(t, 400, 50008)
	move := fmt.Sprintf(`[{"id":%q,"position":9}]`, club.General.ID)
	club.call("PATCH", club.guildPath("/channels"), move).wants(t, 204, 0)
	if r := club.call("GET", "/channels/"+club.General.ID.String(), ""); r.body["position"] != 9.0 {
		t.Errorf("the channel is %s", r.raw)
	}
	club.call("PATCH", club.guildPath("/channels"), `[{"id":"5"}]`).wants(t, 404, 10003)
}

func TestOverwritesAreSetOnlyAsFarAsTheBotsOwnPermissionsGo(t *testing.T) {
	club := openClub(t, unlimited())
	path := "/channels/" + club.General.ID.String() + "/permissions/" + club.Tryout.ID.String()
	put := func(allow, deny discordsim.Permissions) reply {
		return club.call("PUT", path, fmt.Sprintf(`{"type":0,"allow":"%d","deny":"%d"}`, allow, deny))
	}
	put(0, discordsim.PermissionSendMessages).wants(t, 204, 0)
	esi := club.World.Members[4].ID
	if may := club.PermissionsIn(esi, club.General.ID); may.Has(discordsim.PermissionSendMessages) {
		t.Errorf("Esi may %v", may.Names())
	}
	put(discordsim.PermissionManageMessages, 0).wants(t, 403, 50013)
	club.call("PUT", "/channels/"+club.General.ID.String()+"/permissions/5", `{"type":0}`).wants(t, 404, 10011)
	club.call("PUT", "/channels/"+club.General.ID.String()+"/permissions/5", `{"type":1}`).wants(t, 404, 10013)
	club.call("DELETE", path, "").wants(t, 204, 0)
	club.call("DELETE", path, "").wants(t, 404, 10009)
	if may := club.PermissionsIn(esi, club.General.ID); !may.Has(discordsim.PermissionSendMessages) {
		t.Errorf("Esi may %v", may.Names())
	}
}

func TestRolesAreMadeChangedMovedAndDeleted(t *testing.T) {
	club := openClub(t, unlimited())
	b := club.connect()
	made := club.call("POST", club.guildPath("/roles"), `{"name":"Keeper","color":255,"hoist":true,"permissions":"1024"}`)
	if made.status != 200 || made.body["color"] != 255.0 || made.text("permissions") != "1024" || made.body["position"] != 1.0 {
		t.Fatalf("got %s", made.raw)
	}
	b.event("GUILD_ROLE_CREATE")
	b.event("GUILD_AUDIT_LOG_ENTRY_CREATE")
	path := club.guildPath("/roles/" + made.text("id"))
	if r := club.call("PATCH", path, `{"colors":{"primary_color":16711680,"secondary_color":null,"tertiary_color":null},"mentionable":true}`); r.body["color"] != 16711680.0 || r.text("name") != "Keeper" {
		t.Errorf("got %s", r.raw)
	}
	b.event("GUILD_ROLE_UPDATE")
	b.event("GUILD_AUDIT_LOG_ENTRY_CREATE")
	club.call("PATCH", path, `{"permissions":"8192"}`).wants(t, 403, 50013)
	club.call("PATCH", club.guildPath("/roles"), fmt.Sprintf(`[{"id":%q,"position":2}]`, made.text("id"))).wants(t, 200, 0)
	b.event("GUILD_ROLE_UPDATE")
	club.call("PATCH", club.guildPath("/roles"), fmt.Sprintf(`[{"id":%q,"position":4}]`, made.text("id"))).wants(t, 403, 50013)
	club.call("PATCH", club.guildPath("/roles/"+club.Coach.ID.String()), `{"name":"x"}`).wants(t, 403, 50013)
	club.call("DELETE", club.guildPath("/roles/"+club.Guild.ID.String()), "").wants(t, 400, 50028)

	bo := club.World.Members[3].ID
	club.call("PUT", club.memberPath(bo, "/roles/"+made.text("id")), "").wants(t, 204, 0)
	b.event("GUILD_MEMBER_UPDATE")
	b.event("GUILD_AUDIT_LOG_ENTRY_CREATE")
	club.call("DELETE", path, "").wants(t, 204, 0)
	if e := b.event("GUILD_MEMBER_UPDATE"); len(e["roles"].([]any)) != 0 {
		t.Errorf("the member kept %v", e["roles"])
	}
	if e := b.event("GUILD_ROLE_DELETE"); e["role_id"] != made.text("id") {
		t.Errorf("the event is %v", e)
	}
	club.call("GET", path, "").wants(t, 404, 10011)
	if r := club.call("GET", club.guildPath("/roles/"+club.Coach.ID.String()), ""); r.text("name") != "Coach" {
		t.Errorf("the role is %s", r.raw)
	}
}

func TestThreadsStartFromAMessageAndReturnFromTheArchive(t *testing.T) {
	club := openClub(t, unlimited())
	b := club.connect()
	m := club.say("line-up for Saturday?")
	b.event("MESSAGE_CREATE")
	start := club.messagesPath() + "/" + m.ID.String() + "/threads"
	made := club.call("POST", start, `{"name":"Saturday","auto_archive_duration":60}`)
	if made.status != 201 || made.text("id") != m.ID.String() || made.body["type"] != 11.0 || made.text("parent_id") != club.General.ID.String() {
		t.Fatalf("got %d %s", made.status, made.raw)
	}
	if e := b.event("MESSAGE_UPDATE"); e["flags"] != 32.0 || e["thread"].(map[string]any)["name"] != "Saturday" {
		t.Errorf("the message is %v", e)
	}
	if e := b.event("THREAD_CREATE"); e["newly_created"] != true || e["member"] == nil {
		t.Errorf("the thread is %v", e)
	}
	b.event("GUILD_AUDIT_LOG_ENTRY_CREATE")
	club.call("POST", start, `{"name":"Again"}`).wants(t, 400, 160004)

	thread := "/channels/" + made.text("id")
	if _, err := club.Say(club.ada(), m.ID, "I can play"); err != nil {
		t.Fatal(err)
	}
	if e := b.event("MESSAGE_CREATE"); e["channel_id"] != m.ID.String() || e["channel_type"] != 11.0 {
		t.Errorf("the message is %v", e)
	}
	if e := b.event("THREAD_MEMBERS_UPDATE"); e["member_count"] != 2.0 {
		t.Errorf("the event is %v", e)
	}
	club.call("PATCH", thread, `{"archived":true}`).wants(t, 200, 0)
	if e := b.event("THREAD_UPDATE"); e["thread_metadata"].(map[string]any)["archived"] != true {
		t.Errorf("the event is %v", e)
	}
	b.event("GUILD_AUDIT_LOG_ENTRY_CREATE")
	club.call("PATCH", thread, `{"name":"x"}`).wants(t, 400, 50083)
	club.call("PUT", thread+"/thread-members/"+club.World.Members[1].ID.String(), "").wants(t, 400, 50083)
	archived := club.call("GET", "/channels/"+club.General.ID.String()+"/threads/archived/public", "")
	if len(archived.body["threads"].([]any)) != 1 || archived.body["has_more"] != false {
		t.Errorf("archived are %s", archived.raw)
	}
	if active := club.call("GET", club.guildPath("/threads/active"), ""); len(active.body["threads"].([]any)) != 0 {
		t.Errorf("active are %s", active.raw)
	}
	club.call("POST", thread+"/messages", `{"content":"me too"}`).wants(t, 200, 0)
	b.event("MESSAGE_CREATE")
	if e := b.event("THREAD_UPDATE"); e["thread_metadata"].(map[string]any)["archived"] != false {
		t.Errorf("writing left the thread in the archive: %v", e)
	}
	club.call("DELETE", thread, "").wants(t, 200, 0)
	b.event("THREAD_DELETE")
	club.call("GET", thread, "").wants(t, 404, 10003)
}

func TestMembersOfAThreadComeAndGo(t *testing.T) {
	club := openClub(t, unlimited())
	m := club.say("kit colours?")
	made, err := club.StartThread(club.ada(), m.ID, "Kit")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := club.StartThread(club.ada(), m.ID, "Kit"); err == nil {
		t.Errorf("a second thread starts: %+v", again)
	}
	members := "/channels/" + made.ID.String() + "/thread-members"
	bo := club.World.Members[1].ID.String()
	club.call("PUT", members+"/@me", "").wants(t, 204, 0)
	club.call("PUT", members+"/"+bo, "").wants(t, 204, 0)
	club.call("PUT", members+"/5", "").wants(t, 404, 10007)
	if all := array(t, club.call("GET", members, "").raw); len(all) != 3 || all[0]["member"] != nil {
		t.Errorf("the members are %v", all)
	}
	if one := club.call("GET", members+"/"+bo+"?with_member=true", ""); one.body["member"].(map[string]any)["nick"] != "Coach Bo" {
		t.Errorf("the member is %s", one.raw)
	}
	club.call("DELETE", members+"/"+bo, "").wants(t, 204, 0)
	club.call("DELETE", members+"/"+bo, "").wants(t, 404, 10007)
	club.call("DELETE", members+"/@me", "").wants(t, 204, 0)
	if now := club.Threads(club.General.ID); len(now) != 1 || now[0].Thread.MemberCount != 1 || now[0].Thread.OwnerID != club.ada() {
		t.Errorf("the threads are %+v", now)
	}
	club.call("GET", "/channels/"+club.General.ID.String()+"/thread-members", "").wants(t, 400, 50024)
}

func TestAPrivateThreadIsSeenByItsMembers(t *testing.T) {
	club := openClub(t, unlimited())
	club.ChangeRole(club.Guild.ID, club.BotRole.ID, func(r *discordsim.Role) {
		r.Permissions = r.Permissions&^discordsim.PermissionManageThreads | discordsim.PermissionCreatePrivateThreads
	})
	path := "/channels/" + club.General.ID.String() + "/threads"
	made := club.call("POST", path, `{"name":"secret","invitable":false}`)
	if made.status != 201 || made.body["type"] != 12.0 || made.body["thread_metadata"].(map[string]any)["invitable"] != false {
		t.Fatalf("got %s", made.raw)
	}
	id, _ := discordsim.ParseID(made.text("id"))
	dov := club.World.Members[3].ID
	if _, err := club.Say(dov, id, "hello?"); err == nil {
		t.Error("Dov writes in a thread he is not in")
	}
	club.call("PUT", "/channels/"+made.text("id")+"/thread-members/"+dov.String(), "").wants(t, 204, 0)
	if _, err := club.Say(dov, id, "hello!"); err != nil {
		t.Error(err)
	}
	club.call("DELETE", "/channels/"+made.text("id")+"/thread-members/@me", "").wants(t, 204, 0)
	club.call("GET", "/channels/"+made.text("id"), "").wants(t, 403, 50001)

	b := club.connect()
	hidden := club.call("POST", path, `{"name":"hidden"}`)
	b.event("THREAD_CREATE")
	b.event("GUILD_AUDIT_LOG_ENTRY_CREATE")
	members := "/channels/" + hidden.text("id") + "/thread-members/@me"
	club.call("DELETE", members, "").wants(t, 204, 0)
	b.event("THREAD_MEMBERS_UPDATE")
	club.empower(discordsim.PermissionManageThreads)
	b.event("GUILD_ROLE_UPDATE")
	club.call("PUT", members, "").wants(t, 204, 0)
	if e := b.event("THREAD_CREATE"); e["newly_created"] != nil || e["member"] == nil {
		t.Errorf("being added, the bot hears %v", e)
	}

	club.call("POST", path, `{"name":"x","type":0}`).wants(t, 400, 50035)
	club.call("POST", path, `{"name":"","type":11}`).wants(t, 400, 50035)
	club.call("POST", path, `{"name":"x","auto_archive_duration":7}`).wants(t, 400, 50035)
	if public := club.call("POST", path, `{"name":"open","type":11}`); public.status != 201 {
		t.Errorf("got %s", public.raw)
	}
	last := club.Messages(club.General.ID)
	if n := len(last); n != 1 || last[0].Type != discordsim.MessageThreadCreated {
		t.Errorf("the channel says %+v", last)
	}
}

func TestALockedThreadIsForModerators(t *testing.T) {
	club := openClub(t, unlimited())
	m := club.say("enough")
	made, err := club.StartThread(club.ada(), m.ID, "Argument")
	if err != nil {
		t.Fatal(err)
	}
	club.call("PATCH", "/channels/"+made.ID.String(), `{"locked":true}`).wants(t, 200, 0)
	if _, err := club.Say(club.World.Members[3].ID, made.ID, "but"); err == nil {
		t.Error("a player writes in a locked thread")
	}
	club.call("POST", "/channels/"+made.ID.String()+"/messages", `{"content":"closed"}`).wants(t, 200, 0)
	club.ChangeRole(club.Guild.ID, club.BotRole.ID, func(r *discordsim.Role) { r.Permissions &^= discordsim.PermissionManageThreads })
	club.call("POST", "/channels/"+made.ID.String()+"/messages", `{"content":"closed"}`).wants(t, 400, 50083)
	club.call("PATCH", "/channels/"+made.ID.String(), `{"locked":false}`).wants(t, 403, 50013)
}

func TestPinsAreKeptByBothRoutes(t *testing.T) {
	club := openClub(t, unlimited())
	first, second := club.say("rules"), club.say("more rules")
	channel := "/channels/" + club.General.ID.String()
	club.call("PUT", channel+"/pins/"+first.ID.String(), "").wants(t, 403, 50013)
	club.empower(discordsim.PermissionPinMessages)
	b := club.connect()
	club.call("PUT", channel+"/pins/"+first.ID.String(), "").wants(t, 204, 0)
	if e := b.event("MESSAGE_UPDATE"); e["pinned"] != true || e["edited_timestamp"] != nil {
		t.Errorf("the message is %v", e)
	}
	if e := b.event("CHANNEL_PINS_UPDATE"); e["last_pin_timestamp"] == nil {
		t.Errorf("the event is %v", e)
	}
	if e := b.event("MESSAGE_CREATE"); e["type"] != 6.0 || e["message_reference"].(map[string]any)["message_id"] != first.ID.String() {
		t.Errorf("the system says %v", e)
	}
	club.call("PUT", channel+"/messages/pins/"+second.ID.String(), "").wants(t, 204, 0)
	if old := array(t, club.call("GET", channel+"/pins", "").raw); len(old) != 2 || old[0]["id"] != second.ID.String() {
		t.Errorf("the pins are %v", old)
	}
	page := club.call("GET", channel+"/messages/pins?limit=1", "")
	item := page.body["items"].([]any)[0].(map[string]any)
	if page.body["has_more"] != true || item["message"].(map[string]any)["id"] != second.ID.String() {
		t.Errorf("the page is %s", page.raw)
	}
	next := club.call("GET", channel+"/messages/pins?limit=1&before="+strings.ReplaceAll(item["pinned_at"].(string), "+", "%2B"), "")
	if next.body["has_more"] != false || len(next.body["items"].([]any)) != 1 {
		t.Errorf("the next page is %s", next.raw)
	}
	club.call("DELETE", channel+"/pins/"+first.ID.String(), "").wants(t, 204, 0)
	club.call("DELETE", channel+"/messages/pins/"+second.ID.String(), "").wants(t, 204, 0)
	if left := club.Pins(club.General.ID); len(left) != 0 {
		t.Errorf("left are %v", left)
	}
	system := club.Messages(club.General.ID)[2]
	club.call("PUT", channel+"/pins/"+system.ID.String(), "").wants(t, 403, 50021)
	club.SetOverwrites(club.General.ID, discordsim.Overwrite{ID: club.Bot().ID, Type: 1, Deny: discordsim.PermissionReadMessageHistory})
	club.Pin(first.ID, true)
	if hidden := array(t, club.call("GET", channel+"/pins", "").raw); len(hidden) != 0 {
		t.Errorf("without the history the pins are %v", hidden)
	}
}

func TestInvitesAreReusedUnlessTheyAreToBeUnique(t *testing.T) {
	club := openClub(t, unlimited())
	club.empower(discordsim.PermissionManageGuild | discordsim.PermissionManageChannels)
	b := club.connect()
	path := "/channels/" + club.General.ID.String() + "/invites"
	made := club.call("POST", path, `{"max_age":60}`)
	made.wants(t, 200, 0)
	if e := b.event("INVITE_CREATE"); e["code"] != made.text("code") || e["max_age"] != 60.0 {
		t.Errorf("the event is %v", e)
	}
	if again := club.call("POST", path, `{"max_age":60}`); again.text("code") != made.text("code") {
		t.Errorf("got %s", again.raw)
	}
	if unique := club.call("POST", path, `{"max_age":60,"unique":true}`); unique.text("code") == made.text("code") {
		t.Error("a unique invite is an old one")
	}
	if all := array(t, club.call("GET", path, "").raw); len(all) != 2 {
		t.Errorf("the channel's are %v", all)
	}
	if all := array(t, club.call("GET", club.guildPath("/invites"), "").raw); len(all) != 2 {
		t.Errorf("the guild's are %v", all)
	}
	if one := club.call("GET", "/invites/"+made.text("code")+"?with_counts=true", ""); one.body["approximate_member_count"] != 9.0 || one.body["uses"] != nil {
		t.Errorf("got %s", one.raw)
	}
	club.call("DELETE", "/invites/"+made.text("code"), "").wants(t, 200, 0)
	club.call("GET", "/invites/"+made.text("code"), "").wants(t, 404, 10006)
	club.call("POST", path, `{"max_age":604801}`).wants(t, 400, 50035)
	club.call("POST", path, `{"max_uses":101}`).wants(t, 400, 50035)
}

func TestSlowmodeHoldsBackWhoMayNotBypassIt(t *testing.T) {
	club := openClub(t, unlimited())
	club.ChangeChannel(club.General.ID, func(c *discordsim.Channel) { c.RateLimitPerUser = 60 })
	club.call("POST", club.messagesPath(), `{"content":"1"}`).wants(t, 200, 0)
	slow := club.call("POST", club.messagesPath(), `{"content":"2"}`)
	slow.wants(t, 429, 20016)
	if wait := slow.body["retry_after"].(float64); wait <= 58 || wait > 60 || slow.header.Get("Retry-After") != "60" {
		t.Errorf("to wait are %v s and %q", wait, slow.header.Get("Retry-After"))
	}
	dov := club.World.Members[3].ID
	if _, err := club.Say(dov, club.General.ID, "1"); err != nil {
		t.Fatal(err)
	}
	if _, err := club.Say(dov, club.General.ID, "2"); err == nil {
		t.Error("slowmode does not bind Dov")
	}
	club.say("the owner")
	club.say("may always")
	club.empower(discordsim.PermissionBypassSlowmode)
	club.call("POST", club.messagesPath(), `{"content":"3"}`).wants(t, 200, 0)
}

func TestEditsOfOldMessagesAreFew(t *testing.T) {
	cfg := unlimited()
	cfg.OldEdits = discordsim.OldEdits{Age: time.Nanosecond, Limit: 2}
	club := openClub(t, cfg)
	m := club.call("POST", club.messagesPath(), `{"content":"0"}`)
	path := club.messagesPath() + "/" + m.text("id")
	club.call("PATCH", path, `{"content":"1"}`).wants(t, 200, 0)
	club.call("PATCH", path, `{"content":"2"}`).wants(t, 200, 0)
	if r := club.call("PATCH", path, `{"content":"3"}`); r.status != 429 || r.code() != 30046 || r.body["retry_after"].(float64) <= 0 {
		t.Errorf("got %d %s", r.status, r.raw)
	}
	fresh := openClub(t, unlimited())
	m = fresh.call("POST", fresh.messagesPath(), `{"content":"0"}`)
	for range 6 {
		fresh.call("PATCH", fresh.messagesPath()+"/"+m.text("id"), `{"content":"again"}`).wants(t, 200, 0)
	}
}
