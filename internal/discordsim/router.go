package discordsim

import (
	"net/http"
	"net/url"
	"strings"
)

// handler answers a request that passed authorization and rate limits. It runs under Sim.mu.
type handler func(*Sim, *request) (response, *apiError)

// route is one row of the table of routes.
type route struct {
	method  string
	pattern string
	limit   limitClass
	// open routes need no Authorization: the URL itself is the secret, or there is none.
	open bool
	// unmetered routes do not count for the global limit.
	unmetered bool
	handle    handler

	segments []string
}

// name is the route as counters and faults call it.
func (r *route) name() string { return r.method + " " + r.pattern }

const (
	original = "@original"

	pathMessage  = "/channels/{channel}/messages/{message}"
	pathMessages = "/channels/{channel}/messages"
	pathReaction = pathMessage + "/reactions/{emoji}"
	pathHook     = "/webhooks/{application}/{token}"
	pathHooked   = "/webhooks/{application}/{token}/messages/{message}"
	pathCommands = "/applications/{application}/commands"
	pathCommand  = "/applications/{application}/commands/{command}"
	pathGuildAll = "/applications/{application}/guilds/{guild}/commands"
	pathGuildOne = "/applications/{application}/guilds/{guild}/commands/{command}"
)

// routes is the table of everything that is answered. It is built once and never changed.
var routes = withSegments([]*route{
	{method: "GET", pattern: "/gateway", limit: limitRead, open: true, handle: (*Sim).getGateway},
	{method: "GET", pattern: "/gateway/bot", limit: limitGatewayBot, handle: (*Sim).getGatewayBot},
	{method: "GET", pattern: "/users/@me", limit: limitRead, handle: (*Sim).getMe},
	{method: "GET", pattern: "/users/{user}", limit: limitRead, handle: (*Sim).getUser},
	{method: "PATCH", pattern: "/users/@me", limit: limitMe, handle: (*Sim).patchMe},
	{method: "GET", pattern: "/users/@me/guilds", limit: limitRead, handle: (*Sim).getOwnGuilds},
	{method: "DELETE", pattern: "/users/@me/guilds/{guild}", limit: limitGuild, handle: (*Sim).deleteOwnGuild},
	{method: "POST", pattern: "/users/@me/channels", limit: limitOpenDM, handle: (*Sim).postDM},
	{method: "GET", pattern: "/applications/@me", limit: limitRead, handle: (*Sim).getApplication},
	{method: "GET", pattern: "/oauth2/applications/@me", limit: limitRead, handle: (*Sim).getApplication},

	{method: "GET", pattern: "/voice/regions", limit: limitRead, handle: (*Sim).getVoiceRegions},
	{method: "GET", pattern: "/sticker-packs", limit: limitRead, handle: (*Sim).getStickerPacks},
	{method: "GET", pattern: "/soundboard-default-sounds", limit: limitRead, handle: (*Sim).getDefaultSounds},
	{method: "GET", pattern: "/invites/{code}", limit: limitRead, handle: (*Sim).getInvite},
	{method: "DELETE", pattern: "/invites/{code}", limit: limitRead, handle: (*Sim).deleteInvite},

	{method: "GET", pattern: "/channels/{channel}", limit: limitRead, handle: (*Sim).getChannel},
	{method: "GET", pattern: pathMessages, limit: limitReadMessages, handle: (*Sim).getMessages},
	{method: "POST", pattern: pathMessages, limit: limitCreateMessage, handle: (*Sim).postMessage},
	{method: "GET", pattern: "/channels/{channel}/messages/pins", limit: limitPins, handle: (*Sim).getPinsPaged},
	{method: "GET", pattern: pathMessage, limit: limitReadMessages, handle: (*Sim).getMessage},
	{method: "PATCH", pattern: pathMessage, limit: limitEditMessage, handle: (*Sim).patchMessage},
	{method: "DELETE", pattern: pathMessage, limit: limitDeleteMessage, handle: (*Sim).deleteMessage},
	{method: "POST", pattern: "/channels/{channel}/messages/bulk-delete", limit: limitDeleteMessage, handle: (*Sim).postBulkDelete},

	{method: "PATCH", pattern: "/channels/{channel}", limit: limitChannel, handle: (*Sim).patchChannel},
	{method: "DELETE", pattern: "/channels/{channel}", limit: limitChannel, handle: (*Sim).deleteChannel},
	{method: "PUT", pattern: "/channels/{channel}/permissions/{overwrite}", limit: limitChannel, handle: (*Sim).putOverwrite},
	{method: "DELETE", pattern: "/channels/{channel}/permissions/{overwrite}", limit: limitChannel, handle: (*Sim).deleteOverwrite},
	{method: "GET", pattern: "/channels/{channel}/invites", limit: limitChannel, handle: (*Sim).getChannelInvites},
	{method: "POST", pattern: "/channels/{channel}/invites", limit: limitChannel, handle: (*Sim).postInvite},
	{method: "GET", pattern: "/channels/{channel}/webhooks", limit: limitChannel, handle: (*Sim).getChannelWebhooks},
	{method: "POST", pattern: "/channels/{channel}/webhooks", limit: limitChannel, handle: (*Sim).postWebhook},

	{method: "DELETE", pattern: pathMessage + "/reactions", limit: limitReactions, handle: (*Sim).deleteReactions},
	{method: "GET", pattern: pathReaction, limit: limitReactions, handle: (*Sim).getReactions},
	{method: "DELETE", pattern: pathReaction, limit: limitReactions, handle: (*Sim).deleteReactions},
	{method: "PUT", pattern: pathReaction + "/@me", limit: limitReactions, handle: (*Sim).putReaction},
	{method: "DELETE", pattern: pathReaction + "/@me", limit: limitReactions, handle: (*Sim).deleteOwnReaction},
	{method: "DELETE", pattern: pathReaction + "/{user}", limit: limitReactions, handle: (*Sim).deleteUserReaction},

	{method: "GET", pattern: "/channels/{channel}/pins", limit: limitPins, handle: (*Sim).getPins},
	{method: "PUT", pattern: "/channels/{channel}/pins/{message}", limit: limitPins, handle: (*Sim).putPin},
	{method: "DELETE", pattern: "/channels/{channel}/pins/{message}", limit: limitPins, handle: (*Sim).deletePin},
	{method: "PUT", pattern: "/channels/{channel}/messages/pins/{message}", limit: limitPins, handle: (*Sim).putPin},
	{method: "DELETE", pattern: "/channels/{channel}/messages/pins/{message}", limit: limitPins, handle: (*Sim).deletePin},

	{method: "POST", pattern: pathMessage + "/threads", limit: limitThreads, handle: (*Sim).postMessageThread},
	{method: "POST", pattern: "/channels/{channel}/threads", limit: limitThreads, handle: (*Sim).postThread},
	{method: "GET", pattern: "/channels/{channel}/threads/archived/public", limit: limitThreads, handle: (*Sim).getArchivedThreads},
	{method: "GET", pattern: "/channels/{channel}/threads/archived/private", limit: limitThreads, handle: (*Sim).getPrivateArchivedThreads},
	{method: "GET", pattern: "/channels/{channel}/thread-members", limit: limitThreads, handle: (*Sim).getThreadMembers},
	{method: "GET", pattern: "/channels/{channel}/thread-members/{user}", limit: limitThreads, handle: (*Sim).getThreadMember},
	{method: "PUT", pattern: "/channels/{channel}/thread-members/{user}", limit: limitThreads, handle: (*Sim).putThreadMember},
	{method: "DELETE", pattern: "/channels/{channel}/thread-members/{user}", limit: limitThreads, handle: (*Sim).deleteThreadMember},
	{method: "POST", pattern: "/channels/{channel}/typing", limit: limitTyping, handle: (*Sim).postTyping},

	{method: "GET", pattern: "/guilds/{guild}", limit: limitGuild, handle: (*Sim).getGuild},
	{method: "GET", pattern: "/guilds/{guild}/channels", limit: limitGuild, handle: (*Sim).getGuildChannels},
	{method: "GET", pattern: "/guilds/{guild}/roles", limit: limitGuild, handle: (*Sim).getGuildRoles},
	{method: "GET", pattern: "/guilds/{guild}/members", limit: limitGuild, handle: (*Sim).getGuildMembers},
	{method: "GET", pattern: "/guilds/{guild}/members/search", limit: limitGuild, handle: (*Sim).searchGuildMembers},
	{method: "GET", pattern: "/guilds/{guild}/members/{user}", limit: limitGuild, handle: (*Sim).getGuildMember},

	{method: "PATCH", pattern: "/guilds/{guild}/members/@me", limit: limitMember, handle: (*Sim).patchOwnMember},
	{method: "PATCH", pattern: "/guilds/{guild}/members/{user}", limit: limitMember, handle: (*Sim).patchMember},
	{method: "DELETE", pattern: "/guilds/{guild}/members/{user}", limit: limitMember, handle: (*Sim).deleteMember},
	{method: "PUT", pattern: "/guilds/{guild}/members/{user}/roles/{role}", limit: limitMember, handle: (*Sim).putMemberRole},
	{method: "DELETE", pattern: "/guilds/{guild}/members/{user}/roles/{role}", limit: limitMember, handle: (*Sim).deleteMemberRole},
	{method: "GET", pattern: "/guilds/{guild}/bans", limit: limitGuild, handle: (*Sim).getBans},
	{method: "GET", pattern: "/guilds/{guild}/bans/{user}", limit: limitGuild, handle: (*Sim).getBan},
	{method: "PUT", pattern: "/guilds/{guild}/bans/{user}", limit: limitMember, handle: (*Sim).putBan},
	{method: "DELETE", pattern: "/guilds/{guild}/bans/{user}", limit: limitMember, handle: (*Sim).deleteBan},
	{method: "POST", pattern: "/guilds/{guild}/bulk-ban", limit: limitMember, handle: (*Sim).postBulkBan},
	{method: "POST", pattern: "/guilds/{guild}/roles", limit: limitGuild, handle: (*Sim).postRole},
	{method: "PATCH", pattern: "/guilds/{guild}/roles", limit: limitGuild, handle: (*Sim).patchRolePositions},
	{method: "GET", pattern: "/guilds/{guild}/roles/{role}", limit: limitGuild, handle: (*Sim).getRole},
	{method: "PATCH", pattern: "/guilds/{guild}/roles/{role}", limit: limitGuild, handle: (*Sim).patchRole},
	{method: "DELETE", pattern: "/guilds/{guild}/roles/{role}", limit: limitGuild, handle: (*Sim).deleteRole},
	{method: "POST", pattern: "/guilds/{guild}/channels", limit: limitGuild, handle: (*Sim).postChannel},
	{method: "PATCH", pattern: "/guilds/{guild}/channels", limit: limitGuild, handle: (*Sim).patchChannelPositions},
	{method: "GET", pattern: "/guilds/{guild}/threads/active", limit: limitGuild, handle: (*Sim).getActiveThreads},
	{method: "GET", pattern: "/guilds/{guild}/audit-logs", limit: limitGuild, handle: (*Sim).getAuditLog},
	{method: "GET", pattern: "/guilds/{guild}/invites", limit: limitGuild, handle: (*Sim).getGuildInvites},
	{method: "GET", pattern: "/guilds/{guild}/webhooks", limit: limitGuild, handle: (*Sim).getGuildWebhooks},
	{method: "GET", pattern: "/guilds/{guild}/emojis", limit: limitGuild, handle: (*Sim).getNothing},
	{method: "GET", pattern: "/guilds/{guild}/stickers", limit: limitGuild, handle: (*Sim).getNothing},
	{method: "GET", pattern: "/guilds/{guild}/integrations", limit: limitGuild, handle: (*Sim).getNothing},

	{method: "GET", pattern: "/webhooks/{application}", limit: limitRead, handle: (*Sim).getWebhook},
	{method: "PATCH", pattern: "/webhooks/{application}", limit: limitRead, handle: (*Sim).patchWebhook},
	{method: "DELETE", pattern: "/webhooks/{application}", limit: limitRead, handle: (*Sim).deleteWebhook},
	{method: "GET", pattern: pathHook, limit: limitWebhook, open: true, unmetered: true, handle: (*Sim).getWebhook},
	{method: "PATCH", pattern: pathHook, limit: limitWebhook, open: true, unmetered: true, handle: (*Sim).patchWebhook},
	{method: "DELETE", pattern: pathHook, limit: limitWebhook, open: true, unmetered: true, handle: (*Sim).deleteWebhook},
	{method: "POST", pattern: "/interactions/{interaction}/{token}/callback", limit: limitNone, open: true, unmetered: true, handle: (*Sim).postCallback},
	{method: "POST", pattern: pathHook, limit: limitWebhook, open: true, unmetered: true, handle: (*Sim).postFollowUp},
	{method: "GET", pattern: pathHooked, limit: limitWebhook, open: true, unmetered: true, handle: (*Sim).getHooked},
	{method: "PATCH", pattern: pathHooked, limit: limitWebhook, open: true, unmetered: true, handle: (*Sim).patchHooked},
	{method: "DELETE", pattern: pathHooked, limit: limitWebhook, open: true, unmetered: true, handle: (*Sim).deleteHooked},

	{method: "GET", pattern: pathCommands, limit: limitCommands, handle: (*Sim).getCommands},
	{method: "PUT", pattern: pathCommands, limit: limitCommands, handle: (*Sim).putCommands},
	{method: "POST", pattern: pathCommands, limit: limitCommands, handle: (*Sim).postCommand},
	{method: "GET", pattern: pathCommand, limit: limitCommands, handle: (*Sim).getCommand},
	{method: "PATCH", pattern: pathCommand, limit: limitCommands, handle: (*Sim).patchCommand},
	{method: "DELETE", pattern: pathCommand, limit: limitCommands, handle: (*Sim).deleteCommand},
	{method: "GET", pattern: pathGuildAll, limit: limitCommands, handle: (*Sim).getCommands},
	{method: "PUT", pattern: pathGuildAll, limit: limitCommands, handle: (*Sim).putCommands},
	{method: "POST", pattern: pathGuildAll, limit: limitCommands, handle: (*Sim).postCommand},
	{method: "GET", pattern: pathGuildAll + "/permissions", limit: limitCommands, handle: (*Sim).getCommandPermissions},
	{method: "GET", pattern: pathGuildOne + "/permissions", limit: limitCommands, handle: (*Sim).getCommandPermissions},
	{method: "PUT", pattern: pathGuildOne + "/permissions", limit: limitCommands, handle: (*Sim).putCommandPermissions},
	{method: "GET", pattern: pathGuildOne, limit: limitCommands, handle: (*Sim).getCommand},
	{method: "PATCH", pattern: pathGuildOne, limit: limitCommands, handle: (*Sim).patchCommand},
	{method: "DELETE", pattern: pathGuildOne, limit: limitCommands, handle: (*Sim).deleteCommand},
})

// Routes are the names of all routes in the order of the table, as counters and faults call them.
func Routes() []string {
	names := make([]string, 0, len(routes))
	for _, r := range routes {
		names = append(names, r.name())
	}
	return names
}

func withSegments(table []*route) []*route {
	for _, r := range table {
		r.segments = strings.Split(r.pattern[1:], "/")
	}
	return table
}

// apiSegments splits a path below /api/v9 or /api/v10 into decoded segments. Empty segments are dropped: some
// libraries write //.
func apiSegments(u *url.URL) ([]string, bool) {
	var segments []string
	for raw := range strings.SplitSeq(u.EscapedPath(), "/") {
		if raw == "" {
			continue
		}
		segment, err := url.PathUnescape(raw)
		if err != nil {
			return nil, false
		}
		segments = append(segments, segment)
	}
	if len(segments) < 2 || segments[0] != "api" {
		return nil, false
	}
	switch segments[1] {
	case "v9", "v10":
		return segments[2:], true
	case "webhooks":
		// The URL that a webhook's owner copies has no version.
		return segments[1:], true
	}
	return nil, false
}

// match finds the route of a request. Rows with a literal come before rows with a parameter in the same place.
func match(r *http.Request) (*route, map[string]string, *apiError) {
	segments, known := apiSegments(r.URL)
	if !known {
		return nil, nil, errNotFound
	}
	refusal := errNotFound
	for _, candidate := range routes {
		params, fits := candidate.fit(segments)
		if !fits {
			continue
		}
		if candidate.method == r.Method {
			return candidate, params, nil
		}
		refusal = errMethodNotAllowed
	}
	return nil, nil, refusal
}

func (r *route) fit(segments []string) (map[string]string, bool) {
	if len(segments) != len(r.segments) {
		return nil, false
	}
	for i, want := range r.segments {
		if want != segments[i] && !strings.HasPrefix(want, "{") {
			return nil, false
		}
	}
	params := map[string]string{}
	for i, want := range r.segments {
		if strings.HasPrefix(want, "{") {
			params[want[1:len(want)-1]] = segments[i]
		}
	}
	return params, true
}
