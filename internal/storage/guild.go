package storage

import "time"

// Facts about guilds are what the gateway or REST last said, each with the time it was said. What was said earlier
// never replaces what was said later.

// Guild is a server the bot is or was in.
type Guild struct {
	ID, Owner uint64
	Name      string
	// LeftAt is when the bot was removed; zero while it is in there.
	LeftAt time.Time
	AsOf   time.Time
}

// Role is a role of a guild. Its id is the guild's for @everyone.
type Role struct {
	ID, Guild   uint64
	Name        string
	Permissions uint64
	Position    int
	// Managed: Discord gives it, nobody else can.
	Managed bool
	AsOf    time.Time
}

// Channel is a channel or thread of a guild.
type Channel struct {
	ID, Guild uint64
	// Parent is a thread's channel, a channel's category, or 0.
	Parent uint64
	// Kind is Discord's channel type.
	Kind       int
	Name       string
	Position   int
	Overwrites []Overwrite
	AsOf       time.Time
}

// Overwrite changes permissions in one channel. It is stored as JSON.
type Overwrite struct {
	// ID is a role's, or a member's.
	ID     uint64 `json:"id"`
	Member bool   `json:"member,omitempty"`
	Allow  uint64 `json:"allow,omitempty"`
	Deny   uint64 `json:"deny,omitempty"`
}

// Member is a person in a guild, as far as seen.
type Member struct {
	Guild, User uint64
	// Name is the account's, Display its display name, Nick the one in this guild; the latter two may be empty.
	Name, Display, Nick string
	Bot                 bool
	Roles               []uint64
	TimeoutUntil        time.Time
	JoinedAt            time.Time
	// LeftAt is when the person left; zero while there.
	LeftAt time.Time
	AsOf   time.Time
}

// GuildView reads facts about guilds.
type GuildView interface {
	// Guild is one guild, left or not.
	Guild(id uint64) (Guild, bool, error)
	// Guilds lists all guilds by id, left or not.
	Guilds() ([]Guild, error)
	// Roles lists a guild's roles by id.
	Roles(guild uint64) ([]Role, error)
	// Channel is one channel.
	Channel(id uint64) (Channel, bool, error)
	// Channels lists a guild's channels by id.
	Channels(guild uint64) ([]Channel, error)
	// Member is one person in a guild, left or not.
	Member(guild, user uint64) (Member, bool, error)
	// GuildsOf lists the guilds in which a person was seen, by id, without those that the person or the bot has left.
	GuildsOf(user uint64) ([]uint64, error)
}

// GuildTx keeps facts about guilds.
type GuildTx interface {
	// PutGuild keeps a guild with all of its roles and channels: others of its that are not newer are removed.
	PutGuild(guild Guild, roles []Role, channels []Channel) error
	// UpdateGuild keeps a guild's own facts; its roles and channels stay.
	UpdateGuild(Guild) error
	// PutRole keeps one role.
	PutRole(Role) error
	// DropRole removes a role.
	DropRole(id uint64) error
	// PutChannel keeps one channel.
	PutChannel(Channel) error
	// DropChannel removes a channel.
	DropChannel(id uint64) error
	// PutMember keeps one person of a guild. To leave is to be put with LeftAt.
	PutMember(Member) error
}
