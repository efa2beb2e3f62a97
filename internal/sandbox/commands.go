package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

// slash uses a slash command as one of the members.
func (s *Server) slash(ask speakRequest) (any, error) {
	view := s.board.snapshot()
	user, err := speaker(ask, view)
	if err != nil {
		return nil, err
	}
	reader := slasher{commands: view.Commands, people: append(slices.Clone(view.People), view.Bot), channels: view.Channels}
	name, filled, err := reader.parse(ask.Text)
	if err != nil {
		return nil, err
	}
	channel, err := s.slashChannel(user, ask.Channel)
	if err != nil {
		return nil, err
	}
	options := make([]discordsim.Option, len(filled))
	for i, f := range filled {
		options[i] = discordsim.Arg(f.Name, f.Value)
	}
	in, err := s.story.use(strings.TrimSpace(ask.Text), func() (discordsim.Interaction, error) {
		return s.sim.Slash(user, channel, name, options...)
	})
	return spoken{in.ID.String()}, err
}

// slashChannel is where a slash command is used. The simulator opens somebody's DM with their first message only.
func (s *Server) slashChannel(user discordsim.ID, channel string) (discordsim.ID, error) {
	if channel != "" {
		id, err := discordsim.ParseID(channel)
		if err != nil {
			return 0, fmt.Errorf("there is no channel %q", channel)
		}
		return id, nil
	}
	dm, ok := s.sim.DM(user)
	if !ok {
		return 0, fmt.Errorf("write the bot a message first: there is no direct conversation with it yet")
	}
	return dm.ID, nil
}

// readCommands shows the registered commands, those of guilds and the global ones, each name once.
func (s *story) readCommands() {
	var registered []discordsim.Command
	for _, g := range s.sim.Guilds() {
		registered = append(registered, s.sim.Commands(g.ID)...)
	}
	registered = append(registered, s.sim.Commands(0)...)
	shown := []Command{}
	for _, c := range registered {
		if c.Type == discordsim.CommandChat {
			shown = append(shown, flatten(c.Name, c.Description, c.Options)...)
		}
	}
	slices.SortStableFunc(shown, func(a, b Command) int { return bytes.Compare([]byte(a.Name), []byte(b.Name)) })
	shown = slices.CompactFunc(shown, func(a, b Command) bool { return a.Name == b.Name })
	s.board.setCommands(shown)
}

// flatten makes one command of each subcommand, named with its parents' names before its own.
func flatten(name, description string, defined []discordsim.CommandOption) []Command {
	var commands []Command
	options := []Option{}
	for _, o := range defined {
		if o.Type == discordsim.OptionSubcommand || o.Type == discordsim.OptionGroup {
			commands = append(commands, flatten(name+" "+o.Name, o.Description, o.Options)...)
			continue
		}
		options = append(options, optionOf(o))
	}
	if len(commands) > 0 {
		return commands
	}
	return []Command{{Name: name, Description: description, Options: options}}
}

func optionOf(o discordsim.CommandOption) Option {
	shown := Option{
		Name: o.Name, Description: o.Description, Type: o.Type, Required: o.Required,
		Min: bound(o.MinValue), Max: bound(o.MaxValue),
	}
	if o.MinLength != nil {
		shown.Min = bound([]byte(strconv.Itoa(*o.MinLength)))
	}
	if o.MaxLength != nil {
		shown.Max = bound([]byte(strconv.Itoa(*o.MaxLength)))
	}
	for _, c := range o.Choices {
		var value any
		dec := json.NewDecoder(bytes.NewReader(c.Value))
		dec.UseNumber() // a float64 would come back as 1e+06
		if dec.Decode(&value) == nil {
			shown.Choices = append(shown.Choices, Choice{Name: c.Name, Value: value})
		}
	}
	return shown
}

// bound is a limit of an option; nil when there is none.
func bound(raw []byte) *float64 {
	var n *float64
	if json.Unmarshal(raw, &n) != nil {
		return nil
	}
	return n
}
