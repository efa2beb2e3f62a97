package discordsim

import (
	"encoding/json"
	"strconv"
)

// User is Discord's user object.
type User struct {
	ID            ID      `json:"id"`
	Username      string  `json:"username"`
	Discriminator string  `json:"discriminator"`
	GlobalName    *string `json:"global_name"`
	Avatar        *string `json:"avatar"`
	Bot           bool    `json:"bot,omitempty"`
	PublicFlags   int     `json:"public_flags"`
}

// selfUser is the bot as /users/@me and READY show it, with the fields only an account itself can see.
type selfUser struct {
	User
	Verified   bool    `json:"verified"`
	MFAEnabled bool    `json:"mfa_enabled"`
	Email      *string `json:"email"`
	Flags      int     `json:"flags"`
}

// Member is a user in a guild. In events about a user the user itself is left out.
type Member struct {
	User                       *User        `json:"user,omitempty"`
	Nick                       *string      `json:"nick"`
	Avatar                     *string      `json:"avatar"`
	Roles                      []ID         `json:"roles"`
	JoinedAt                   Timestamp    `json:"joined_at"`
	PremiumSince               *Timestamp   `json:"premium_since"`
	Deaf                       bool         `json:"deaf"`
	Mute                       bool         `json:"mute"`
	Pending                    bool         `json:"pending"`
	Flags                      int          `json:"flags"`
	CommunicationDisabledUntil *Timestamp   `json:"communication_disabled_until"`
	Permissions                *Permissions `json:"permissions,omitempty"`
}

// withoutUser is the member as it appears beside its own user.
func (m Member) withoutUser() *Member {
	m.User = nil
	return &m
}

// Permissions is a permission bit set; a string in JSON.
type Permissions uint64

// MarshalJSON writes the set as a decimal string.
func (p Permissions) MarshalJSON() ([]byte, error) {
	return strconv.AppendQuote(nil, strconv.FormatUint(uint64(p), 10)), nil
}

// UnmarshalJSON reads a decimal string or number.
func (p *Permissions) UnmarshalJSON(data []byte) error {
	var id ID
	err := id.UnmarshalJSON(data)
	*p = Permissions(id)
	return err
}

// Role is a guild's role.
type Role struct {
	ID           ID          `json:"id"`
	Name         string      `json:"name"`
	Color        int         `json:"color"`
	Colors       roleColors  `json:"colors"`
	Hoist        bool        `json:"hoist"`
	Icon         *string     `json:"icon"`
	UnicodeEmoji *string     `json:"unicode_emoji"`
	Position     int         `json:"position"`
	Permissions  Permissions `json:"permissions"`
	Managed      bool        `json:"managed"`
	Mentionable  bool        `json:"mentionable"`
	Flags        int         `json:"flags"`
}

type roleColors struct {
	Primary   int  `json:"primary_color"`
	Secondary *int `json:"secondary_color"`
	Tertiary  *int `json:"tertiary_color"`
}

// The channel types that exist here.
const (
	ChannelGuildText = 0
	ChannelDM        = 1
)

// Overwrite changes permissions in one channel, for a role (type 0) or a member (type 1).
type Overwrite struct {
	ID    ID          `json:"id"`
	Type  int         `json:"type"`
	Allow Permissions `json:"allow"`
	Deny  Permissions `json:"deny"`
}

// Channel is a guild's text channel or a DM.
type Channel struct {
	ID               ID
	Type             int
	GuildID          ID
	Name             string
	Topic            string
	Position         int
	Overwrites       []Overwrite
	RateLimitPerUser int
	LastMessageID    ID
	// Recipient is the person on the other side of a DM.
	Recipient User
}

// MarshalJSON writes the fields that belong to the channel's type.
func (c Channel) MarshalJSON() ([]byte, error) {
	if c.Type == ChannelDM {
		return json.Marshal(struct {
			ID            ID     `json:"id"`
			Type          int    `json:"type"`
			LastMessageID *ID    `json:"last_message_id"`
			Flags         int    `json:"flags"`
			Recipients    []User `json:"recipients"`
		}{c.ID, c.Type, optional(c.LastMessageID), 0, []User{c.Recipient}})
	}
	return json.Marshal(c.guildForm())
}

// guildChannel is the JSON of a guild's text channel.
type guildChannel struct {
	ID               ID           `json:"id"`
	Type             int          `json:"type"`
	GuildID          ID           `json:"guild_id"`
	Name             string       `json:"name"`
	Position         int          `json:"position"`
	Overwrites       []Overwrite  `json:"permission_overwrites"`
	Topic            *string      `json:"topic"`
	NSFW             bool         `json:"nsfw"`
	LastMessageID    *ID          `json:"last_message_id"`
	RateLimitPerUser int          `json:"rate_limit_per_user"`
	ParentID         *ID          `json:"parent_id"`
	Flags            int          `json:"flags"`
	Permissions      *Permissions `json:"permissions,omitempty"`
}

func (c Channel) guildForm() guildChannel {
	return guildChannel{
		ID: c.ID, Type: c.Type, GuildID: c.GuildID, Name: c.Name, Position: c.Position,
		Overwrites: list(c.Overwrites), Topic: optional(c.Topic), LastMessageID: optional(c.LastMessageID),
		RateLimitPerUser: c.RateLimitPerUser,
	}
}

// optional is nil for a zero value: Discord writes null, not "" or "0".
func optional[T comparable](value T) *T {
	var zero T
	if value == zero {
		return nil
	}
	return &value
}

// list is never nil: Discord writes [], not null.
func list[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}
