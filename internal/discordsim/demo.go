package discordsim

import (
	"fmt"
	"slices"
	"time"
)

// World names the parts of the Demo world.
type World struct {
	Guild    Guild
	General  Channel
	Training Channel
	Matchday Channel
	// Lounge has a history with reactions and a pinned message; in Announcements the bot cannot write; Staff is seen
	// by coaches alone.
	Lounge        Channel
	Announcements Channel
	Staff         Channel
	// Harbour is a second guild, of chess players, some of them members of both.
	Harbour      Guild
	HarbourLobby Channel
	// Captain, Coach and Tryout are roles of the first guild, BotRole is the bot's own there: below Coach, above the
	// others.
	Captain Role
	Coach   Role
	Tryout  Role
	BotRole Role
	// Members in the order of joining; the first owns the guild.
	Members []User
}

// botPermissions are what people give a bot that moderates.
const botPermissions = everyonePermissions | PermissionKickMembers | PermissionBanMembers | PermissionManageRoles |
	PermissionManageNicknames | PermissionModerateMembers | PermissionManageThreads | PermissionCreateInvite |
	PermissionViewAuditLog

// Demo fills the simulator with two small clubs to try the bot in. The first three channels of the first one are
// still silent; the others have a past.
func (s *Sim) Demo() World {
	ada := s.AddPerson("Ada")
	w := World{Guild: s.AddGuild("The Steadfast Club", ada.ID), Members: []User{ada}}
	w.General = s.AddChannel(w.Guild.ID, "general")
	w.Training = s.AddChannel(w.Guild.ID, "training")
	w.Matchday = s.AddChannel(w.Guild.ID, "matchday")
	s.demoRoles(&w)
	for _, newcomer := range []struct {
		name, nick string
		roles      []ID
	}{
		{"Bo", "Coach Bo", []ID{w.Coach.ID}}, {"Cleo", "", []ID{w.Captain.ID}}, {"Dov", "Dov the Wall", nil},
		{"Esi", "", []ID{w.Tryout.ID}}, {"Fay", "", nil}, {"Gus", "", []ID{w.Tryout.ID}}, {"Hana", "Hana (away)", nil},
	} {
		person := s.AddPerson(newcomer.name)
		s.AddMember(w.Guild.ID, person.ID, newcomer.nick, newcomer.roles...)
		w.Members = append(w.Members, person)
	}
	s.demoChannels(&w)
	s.demoHarbour(&w)
	s.demoPast(&w)
	return w
}

func (s *Sim) demoRoles(w *World) {
	guild := w.Guild.ID
	paint := func(r Role, color int, hoist bool) Role {
		return s.ChangeRole(guild, r.ID, func(r *Role) { r.Color, r.Hoist, r.Mentionable = color, hoist, hoist })
	}
	w.Tryout = paint(s.AddRole(guild, "Tryout", everyonePermissions), 0x5B8DEF, false)
	w.Captain = paint(s.AddRole(guild, "Captain", everyonePermissions|PermissionMentionEveryone|PermissionPinMessages), 0xE0A526, true)
	w.BotRole = s.AddRole(guild, s.self.Username, botPermissions)
	w.BotRole = s.ChangeRole(guild, w.BotRole.ID, func(r *Role) {
		r.Managed, r.Color, r.Tags = true, 0x3BA55D, &RoleTags{BotID: s.self.ID}
	})
	w.Coach = paint(s.AddRole(guild, "Coach", everyonePermissions|PermissionManageMessages|PermissionPinMessages|
		PermissionModerateMembers|PermissionKickMembers|PermissionManageRoles), 0xC0392B, true)
	s.SetMember(guild, s.self.ID, "", w.BotRole.ID)
}

func (s *Sim) demoChannels(w *World) {
	guild := w.Guild.ID
	w.Lounge = s.AddChannel(guild, "lounge")
	w.Announcements = s.AddChannel(guild, "announcements")
	w.Staff = s.AddChannel(guild, "staff-room")
	for id, topic := range map[ID]string{
		w.General.ID: "Everything and nothing", w.Training.ID: "Mondays and Thursdays, seven o'clock",
		w.Matchday.ID: "Line-ups, scores, excuses", w.Lounge.ID: "Feet on the table",
	} {
		s.ChangeChannel(id, func(c *Channel) { c.Topic = topic })
	}
	s.SetOverwrites(w.Announcements.ID,
		Overwrite{ID: guild, Deny: PermissionSendMessages},
		Overwrite{ID: w.BotRole.ID, Deny: PermissionSendMessages},
		Overwrite{ID: w.Coach.ID, Allow: PermissionSendMessages})
	s.SetOverwrites(w.Staff.ID,
		Overwrite{ID: guild, Deny: PermissionViewChannel},
		Overwrite{ID: w.Coach.ID, Allow: PermissionViewChannel})
}

func (s *Sim) demoHarbour(w *World) {
	bo := w.Members[1]
	w.Harbour = s.AddGuild("Harbour Chess Circle", bo.ID)
	w.HarbourLobby = s.AddChannel(w.Harbour.ID, "lobby")
	endgames := s.AddChannel(w.Harbour.ID, "endgames")
	s.ChangeChannel(endgames.ID, func(c *Channel) { c.RateLimitPerUser = 10 })
	arbiter := s.AddRole(w.Harbour.ID, "Arbiter", everyonePermissions|PermissionManageMessages)
	s.ChangeRole(w.Harbour.ID, arbiter.ID, func(r *Role) { r.Color, r.Hoist = 0x8E44AD, true })
	s.AddMember(w.Harbour.ID, w.Members[2].ID, "Cleo, arbiter", arbiter.ID)
	s.AddMember(w.Harbour.ID, w.Members[5].ID, "")
	s.AddMember(w.Harbour.ID, w.Members[7].ID, "Hana")
	w.Members = slices.Clip(w.Members)
}

// demoPast writes what was said before anybody came to look.
func (s *Sim) demoPast(w *World) {
	ada, bo, cleo, dov, fay := w.Members[0], w.Members[1], w.Members[2], w.Members[3], w.Members[5]
	now := time.Now()
	days := func(n float64) time.Time { return now.Add(-time.Duration(n * 24 * float64(time.Hour))) }
	s.SaidAt(bo.ID, w.Announcements.ID, "The season opens on Saturday. Be there at two, in the **dark** shirts.", days(3))
	s.SaidAt(cleo.ID, w.HarbourLobby.ID, "Board four is free again. Who brings the clocks?", days(2.2))
	s.SaidAt(fay.ID, w.HarbourLobby.ID, "I do. Both of them work, mostly.", days(2.1))
	s.SaidAt(bo.ID, w.Staff.ID, "Two tryouts on Thursday: Esi and Gus. Somebody count the bibs, please.", days(1.5))
	rules := s.SaidAt(ada.ID, w.Lounge.ID, "House rules: be kind, put the kettle back, and whoever loses the ball climbs the fence.", days(6))
	s.SaidAt(dov.ID, w.Lounge.ID, "The fence is higher than last year.", days(5.9))
	kettle := s.SaidAt(cleo.ID, w.Lounge.ID, fmt.Sprintf("<@%d> you said that last year too", dov.ID), days(5.8))
	s.SaidAt(fay.ID, w.Lounge.ID, "Photos of the away game are up. Nobody blinked, which is a first.", days(1.1))
	s.Pin(rules.ID, true)
	for _, r := range []struct {
		who   User
		to    Message
		emoji string
	}{{bo, rules, "👍"}, {cleo, rules, "👍"}, {fay, rules, "🫖"}, {dov, kettle, "😅"}, {ada, kettle, "😂"}, {fay, kettle, "😂"}} {
		if err := s.React(r.who.ID, r.to.ID, r.emoji); err != nil {
			panic("discordsim: " + err.Error())
		}
	}
	s.SetStatus(ada.ID, "online")
	s.SetStatus(bo.ID, "online")
	s.SetStatus(cleo.ID, "idle")
	s.SetStatus(dov.ID, "dnd")
}

// SaidAt writes a message of a person into the past of a channel, in which nothing newer may be. Nobody is told.
func (s *Sim) SaidAt(user, channelID ID, text string, at time.Time) Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mustKnow(user)
	c := s.channels[channelID]
	if c == nil || len(c.messages) > 0 && c.messages[len(c.messages)-1].Timestamp.After(at) {
		panic(fmt.Sprintf("discordsim: no past to write into in channel %d", channelID))
	}
	id := (&idMaker{}).next(at)
	for s.messages[id] != nil {
		id++
	}
	m := &Message{ID: id, ChannelID: channelID, GuildID: c.GuildID, Author: s.users[user].User, Content: text, Timestamp: Timestamp{at}}
	s.mentionsOf(m, c, user, nil)
	m.normalise()
	c.messages, c.LastMessageID, s.messages[id] = append(c.messages, m), id, m
	return *m
}
