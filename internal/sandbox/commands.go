package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

// slash uses a slash command that was typed in one line.
func (s *Server) slash(_ context.Context, ask speakRequest) (any, error) {
	user, err := s.speaker(ask.As)
	if err != nil {
		return nil, err
	}
	name, filled, err := s.slasher().parse(ask.Text)
	if err != nil {
		return nil, err
	}
	return s.begin(user, ask.Channel, name, filled, strings.TrimSpace(ask.Text))
}

// slasher reads slash commands as things are now.
func (s *Server) slasher() slasher {
	world := s.board.world()
	reader := slasher{
		commands: s.board.commands(), people: append(slices.Clone(world.People), world.Bot), channels: world.Channels,
	}
	for _, g := range world.Guilds {
		reader.roles = append(reader.roles, g.Roles...)
	}
	return reader
}

// readCommands shows the registered commands, those of guilds and the global ones.
func (s *story) readCommands() {
	scopes := []discordsim.ID{0}
	for _, g := range s.sim.Guilds() {
		scopes = append(scopes, g.ID)
	}
	shown := []Command{}
	for _, guild := range scopes {
		for _, c := range s.sim.Commands(guild) {
			if c.Type != discordsim.CommandChat {
				continue
			}
			for _, flat := range flatten(c.Name, c.Description, c.Options) {
				if guild != 0 {
					flat.Guild = guild.String()
				}
				shown = append(shown, flat)
			}
		}
	}
	slices.SortStableFunc(shown, func(a, b Command) int { return strings.Compare(a.Name, b.Name) })
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
		Name: o.Name, Description: o.Description, Type: o.Type, Required: o.Required, Autocomplete: o.Autocomplete,
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
