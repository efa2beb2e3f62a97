package foreign_test

import (
	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

const (
	routeMessages = "/channels/{channel}/messages"
	routeMessage  = routeMessages + "/{message}"
	routeCallback = "POST /interactions/{interaction}/{token}/callback"
	routeHook     = "/webhooks/{application}/{token}"
	routeHooked   = routeHook + "/messages/{message}"
	routeGlobal   = "/applications/{application}/commands"
	routeLocal    = "/applications/{application}/guilds/{guild}/commands"
)

// login has READY and GUILD_CREATE come.
func (k *collector) login() {
	k.connect(2, fields{
		"token": k.sim.Token(), "intents": everyIntent, "properties": fields{"os": "linux", "browser": "none", "device": "none"},
		"presence": fields{"since": nil, "activities": []fields{{"name": "the match", "type": 3}}, "status": "online", "afk": false},
	})
	k.await("GUILD_CREATE", len(k.sim.Guilds()))
}

// resume has RESUMED come, with a second session that loses its connection.
func (k *collector) resume() {
	session := object(k.await("READY", 1)).get("session_id")
	k.sim.Inject(discordsim.Fault{Kind: discordsim.Drop})
	k.connect(6, fields{"token": k.sim.Token(), "session_id": session, "seq": 1})
	k.await("RESUMED", 1)
}

// members has everything come that is about people in a guild.
func (k *collector) members() {
	guild := k.world.Guild.ID
	eve := k.sim.AddPerson("Eve")
	role := k.sim.AddRole(guild, "Goalkeeper", discordsim.PermissionManageMessages)
	k.sim.AddMember(guild, eve.ID, "")
	k.sim.SetMember(guild, eve.ID, "Number one", role.ID)
	must(k, k.sim.Type(eve.ID, k.world.General.ID))
	k.sim.SetStatus(eve.ID, "dnd")
	k.call("GET /guilds/{guild}/members/{user}", nil, guild, eve.ID)
	k.call("GET /guilds/{guild}/members", nil, guild, "?limit=1000")
	k.call("GET /guilds/{guild}/members/search", nil, guild, "?query=eve")
	k.call("GET /guilds/{guild}", nil, guild)
	k.call("GET /guilds/{guild}", nil, guild, "?with_counts=true")
	k.call("GET /guilds/{guild}/roles", nil, guild)
	k.call("GET /guilds/{guild}/channels", nil, guild)
	k.call("GET /users/{user}", nil, eve.ID)
	k.call("GET /users/@me", nil)
	k.sim.RemoveMember(guild, eve.ID)
	k.await("GUILD_MEMBER_REMOVE", 1)
}

// messages has everything come that a conversation consists of.
func (k *collector) messages() {
	channel := k.world.General.ID
	question, err := k.sim.Say(k.ada, channel, "<@"+k.sim.Bot().ID.String()+"> who plays?")
	must(k, err)
	_, err = k.sim.ReplyTo(k.ada, question.ID, "me")
	must(k, err)
	_, err = k.sim.Edit(k.ada, question.ID, "who plays today?")
	must(k, err)
	answer := k.call("POST "+routeMessages, fields{
		"content": "we do", "nonce": "1", "enforce_nonce": true,
		"message_reference": fields{"message_id": question.ID},
		"embeds": []fields{{
			"title": "Line-up", "description": "the first eleven", "url": "https://example.org/", "color": 0x22aa66,
			"timestamp": "2026-11-21T20:00:00.000Z", "footer": fields{"text": "subject to change"},
			"author": fields{"name": "Coach"}, "fields": []fields{{"name": "Goal", "value": "Ada", "inline": true}},
			"image": fields{"url": "https://example.org/pitch.png"}, "thumbnail": fields{"url": "https://example.org/small.png"},
		}},
		"components": panelRows(),
	}, channel)
	k.upload("POST "+routeMessages, fields{"content": "a picture", "attachments": []fields{{"id": 0, "description": "the team"}}},
		"team.png", []byte("\x89PNG\r\n\x1a\n"), channel)
	k.call("POST "+routeMessages, fields{"flags": 1 << 15, "components": []fields{
		{"type": 17, "components": []fields{{"type": 10, "content": "a container"}, {"type": 14}}},
	}}, channel)
	k.call("PATCH "+routeMessage, fields{"content": "we do, at seven"}, channel, answer.id())
	k.call("GET "+routeMessage, nil, channel, answer.id())
	k.call("GET "+routeMessages, nil, channel, "?limit=50")
	k.call("POST /channels/{channel}/typing", nil, channel)
	k.call("GET /channels/{channel}", nil, channel)
	k.call("DELETE "+routeMessage, nil, channel, answer.id())
	must(k, k.sim.Delete(question.ID))
	_, err = k.sim.SayDM(k.ada, "in private")
	must(k, err)
	dm := k.call("POST /users/@me/channels", fields{"recipient_id": k.ada})
	k.call("POST "+routeMessages, fields{"content": "quietly"}, dm.id())
	k.call("GET /channels/{channel}", nil, dm.id())
	k.await("MESSAGE_DELETE", 2)
}

func panelRows() []fields {
	return []fields{
		{"type": 1, "components": []fields{
			{"type": 2, "style": 1, "label": "Go", "custom_id": buttonGo, "emoji": fields{"name": "⚽"}},
			{"type": 2, "style": 5, "label": "Read", "url": "https://example.org/"},
		}},
		{"type": 1, "components": []fields{{"type": 3, "custom_id": selectShade, "placeholder": "which", "options": []fields{
			{"label": "red", "value": "red", "description": "like blood"}, {"label": "green", "value": "green", "default": true},
		}}}},
		{"type": 1, "components": []fields{{"type": 5, "custom_id": "who"}}},
	}
}

// commands registers commands in all ways there are, and leaves those that interactions uses.
func (k *collector) commands() {
	app, guild := k.sim.Bot().ID, k.world.Guild.ID
	all := []fields{
		{"name": "try", "description": "Try it", "options": []fields{
			{"type": 3, "name": "text", "description": "t", "required": true, "autocomplete": true},
			{"type": 4, "name": "whole", "description": "t", "min_value": 1, "max_value": 9},
			{"type": 5, "name": "yes", "description": "t"},
			{"type": 6, "name": "who", "description": "t"},
			{"type": 7, "name": "where", "description": "t", "channel_types": []int{0}},
			{"type": 8, "name": "role", "description": "t"},
			{"type": 9, "name": "any", "description": "t"},
			{"type": 10, "name": "number", "description": "t"},
			{"type": 3, "name": "one", "description": "t", "choices": []fields{{"name": "A", "value": "a"}}},
		}},
		{"name": "team", "description": "Teams", "options": []fields{
			{"type": 2, "name": "player", "description": "Players", "options": []fields{{"type": 1, "name": "add", "description": "Add one", "options": []fields{
				{"type": 6, "name": "who", "description": "t", "required": true},
			}}}},
		}, "default_member_permissions": "2048", "contexts": []int{0}, "integration_types": []int{0}},
		{"name": "Look at", "type": 2},
		{"name": "Mark", "type": 3},
	}
	k.call("PUT "+routeGlobal, all, app)
	k.call("GET "+routeGlobal, nil, app)
	made := k.call("POST "+routeGlobal, fields{"name": "more", "description": "More"}, app)
	k.call("GET "+routeGlobal+"/{command}", nil, app, made.id())
	k.call("PATCH "+routeGlobal+"/{command}", fields{"description": "Even more"}, app, made.id())
	k.call("DELETE "+routeGlobal+"/{command}", nil, app, made.id())
	k.call("PUT "+routeLocal, []fields{{"name": "here", "description": "Only here"}}, app, guild)
	k.call("GET "+routeLocal, nil, app, guild)
	local := k.call("POST "+routeLocal, fields{"name": "local", "description": "Local"}, app, guild)
	k.call("GET "+routeLocal+"/{command}", nil, app, guild, local.id())
	k.call("PATCH "+routeLocal+"/{command}", fields{"description": "Very local"}, app, guild, local.id())
	k.call("DELETE "+routeLocal+"/{command}", nil, app, guild, local.id())
	k.call("GET /applications/@me", nil)
	k.call("GET /oauth2/applications/@me", nil)
	k.call("GET /gateway", nil)
	k.call("GET /gateway/bot", nil)
}

// interactions has every kind of INTERACTION_CREATE come, and every kind of answer go.
func (k *collector) interactions() {
	channel, app := k.world.General.ID, k.sim.Bot().ID
	role := k.sim.AddRole(k.world.Guild.ID, "Referee", 0)
	answer := func(in discordsim.Interaction, err error, response fields) discordsim.Interaction {
		must(k, err)
		k.call(routeCallback, response, in.ID, in.Token, "?with_response=true")
		return in
	}
	in, err := k.sim.Autocomplete(k.ada, channel, "try", "text", discordsim.Arg("text", "a"))
	answer(in, err, fields{"type": 8, "data": fields{"choices": []fields{{"name": "A", "value": "a"}}}})

	in, err = k.sim.Slash(k.ada, channel, "try", discordsim.Arg("text", "a"), discordsim.Arg("whole", 3), discordsim.Arg("yes", true),
		discordsim.Arg("who", k.ada), discordsim.Arg("where", channel), discordsim.Arg("role", role.ID), discordsim.Arg("any", role.ID),
		discordsim.Arg("number", 1.5), discordsim.Arg("one", "a"))
	answer(in, err, fields{"type": 5})
	hook := []any{app, in.Token}
	k.call("PATCH "+routeHooked, fields{"content": "done", "components": panelRows()}, append(hook, "@original")...)
	panel := k.call("GET "+routeHooked, nil, append(hook, "@original")...)
	more := k.call("POST "+routeHook, fields{"content": "more"}, hook...)
	k.call("PATCH "+routeHooked, fields{"content": "even more"}, append(hook, more.id())...)
	k.call("DELETE "+routeHooked, nil, append(hook, more.id())...)

	source, err := discordsim.ParseID(panel.id())
	must(k, err)
	in, err = k.sim.Select(k.ada, source, selectShade, "red")
	answer(in, err, fields{"type": 6})
	in, err = k.sim.Select(k.ada, source, "who", k.ada.String())
	answer(in, err, fields{"type": 4, "data": fields{"content": "only you", "flags": 64}})
	in, err = k.sim.Click(k.ada, source, buttonGo)
	in = answer(in, err, fields{"type": 9, "data": fields{"custom_id": formSheet, "title": formTitle, "components": []fields{
		{"type": 1, "components": []fields{{"type": 4, "custom_id": fieldNick, "style": 1, "label": "Nick"}}},
	}}})
	in, err = k.sim.Submit(in.ID, map[string]string{fieldNick: "Count"})
	answer(in, err, fields{"type": 7, "data": fields{"content": "named", "components": []fields{}}})

	in, err = k.sim.Slash(k.ada, channel, "team player add", discordsim.Arg("who", k.ada))
	in = answer(in, err, fields{"type": 9, "data": fields{"custom_id": "labelled", "title": formTitle, "components": []fields{
		{"type": 18, "label": "Nick", "component": fields{"type": 4, "custom_id": fieldNick, "style": 1}},
	}}})
	in, err = k.sim.Submit(in.ID, map[string]string{fieldNick: "Countess"})
	answer(in, err, fields{"type": 4, "data": fields{"content": "labelled"}})

	_, err = k.sim.UseOn(k.ada, channel, "Look at", k.world.Members[0].ID)
	must(k, err)
	said, err := k.sim.Say(k.ada, channel, "mark this")
	must(k, err)
	_, err = k.sim.UseOn(k.ada, channel, "Mark", said.ID)
	must(k, err)
	in, err = k.sim.Slash(k.ada, k.dm(), "try", discordsim.Arg("text", "a"))
	answer(in, err, fields{"type": 4, "data": fields{"content": "in private"}})
	k.await("INTERACTION_CREATE", 10)
}

func (k *collector) dm() discordsim.ID {
	channel, there := k.sim.DM(k.ada)
	if !there {
		k.Fatal("there is no DM with Ada yet")
	}
	return channel.ID
}

// outages has a guild vanish and come back.
func (k *collector) outages() {
	k.sim.SetUnavailable(k.world.Guild.ID, true)
	k.sim.SetUnavailable(k.world.Guild.ID, false)
	k.sim.SetOverwrites(k.world.Matchday.ID, discordsim.Overwrite{ID: k.ada, Type: 1, Deny: discordsim.PermissionSendMessages})
	extra := k.sim.AddGuild("Another club", k.ada)
	k.sim.AddChannel(extra.ID, "hall")
	k.await("CHANNEL_CREATE", 1)
}

// requests has the answers to ops 8, 31 and 43 come; to op 8 also RATE_LIMITED, for the second in 30 s.
func (k *collector) requests() {
	conn := k.connect(2, fields{"token": k.sim.Token(), "intents": everyIntent, "properties": fields{}})
	for range 2 {
		must(k, conn.WriteJSON(fields{"op": 8, "d": fields{"guild_id": k.world.Guild.ID, "query": "", "limit": 0, "presences": true, "nonce": "n"}}))
	}
	must(k, conn.WriteJSON(fields{"op": 8, "d": fields{"guild_id": k.world.Guild.ID, "user_ids": []any{k.ada, "1"}}}))
	must(k, conn.WriteJSON(fields{"op": 31, "d": fields{"guild_ids": []any{k.world.Guild.ID}}}))
	must(k, conn.WriteJSON(fields{"op": 43, "d": fields{"guild_id": k.world.Guild.ID, "fields": []string{"status"}}}))
	k.await("CHANNEL_INFO", 1)
	k.await("GUILD_MEMBERS_CHUNK", 2)
	k.await("RATE_LIMITED", 1)
}
