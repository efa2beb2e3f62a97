package discordsim

import (
	"encoding/json"
	"time"
)

// The channel types that exist here.
const (
	ChannelGuildText          = 0
	ChannelDM                 = 1
	ChannelGuildVoice         = 2
	ChannelCategory           = 4
	ChannelAnnouncement       = 5
	ChannelAnnouncementThread = 10
	ChannelPublicThread       = 11
	ChannelPrivateThread      = 12
)

// Channel is a guild's channel, a thread or a DM.
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
	// ParentID is a channel's category, or the channel a thread belongs to.
	ParentID ID
	NSFW     bool
	// LastPin is when a message was pinned last.
	LastPin *Timestamp
	// Recipient is the person on the other side of a DM.
	Recipient User
	// Thread is what only a thread has; nil for other channels. It is never changed after it was handed out.
	Thread *Thread
}

// Thread is the part of a thread that other channels have not.
type Thread struct {
	OwnerID      ID
	MessageCount int
	MemberCount  int
	Archived     bool
	Locked       bool
	Invitable    bool
	// AutoArchive is in minutes.
	AutoArchive int
	ArchivedAt  time.Time
	Created     time.Time
}

// channel is a Channel with its history.
type channel struct {
	Channel
	messages []*Message
	// pins are the pinned messages, the newest pin first.
	pins []pin
	// wrote is when each user wrote last, for slowmode.
	wrote map[ID]time.Time
	// oldEdits counts edits of old messages.
	oldEdits slidingWindow
	// thread is who is in a thread; empty for other channels.
	thread threadMembers
}

func (c Channel) isThread() bool {
	return c.Type == ChannelAnnouncementThread || c.Type == ChannelPublicThread || c.Type == ChannelPrivateThread
}

// holdsMessages says whether one can write into channels of this type.
func (c Channel) holdsMessages() bool { return c.Type != ChannelCategory }

// MarshalJSON writes the fields that belong to the channel's type.
func (c Channel) MarshalJSON() ([]byte, error) {
	if c.Type == ChannelDM {
		return json.Marshal(struct {
			ID            ID         `json:"id"`
			Type          int        `json:"type"`
			LastMessageID *ID        `json:"last_message_id"`
			LastPin       *Timestamp `json:"last_pin_timestamp,omitempty"`
			Flags         int        `json:"flags"`
			Recipients    []User     `json:"recipients"`
		}{c.ID, c.Type, optional(c.LastMessageID), c.LastPin, 0, []User{c.Recipient}})
	}
	if c.isThread() {
		return json.Marshal(c.threadForm())
	}
	return json.Marshal(c.guildForm())
}

// guildChannel is the JSON of a guild's channel.
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
	LastPin          *Timestamp   `json:"last_pin_timestamp,omitempty"`
	RateLimitPerUser int          `json:"rate_limit_per_user"`
	ParentID         *ID          `json:"parent_id"`
	Flags            int          `json:"flags"`
	Permissions      *Permissions `json:"permissions,omitempty"`
}

func (c Channel) guildForm() guildChannel {
	return guildChannel{
		ID: c.ID, Type: c.Type, GuildID: c.GuildID, Name: c.Name, Position: c.Position,
		Overwrites: list(c.Overwrites), Topic: optional(c.Topic), NSFW: c.NSFW, LastMessageID: optional(c.LastMessageID),
		LastPin: c.LastPin, RateLimitPerUser: c.RateLimitPerUser, ParentID: optional(c.ParentID),
	}
}

// threadChannel is the JSON of a thread.
type threadChannel struct {
	ID               ID            `json:"id"`
	Type             int           `json:"type"`
	GuildID          ID            `json:"guild_id"`
	Name             string        `json:"name"`
	ParentID         ID            `json:"parent_id"`
	OwnerID          ID            `json:"owner_id"`
	LastMessageID    *ID           `json:"last_message_id"`
	LastPin          *Timestamp    `json:"last_pin_timestamp,omitempty"`
	RateLimitPerUser int           `json:"rate_limit_per_user"`
	Flags            int           `json:"flags"`
	MessageCount     int           `json:"message_count"`
	MemberCount      int           `json:"member_count"`
	TotalMessageSent int           `json:"total_message_sent"`
	Metadata         threadData    `json:"thread_metadata"`
	NewlyCreated     bool          `json:"newly_created,omitempty"`
	Member           *threadMember `json:"member,omitempty"`
	Permissions      *Permissions  `json:"permissions,omitempty"`
}

type threadData struct {
	Archived    bool      `json:"archived"`
	ArchivedAt  Timestamp `json:"archive_timestamp"`
	AutoArchive int       `json:"auto_archive_duration"`
	Locked      bool      `json:"locked"`
	Invitable   *bool     `json:"invitable,omitempty"`
	Created     Timestamp `json:"create_timestamp"`
}

func (c Channel) threadForm() threadChannel {
	t := c.Thread
	form := threadChannel{
		ID: c.ID, Type: c.Type, GuildID: c.GuildID, Name: c.Name, ParentID: c.ParentID, OwnerID: t.OwnerID,
		LastMessageID: optional(c.LastMessageID), LastPin: c.LastPin, RateLimitPerUser: c.RateLimitPerUser,
		MessageCount: t.MessageCount, MemberCount: t.MemberCount, TotalMessageSent: t.MessageCount,
		Metadata: threadData{
			Archived: t.Archived, ArchivedAt: Timestamp{t.ArchivedAt}, AutoArchive: t.AutoArchive, Locked: t.Locked,
			Created: Timestamp{t.Created},
		},
	}
	if c.Type == ChannelPrivateThread {
		form.Metadata.Invitable = &t.Invitable
	}
	return form
}

// form is the JSON of a guild's channel or thread with what a user may do there.
func (c Channel) form(permissions Permissions) any {
	if c.isThread() {
		form := c.threadForm()
		form.Permissions = &permissions
		return form
	}
	form := c.guildForm()
	form.Permissions = &permissions
	return form
}
