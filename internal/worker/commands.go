package worker

import (
	"context"
	"slices"
	"time"

	"github.com/diamondburned/arikawa/v3/discord"

	"github.com/steadfast-bot/steadfast/internal/command"
	"github.com/steadfast-bot/steadfast/internal/modules/fun"
	"github.com/steadfast-bot/steadfast/internal/modules/general"
	"github.com/steadfast-bot/steadfast/internal/modules/rehearsal"
	"github.com/steadfast-bot/steadfast/internal/rest"
)

// commands is the module table: a new module is a line here.
func commands(a *activation, rehearse bool) (*command.Set, error) {
	var definitions []command.Definition
	definitions = append(definitions, general.Commands(a, func() *command.Set { return a.set })...)
	definitions = append(definitions, fun.Commands(a.bot.Load)...)
	if rehearse {
		definitions = append(definitions, rehearsal.Commands()...)
	}
	return command.NewSet(definitions...)
}

// The times of registration. After a RESUME it has time: whoever was here before has most likely done it.
const (
	registerAfterResume = 10 * time.Second
	registerPatience    = 5 * time.Minute
)

// registerCommands tells Discord our slash commands, when they are not the ones it has: each new one counts, and a
// day has 200.
func (a *activation) registerCommands(ctx context.Context) {
	select {
	case <-ctx.Done():
		return
	case <-a.readied:
	case <-time.After(registerAfterResume):
	}
	for pause := time.Second; ; pause = min(2*pause, registerPatience) {
		err := a.registerOnce(ctx)
		if err == nil || ctx.Err() != nil {
			return
		}
		a.log.WithError(err).Warn("the slash commands could not be registered")
		if rest.OutcomeOf(err) == rest.Refused { // it is our list that is wrong, or our rights: no use in repeating it
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

func (a *activation) registerOnce(ctx context.Context) error {
	app := discord.AppID(a.app.Load())
	if app == 0 {
		return nil // resumed by a worker that never saw READY: its predecessor registered
	}
	theirs, err := a.rest.Commands(ctx, app)
	if err != nil {
		return err
	}
	ours := slashCommands(a.set)
	if sameCommands(ours, theirs) {
		return nil
	}
	if _, err := a.rest.OverwriteCommands(ctx, app, ours); err != nil {
		return err
	}
	a.log.WithField("commands", len(ours)).Info("slash commands registered")
	return nil
}

var optionTypes = map[command.Kind]rest.OptionType{
	command.Text:   rest.OptionString,
	command.Person: rest.OptionUser,
}

// slashCommands is the set as Discord wants it.
func slashCommands(set *command.Set) []rest.Command {
	var out []rest.Command
	for _, d := range set.All() {
		c := rest.Command{
			Type: rest.CommandChat, Name: d.Name, Description: d.Summary,
			Contexts: contexts(d.Where), IntegrationTypes: []int{rest.InstallGuild},
		}
		for _, o := range d.Options {
			option := rest.Option{Type: optionTypes[o.Kind], Name: o.Name, Description: o.Summary, Required: o.Required}
			if o.MaxLength > 0 {
				option.MaxLength = &o.MaxLength
			}
			c.Options = append(c.Options, option)
		}
		out = append(out, c)
	}
	return out
}

func contexts(where command.Where) (list []int) {
	if where&command.Guilds != 0 {
		list = append(list, rest.ContextGuild)
	}
	if where&command.DMs != 0 {
		list = append(list, rest.ContextBotDM)
	}
	return list
}

// sameCommands compares what we would register with what is, leaving aside what Discord adds.
func sameCommands(ours, theirs []rest.Command) bool {
	if len(ours) != len(theirs) {
		return false
	}
	byName := make(map[string]rest.Command, len(theirs))
	for _, c := range theirs {
		byName[c.Name] = c
	}
	for _, c := range ours {
		t, ok := byName[c.Name]
		if !ok || t.Description != c.Description || !slices.Equal(t.Contexts, c.Contexts) || !sameOptions(c.Options, t.Options) {
			return false
		}
	}
	return true
}

func sameOptions(ours, theirs []rest.Option) bool {
	if len(ours) != len(theirs) {
		return false
	}
	for i, o := range ours {
		t := theirs[i]
		if o.Type != t.Type || o.Name != t.Name || o.Description != t.Description || o.Required != t.Required ||
			(o.MaxLength == nil) != (t.MaxLength == nil) || o.MaxLength != nil && *o.MaxLength != *t.MaxLength {
			return false
		}
	}
	return true
}
