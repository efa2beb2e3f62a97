package rest

import (
	"context"
	"net/url"
	"time"

	"github.com/diamondburned/arikawa/v3/discord"
)

// Routes whose 401 means that the token is refused.
const (
	routeMe         = "GET /users/@me"
	routeGatewayBot = "GET /gateway/bot"
)

const (
	routeMessage  = "/messages/{message}"
	routeOriginal = "/webhooks/{application}/{token}/messages/@original"
)

// GatewayBot asks where the gateway is and how much of the identify budget is left.
func (c *Client) GatewayBot(ctx context.Context) (GatewayBot, error) {
	var got gatewayBotBody
	err := c.do(ctx, plain("GET", "/gateway/bot", nil), &got)
	return GatewayBot{URL: got.URL, Shards: got.Shards, SessionStartLimit: SessionStartLimit{
		Total: got.Limit.Total, Remaining: got.Limit.Remaining, MaxConcurrency: got.Limit.MaxConcurrency,
		ResetAfter: time.Duration(got.Limit.ResetAfter * float64(time.Millisecond)),
	}}, err
}

// Me asks who the bot is.
func (c *Client) Me(ctx context.Context) (User, error) {
	var user User
	err := c.do(ctx, plain("GET", "/users/@me", nil), &user)
	return user, err
}

// Application asks what the bot belongs to.
func (c *Client) Application(ctx context.Context) (Application, error) {
	var app Application
	err := c.do(ctx, plain("GET", "/applications/@me", nil), &app)
	return app, err
}

// CreateMessage posts a message. With a nonce it may be repeated for a minute without posting twice.
func (c *Client) CreateMessage(ctx context.Context, channel discord.ChannelID, m Message) (Posted, error) {
	var posted Posted
	err := c.do(ctx, inChannel("POST", channel, "/messages", "/messages", m.create()), &posted)
	return posted, err
}

// EditMessage makes a message of ours look like m.
func (c *Client) EditMessage(ctx context.Context, channel discord.ChannelID, message discord.MessageID, m Message) error {
	return c.do(ctx, inChannel("PATCH", channel, routeMessage, "/messages/"+message.String(), m.edit()), nil)
}

// DeleteMessage deletes a message.
func (c *Client) DeleteMessage(ctx context.Context, channel discord.ChannelID, message discord.MessageID) error {
	return c.do(ctx, inChannel("DELETE", channel, routeMessage, "/messages/"+message.String(), nil), nil)
}

// Respond gives an interaction its first answer. Discord wants it within 3 seconds of the event, so ctx should end
// then.
func (c *Client) Respond(ctx context.Context, id discord.InteractionID, token string, r Response) error {
	path := "/interactions/" + id.String() + "/" + url.PathEscape(token) + "/callback"
	return c.do(ctx, c.ofInteraction("POST", "/interactions/{interaction}/{token}/callback", path, token, r), nil)
}

// EditOriginal makes the first answer to an interaction look like m.
func (c *Client) EditOriginal(ctx context.Context, app discord.AppID, token string, m Message) (Posted, error) {
	var posted Posted
	err := c.do(ctx, c.ofInteraction("PATCH", routeOriginal, originalPath(app, token), token, m.edit()), &posted)
	return posted, err
}

// Original looks the first answer to an interaction up; Refused with status 404 means there is none.
func (c *Client) Original(ctx context.Context, app discord.AppID, token string) (Posted, error) {
	var posted Posted
	err := c.do(ctx, c.ofInteraction("GET", routeOriginal, originalPath(app, token), token, nil), &posted)
	return posted, err
}

// Commands lists the global commands that are registered.
func (c *Client) Commands(ctx context.Context, app discord.AppID) ([]Command, error) {
	var got commandsBody
	err := c.do(ctx, ofApplication("GET", app, "/commands", nil), &got)
	return got, err
}

// OverwriteCommands registers exactly these global commands. Discord counts new ones: 200 a day.
func (c *Client) OverwriteCommands(ctx context.Context, app discord.AppID, commands []Command) ([]Command, error) {
	if commands == nil {
		commands = []Command{}
	}
	var got commandsBody
	err := c.do(ctx, ofApplication("PUT", app, "/commands", commands), &got)
	return got, err
}

func originalPath(app discord.AppID, token string) string {
	return "/webhooks/" + app.String() + "/" + url.PathEscape(token) + "/messages/@original"
}

// reply is the body of an answer, which must hold what its caller cannot do without.
type reply interface{ complete() bool }

type gatewayBotBody struct {
	URL    string `json:"url"`
	Shards int    `json:"shards"`
	Limit  struct {
		Total          int     `json:"total"`
		Remaining      int     `json:"remaining"`
		ResetAfter     float64 `json:"reset_after"` // milliseconds
		MaxConcurrency int     `json:"max_concurrency"`
	} `json:"session_start_limit"`
}

type commandsBody []Command

func (b *gatewayBotBody) complete() bool { return b.URL != "" }
func (u *User) complete() bool           { return u.ID.IsValid() }
func (a *Application) complete() bool    { return a.ID.IsValid() }
func (p *Posted) complete() bool         { return p.ID.IsValid() && p.ChannelID.IsValid() }
func (b *commandsBody) complete() bool   { return *b != nil }
