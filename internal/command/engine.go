package command

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/steadfast-bot/steadfast/internal/effect"
)

// Members finds people in a guild. Calls are REST reads and belong to the Prepare phase.
type Members interface {
	// Member returns ErrNoMember when there is none with this id.
	Member(ctx context.Context, guild, id uint64) (Member, error)
	// Search returns the members whose name or nick starts with the text, at most a few.
	Search(ctx context.Context, guild uint64, text string) ([]Member, error)
}

// ErrNoMember says that a guild has no such member.
var ErrNoMember = errors.New("no such member")

// Phases runs the three functions of a command, each under its deadline.
type Phases interface {
	Guard(context.Context, func(context.Context) error) error
	Prepare(context.Context, func(context.Context) error) error
	Apply(context.Context, func(context.Context) error) error
}

// Call is an invocation whose arguments have not been looked at yet.
type Call struct {
	Input
	problem   string
	arguments []argument
}

// Typed makes a call from a line at the prefix door. Mentioned are the people the message itself names.
func Typed(in Input, line Line, mentioned []Member) Call {
	in.Definition = line.Definition
	in.Door = PrefixDoor
	args, problem := line.arguments()
	for i := range args {
		if id, ok := parseMention(args[i].text); ok && args[i].option.Kind == Person {
			for _, m := range mentioned {
				if m.ID == id {
					args[i].member = &m
				}
			}
		}
	}
	return Call{Input: in, arguments: args, problem: problem}
}

// Slashed makes a call from a slash command. Texts and people are by option name; Discord has checked their types.
func Slashed(in Input, d *Definition, texts map[string]string, people map[string]Member) Call {
	in.Definition = d
	in.Door = SlashDoor
	call := Call{Input: in}
	for _, o := range d.Options {
		text, isText := texts[o.Name]
		person, isPerson := people[o.Name]
		switch {
		case isPerson:
			call.arguments = append(call.arguments, argument{option: o, member: &person})
		case isText && text != "":
			call.arguments = append(call.arguments, argument{option: o, text: text})
		case o.Required:
			call.problem = fmt.Sprintf("it needs a %s", o.Name)
		}
	}
	return call
}

// Engine takes calls through Guard, Prepare and Apply.
type Engine struct {
	Members Members
	Phases  Phases
}

// Guard refuses what no queued event can change. It runs on arrival, outside the lanes, for the slash door, and
// first of all for the prefix door. Nil lets the call through.
func (e *Engine) Guard(ctx context.Context, call Call) (*Refusal, error) {
	d := call.Definition
	if call.Guild == 0 && d.Where&DMs == 0 {
		return &Refusal{fmt.Sprintf("`%s` works in a server, not in a DM.", d.Name)}, nil
	}
	if call.Guild != 0 && d.Where&Guilds == 0 {
		return &Refusal{fmt.Sprintf("`%s` works in a DM to me, not in a server.", d.Name)}, nil
	}
	if call.problem != "" {
		return call.refuse(call.problem), nil
	}
	for _, a := range call.arguments {
		if a.option.Kind == Text {
			if problem := checkText(a.option, a.text); problem != "" {
				return call.refuse(problem), nil
			}
		}
	}
	if d.Guard == nil {
		return nil, nil
	}
	var refusal *Refusal
	err := e.Phases.Guard(ctx, func(ctx context.Context) (err error) {
		refusal, err = d.Guard(ctx, call.Input)
		return err
	})
	return refusal, err
}

// Run takes a call that was let through to its effects. An error is the command's own failure.
func (e *Engine) Run(ctx context.Context, call Call) ([]effect.Effect, error) {
	var refusal *Refusal
	var facts any
	prepare := func(ctx context.Context) (err error) {
		if refusal, err = e.resolve(ctx, &call); err != nil || refusal != nil || call.Definition.Prepare == nil {
			return err
		}
		facts, err = call.Definition.Prepare(ctx, call.Input)
		return err
	}
	if err := e.Phases.Prepare(ctx, prepare); err != nil {
		return nil, fmt.Errorf("prepare %s: %w", call.Definition.Name, err)
	}
	if refusal != nil {
		return effect.Text(refusal.Reason), nil
	}
	var effects []effect.Effect
	err := e.Phases.Apply(ctx, func(ctx context.Context) (err error) {
		effects, err = call.Definition.Apply(ctx, call.Input, facts)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("apply %s: %w", call.Definition.Name, err)
	}
	return effects, nil
}

// resolve turns the arguments into typed ones, looking people up where the event did not say who they are.
func (e *Engine) resolve(ctx context.Context, call *Call) (*Refusal, error) {
	args := Args{texts: map[string]string{}, members: map[string]Member{}}
	for _, a := range call.arguments {
		if a.option.Kind == Text {
			args.texts[a.option.Name] = a.text
			continue
		}
		if a.member == nil {
			member, problem, err := e.person(ctx, call.Guild, a.text)
			if err != nil {
				return nil, err
			}
			if problem != "" {
				return call.refuse(problem), nil
			}
			a.member = &member
		}
		args.members[a.option.Name] = *a.member
	}
	call.Args = args
	return nil, nil
}

// person finds one member by mention, id or unambiguous name.
func (e *Engine) person(ctx context.Context, guild uint64, text string) (m Member, problem string, err error) {
	if guild == 0 {
		return Member{}, "in a DM I can't look people up; do it in a server", nil
	}
	if id, ok := parseMention(text); ok {
		m, err = e.Members.Member(ctx, guild, id)
		if errors.Is(err, ErrNoMember) {
			return Member{}, "that person is not in this server", nil
		}
		return m, "", err
	}
	text = strings.TrimPrefix(text, "@")
	if text == "" || len(text) > 100 {
		return Member{}, "I expected a member: a mention, an id or a name", nil
	}
	found, err := e.Members.Search(ctx, guild, text)
	if err != nil {
		return Member{}, "", err
	}
	var exact []Member
	for _, m := range found {
		if strings.EqualFold(m.Name, text) {
			exact = append(exact, m)
		}
	}
	switch {
	case len(exact) == 1:
		return exact[0], "", nil
	case len(found) == 1:
		return found[0], "", nil
	case len(found) == 0:
		return Member{}, "I don't know anybody of that name here; a mention always works", nil
	}
	return Member{}, "more than one member has that name; a mention always works", nil
}

// refuse words an argument's fault: what was expected, and a correct example.
func (c *Call) refuse(problem string) *Refusal {
	example := c.Prefix + c.Definition.Name
	if c.Door == SlashDoor {
		example = "/" + c.Definition.Name
	}
	if c.Definition.Example != "" {
		example += " " + c.Definition.Example
	}
	problem = strings.ToUpper(problem[:1]) + problem[1:]
	return &Refusal{fmt.Sprintf("%s. For example: `%s`", problem, example)}
}
