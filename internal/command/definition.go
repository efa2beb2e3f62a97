// Package command knows the bot's chat commands: one definition each, from which the prefix parser, the slash
// schema and help are made, and the engine that takes an invocation through Guard, Prepare and Apply. It decides
// what an input means and who refuses it; what the commands do is the modules' business, how effects reach Discord
// the outbox's.
package command

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/steadfast-bot/steadfast/internal/effect"
)

// Definition declares a command once, for both doors.
type Definition struct {
	// Name is lower case; Aliases work at the prefix door only.
	Name    string
	Aliases []string
	// Category groups it in help.
	Category string
	// Summary is one line for help and the slash menu, at most 100 characters.
	Summary string
	// Options are typed; the required ones come first.
	Options []Option
	// Example shows correct arguments, without prefix and name; it is part of every refusal of an argument.
	Example string
	// Where it may run.
	Where Where
	// Response is how the first response looks on the slash side.
	Response Response

	// Guard refuses or lets through; it only reads the database. May be nil.
	Guard func(context.Context, Input) (*Refusal, error)
	// Prepare gathers what is slow: REST reads, pictures. No lock, no effect, it may run again. May be nil.
	Prepare func(context.Context, Input) (any, error)
	// Apply is short: it decides, and returns what should happen on Discord. facts is what Prepare returned.
	Apply func(ctx context.Context, in Input, facts any) ([]effect.Effect, error)
}

// Where is a set of places a command may run in.
type Where int

// The places.
const (
	Guilds Where = 1 << iota
	DMs
	Anywhere = Guilds | DMs
)

// Response is what a command declares of its first response.
type Response int

const (
	// Public is seen by everybody in the channel.
	Public Response = iota
	// Private is seen by its member only, on the slash side.
	Private
)

// Option is one typed argument.
type Option struct {
	Name     string
	Summary  string
	Kind     Kind
	Required bool
	// MaxLength is for Text, in characters.
	MaxLength int
}

// Kind is the type of an option.
type Kind int

const (
	// Text takes the rest of the line at the prefix door.
	Text Kind = iota
	// Person is a member: a mention, an id or an unambiguous name.
	Person
)

// Refusal is a polite no: the reason, in words for the member. It is an answer, not an error.
type Refusal struct{ Reason string }

// Input is one invocation of a command.
type Input struct {
	// Key is the event's key: the id of the message or interaction.
	Key        string
	Definition *Definition
	Door       Door
	// Guild is 0 in a DM.
	Guild, Channel uint64
	Author         Member
	Args           Args
	// Prefix is what this guild's members type before a command.
	Prefix string
	// Received is when the event reached this process; Started when its turn came.
	Received, Started time.Time
	// Replayed says that a resume delivered it again, or late.
	Replayed bool
}

// Door is the way a command came in.
type Door int

// The two doors.
const (
	PrefixDoor Door = iota
	SlashDoor
)

// Member is a person as a command sees one.
type Member struct {
	ID   uint64
	Name string
	Bot  bool
}

// Mention is how a message names a member. It pings nobody unless the message allows it.
func (m Member) Mention() string { return fmt.Sprintf("<@%d>", m.ID) }

// Args are the typed arguments by option name. An option that was not given is not there.
type Args struct {
	texts   map[string]string
	members map[string]Member
}

// Text returns a text argument, "" when it was not given.
func (a Args) Text(name string) string { return a.texts[name] }

// Member returns a member argument.
func (a Args) Member(name string) (Member, bool) {
	m, ok := a.members[name]
	return m, ok
}

// Names as Discord's "Application Command Naming" allows; ours are plain ASCII so that they can be typed anywhere.
var nameShape = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,31}$`)

// validate holds a definition to Discord's limits and to our own rules. A fault is a bug of the module.
func (d *Definition) validate() error {
	switch {
	case !nameShape.MatchString(d.Name):
		return fmt.Errorf("command %q: not a command name", d.Name)
	case d.Summary == "" || utf8.RuneCountInString(d.Summary) > 100:
		return fmt.Errorf("command %s: the summary must have 1 to 100 characters", d.Name)
	case d.Apply == nil:
		return fmt.Errorf("command %s: no Apply", d.Name)
	case d.Where == 0:
		return fmt.Errorf("command %s: it may run nowhere", d.Name)
	case len(d.Options) > 25:
		return fmt.Errorf("command %s: more than 25 options", d.Name)
	}
	optional := false
	for i, o := range d.Options {
		switch {
		case !nameShape.MatchString(o.Name):
			return fmt.Errorf("command %s: option %q is not a name", d.Name, o.Name)
		case o.Summary == "" || utf8.RuneCountInString(o.Summary) > 100:
			return fmt.Errorf("command %s: the summary of %s must have 1 to 100 characters", d.Name, o.Name)
		case o.Required && optional:
			return fmt.Errorf("command %s: required option %s comes after an optional one", d.Name, o.Name)
		case o.Kind == Text && i != len(d.Options)-1:
			return fmt.Errorf("command %s: text takes the rest of the line, so %s must come last", d.Name, o.Name)
		case slices.IndexFunc(d.Options, func(p Option) bool { return p.Name == o.Name }) != i:
			return fmt.Errorf("command %s: option %s twice", d.Name, o.Name)
		}
		optional = optional || !o.Required
	}
	return nil
}

// Usage is how to type the command at the prefix door.
func (d *Definition) Usage(prefix string) string {
	text := prefix + d.Name
	for _, o := range d.Options {
		if o.Required {
			text += " " + o.Name
		} else {
			text += " [" + o.Name + "]"
		}
	}
	return text
}
