package foreign_test

import (
	"maps"

	arikawa "github.com/diamondburned/arikawa/v3/discord"

	"github.com/bwmarrin/discordgo"
	disgo "github.com/disgoorg/disgo/discord"
)

func init() { maps.Copy(shapes, moreShapes) }

// moreShapes are the answers about what surrounds messages: reactions, pins, threads, invites, webhooks.
var moreShapes = map[string]shape{
	"GET " + routeReaction:                users,
	"PUT " + routeReaction + "/@me":       nothing,
	"DELETE " + routeReaction + "/@me":    nothing,
	"DELETE " + routeReaction + "/{user}": nothing,
	"DELETE " + routeReaction:             nothing,
	"DELETE " + routeReactions:            nothing,

	"GET /channels/{channel}/messages/pins": {nil, nil, as[disgo.ChannelPins]},
	"GET /channels/{channel}/pins":          {as[[]arikawa.Message], as[[]discordgo.Message], nil},
	"PUT " + routePin:                       nothing,
	"DELETE " + routePin:                    nothing,
	"PUT " + routeOldPin:                    nothing,
	"DELETE " + routeOldPin:                 nothing,

	"POST " + routeMessage + "/threads":                {as[arikawa.Channel], as[discordgo.Channel], as[disgo.GuildThread]},
	"POST /channels/{channel}/threads":                 {as[arikawa.Channel], as[discordgo.Channel], as[disgo.GuildThread]},
	"GET /channels/{channel}/threads/archived/public":  archived,
	"GET /channels/{channel}/threads/archived/private": archived,
	"GET /channels/{channel}/thread-members":           allInThread,
	"GET " + routeInThread:                             inThread,
	"PUT " + routeInThread:                             nothing,
	"DELETE " + routeInThread:                          nothing,
	"GET /guilds/{guild}/threads/active":               threadList,

	"PATCH /guilds/{guild}/channels":                     nothing,
	"PUT /channels/{channel}/permissions/{overwrite}":    nothing,
	"DELETE /channels/{channel}/permissions/{overwrite}": nothing,
	"POST /guilds/{guild}/bulk-ban":                      {nil, nil, as[disgo.BulkBanResult]},

	"GET /invites/{code}":              invite,
	"DELETE /invites/{code}":           invite,
	"GET /channels/{channel}/invites":  invites,
	"POST /channels/{channel}/invites": invite,
	"GET /guilds/{guild}/invites":      invites,

	"GET /channels/{channel}/webhooks":  hooks,
	"POST /channels/{channel}/webhooks": hook,
	"GET /guilds/{guild}/webhooks":      hooks,
	"GET /webhooks/{application}":       hook,
	"PATCH /webhooks/{application}":     hook,
	"DELETE /webhooks/{application}":    nothing,
	"GET " + routeHook:                  hook,
	"PATCH " + routeHook:                hook,
	"DELETE " + routeHook:               nothing,

	"DELETE /users/@me/guilds/{guild}": nothing,
	"GET /soundboard-default-sounds":   {nil, nil, as[[]disgo.SoundboardSound]},
	"GET /guilds/{guild}/emojis":       {as[[]arikawa.Emoji], as[[]discordgo.Emoji], as[[]disgo.Emoji]},
	"GET /guilds/{guild}/stickers":     {nil, nil, as[[]disgo.Sticker]},
	"GET /guilds/{guild}/integrations": {as[[]arikawa.Integration], as[[]discordgo.Integration], as[[]disgo.UnmarshalIntegration]},
	"GET " + routeLocal + "/permissions": {
		as[[]arikawa.GuildCommandPermissions], as[[]discordgo.GuildApplicationCommandPermissions], as[[]disgo.ApplicationCommandPermissions],
	},
}
