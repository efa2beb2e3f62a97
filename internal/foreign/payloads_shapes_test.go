package foreign_test

import (
	"encoding/json"

	arikawaapi "github.com/diamondburned/arikawa/v3/api"
	arikawa "github.com/diamondburned/arikawa/v3/discord"

	"github.com/bwmarrin/discordgo"
	disgo "github.com/disgoorg/disgo/discord"
)

// reading decodes a REST answer the way a library does.
type reading func([]byte) error

// shape is one kind of answer as each library reads it. Nil: the library has nothing that would call such a route.
type shape struct{ arikawa, discordgo, disgo reading }

// of library.
func (s shape) of(library string) reading {
	return map[string]reading{"arikawa": s.arikawa, "discordgo": s.discordgo, "disgo": s.disgo}[library]
}

// as decodes into a type.
func as[T any](data []byte) error {
	var v T
	return json.Unmarshal(data, &v)
}

// empty is an answer without a body.
func empty(data []byte) error {
	if string(data) != "null" {
		return errBody
	}
	return nil
}

var errBody = json.Unmarshal([]byte("{"), new(struct{}))

var (
	nothing  = shape{empty, empty, empty}
	message  = shape{as[arikawa.Message], as[discordgo.Message], as[disgo.Message]}
	messages = shape{as[[]arikawa.Message], as[[]discordgo.Message], as[[]disgo.Message]}
	channel  = shape{as[arikawa.Channel], as[discordgo.Channel], as[disgo.UnmarshalChannel]}
	channels = shape{as[[]arikawa.Channel], as[[]discordgo.Channel], as[[]disgo.UnmarshalChannel]}
	user     = shape{as[arikawa.User], as[discordgo.User], as[disgo.User]}
	users    = shape{as[[]arikawa.User], as[[]discordgo.User], as[[]disgo.User]}
	member   = shape{as[arikawa.Member], as[discordgo.Member], as[disgo.Member]}
	members  = shape{as[[]arikawa.Member], as[[]discordgo.Member], as[[]disgo.Member]}
	role     = shape{as[arikawa.Role], as[discordgo.Role], as[disgo.Role]}
	roles    = shape{as[[]arikawa.Role], as[[]discordgo.Role], as[[]disgo.Role]}
	guild    = shape{as[arikawa.Guild], as[discordgo.Guild], as[disgo.RestGuild]}
	command  = shape{as[arikawa.Command], as[discordgo.ApplicationCommand], as[disgo.UnmarshalApplicationCommand]}
	commands = shape{as[[]arikawa.Command], as[[]discordgo.ApplicationCommand], as[[]disgo.UnmarshalApplicationCommand]}
	invite   = shape{as[arikawa.Invite], as[discordgo.Invite], as[disgo.Invite]}
	invites  = shape{as[[]arikawa.Invite], as[[]discordgo.Invite], as[[]disgo.ExtendedInvite]}
	hook     = shape{as[arikawa.Webhook], as[discordgo.Webhook], as[disgo.UnmarshalWebhook]}
	hooks    = shape{as[[]arikawa.Webhook], as[[]discordgo.Webhook], as[[]disgo.UnmarshalWebhook]}

	application = shape{as[arikawa.Application], as[discordgo.Application], as[disgo.Application]}
	threadList  = shape{as[arikawaapi.ActiveThreads], as[discordgo.ThreadsList], as[disgo.GuildActiveThreads]}
	archived    = shape{as[arikawaapi.ArchivedThreads], as[discordgo.ThreadsList], as[disgo.GetThreads]}
	inThread    = shape{as[arikawa.ThreadMember], as[discordgo.ThreadMember], as[disgo.ThreadMember]}
	allInThread = shape{as[[]arikawa.ThreadMember], as[[]discordgo.ThreadMember], as[[]disgo.ThreadMember]}
)

// shapes are the answers of every route.
var shapes = map[string]shape{

	"GET /gateway":                                  {as[struct{ URL string }], as[struct{ URL string }], as[disgo.Gateway]},
	"GET /gateway/bot":                              {as[arikawaapi.BotData], as[discordgo.GatewayBotResponse], as[disgo.GatewayBot]},
	"GET /users/@me":                                {as[arikawa.User], as[discordgo.User], as[disgo.OAuth2User]},
	"PATCH /users/@me":                              {as[arikawa.User], as[discordgo.User], as[disgo.OAuth2User]},
	"GET /users/@me/guilds":                         {as[[]arikawa.Guild], as[[]discordgo.UserGuild], as[[]disgo.OAuth2Guild]},
	"GET /users/{user}":                             user,
	"POST /users/@me/channels":                      channel,
	"GET /applications/@me":                         application,
	"GET /oauth2/applications/@me":                  application,
	"GET /voice/regions":                            {as[[]arikawa.VoiceRegion], as[[]discordgo.VoiceRegion], as[[]disgo.VoiceRegion]},
	"GET /sticker-packs":                            {nil, as[struct{ StickerPacks []discordgo.StickerPack }], as[disgo.StickerPacks]},
	"GET /channels/{channel}":                       channel,
	"PATCH /channels/{channel}":                     channel,
	"DELETE /channels/{channel}":                    channel,
	"GET " + routeMessages:                          messages,
	"POST " + routeMessages:                         message,
	"GET " + routeMessage:                           message,
	"PATCH " + routeMessage:                         message,
	"DELETE " + routeMessage:                        nothing,
	"POST /channels/{channel}/typing":               nothing,
	"POST /channels/{channel}/messages/bulk-delete": nothing,

	"GET /guilds/{guild}":                                guild,
	"GET /guilds/{guild}/channels":                       channels,
	"POST /guilds/{guild}/channels":                      channel,
	"GET /guilds/{guild}/roles":                          roles,
	"POST /guilds/{guild}/roles":                         role,
	"PATCH /guilds/{guild}/roles":                        roles,
	"GET /guilds/{guild}/roles/{role}":                   role,
	"PATCH /guilds/{guild}/roles/{role}":                 role,
	"DELETE /guilds/{guild}/roles/{role}":                nothing,
	"GET /guilds/{guild}/members":                        members,
	"GET /guilds/{guild}/members/search":                 members,
	"GET /guilds/{guild}/members/{user}":                 member,
	"PATCH /guilds/{guild}/members/{user}":               member,
	"PATCH /guilds/{guild}/members/@me":                  member,
	"DELETE /guilds/{guild}/members/{user}":              nothing,
	"PUT /guilds/{guild}/members/{user}/roles/{role}":    nothing,
	"DELETE /guilds/{guild}/members/{user}/roles/{role}": nothing,
	"GET /guilds/{guild}/bans":                           {as[[]arikawa.Ban], as[[]discordgo.GuildBan], as[[]disgo.Ban]},
	"GET /guilds/{guild}/bans/{user}":                    {as[arikawa.Ban], as[discordgo.GuildBan], as[disgo.Ban]},
	"PUT /guilds/{guild}/bans/{user}":                    nothing,
	"DELETE /guilds/{guild}/bans/{user}":                 nothing,
	"GET /guilds/{guild}/audit-logs":                     {as[arikawa.AuditLog], as[discordgo.GuildAuditLog], as[disgo.AuditLog]},

	routeCallback:           {as[struct{}], as[struct{}], as[disgo.InteractionCallbackResponse]},
	"POST " + routeHook:     message,
	"GET " + routeHooked:    message,
	"PATCH " + routeHooked:  message,
	"DELETE " + routeHooked: nothing,

	"GET " + routeGlobal:                   commands,
	"PUT " + routeGlobal:                   commands,
	"POST " + routeGlobal:                  command,
	"GET " + routeGlobal + "/{command}":    command,
	"PATCH " + routeGlobal + "/{command}":  command,
	"DELETE " + routeGlobal + "/{command}": nothing,
	"GET " + routeLocal:                    commands,
	"PUT " + routeLocal:                    commands,
	"POST " + routeLocal:                   command,
	"GET " + routeLocal + "/{command}":     command,
	"PATCH " + routeLocal + "/{command}":   command,
	"DELETE " + routeLocal + "/{command}":  nothing,
}
