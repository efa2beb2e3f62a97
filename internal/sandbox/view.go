package sandbox

import "github.com/steadfast-bot/steadfast/internal/discordsim"

// View is the whole picture a page shows. Ids are strings, because JavaScript's numbers are too small for snowflakes;
// times are milliseconds since 1970.
type View struct {
	Bot      Person    `json:"bot"`
	People   []Person  `json:"people"`
	Channels []Channel `json:"channels"`
	Commands []Command `json:"commands"`
	Messages []Message `json:"messages"`
	Log      []LogLine `json:"log"`
	Worker   Status    `json:"worker"`
	Gateway  Gateway   `json:"gateway"`
	// Now is the server's clock, so that ages are right in a browser whose clock is not.
	Now int64 `json:"now"`
}

// Person is a member one can speak as, or the bot.
type Person struct {
	ID string `json:"id"`
	// Name is what the guild shows: the nick, else the name.
	Name string `json:"name"`
	// Handle is the username, which is never changed by a nick.
	Handle string `json:"handle"`
	// aliases are all names the person can be mentioned by, in lower case.
	aliases []string
}

// Channel is a guild's channel. Direct messages are not listed: everybody has one with the bot.
type Channel struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Guild string `json:"guild"`
}

// Command is a slash command that the bot registered; a subcommand is one with a space in its name.
type Command struct {
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Options     []Option `json:"options"`
}

// Option is one argument of a slash command.
type Option struct {
	Name        string                `json:"name"`
	Description string                `json:"description"`
	Type        discordsim.OptionType `json:"type"`
	Required    bool                  `json:"required"`
	Choices     []Choice              `json:"choices,omitempty"`
	Min         *float64              `json:"min,omitempty"`
	Max         *float64              `json:"max,omitempty"`
}

// Choice is one of the values an option allows.
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
	// Thinking is a deferred answer that has not come yet.
	Thinking bool   `json:"thinking,omitempty"`
	Answers  *Quote `json:"answers,omitempty"`
	// Took is how long its asker waited for it, in milliseconds; nil where that means nothing.
	Took   *float64 `json:"took,omitempty"`
	Embeds []Embed  `json:"embeds,omitempty"`
}

// Quote is what a message answers: another message, or a slash command that somebody used.
type Quote struct {
	Author Person `json:"author"`
	Text   string `json:"text"`
	// Used says that it is a slash command.
	Used bool `json:"used,omitempty"`
}

// Embed is the part of an embed that is text.
type Embed struct {
	Title       string `json:"title"`
	Description string `json:"description"`
}

// LogLine is one thing that happened, as the simulator or the supervisor saw it.
type LogLine struct {
	Number int     `json:"n"`
	At     int64   `json:"at"`
	Kind   LogKind `json:"kind"`
	Text   string  `json:"text"`
}

// LogKind groups what happened by where it happened.
type LogKind string

// The kinds of log lines.
const (
	LogIn      LogKind = "in"      // somebody asked something of the bot
	LogOut     LogKind = "out"     // the bot answered
	LogGateway LogKind = "gateway" // the link between the two
	LogWorker  LogKind = "worker"  // the process
	LogFault   LogKind = "fault"   // a button of the page
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
	Presence   string `json:"presence"`
}
