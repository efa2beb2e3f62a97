package discordsim

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Option is a value a person gives to a command's option; for a subcommand or a group, Options are those inside.
// The value's Go type is free as long as it fits: users, channels and roles are IDs.
type Option struct {
	Name    string
	Value   any
	Options []Option
}

// Arg is an option with a value.
func Arg(name string, value any) Option { return Option{Name: name, Value: value} }

// Sub is a subcommand, or a group, with what is inside.
func Sub(name string, options ...Option) Option { return Option{Name: name, Options: options} }

// commandData is the data of a command's interaction.
type commandData struct {
	ID       ID        `json:"id"`
	Name     string    `json:"name"`
	Type     int       `json:"type"`
	GuildID  ID        `json:"guild_id,omitempty"`
	TargetID ID        `json:"target_id,omitempty"`
	Options  []optData `json:"options,omitempty"`
	Resolved *resolved `json:"resolved,omitempty"`
	focus    string
}

type optData struct {
	Name    string     `json:"name"`
	Type    OptionType `json:"type"`
	Value   any        `json:"value,omitempty"`
	Options []optData  `json:"options,omitempty"`
	Focused bool       `json:"focused,omitempty"`
}

// resolved holds the objects that options name by id.
type resolved struct {
	Users    map[string]User    `json:"users,omitempty"`
	Members  map[string]Member  `json:"members,omitempty"`
	Roles    map[string]Role    `json:"roles,omitempty"`
	Channels map[string]any     `json:"channels,omitempty"`
	Messages map[string]Message `json:"messages,omitempty"`
}

// Slash lets a person use a chat command the bot has registered, in its guild or everywhere. Subcommands are written
// into the name ("team add"), or given with Sub.
func (s *Sim) Slash(user, channelID ID, name string, options ...Option) (Interaction, error) {
	return s.useCommand(InteractionCommand, user, channelID, name, "", options)
}

// Autocomplete lets a person type into an option that has autocompletion; focused names it.
func (s *Sim) Autocomplete(user, channelID ID, name, focused string, options ...Option) (Interaction, error) {
	return s.useCommand(InteractionAutocomplete, user, channelID, name, focused, options)
}

func (s *Sim) useCommand(kind InteractionType, user, channelID ID, name, focused string, options []Option) (Interaction, error) {
	words := strings.Fields(name)
	if len(words) == 0 {
		return Interaction{}, errors.New("the command has no name")
	}
	for _, word := range slices.Backward(words[1:]) {
		options = []Option{{Name: word, Options: options}}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.place(user, channelID)
	if err != nil {
		return Interaction{}, err
	}
	command := s.visibleCommand(CommandChat, words[0], c, user)
	if command == nil {
		return Interaction{}, fmt.Errorf("the bot has registered no command /%s here that this person may use", words[0])
	}
	data := commandData{ID: command.ID, Name: command.Name, Type: command.Type, GuildID: command.GuildID, focus: focused}
	fill := optionFiller{sim: s, channel: c, user: user, data: &data, partial: kind == InteractionAutocomplete}
	if data.Options, err = fill.options(command.Options, options); err != nil {
		return Interaction{}, fmt.Errorf("/%s: %w", name, err)
	}
	return s.begin(kind, c, user, command.Name, data, nil), nil
}

// UseOn lets a person use a user or message command from the context menu of its target.
func (s *Sim) UseOn(user, channelID ID, name string, target ID) (Interaction, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.place(user, channelID)
	if err != nil {
		return Interaction{}, err
	}
	data := commandData{TargetID: target, Resolved: &resolved{}}
	var command *Command
	if m := s.messages[target]; m != nil {
		command = s.visibleCommand(CommandMessage, name, c, user)
		data.Resolved.Messages = map[string]Message{target.String(): s.restMessage(m)}
	} else if s.users[target] != nil {
		command = s.visibleCommand(CommandUser, name, c, user)
		s.resolveUser(data.Resolved, c, target)
	}
	if command == nil {
		return Interaction{}, fmt.Errorf("the bot has registered no command %q for this target", name)
	}
	data.ID, data.Name, data.Type, data.GuildID = command.ID, command.Name, command.Type, command.GuildID
	return s.begin(InteractionCommand, c, user, name, data, nil), nil
}

// visibleCommand is a command that a person finds in a channel: the guild's own first, then the global one.
func (s *Sim) visibleCommand(kind int, name string, c *channel, user ID) *Command {
	scopes := []ID{0}
	if c.GuildID != 0 {
		scopes = []ID{c.GuildID, 0}
	}
	for _, scope := range scopes {
		if command := s.scope(scope).named(kind, name); command != nil && s.mayUse(command, c, user) {
			return command
		}
	}
	return nil
}

// mayUse says whether a person may use a command in a channel: its contexts, who installed the application, and the
// permissions that the command asks of members ("0" leaves it to administrators).
func (s *Sim) mayUse(command *Command, c *channel, user ID) bool {
	place := 0
	if c.GuildID == 0 {
		place = 1
	}
	if len(command.Contexts) > 0 && !slices.Contains(command.Contexts, place) {
		return false
	}
	if c.GuildID == 0 {
		return command.DMPermission == nil || *command.DMPermission
	}
	if s.guilds[c.GuildID].byUser[s.self.ID] == nil && !slices.Contains(command.IntegrationTypes, 1) {
		return false
	}
	may := s.permissions(user, c)
	need := command.DefaultMemberPermissions
	switch {
	case may == AllPermissions:
		return true
	case !may.Has(PermissionUseCommands):
		return false
	}
	return need == nil || *need != 0 && may.Has(*need)
}

// optionFiller turns what a person gave into what the bot gets, as Discord's client does: checked against the
// command's definition, with the objects behind the ids.
type optionFiller struct {
	sim     *Sim
	channel *channel
	user    ID
	data    *commandData
	// partial: autocompletion sends what is there; required options may be missing.
	partial bool
}

func (f *optionFiller) options(defined []CommandOption, given []Option) ([]optData, error) {
	var filled []optData
	for _, g := range given {
		at := slices.IndexFunc(defined, func(o CommandOption) bool { return o.Name == g.Name })
		if at < 0 {
			return nil, fmt.Errorf("there is no option %q", g.Name)
		}
		data, err := f.option(defined[at], g)
		if err != nil {
			return nil, err
		}
		filled = append(filled, data)
	}
	for _, o := range defined {
		missing := !slices.ContainsFunc(given, func(g Option) bool { return g.Name == o.Name })
		if o.Required && missing && !f.partial {
			return nil, fmt.Errorf("the option %q is missing", o.Name)
		}
	}
	return filled, nil
}

func (f *optionFiller) option(o CommandOption, given Option) (optData, error) {
	data := optData{Name: o.Name, Type: o.Type}
	var err error
	switch o.Type {
	case OptionSubcommand, OptionGroup:
		data.Options, err = f.options(o.Options, given.Options)
		return data, err
	case OptionUser, OptionChannel, OptionRole, OptionMentionable:
		data.Value, err = f.resolve(o, given.Value)
	default:
		data.Value, err = plainValue(o, given.Value)
		if err != nil && f.partial {
			data.Value, err = fmt.Sprint(given.Value), nil
		}
	}
	data.Focused = f.partial && o.Name == f.data.focus
	return data, err
}

// plainValue checks a value against type and choices.
func plainValue(o CommandOption, value any) (any, error) {
	text := fmt.Sprint(value)
	var fitting any
	var err error
	switch o.Type {
	case OptionInteger:
		fitting, err = strconv.ParseInt(text, 10, 64)
	case OptionNumber:
		fitting, err = strconv.ParseFloat(text, 64)
	case OptionBoolean:
		fitting, err = strconv.ParseBool(text)
	default:
		fitting = text
	}
	if err != nil {
		return nil, fmt.Errorf("the option %q cannot be %q", o.Name, text)
	}
	if len(o.Choices) > 0 {
		chosen := func(c CommandChoice) bool { return sameJSON(c.Value, fitting) }
		if !slices.ContainsFunc(o.Choices, chosen) {
			return nil, fmt.Errorf("%q is not among the choices of %q", text, o.Name)
		}
	}
	return fitting, nil
}

func sameJSON(raw json.RawMessage, value any) bool { return string(raw) == string(mustJSON(value)) }

// resolve checks that an id exists and adds its object to the interaction.
func (f *optionFiller) resolve(o CommandOption, value any) (any, error) {
	id, err := ParseID(fmt.Sprint(value))
	if err != nil {
		return nil, fmt.Errorf("the option %q needs an id: %w", o.Name, err)
	}
	if f.data.Resolved == nil {
		f.data.Resolved = &resolved{}
	}
	objects := f.data.Resolved
	g := f.sim.guilds[f.channel.GuildID]
	if (o.Type == OptionUser || o.Type == OptionMentionable) && f.sim.users[id] != nil {
		f.sim.resolveUser(objects, f.channel, id)
		return id, nil
	}
	if (o.Type == OptionRole || o.Type == OptionMentionable) && g != nil && g.role(id) != nil {
		put(&objects.Roles, id, *g.role(id))
		return id, nil
	}
	if c := f.sim.channels[id]; o.Type == OptionChannel && c != nil && c.Type != ChannelDM {
		put(&objects.Channels, id, c.form(f.sim.permissions(f.user, c)))
		return id, nil
	}
	return nil, fmt.Errorf("the option %q names something that does not exist", o.Name)
}

// resolveUser adds a user, and the member if the user is in the guild.
func (s *Sim) resolveUser(objects *resolved, c *channel, id ID) {
	put(&objects.Users, id, s.users[id].User)
	if g := s.guilds[c.GuildID]; g != nil && g.byUser[id] != nil {
		m := *g.byUser[id].withoutUser()
		permissions := s.permissions(id, c)
		m.Permissions = &permissions
		put(&objects.Members, id, m)
	}
}
