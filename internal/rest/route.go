package rest

import (
	"hash/maphash"
	"strconv"

	"github.com/diamondburned/arikawa/v3/discord"
)

// call is one request to be made.
type call struct {
	method string
	// route is the path with placeholders: what limits and messages know it by.
	route string
	// path is what is sent. It may hold a token and is never logged.
	path string
	// major is the part of the path that limits are kept apart by: the channel, or a hash of an interaction's token
	// (a token is never kept as a key).
	major string
	body  any
	// secret is a token in the path, to be cut out of whatever is said about the call.
	secret string
	// interaction says that the call is about one interaction: it needs no authorization and is exempt from the
	// global limit.
	interaction bool
}

// name is the method and the route.
func (c call) name() string { return c.method + " " + c.route }

func plain(method, path string, body any) call {
	return call{method: method, route: path, path: path, body: body}
}

func inChannel(method string, channel discord.ChannelID, route, path string, body any) call {
	id := channel.String()
	return call{
		method: method, route: "/channels/{channel}" + route, path: "/channels/" + id + path, major: id, body: body,
	}
}

func ofApplication(method string, app discord.AppID, path string, body any) call {
	return call{
		method: method, route: "/applications/{application}" + path, path: "/applications/" + app.String() + path,
		body: body,
	}
}

func (c *Client) ofInteraction(method, route, path, token string, body any) call {
	return call{
		method: method, route: route, path: path, body: body, secret: token, interaction: true,
		major: strconv.FormatUint(maphash.String(c.seed, token), 36),
	}
}
