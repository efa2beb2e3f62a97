package rest

import (
	"time"

	"github.com/diamondburned/arikawa/v3/discord"
)

// GatewayBot is where the gateway is and how often a session may be started there.
type GatewayBot struct {
	URL               string
	Shards            int
	SessionStartLimit SessionStartLimit
}

// SessionStartLimit is the identify budget as Discord counts it.
type SessionStartLimit struct {
	Total, Remaining int
	ResetAfter       time.Duration
	MaxConcurrency   int
}

// User is an account.
type User struct {
	ID       discord.UserID `json:"id"`
	Username string         `json:"username"`
}

// Application is what the bot belongs to.
type Application struct {
	ID    discord.AppID `json:"id"`
	Name  string        `json:"name"`
	Flags uint64        `json:"flags"`
}

// Application flags that say which privileged intents are switched on in the portal (the …Limited ones stand for
// bots that need no review yet).
const (
	AppFlagPresence              = 1 << 12
	AppFlagPresenceLimited       = 1 << 13
	AppFlagGuildMembers          = 1 << 14
	AppFlagGuildMembersLimited   = 1 << 15
	AppFlagMessageContent        = 1 << 18
	AppFlagMessageContentLimited = 1 << 19
)

// CommandType is what a command hangs on.
type CommandType int

// The kinds of command.
const (
	CommandChat    CommandType = 1
	CommandUser    CommandType = 2
	CommandMessage CommandType = 3
)

// Where a command can be used, and for whom the application is installed.
const (
	ContextGuild          = 0
	ContextBotDM          = 1
	ContextPrivateChannel = 2
	InstallGuild          = 0
	InstallUser           = 1
)

// Command is a slash command as it is registered. ID and Version are Discord's and only read.
type Command struct {
	ID                       discord.CommandID `json:"id,omitempty"`
	Version                  string            `json:"version,omitempty"`
	Type                     CommandType       `json:"type,omitempty"` // CommandChat when absent
	Name                     string            `json:"name"`
	NameLocalizations        map[string]string `json:"name_localizations,omitempty"`
	Description              string            `json:"description,omitempty"`
	DescriptionLocalizations map[string]string `json:"description_localizations,omitempty"`
	Options                  []Option          `json:"options,omitempty"`
	// DefaultMemberPermissions is a decimal bit set; "0" is administrators only, nil everyone.
	DefaultMemberPermissions *string `json:"default_member_permissions,omitempty"`
	Contexts                 []int   `json:"contexts,omitempty"`
	IntegrationTypes         []int   `json:"integration_types,omitempty"`
	NSFW                     bool    `json:"nsfw,omitempty"`
}

// OptionType is the type of a command's option.
type OptionType int

// The types of option.
const (
	OptionSubcommand  OptionType = 1
	OptionGroup       OptionType = 2
	OptionString      OptionType = 3
	OptionInteger     OptionType = 4
	OptionBoolean     OptionType = 5
	OptionUser        OptionType = 6
	OptionChannel     OptionType = 7
	OptionRole        OptionType = 8
	OptionMentionable OptionType = 9
	OptionNumber      OptionType = 10
	OptionAttachment  OptionType = 11
)

// Option is a parameter of a command, or a subcommand with its own.
type Option struct {
	Type                     OptionType        `json:"type"`
	Name                     string            `json:"name"`
	NameLocalizations        map[string]string `json:"name_localizations,omitempty"`
	Description              string            `json:"description"`
	DescriptionLocalizations map[string]string `json:"description_localizations,omitempty"`
	Required                 bool              `json:"required,omitempty"`
	Autocomplete             bool              `json:"autocomplete,omitempty"`
	Choices                  []Choice          `json:"choices,omitempty"`
	Options                  []Option          `json:"options,omitempty"`
	ChannelTypes             []int             `json:"channel_types,omitempty"`
	MinValue                 *float64          `json:"min_value,omitempty"`
	MaxValue                 *float64          `json:"max_value,omitempty"`
	MinLength                *int              `json:"min_length,omitempty"`
	MaxLength                *int              `json:"max_length,omitempty"`
}

// Status is how the traffic with Discord stands.
type Status struct {
	// UnderWay counts requests that have left and are not answered, Queued those that wait for a limit.
	UnderWay, Queued int
	// Invalid counts the 401, 403 and 429 answers of the last 10 minutes; 10,000 of them would ban this address.
	Invalid int
	// BannedUntil is set while Cloudflare turns this address away, GlobalUntil while Discord turns this bot away.
	// They are zero when that is over.
	BannedUntil, GlobalUntil time.Time
	// RoundTrip is how long the last answered request took, AnsweredAt when it was answered; zero before the first.
	RoundTrip  time.Duration
	AnsweredAt time.Time
	// Buckets counts the rate limits that are kept in memory.
	Buckets int
}
