package discordsim

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// The command types.
const (
	CommandChat       = 1
	CommandUser       = 2
	CommandMessage    = 3
	CommandEntryPoint = 4
)

// Command is a registered application command.
type Command struct {
	ID                       ID              `json:"id"`
	ApplicationID            ID              `json:"application_id"`
	GuildID                  ID              `json:"guild_id,omitempty"`
	Version                  ID              `json:"version"`
	Type                     int             `json:"type"`
	Name                     string          `json:"name"`
	NameLocalizations        json.RawMessage `json:"name_localizations,omitempty"`
	Description              string          `json:"description"`
	DescriptionLocalizations json.RawMessage `json:"description_localizations,omitempty"`
	Options                  []CommandOption `json:"options,omitempty"`
	DefaultMemberPermissions *Permissions    `json:"default_member_permissions"`
	DMPermission             *bool           `json:"dm_permission,omitempty"`
	Contexts                 []int           `json:"contexts"`
	IntegrationTypes         []int           `json:"integration_types"`
	NSFW                     bool            `json:"nsfw"`
}

// CommandOption is an option, a subcommand or a group of subcommands.
type CommandOption struct {
	Type                     OptionType      `json:"type"`
	Name                     string          `json:"name"`
	NameLocalizations        json.RawMessage `json:"name_localizations,omitempty"`
	Description              string          `json:"description"`
	DescriptionLocalizations json.RawMessage `json:"description_localizations,omitempty"`
	Required                 bool            `json:"required,omitempty"`
	Autocomplete             bool            `json:"autocomplete,omitempty"`
	Choices                  []CommandChoice `json:"choices,omitempty"`
	Options                  []CommandOption `json:"options,omitempty"`
	ChannelTypes             []int           `json:"channel_types,omitempty"`
	MinValue                 json.RawMessage `json:"min_value,omitempty"`
	MaxValue                 json.RawMessage `json:"max_value,omitempty"`
	MinLength                *int            `json:"min_length,omitempty"`
	MaxLength                *int            `json:"max_length,omitempty"`
}

// CommandChoice is one of the values an option can have.
type CommandChoice struct {
	Name  string          `json:"name"`
	Value json.RawMessage `json:"value"`
}

// OptionType is the type of a command's option.
type OptionType int

// The option types.
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

// commandScope is the commands of one guild, or the global ones, and how many were made today.
type commandScope struct {
	commands []*Command
	created  slidingWindow
}

// commandStore holds every scope; 0 is the global one.
type commandStore struct{ scopes map[ID]*commandScope }

func newCommandStore() commandStore { return commandStore{scopes: map[ID]*commandScope{}} }

// scopeFor is the scope of a request's path.
func (s *Sim) scopeFor(req *request) (ID, *commandScope, *apiError) {
	if req.params["application"] != s.self.ID.String() {
		return 0, nil, errUnknownApp
	}
	var guildID ID
	if _, inGuild := req.params["guild"]; inGuild {
		g, bad := s.guildFor(req)
		if bad != nil {
			return 0, nil, bad
		}
		guildID = g.ID
	}
	return guildID, s.scope(guildID), nil
}

func (s *Sim) scope(guildID ID) *commandScope {
	scope := s.commands.scopes[guildID]
	if scope == nil {
		scope = &commandScope{created: slidingWindow{limit: s.cfg.CommandCreatesPerDay, window: 24 * time.Hour}}
		s.commands.scopes[guildID] = scope
	}
	return scope
}

func (scope *commandScope) named(kind int, name string) *Command {
	for _, c := range scope.commands {
		if c.Type == kind && c.Name == name {
			return c
		}
	}
	return nil
}

// Commands are the commands registered for a guild, or the global ones for 0.
func (s *Sim) Commands(guildID ID) []Command {
	s.mu.Lock()
	defer s.mu.Unlock()
	var commands []Command
	for _, c := range s.scope(guildID).commands {
		commands = append(commands, *c)
	}
	return commands
}

func (s *Sim) getCommands(req *request) (response, *apiError) {
	_, scope, bad := s.scopeFor(req)
	if bad != nil {
		return refuse(bad)
	}
	return ok(slices.Clone(list(scope.commands)))
}

func (s *Sim) getCommand(req *request) (response, *apiError) {
	_, scope, at, bad := s.commandFor(req)
	if bad != nil {
		return refuse(bad)
	}
	return ok(scope.commands[at])
}

func (s *Sim) commandFor(req *request) (ID, *commandScope, int, *apiError) {
	guildID, scope, bad := s.scopeFor(req)
	if bad != nil {
		return 0, nil, 0, bad
	}
	id, bad := req.id("command")
	if bad != nil {
		return 0, nil, 0, bad
	}
	at := slices.IndexFunc(scope.commands, func(c *Command) bool { return c.ID == id })
	if at < 0 {
		return 0, nil, 0, errUnknownCommand
	}
	return guildID, scope, at, nil
}

// postCommand makes a command or overwrites the one of the same name: 201 or 200.
func (s *Sim) postCommand(req *request) (response, *apiError) {
	guildID, scope, bad := s.scopeFor(req)
	if bad != nil {
		return refuse(bad)
	}
	var wanted Command
	if bad := decode(req.body, &wanted); bad != nil {
		return refuse(bad)
	}
	var problems formErrors
	wanted.check(&problems, "")
	if bad := problems.refusal(); bad != nil {
		return refuse(bad)
	}
	old := scope.named(wanted.Type, wanted.Name)
	made, bad := s.install(guildID, scope, old, wanted)
	if bad != nil {
		return refuse(bad)
	}
	status := http.StatusOK
	if old == nil {
		status = http.StatusCreated
		scope.commands = append(scope.commands, made)
	} else {
		scope.commands[slices.Index(scope.commands, old)] = made
	}
	if over := overLimit(scope.commands); over != nil {
		scope.commands = scope.commands[:len(scope.commands)-1]
		return refuse(over)
	}
	s.observe(CommandsChanged{Guild: guildID})
	return response{status, made}, nil
}

// install gives a wanted command its identity. Only a new one counts for the day.
func (s *Sim) install(guildID ID, scope *commandScope, old *Command, wanted Command) (*Command, *apiError) {
	now := time.Now()
	wanted.ApplicationID, wanted.GuildID = s.self.ID, guildID
	wanted.Contexts, wanted.IntegrationTypes = list(wanted.Contexts), list(wanted.IntegrationTypes)
	if old == nil {
		if !scope.created.allow(now) {
			return nil, errDailyCommands.in(scope.created.times[0].Add(scope.created.window).Sub(now))
		}
		wanted.ID = s.ids.next(now)
		wanted.Version = s.ids.next(now)
		return &wanted, nil
	}
	wanted.ID, wanted.Version = old.ID, old.Version
	if string(mustJSON(wanted)) != string(mustJSON(old)) {
		wanted.Version = s.ids.next(now)
	}
	return &wanted, nil
}

// putCommands replaces a whole scope, or changes nothing.
func (s *Sim) putCommands(req *request) (response, *apiError) {
	guildID, scope, bad := s.scopeFor(req)
	if bad != nil {
		return refuse(bad)
	}
	var wanted []Command
	if bad := decode(req.body, &wanted); bad != nil {
		return refuse(bad)
	}
	var problems formErrors
	checkCommands(&problems, wanted)
	if bad := problems.refusal(); bad != nil {
		return refuse(bad)
	}
	all := make([]*Command, 0, len(wanted))
	for _, w := range wanted {
		made, bad := s.install(guildID, scope, scope.named(w.Type, w.Name), w)
		if bad != nil {
			return refuse(bad)
		}
		all = append(all, made)
	}
	if over := overLimit(all); over != nil {
		return refuse(over)
	}
	scope.commands = all
	s.observe(CommandsChanged{Guild: guildID})
	return ok(slices.Clone(all))
}

// patchCommand changes the fields that were sent.
func (s *Sim) patchCommand(req *request) (response, *apiError) {
	guildID, scope, at, bad := s.commandFor(req)
	if bad != nil {
		return refuse(bad)
	}
	old := scope.commands[at]
	wanted := *old
	wanted.Options = slices.Clone(old.Options)
	if bad := decode(req.body, &wanted); bad != nil {
		return refuse(bad)
	}
	wanted.Type = old.Type
	var problems formErrors
	wanted.check(&problems, "")
	if bad := problems.refusal(); bad != nil {
		return refuse(bad)
	}
	made, bad := s.install(guildID, scope, old, wanted)
	if bad != nil {
		return refuse(bad)
	}
	scope.commands[at] = made
	s.observe(CommandsChanged{Guild: guildID})
	return ok(made)
}

func (s *Sim) deleteCommand(req *request) (response, *apiError) {
	guildID, scope, at, bad := s.commandFor(req)
	if bad != nil {
		return refuse(bad)
	}
	scope.commands = slices.Delete(slices.Clone(scope.commands), at, at+1)
	s.observe(CommandsChanged{Guild: guildID})
	return noContent()
}
