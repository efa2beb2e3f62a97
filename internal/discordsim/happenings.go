package discordsim

import (
	"encoding/json"
	"time"
)

// Happening is something that happened in the simulator, as Subscribe reports it. It is one of the types below.
type Happening interface{ happening() }

// MessageSent is a new message, by whomever. An ephemeral one has To set.
type MessageSent struct{ Message Message }

// MessageEdited is a message after an edit.
type MessageEdited struct{ Message Message }

// MessageDeleted is a message that is gone.
type MessageDeleted struct{ Message Message }

// ReactionAdded is a reaction of somebody to a message; Emoji is the character or the emoji's name.
type ReactionAdded struct {
	Message Message
	User    ID
	Emoji   string
}

// ReactionRemoved is a reaction that was taken back, or removed by a moderator.
type ReactionRemoved struct {
	Message Message
	User    ID
	Emoji   string
}

// GuildChanged is a change of a guild's channels, threads, roles, members or bans.
type GuildChanged struct{ Guild ID }

// Typing is somebody who began to type.
type Typing struct{ Channel, User ID }

// InteractionSent is an interaction that a person began.
type InteractionSent struct{ Interaction Interaction }

// InteractionAcknowledged is an interaction after its first response.
type InteractionAcknowledged struct{ Interaction Interaction }

// Dispatched is an event of a message, a reaction or an interaction that got its number in a session. About is the
// message's or the interaction's id.
type Dispatched struct {
	Session string
	Seq     uint64
	Event   string
	About   ID
}

// CommandsChanged is a change of the registered commands; Guild is zero for the global ones.
type CommandsChanged struct{ Guild ID }

// Connected is a new gateway connection.
type Connected struct{ Dialled Dialled }

// Identified is a new session.
type Identified struct {
	Session  string
	Intents  Intents
	Presence Presence
}

// Resumed is a session that got its connection back.
type Resumed struct {
	Session string
	// From is the sequence number the client named; Replayed how many events it had missed.
	From     uint64
	Replayed int
	Dialled  Dialled
}

// HeartbeatReceived is a client's gateway heartbeat; Seq is nil for null.
type HeartbeatReceived struct {
	Session string
	Seq     *uint64
}

// PresenceChanged is an op 3.
type PresenceChanged struct{ Presence Presence }

// InvalidSessionSent is an op 9.
type InvalidSessionSent struct{ Resumable bool }

// Disconnecting is a close that the server began.
type Disconnecting struct {
	Code   int
	Reason string
}

// Disconnected is a close that the client began, or a connection that was lost without one.
type Disconnected struct {
	Session  string
	Code     int
	ByClient bool
	Lost     bool
}

// SessionEnded is a session that cannot be resumed any more.
type SessionEnded struct{ Session, Why string }

// Requested is a REST request after its answer. Status 0 means that the connection was reset instead.
type Requested struct {
	Method string
	Path   string
	Route  string
	Body   json.RawMessage
	Status int
	Took   time.Duration
}

// Violated is something a client must not do.
type Violated struct{ What string }

// Struck is a fault that was injected.
type Struck struct{ Fault Fault }

func (MessageSent) happening()             {}
func (MessageEdited) happening()           {}
func (MessageDeleted) happening()          {}
func (ReactionAdded) happening()           {}
func (ReactionRemoved) happening()         {}
func (GuildChanged) happening()            {}
func (Typing) happening()                  {}
func (InteractionSent) happening()         {}
func (InteractionAcknowledged) happening() {}
func (Dispatched) happening()              {}
func (CommandsChanged) happening()         {}
func (Connected) happening()               {}
func (Identified) happening()              {}
func (Resumed) happening()                 {}
func (HeartbeatReceived) happening()       {}
func (PresenceChanged) happening()         {}
func (InvalidSessionSent) happening()      {}
func (Disconnecting) happening()           {}
func (Disconnected) happening()            {}
func (SessionEnded) happening()            {}
func (Requested) happening()               {}
func (Violated) happening()                {}
func (Struck) happening()                  {}
