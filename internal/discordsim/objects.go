package discordsim

import (
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
	// Flags and PrimaryGuild are not in the documentation's must-haves, but in every answer.
	Flags        int     `json:"flags"`
	PrimaryGuild *string `json:"primary_guild"`
}

// selfUser is the bot as /users/@me and READY show it, with the fields only an account itself can see.
type selfUser struct {
	User
	Verified   bool    `json:"verified"`
	MFAEnabled bool    `json:"mfa_enabled"`
	Email      *string `json:"email"`
	Locale     string  `json:"locale"`
}

// Member is a user in a guild. In events about a user the user itself is left out.
type Member struct {
	User                       *User        `json:"user,omitempty"`
	Nick                       *string      `json:"nick"`
	Avatar                     *string      `json:"avatar"`
	Banner                     *string      `json:"banner"`
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
	Tags         *RoleTags   `json:"tags,omitempty"`
}

// RoleTags say to whom a managed role belongs.
type RoleTags struct {
	BotID ID `json:"bot_id"`
}

type roleColors struct {
	Primary   int  `json:"primary_color"`
	Secondary *int `json:"secondary_color"`
	Tertiary  *int `json:"tertiary_color"`
}

// Overwrite changes permissions in one channel, for a role (type 0) or a member (type 1).
type Overwrite struct {
	ID    ID          `json:"id"`
	Type  int         `json:"type"`
	Allow Permissions `json:"allow"`
	Deny  Permissions `json:"deny"`
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
