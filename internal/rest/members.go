package rest

import (
	"context"
	"net/url"
	"strconv"

	"github.com/diamondburned/arikawa/v3/discord"
)

// Member is a person in a guild, as far as naming them needs.
type Member struct {
	User struct {
		ID         discord.UserID `json:"id"`
		Username   string         `json:"username"`
		GlobalName string         `json:"global_name"`
		Bot        bool           `json:"bot"`
	} `json:"user"`
	Nick string `json:"nick"`
}

// Name is what others see: the nick, else the display name, else the username.
func (m Member) Name() string {
	switch {
	case m.Nick != "":
		return m.Nick
	case m.User.GlobalName != "":
		return m.User.GlobalName
	}
	return m.User.Username
}

type membersBody []Member

func (m *Member) complete() bool      { return m.User.ID.IsValid() }
func (b *membersBody) complete() bool { return *b != nil }

// Member looks one member up; Refused with status 404 means that the guild has no such member.
func (c *Client) Member(ctx context.Context, guild discord.GuildID, user discord.UserID) (Member, error) {
	var got Member
	err := c.do(ctx, inGuild("GET", guild, "/members/{user}", "/members/"+user.String()), &got)
	return got, err
}

// SearchMembers finds members whose username or nick begins with the text, at most limit (1 to 1000) of them.
func (c *Client) SearchMembers(ctx context.Context, guild discord.GuildID, text string, limit int) ([]Member, error) {
	query := url.Values{"query": {text}, "limit": {strconv.Itoa(limit)}}
	var got membersBody
	err := c.do(ctx, inGuild("GET", guild, "/members/search", "/members/search?"+query.Encode()), &got)
	return got, err
}

func inGuild(method string, guild discord.GuildID, route, path string) call {
	id := guild.String()
	return call{method: method, route: "/guilds/{guild}" + route, path: "/guilds/" + id + path, major: id}
}
