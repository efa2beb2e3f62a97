package discordsim_test

import (
	"testing"
	"time"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

func TestPermissionsAreComputedAsDiscordDoes(t *testing.T) {
	const (
		view  = discordsim.PermissionViewChannel
		send  = discordsim.PermissionSendMessages
		files = discordsim.PermissionAttachFiles
		read  = discordsim.PermissionReadMessageHistory
		admin = discordsim.PermissionAdministrator
	)
	allow := func(id discordsim.ID, p discordsim.Permissions) discordsim.Overwrite {
		return discordsim.Overwrite{ID: id, Allow: p}
	}
	deny := func(id discordsim.ID, p discordsim.Permissions) discordsim.Overwrite {
		return discordsim.Overwrite{ID: id, Deny: p}
	}
	type place struct{ guild, role, other, user discordsim.ID }
	for _, row := range []struct {
		name       string
		everyone   discordsim.Permissions
		role       discordsim.Permissions
		timeout    time.Duration
		overwrites func(place) []discordsim.Overwrite
		want       discordsim.Permissions
	}{
		{"roles add up", view, send, 0, nil, view | send},
		{"an administrator may everything", 0, admin, 0, func(p place) []discordsim.Overwrite { return []discordsim.Overwrite{deny(p.guild, view)} }, discordsim.AllPermissions},
		{"everyone is denied first, a role allowed after it", view | send, 0, 0, func(p place) []discordsim.Overwrite {
			return []discordsim.Overwrite{allow(p.role, send), deny(p.guild, send)}
		}, view | send},
		{"of two roles the one that allows wins", view | send, 0, 0, func(p place) []discordsim.Overwrite {
			return []discordsim.Overwrite{deny(p.role, send), allow(p.other, send)}
		}, view | send},
		{"the member's own overwrite comes last", view | send, 0, 0, func(p place) []discordsim.Overwrite {
			return []discordsim.Overwrite{deny(p.user, send), allow(p.role, send)}
		}, view},
		{"who does not see may nothing", view | send | files, 0, 0, func(p place) []discordsim.Overwrite { return []discordsim.Overwrite{deny(p.guild, view)} }, 0},
		{"who cannot write cannot attach", view | send | files | read, 0, 0, func(p place) []discordsim.Overwrite { return []discordsim.Overwrite{deny(p.guild, send)} }, view | read},
		{"a timeout leaves reading", view | send | read | files, 0, time.Hour, nil, view | read},
		{"a timeout that is over leaves all", view | send | read, 0, -time.Hour, nil, view | send | read},
		{"a timeout does not bind an administrator", 0, admin, time.Hour, nil, discordsim.AllPermissions},
	} {
		t.Run(row.name, func(t *testing.T) {
			sim := discordsim.New(discordsim.Config{})
			owner, ida := sim.AddPerson("Owner"), sim.AddPerson("Ida")
			guild := sim.AddGuild("G", owner.ID)
			channel := sim.AddChannel(guild.ID, "c")
			role, other := sim.AddRole(guild.ID, "R", row.role), sim.AddRole(guild.ID, "O", 0)
			sim.ChangeRole(guild.ID, guild.ID, func(r *discordsim.Role) { r.Permissions = row.everyone })
			sim.AddMember(guild.ID, ida.ID, "", role.ID, other.ID)
			sim.ChangeMember(guild.ID, ida.ID, func(m *discordsim.Member) {
				if row.timeout != 0 {
					m.CommunicationDisabledUntil = &discordsim.Timestamp{Time: time.Now().Add(row.timeout)}
				}
			})
			if row.overwrites != nil {
				sim.SetOverwrites(channel.ID, row.overwrites(place{guild.ID, role.ID, other.ID, ida.ID})...)
			}
			if got := sim.PermissionsIn(ida.ID, channel.ID); got != row.want {
				t.Errorf("got %v, want %v", got.Names(), row.want.Names())
			}
			if got := sim.PermissionsIn(owner.ID, channel.ID); got != discordsim.AllPermissions {
				t.Errorf("the owner may %v", got.Names())
			}
		})
	}
}

func TestWhoIsNotThereMayNothing(t *testing.T) {
	sim := discordsim.New(discordsim.Config{})
	world := sim.Demo()
	stranger := sim.AddPerson("Stranger")
	for what, got := range map[string]discordsim.Permissions{
		"a stranger":         sim.PermissionsIn(stranger.ID, world.General.ID),
		"an unknown channel": sim.PermissionsIn(world.Members[0].ID, 5),
		"a stranger's guild": sim.GuildPermissions(stranger.ID, world.Guild.ID),
		"an unknown guild":   sim.GuildPermissions(stranger.ID, 5),
	} {
		if got != 0 {
			t.Errorf("%s: %v", what, got.Names())
		}
	}
	if got := sim.GuildPermissions(world.Members[1].ID, world.Guild.ID); !got.Has(discordsim.PermissionKickMembers) {
		t.Errorf("the coach may %v", got.Names())
	}
}

func TestWhatTheBotMayNotSeeItIsNotTold(t *testing.T) {
	club := openClub(t, unlimited())
	b := club.connect()
	bo := club.World.Members[1].ID
	m, err := club.Say(bo, club.Staff.ID, "between us")
	if err != nil {
		t.Fatal(err)
	}
	if err := club.Type(bo, club.Staff.ID); err != nil {
		t.Fatal(err)
	}
	if err := club.React(bo, m.ID, "🤫"); err != nil {
		t.Fatal(err)
	}
	if err := club.Delete(m.ID); err != nil {
		t.Fatal(err)
	}
	club.say("for everybody")
	if got := b.event("MESSAGE_CREATE"); got["content"] != "for everybody" {
		t.Errorf("the bot heard %v", got)
	}
	staff := "/channels/" + club.Staff.ID.String()
	club.call("GET", staff, "").wants(t, 403, 50001)
	club.call("POST", staff+"/messages", `{"content":"x"}`).wants(t, 403, 50001)
	club.call("POST", "/channels/"+club.Announcements.ID.String()+"/messages", `{"content":"x"}`).wants(t, 403, 50013)
	if _, err := club.Say(club.World.Members[3].ID, club.Staff.ID, "hello?"); err == nil {
		t.Error("a player writes in the staff room")
	}
}

func TestEmbedsAndFilesNeedTheirPermissions(t *testing.T) {
	club := openClub(t, unlimited())
	club.SetOverwrites(club.General.ID, discordsim.Overwrite{
		ID: club.Bot().ID, Type: 1, Deny: discordsim.PermissionEmbedLinks | discordsim.PermissionAttachFiles,
	})
	club.call("POST", club.messagesPath(), `{"embeds":[{"title":"x"}]}`).wants(t, 403, 50013)
	club.upload(club.messagesPath(), `{}`, "a.txt", "text/plain", []byte("x")).wants(t, 403, 50013)
	club.call("POST", club.messagesPath(), `{"content":"plain"}`).wants(t, 200, 0)
}
