package sandbox

import (
	"encoding/json"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

// View is the whole picture a page shows. Ids are strings, because JavaScript's numbers are too small for snowflakes;
// times are milliseconds since 1970.
type View struct {
	World
	Commands []Command `json:"commands"`
	Messages []Message `json:"messages"`
	Log      []LogLine `json:"log"`
	Worker   Status    `json:"worker"`
	Gateway  Gateway   `json:"gateway"`
	Faults   InForce   `json:"faults"`
	Controls Controls  `json:"controls"`
	// Files is where the simulator's own files are, which the page loads through its server.
	Files string `json:"files"`
	// Now is the server's clock, so that ages are right in a browser whose clock is not.
	Now int64 `json:"now"`
}

// World is who and what there is in the simulated Discord.
type World struct {
	Bot      Person    `json:"bot"`
	Guilds   []Guild   `json:"guilds"`
	People   []Person  `json:"people"`
	Channels []Channel `json:"channels"`
}

// Person is somebody one can speak as, or the bot.
type Person struct {
	ID string `json:"id"`
	// Name is what the first guild shows: the nick, else the name.
	Name string `json:"name"`
	// Handle is the username, which is never changed by a nick.
	Handle string `json:"handle"`
	// aliases are all names the person can be mentioned by, in lower case.
	aliases []string
}

// Guild is a server with its roles, the highest first, and its members in the order of joining.
type Guild struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Owner   string   `json:"owner"`
	Outage  bool     `json:"outage,omitempty"`
	Roles   []Role   `json:"roles"`
	Members []Member `json:"members"`
}

// Role is a guild's role; @everyone is left out. Colour is 0 for none.
type Role struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Colour int    `json:"colour"`
}

// Member is a person in a guild.
type Member struct {
	ID     string   `json:"id"`
	Name   string   `json:"name"`
	Roles  []string `json:"roles,omitempty"`
	Colour int      `json:"colour"`
	// Sees and Writes are the channels the member may read and write in.
	Sees   []string `json:"sees"`
	Writes []string `json:"writes"`
	// Manages are the channels where the member may delete what others wrote.
	Manages []string `json:"manages,omitempty"`
}

// Channel is a guild's channel or thread. Direct messages are not listed: everybody has one with the bot.
type Channel struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Guild string `json:"guild"`
	Topic string `json:"topic,omitempty"`
	// Thread says that it is one.
	Thread bool `json:"thread,omitempty"`
}

// Command is a slash command that the bot registered; a subcommand is one with a space in its name.
type Command struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	// Guild is empty for a command that is registered everywhere.
	Guild   string   `json:"guild,omitempty"`
	Options []Option `json:"options"`
}

// Option is one argument of a slash command.
type Option struct {
	Name         string                `json:"name"`
	Description  string                `json:"description"`
	Type         discordsim.OptionType `json:"type"`
	Required     bool                  `json:"required"`
	Autocomplete bool                  `json:"autocomplete,omitempty"`
	Choices      []Choice              `json:"choices,omitempty"`
	Min          *float64              `json:"min,omitempty"`
	Max          *float64              `json:"max,omitempty"`
}

// Choice is one of the values an option allows, or one that the bot offers while somebody types.
type Choice struct {
	Name  string `json:"name"`
	Value any    `json:"value"`
}

// Message is a message as the page shows it.
type Message struct {
	ID string `json:"id"`
	// Channel is empty for a direct message; With is then the person the bot talks to.
	Channel string `json:"channel,omitempty"`
	With    string `json:"with,omitempty"`
	// Only is the one person who sees an ephemeral message.
	Only   string `json:"only,omitempty"`
	Author Person `json:"author"`
	Text   string `json:"text"`
	At     int64  `json:"at"`
	Edited bool   `json:"edited,omitempty"`
	Pinned bool   `json:"pinned,omitempty"`
	// Thinking is a deferred answer that has not come yet; Notice what Discord itself tells a person.
	Thinking bool   `json:"thinking,omitempty"`
	Notice   bool   `json:"notice,omitempty"`
	Answers  *Quote `json:"answers,omitempty"`
	// Took is how long its asker waited for it, in milliseconds; nil where that means nothing.
	Took *float64 `json:"took,omitempty"`
	// Embeds and Components are Discord's own objects; the page knows how to draw them.
	Embeds     []json.RawMessage `json:"embeds,omitempty"`
	Components []json.RawMessage `json:"components,omitempty"`
	Files      []File            `json:"files,omitempty"`
	Reactions  []Reaction        `json:"reactions,omitempty"`
	// Trace is the story that the message belongs to.
	Trace string `json:"trace,omitempty"`
}

// File is an attachment.
type File struct {
	Name        string `json:"name"`
	Size        int    `json:"size"`
	Description string `json:"description,omitempty"`
	// Source is its address at Discord, Local the one the page loads it from.
	Source string `json:"source"`
	Local  string `json:"local"`
	Image  bool   `json:"image,omitempty"`
}

// Reaction is an emoji under a message.
type Reaction struct {
	Emoji string `json:"emoji"`
	Count int    `json:"count"`
	// Users are those who reacted, as far as they are known.
	Users []string `json:"users,omitempty"`
}

// Quote is what a message answers: another message, or something that somebody did.
type Quote struct {
	// ID is the other message's; empty for what was no message.
	ID     string `json:"id,omitempty"`
	Author Person `json:"author"`
	Text   string `json:"text"`
	// Verb is what was done when it was no message: used, pressed, chose, sent.
	Verb string `json:"verb,omitempty"`
}

// LogLine is one thing that happened, as the simulator or the supervisor saw it.
type LogLine struct {
	Number int     `json:"n"`
	At     int64   `json:"at"`
	Kind   LogKind `json:"kind"`
	Text   string  `json:"text"`
	// Trace is the story that the line belongs to; empty when it stands alone.
	Trace string `json:"trace,omitempty"`
}

// LogKind groups what happened by where it happened.
type LogKind string

// The kinds of log lines.
const (
	LogIn      LogKind = "in"      // somebody asked something of the bot
	LogOut     LogKind = "out"     // the bot answered
	LogGateway LogKind = "gateway" // the link between the two
	LogWorker  LogKind = "worker"  // the process
	LogFault   LogKind = "fault"   // a control of the page
)

// Status is how the worker fares.
type Status struct {
	State      string `json:"state"`
	Generation uint64 `json:"generation"`
	PID        int    `json:"pid"`
	// Since is when this generation started, BeatAt when it last answered a heartbeat; 0 when it never did.
	Since   int64  `json:"since"`
	BeatAt  int64  `json:"beatAt"`
	Verdict string `json:"verdict"`
	// Reason says why the verdict is not ok, or what is waited for.
	Reason    string `json:"reason,omitempty"`
	Restarts  int    `json:"restarts"`
	LastCause string `json:"lastCause,omitempty"`
	// LastOutage is how long the bot was away at its last death, in milliseconds.
	LastOutage float64 `json:"lastOutage,omitempty"`
}

// Gateway is the link to the bot as the simulator counts it.
type Gateway struct {
	Connected  bool   `json:"connected"`
	Identifies int    `json:"identifies"`
	Resumes    int    `json:"resumes"`
	Replayed   int    `json:"replayed"`
	Requests   int    `json:"requests"`
	Violations int    `json:"violations"`
	Presence   string `json:"presence"`
}

// Acknowledged tells the page what became of something a person did: a command, a button, a form.
type Acknowledged struct {
	ID   string `json:"id"`
	User string `json:"user"`
	// Failed says that nothing came within the time Discord gives.
	Failed bool `json:"failed,omitempty"`
	// Form is the form that the person is to fill in.
	Form json.RawMessage `json:"form,omitempty"`
}

// Typist is somebody who types.
type Typist struct {
	Channel string `json:"channel,omitempty"`
	With    string `json:"with,omitempty"`
	User    string `json:"user"`
}
