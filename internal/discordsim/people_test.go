package discordsim_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

func TestAllowedMentionsDecideWhoIsPinged(t *testing.T) {
	club := openClub(t, unlimited())
	role := club.AddRole(club.Guild.ID, "Keepers", discordsim.PermissionMentionEveryone)
	ada := club.ada()
	content := fmt.Sprintf("@everyone <@%d> <@&%d> <@&%d>", ada, role.ID, role.ID)
	post := func(allowed string) (users, roles int, everyone bool) {
		r := club.call("POST", club.messagesPath(), `{"content":"`+content+`"`+allowed+`}`)
		r.wants(t, 200, 0)
		return len(r.body["mentions"].([]any)), len(r.body["mention_roles"].([]any)), r.body["mention_everyone"].(bool)
	}
	for _, row := range []struct {
		allowed      string
		users, roles int
		everyone     bool
	}{
		{``, 1, 1, false},
		{`,"allowed_mentions":{"parse":[]}`, 0, 0, false},
		{`,"allowed_mentions":{"parse":["users"]}`, 1, 0, false},
		{fmt.Sprintf(`,"allowed_mentions":{"users":["%d"]}`, ada), 1, 0, false},
		{fmt.Sprintf(`,"allowed_mentions":{"roles":["%d"]}`, role.ID), 0, 1, false},
	} {
		if users, roles, everyone := post(row.allowed); users != row.users || roles != row.roles || everyone != row.everyone {
			t.Errorf("%s: pinged %d users, %d roles, everyone %v", row.allowed, users, roles, everyone)
		}
	}
	club.SetMember(club.Guild.ID, club.Bot().ID, "", role.ID)
	if _, _, everyone := post(``); !everyone {
		t.Error("with the permission everyone was not pinged")
	}
}

func TestAnInteractionsAnswerPingsOnlyUsers(t *testing.T) {
	club := interactive(t, nil)
	role := club.AddRole(club.Guild.ID, "Keepers", 0)
	in := club.slash("ping")
	content := fmt.Sprintf("<@%d> <@&%d>", club.ada(), role.ID)
	club.respond(in, `{"type":4,"data":{"content":"`+content+`"}}`).wants(t, 204, 0)
	if m := club.state(in).Original; len(m.Mentions) != 1 || len(m.MentionRoles) != 0 {
		t.Errorf("the answer pings %v and %v", m.Mentions, m.MentionRoles)
	}
	club.open("PATCH", club.hook(in)+"/messages/@original", `{"content":"`+content+`!"}`).wants(t, 200, 0)
	if m := club.state(in).Original; len(m.Mentions) != 1 || len(m.MentionRoles) != 0 {
		t.Errorf("the edited answer pings %v and %v", m.Mentions, m.MentionRoles)
	}
}

func TestPresencesThatAreWrongOrTooManyAreNotTaken(t *testing.T) {
	club := openClub(t, unlimited())
	b := club.connect()
	for _, status := range []string{"online", "idle", "dnd", "invisible", "online", "idle"} {
		b.send(3, map[string]any{"status": status, "activities": []any{}})
	}
	b.send(3, map[string]any{"status": "sleeping"})
	b.closes(4002)
	if c := club.Counters(); c.PresenceUpdates != 5 || c.Violations != 2 {
		t.Errorf("%d updates were taken and %d violations counted: %v", c.PresenceUpdates, c.Violations, c.ViolationTexts)
	}
}

func TestTheDemoWorldIsTwoClubsWithLifeInThem(t *testing.T) {
	club := openClub(t, unlimited())
	if g := club.Guilds(); len(g) != 2 || g[0].Name != "The Steadfast Club" || g[0].OwnerID != club.ada() || g[1] != club.Harbour {
		t.Errorf("the guilds are %+v", g)
	}
	var names []string
	for _, c := range club.Channels(club.Guild.ID) {
		names = append(names, c.Name)
	}
	if got := strings.Join(names, " "); got != "general training matchday lounge announcements staff-room" {
		t.Errorf("the channels are %s", got)
	}
	if got := len(club.World.Members); got != 8 || len(club.Sim.Members(club.Guild.ID)) != 9 {
		t.Errorf("there are %d people", got)
	}
	bot := club.Sim.Bot().ID
	if may := club.PermissionsIn(bot, club.Announcements.ID); !may.Has(discordsim.PermissionViewChannel) || may.Has(discordsim.PermissionSendMessages) {
		t.Errorf("in announcements the bot may %v", may.Names())
	}
	if may := club.PermissionsIn(bot, club.Staff.ID); may != 0 {
		t.Errorf("in the staff room the bot may %v", may.Names())
	}
	history := club.Messages(club.Lounge.ID)
	if len(history) < 3 || len(club.Pins(club.Lounge.ID)) != 1 || len(history[0].Reactions) != 2 || history[0].Reactions[0].Count != 2 {
		t.Errorf("the lounge's past is %+v", history)
	}
	if age := time.Since(history[0].ID.Time()); age < 5*24*time.Hour || !history[0].Pinned {
		t.Errorf("the oldest message is %v old", age)
	}
	if quiet := club.Messages(club.General.ID); len(quiet) != 0 {
		t.Errorf("general is not silent: %+v", quiet)
	}
}

func TestSubcommandsAreGivenByNameOrAsOptions(t *testing.T) {
	club := openClub(t, unlimited())
	b := club.connect()
	club.register(`{"name":"team","description":"T","options":[{"type":2,"name":"member","description":"M","options":[{"type":1,"name":"add","description":"A"}]}]}`)
	for _, use := range []func() (discordsim.Interaction, error){
		func() (discordsim.Interaction, error) {
			return club.Slash(club.ada(), club.General.ID, "team member add")
		},
		func() (discordsim.Interaction, error) {
			return club.Slash(club.ada(), club.General.ID, "team", discordsim.Sub("member", discordsim.Sub("add")))
		},
	} {
		if _, err := use(); err != nil {
			t.Fatal(err)
		}
		group := b.event("INTERACTION_CREATE")["data"].(map[string]any)["options"].([]any)[0].(map[string]any)
		sub := group["options"].([]any)[0].(map[string]any)
		if group["type"] != 2.0 || sub["type"] != 1.0 || sub["name"] != "add" {
			t.Errorf("the options are %v", group)
		}
	}
}

func TestAGuildInAnOutageArrivesUnavailable(t *testing.T) {
	club := openClub(t, unlimited())
	club.SetUnavailable(club.Guild.ID, true)
	b := club.dial()
	b.hello()
	b.identify(club.Token(), allIntents)
	b.event("READY")
	if g := b.event("GUILD_CREATE"); g["unavailable"] != true || g["channels"] != nil {
		t.Errorf("the guild is %v", g)
	}
}

func TestWithoutGuildPresencesTheBotIsTheOnlyMemberListed(t *testing.T) {
	club := openClub(t, unlimited())
	b := club.dial()
	b.hello()
	b.identify(club.Token(), uint64(discordsim.IntentGuilds))
	b.event("READY")
	if g := b.event("GUILD_CREATE"); len(g["members"].([]any)) != 1 || g["member_count"] != 9.0 {
		t.Errorf("listed are %v", g["members"])
	}
}

func TestAFormIsABodyToo(t *testing.T) {
	club := openClub(t, unlimited())
	form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	r, err := club.try("POST", club.messagesPath(), "content=hello+there", form)
	if err != nil || r.status != 200 || r.text("content") != "hello there" {
		t.Errorf("got %d %s and %v", r.status, r.raw, err)
	}
}

func TestFaultsCanBeReadBack(t *testing.T) {
	club := openClub(t, unlimited())
	club.SetFaults(discordsim.Faults{NoACK: true, Duplicate: 0.25})
	if f := club.Faults(); !f.NoACK || f.Duplicate != 0.25 {
		t.Errorf("the faults are %+v", f)
	}
}

func TestMembersAreSearchedByTheBeginningOfAnyOfTheirNames(t *testing.T) {
	club := openClub(t, unlimited())
	path := "/guilds/" + club.Guild.ID.String() + "/members/search"
	for query, want := range map[string]int{
		"?query=coach&limit=10": 1, "?query=BO&limit=10": 1, "?query=zz&limit=10": 0, "?query=d": 1, "?query=wall&limit=10": 0,
	} {
		r := club.call("GET", path+query, "")
		if got := strings.Count(string(r.raw), `"joined_at"`); r.status != 200 || got != want {
			t.Errorf("%s: got %d and %d members, want %d", query, r.status, got, want)
		}
	}
	club.call("GET", path, "").wants(t, 400, 50035)
	club.call("GET", path+"?query=a&limit=1001", "").wants(t, 400, 50035)
}
