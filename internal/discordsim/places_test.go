package discordsim_test

import (
	"strings"
	"testing"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

func TestADMNeedsACommonGuildAndAnOpenDoor(t *testing.T) {
	club := openClub(t, unlimited())
	stranger := club.AddPerson("Stranger")
	dm, err := club.OpenDM(stranger.ID)
	if err != nil || dm.Type != discordsim.ChannelDM || dm.Recipient.ID != stranger.ID {
		t.Fatalf("the DM is %+v and %v", dm, err)
	}
	if again := club.call("POST", "/users/@me/channels", `{"recipient_id":"`+stranger.ID.String()+`"}`); again.text("id") != dm.ID.String() {
		t.Errorf("got %s", again.raw)
	}
	path := "/channels/" + dm.ID.String() + "/messages"
	club.call("POST", path, `{"content":"x"}`).wants(t, 403, 50278)
	club.AddMember(club.Guild.ID, stranger.ID, "")
	club.call("POST", path, `{"content":"x"}`).wants(t, 200, 0)
	club.SetDMsClosed(stranger.ID, true)
	club.call("POST", path, `{"content":"x"}`).wants(t, 403, 50007)
	if _, err := club.OpenDM(club.Bot().ID); err == nil {
		t.Error("the bot has a DM with itself")
	}
	club.call("PATCH", "/channels/"+dm.ID.String(), `{"name":"x"}`).wants(t, 400, 50003)
	club.call("DELETE", "/channels/"+dm.ID.String(), "").wants(t, 200, 0)
	club.call("PUT", "/channels/"+dm.ID.String()+"/permissions/5", `{}`).wants(t, 400, 50003)
	club.call("POST", path+"/bulk-delete", `{"messages":["1","2"]}`).wants(t, 400, 50003)
	said, err := club.SayDM(stranger.ID, "mine")
	if err != nil {
		t.Fatal(err)
	}
	club.call("DELETE", path+"/"+said.ID.String(), "").wants(t, 400, 50003)
}

func TestTheBotKnowsItsGuildsAndLeavesThem(t *testing.T) {
	club := openClub(t, unlimited())
	all := array(t, club.call("GET", "/users/@me/guilds?with_counts=true", "").raw)
	if len(all) != 2 || all[0]["name"] != "The Steadfast Club" || all[0]["owner"] != false || all[0]["approximate_member_count"] != 9.0 {
		t.Errorf("the guilds are %v", all)
	}
	if after := array(t, club.call("GET", "/users/@me/guilds?after="+all[0]["id"].(string), "").raw); len(after) != 1 {
		t.Errorf("after the first come %v", after)
	}
	if before := array(t, club.call("GET", "/users/@me/guilds?limit=1&before="+all[1]["id"].(string), "").raw); len(before) != 1 {
		t.Errorf("before the second come %v", before)
	}
	b := club.connect()
	club.call("DELETE", "/users/@me/guilds/"+club.Harbour.ID.String(), "").wants(t, 204, 0)
	if e := b.event("GUILD_DELETE"); e["unavailable"] != nil {
		t.Errorf("the event is %v", e)
	}
	club.call("GET", "/guilds/"+club.Harbour.ID.String(), "").wants(t, 403, 50001)
	if _, err := club.Say(club.World.Members[1].ID, club.HarbourLobby.ID, "is it gone?"); err != nil {
		t.Fatal(err)
	}
	club.say("still here")
	if e := b.event("MESSAGE_CREATE"); e["content"] != "still here" {
		t.Errorf("the bot hears %v", e)
	}
	club.AddMember(club.Harbour.ID, club.Bot().ID, "")
	b.event("GUILD_CREATE")
	again := club.dial()
	again.hello()
	again.identify(club.Token(), allIntents)
	if ready := again.ready(); len(ready["guilds"].([]any)) != 2 {
		t.Errorf("READY names %v", ready["guilds"])
	}
}

func TestConnectedSaysWhetherASessionIsThere(t *testing.T) {
	club := openClub(t, unlimited())
	if club.Connected() {
		t.Error("connected before anybody came")
	}
	b := club.connect()
	if !club.Connected() {
		t.Error("not connected after READY")
	}
	b.closeWith(1000)
	if err := club.AwaitDisconnected(club.ctx()); err != nil || club.Connected() {
		t.Errorf("still connected after a close; %v", err)
	}
}

func TestRolesAndPermissionsHaveNames(t *testing.T) {
	club := openClub(t, unlimited())
	var names []string
	for _, r := range club.Roles(club.Guild.ID) {
		names = append(names, r.Name)
	}
	if got := strings.Join(names, " "); got != "@everyone Tryout Captain Steadfast Coach" || club.Roles(5) != nil {
		t.Errorf("the roles are %s", got)
	}
	two := discordsim.PermissionKickMembers | discordsim.PermissionPinMessages
	if got := strings.Join(two.Names(), ", "); got != "kick members, pin messages" {
		t.Errorf("the names are %s", got)
	}
}

func TestWhatLibrariesAskForIsThere(t *testing.T) {
	club := openClub(t, unlimited())
	for path, status := range map[string]int{
		"/voice/regions": 200, "/sticker-packs": 200, "/soundboard-default-sounds": 200,
		club.guildPath("/emojis"): 200, club.guildPath("/stickers"): 200, club.guildPath("/integrations"): 200,
		club.guildPath("?with_counts=true"): 200, "/guilds/5/emojis": 404, "/invites/none": 404,
	} {
		if r := club.call("GET", path, ""); r.status != status {
			t.Errorf("%s: %d %s", path, r.status, r.raw)
		}
	}
}

func TestSoundsAndChannelInfoAreAskedForAndThereAreNone(t *testing.T) {
	club := openClub(t, unlimited())
	b := club.connect()
	b.send(31, map[string]any{"guild_ids": []string{club.Guild.ID.String(), "5"}})
	if e := b.event("SOUNDBOARD_SOUNDS"); e["guild_id"] != club.Guild.ID.String() || len(e["soundboard_sounds"].([]any)) != 0 {
		t.Errorf("the event is %v", e)
	}
	b.send(43, map[string]any{"guild_id": club.Guild.ID.String(), "fields": []string{"status"}})
	if e := b.event("CHANNEL_INFO"); len(e["channels"].([]any)) != 0 {
		t.Errorf("the event is %v", e)
	}
	b.send(31, "x")
	b.closes(4002)
}

func TestAPresenceIsToldInEveryGuildOfThePerson(t *testing.T) {
	club := openClub(t, unlimited())
	b := club.connect()
	bo := club.World.Members[1].ID
	club.SetStatus(bo, "idle")
	for _, guild := range []discordsim.ID{club.Guild.ID, club.Harbour.ID} {
		if e := b.event("PRESENCE_UPDATE"); e["guild_id"] != guild.String() || e["status"] != "idle" {
			t.Errorf("the event is %v", e)
		}
	}
	club.SetStatus(club.ada(), "offline")
	if e := b.event("PRESENCE_UPDATE"); len(e["client_status"].(map[string]any)) != 0 {
		t.Errorf("the event is %v", e)
	}
}

func TestWhereOnlyTheUserInstalledTheBotFollowUpsAreFive(t *testing.T) {
	club := openClub(t, unlimited())
	club.register(`{"name":"here","description":"H"}`, `{"name":"mine","description":"M","integration_types":[0,1],"contexts":[0,1,2]}`)
	club.RemoveMember(club.Guild.ID, club.Bot().ID)
	b := club.connect()
	if _, err := club.Slash(club.ada(), club.General.ID, "here"); err == nil {
		t.Error("a command of the guild's installation is there without the bot")
	}
	in, err := club.Slash(club.ada(), club.General.ID, "mine")
	if err != nil {
		t.Fatal(err)
	}
	e := b.event("INTERACTION_CREATE")
	owners := e["authorizing_integration_owners"].(map[string]any)
	if owners["1"] != club.ada().String() || owners["0"] != nil {
		t.Errorf("the owners are %v", owners)
	}
	club.call("POST", "/interactions/"+in.ID.String()+"/"+in.Token+"/callback", `{"type":4,"data":{"content":"1"}}`).wants(t, 204, 0)
	hook := "/webhooks/" + club.Bot().ID.String() + "/" + in.Token
	for range 5 {
		club.call("POST", hook, `{"content":"more"}`).wants(t, 200, 0)
	}
	club.call("POST", hook, `{"content":"more"}`).wants(t, 400, 40094)
}

func TestCommandsAreForWhomTheyAreMeant(t *testing.T) {
	club := openClub(t, unlimited())
	club.register(
		`{"name":"admins","description":"A","default_member_permissions":"0"}`,
		`{"name":"kickers","description":"K","default_member_permissions":"2"}`,
		`{"name":"guilds","description":"G","contexts":[0]}`,
		`{"name":"direct","description":"D","contexts":[1]}`,
		`{"name":"old","description":"O","dm_permission":false}`)
	owner, coach, player := club.ada(), club.World.Members[1].ID, club.World.Members[3].ID
	dm, err := club.OpenDM(owner)
	if err != nil {
		t.Fatal(err)
	}
	general := club.General.ID
	for _, row := range []struct {
		who     discordsim.ID
		where   discordsim.ID
		name    string
		visible bool
	}{
		{owner, general, "admins", true}, {coach, general, "admins", false},
		{coach, general, "kickers", true}, {player, general, "kickers", false},
		{player, general, "guilds", true}, {owner, dm.ID, "guilds", false},
		{player, general, "direct", false}, {owner, dm.ID, "direct", true},
		{owner, dm.ID, "old", false}, {player, general, "old", true},
	} {
		if _, err := club.Slash(row.who, row.where, row.name); (err == nil) != row.visible {
			t.Errorf("/%s for %s in %s: %v", row.name, row.who, row.where, err)
		}
	}
	club.ChangeRole(club.Guild.ID, club.Guild.ID, func(r *discordsim.Role) { r.Permissions &^= discordsim.PermissionUseCommands })
	if _, err := club.Slash(player, general, "guilds"); err == nil {
		t.Error("commands are used without the permission")
	}
	permissions := "/applications/" + club.Bot().ID.String() + "/guilds/" + club.Guild.ID.String() + "/commands"
	club.call("GET", permissions+"/permissions", "").wants(t, 200, 0)
	club.call("GET", permissions+"/5/permissions", "").wants(t, 404, 10063)
	made := club.call("POST", permissions, `{"name":"one","description":"O"}`)
	club.call("GET", permissions+"/"+made.text("id")+"/permissions", "").wants(t, 404, 10066)
	club.call("PUT", permissions+"/"+made.text("id")+"/permissions", `{"permissions":[]}`).wants(t, 403, 20001)
}

func TestOthersEmbedsAreHiddenByAModeratorAndNothingElse(t *testing.T) {
	club := openClub(t, unlimited())
	m := club.say("https://example.org")
	path := club.messagesPath() + "/" + m.ID.String()
	club.call("PATCH", path, `{"flags":4}`).wants(t, 403, 50013)
	club.empower(discordsim.PermissionManageMessages)
	if r := club.call("PATCH", path, `{"flags":4}`); r.status != 200 || r.body["flags"] != 4.0 || r.body["edited_timestamp"] != nil {
		t.Errorf("got %s", r.raw)
	}
	club.call("PATCH", path, `{"flags":4,"content":"x"}`).wants(t, 403, 50005)
	club.call("PATCH", path, `{"flags":"x"}`).wants(t, 400, 50035)
}
