package foreign_test

import (
	"time"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

const (
	routeReactions = routeMessage + "/reactions"
	routeReaction  = routeReactions + "/{emoji}"
	routePin       = "/channels/{channel}/messages/pins/{message}"
	routeOldPin    = "/channels/{channel}/pins/{message}"
	routeInThread  = "/channels/{channel}/thread-members/{user}"
	routeMember    = "/guilds/{guild}/members/{user}"
	routeRole      = "/guilds/{guild}/roles/{role}"
	routeBan       = "/guilds/{guild}/bans/{user}"
)

// empowered gives the bot every permission, above every other role.
func (k *collector) empowered() {
	guild := k.world.Guild.ID
	role := k.sim.AddRole(guild, "Bot", discordsim.PermissionAdministrator)
	k.sim.SetMember(guild, k.sim.Bot().ID, "", role.ID)
}

// reactions has everything come that reactions and pins cause.
func (k *collector) reactions() {
	channel := k.world.General.ID
	said, err := k.sim.Say(k.ada, channel, "react to this")
	must(k, err)
	react := func(emoji string) {
		k.call("PUT "+routeReaction+"/@me", nil, channel, said.ID, emoji)
		must(k, k.sim.React(k.ada, said.ID, emoji))
	}
	react("⚽")
	k.call("GET "+routeReaction, nil, channel, said.ID, "⚽")
	k.call("GET "+routeMessage, nil, channel, said.ID)
	k.call("DELETE "+routeReaction+"/@me", nil, channel, said.ID, "⚽")
	k.call("DELETE "+routeReaction+"/{user}", nil, channel, said.ID, "⚽", k.ada)
	react("🏆")
	k.call("DELETE "+routeReaction, nil, channel, said.ID, "🏆")
	react("🎉")
	k.call("DELETE "+routeReactions, nil, channel, said.ID)
	k.await("MESSAGE_REACTION_REMOVE_ALL", 1)

	k.call("PUT "+routePin, nil, channel, said.ID)
	k.call("GET /channels/{channel}/messages/pins", nil, channel)
	k.call("GET /channels/{channel}/pins", nil, channel)
	k.call("DELETE "+routePin, nil, channel, said.ID)
	k.call("PUT "+routeOldPin, nil, channel, said.ID)
	k.call("DELETE "+routeOldPin, nil, channel, said.ID)
	k.await("CHANNEL_PINS_UPDATE", 2)

	var several []string
	for range 2 {
		several = append(several, k.call("POST "+routeMessages, fields{"content": "to be deleted"}, channel).id())
	}
	k.call("POST /channels/{channel}/messages/bulk-delete", fields{"messages": several}, channel)
	k.await("MESSAGE_DELETE_BULK", 1)
}

// threads has everything come that threads cause.
func (k *collector) threads() {
	channel := k.world.Training.ID
	said, err := k.sim.Say(k.ada, channel, "let's discuss")
	must(k, err)
	thread := k.call("POST "+routeMessage+"/threads", fields{"name": "discussion", "auto_archive_duration": 60}, channel, said.ID).id()
	k.call("GET /channels/{channel}", nil, thread)
	k.call("PUT "+routeInThread, nil, thread, "@me")
	k.call("PUT "+routeInThread, nil, thread, k.ada)
	k.call("GET "+routeInThread, nil, thread, k.ada)
	k.call("GET "+routeInThread, nil, thread, k.ada, "?with_member=true")
	k.call("GET /channels/{channel}/thread-members", nil, thread)
	k.call("POST "+routeMessages, fields{"content": "in a thread"}, thread)
	k.call("GET /guilds/{guild}/threads/active", nil, k.world.Guild.ID)
	k.call("DELETE "+routeInThread, nil, thread, k.ada)
	k.call("PATCH /channels/{channel}", fields{"archived": true}, thread)
	k.call("GET /channels/{channel}/threads/archived/public", nil, channel)
	k.call("GET /channels/{channel}/threads/archived/private", nil, channel)
	private := k.call("POST /channels/{channel}/threads", fields{"name": "a secret", "type": 12}, channel).id()
	k.call("DELETE /channels/{channel}", nil, private)
	k.await("THREAD_DELETE", 1)
}

// administration has everything come that an administrator does to people, roles and channels.
func (k *collector) administration() {
	guild := k.world.Guild.ID
	fay, gus, hal := k.sim.AddPerson("Fay"), k.sim.AddPerson("Gus"), k.sim.AddPerson("Hal")
	for _, u := range []discordsim.User{fay, gus, hal} {
		k.sim.AddMember(guild, u.ID, "")
	}
	role := k.call("POST /guilds/{guild}/roles", fields{"name": "Trainee", "color": 0x336699, "permissions": "0", "hoist": true, "mentionable": true}, guild).id()
	k.call("PATCH "+routeRole, fields{"name": "Novice"}, guild, role)
	k.call("GET "+routeRole, nil, guild, role)
	k.call("PATCH /guilds/{guild}/roles", []fields{{"id": role, "position": 1}}, guild)
	k.call("PUT "+routeMember+"/roles/{role}", nil, guild, fay.ID, role)
	k.call("PATCH "+routeMember, fields{
		"nick": "Nr. 2", "communication_disabled_until": time.Now().Add(time.Hour).UTC().Format(time.RFC3339),
	}, guild, fay.ID)
	k.call("DELETE "+routeMember+"/roles/{role}", nil, guild, fay.ID, role)
	k.call("PATCH /guilds/{guild}/members/@me", fields{"nick": "Steady"}, guild)
	k.call("DELETE "+routeRole, nil, guild, role)
	k.call("DELETE "+routeMember, nil, guild, fay.ID)
	k.call("PUT "+routeBan, fields{"delete_message_seconds": 0}, guild, gus.ID)
	k.call("POST /guilds/{guild}/bulk-ban", fields{"user_ids": []any{hal.ID}}, guild)
	k.call("GET /guilds/{guild}/bans", nil, guild)
	k.call("GET "+routeBan, nil, guild, gus.ID)
	k.call("DELETE "+routeBan, nil, guild, gus.ID)

	made := k.call("POST /guilds/{guild}/channels", fields{"name": "annex", "type": 0, "topic": "More room"}, guild).id()
	k.call("PATCH /channels/{channel}", fields{"topic": "Even more room", "rate_limit_per_user": 5}, made)
	k.call("PUT /channels/{channel}/permissions/{overwrite}", fields{"type": 1, "allow": "0", "deny": "2048"}, made, k.ada)
	k.call("DELETE /channels/{channel}/permissions/{overwrite}", nil, made, k.ada)
	k.call("PATCH /guilds/{guild}/channels", []fields{{"id": made, "position": 1}}, guild)
	code := k.call("POST /channels/{channel}/invites", fields{"max_age": 3600, "max_uses": 2}, made).get("code")
	k.call("GET /invites/{code}", nil, code)
	k.call("GET /invites/{code}", nil, code, "?with_counts=true")
	k.call("GET /channels/{channel}/invites", nil, made)
	k.call("GET /guilds/{guild}/invites", nil, guild)
	k.call("DELETE /invites/{code}", nil, code)
	k.call("DELETE /channels/{channel}", nil, made)
	k.call("GET /guilds/{guild}/audit-logs", nil, guild)
	k.await("INVITE_DELETE", 1)
}

// webhooks has everything come that webhooks of a channel cause, and the small routes that libraries ask.
func (k *collector) webhooks() {
	channel, guild, app := k.world.General.ID, k.world.Guild.ID, k.sim.Bot().ID
	made := k.call("POST /channels/{channel}/webhooks", fields{"name": "News"}, channel)
	id, secret := made.id(), made.get("token")
	k.call("GET /channels/{channel}/webhooks", nil, channel)
	k.call("GET /guilds/{guild}/webhooks", nil, guild)
	k.call("GET /webhooks/{application}", nil, id)
	k.call("PATCH /webhooks/{application}", fields{"name": "Old news"}, id)
	k.call("GET "+routeHook, nil, id, secret)
	k.call("PATCH "+routeHook, fields{"name": "New news"}, id, secret)
	posted := k.call("POST "+routeHook, fields{"content": "extra", "username": "Paper"}, id, secret, "?wait=true").id()
	k.call("GET "+routeHooked, nil, id, secret, posted)
	k.call("DELETE "+routeHook, nil, id, secret)
	again := k.call("POST /channels/{channel}/webhooks", fields{"name": "News"}, channel).id()
	k.call("DELETE /webhooks/{application}", nil, again)
	k.await("WEBHOOKS_UPDATE", 2)

	k.call("PATCH /users/@me", fields{"username": "Steadfaster"})
	k.await("USER_UPDATE", 1)
	k.call("GET /users/@me/guilds", nil)
	for _, route := range []string{"GET /voice/regions", "GET /sticker-packs", "GET /soundboard-default-sounds"} {
		k.call(route, nil)
	}
	for _, what := range []string{"emojis", "stickers", "integrations"} {
		k.call("GET /guilds/{guild}/"+what, nil, guild)
	}
	k.call("GET "+routeLocal+"/permissions", nil, app, guild)
	other := k.sim.AddGuild("To be left", k.ada)
	k.call("DELETE /users/@me/guilds/{guild}", nil, other.ID)
}
