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
	{method: "POST", pattern: "/users/@me/channels", limit: limitOpenDM, handle: (*Sim).postDM},
	{method: "GET", pattern: "/applications/@me", limit: limitRead, handle: (*Sim).getApplication},
	{method: "GET", pattern: "/oauth2/applications/@me", limit: limitRead, handle: (*Sim).getApplication},

	{method: "GET", pattern: "/channels/{channel}", limit: limitRead, handle: (*Sim).getChannel},
	{method: "GET", pattern: pathMessages, limit: limitReadMessages, handle: (*Sim).getMessages},
	{method: "POST", pattern: pathMessages, limit: limitCreateMessage, handle: (*Sim).postMessage},
	{method: "GET", pattern: pathMessage, limit: limitReadMessages, handle: (*Sim).getMessage},
	{method: "PATCH", pattern: pathMessage, limit: limitEditMessage, handle: (*Sim).patchMessage},
	{method: "DELETE", pattern: pathMessage, limit: limitDeleteMessage, handle: (*Sim).deleteMessage},
	{method: "POST", pattern: "/channels/{channel}/typing", limit: limitTyping, handle: (*Sim).postTyping},

	{method: "GET", pattern: "/guilds/{guild}", limit: limitGuild, handle: (*Sim).getGuild},
	{method: "GET", pattern: "/guilds/{guild}/channels", limit: limitGuild, handle: (*Sim).getGuildChannels},
	{method: "GET", pattern: "/guilds/{guild}/roles", limit: limitGuild, handle: (*Sim).getGuildRoles},
	{method: "GET", pattern: "/guilds/{guild}/members", limit: limitGuild, handle: (*Sim).getGuildMembers},
	{method: "GET", pattern: "/guilds/{guild}/members/search", limit: limitGuild, handle: (*Sim).searchGuildMembers},
	{method: "GET", pattern: "/guilds/{guild}/members/{user}", limit: limitGuild, handle: (*Sim).getGuildMember},

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
	{method: "GET", pattern: pathGuildOne, limit: limitCommands, handle: (*Sim).getCommand},
	{method: "PATCH", pattern: pathGuildOne, limit: limitCommands, handle: (*Sim).patchCommand},
	{method: "DELETE", pattern: pathGuildOne, limit: limitCommands, handle: (*Sim).deleteCommand},
})

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
	if len(segments) < 2 || segments[0] != "api" || (segments[1] != "v9" && segments[1] != "v10") {
		return nil, false
	}
	return segments[2:], true
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
	params := map[string]string{}
	for i, want := range r.segments {
		if strings.HasPrefix(want, "{") {
			params[want[1:len(want)-1]] = segments[i]
		} else if want != segments[i] {
			return nil, false
		}
	}
	return params, true
}
