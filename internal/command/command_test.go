package command_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/steadfast-bot/steadfast/internal/command"
	"github.com/steadfast-bot/steadfast/internal/effect"
)

const bot = 99000000000000001

// guild is a server with three people in it, two of them called Bo.
type guild struct{}

var people = []command.Member{{ID: 10000000000000001, Name: "Ada"}, {ID: 10000000000000002, Name: "Bo"}, {ID: 10000000000000003, Name: "Bo"}, {ID: 10000000000000004, Name: "Ada Two"}}

func (guild) Member(_ context.Context, _, id uint64) (command.Member, error) {
	for _, m := range people {
		if m.ID == id {
			return m, nil
		}
	}
	return command.Member{}, command.ErrNoMember
}

func (guild) Search(_ context.Context, _ uint64, text string) (found []command.Member, _ error) {
	if text == "broken" {
		return nil, errors.New("search is down")
	}
	for _, m := range people {
		if strings.HasPrefix(strings.ToLower(m.Name), strings.ToLower(text)) {
			found = append(found, m)
		}
	}
	return found, nil
}

// inline runs the phases without deadlines and notes their order.
type inline struct{ order *[]string }

func (p inline) run(name string, ctx context.Context, f func(context.Context) error) error {
	*p.order = append(*p.order, name)
	return f(ctx)
}
func (p inline) Guard(ctx context.Context, f func(context.Context) error) error {
	return p.run("guard", ctx, f)
}
func (p inline) Prepare(ctx context.Context, f func(context.Context) error) error {
	return p.run("prepare", ctx, f)
}
func (p inline) Apply(ctx context.Context, f func(context.Context) error) error {
	return p.run("apply", ctx, f)
}

// apply tells which arguments arrived.
func apply(_ context.Context, in command.Input, _ any) ([]effect.Effect, error) {
	who := "nobody"
	if m, ok := in.Args.Member("member"); ok {
		who = m.Mention()
	}
	return effect.Text(in.Definition.Name + ": " + who + " " + in.Args.Text("reason")), nil
}

var definitions = []command.Definition{
	{Name: "thank", Aliases: []string{"ty"}, Summary: "Thanks", Where: command.Guilds, Example: "@ada nice pass", Apply: apply, Options: []command.Option{
		{Name: "member", Summary: "Whom", Kind: command.Person, Required: true},
		{Name: "reason", Summary: "Why", Kind: command.Text, MaxLength: 20},
	}},
	{Name: "secret", Summary: "For DMs", Where: command.DMs, Apply: apply},
	{Name: "closed", Summary: "Never open", Where: command.Anywhere, Apply: apply,
		Guard: func(context.Context, command.Input) (*command.Refusal, error) {
			return &command.Refusal{Reason: "Closed today."}, nil
		}},
}

func set(t *testing.T) *command.Set {
	t.Helper()
	s, err := command.NewSet(definitions...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// answer takes a typed line all the way.
func answer(t *testing.T, content string, guildID uint64) string {
	t.Helper()
	line, ok := set(t).ParseLine(content, "!", bot)
	if !ok {
		return "(chat)"
	}
	call := command.Typed(command.Input{Key: "1", Guild: guildID, Prefix: "!"}, line, people[:1])
	return run(t, call)
}

func run(t *testing.T, call command.Call) string {
	t.Helper()
	engine := command.Engine{Members: guild{}, Phases: inline{new([]string)}}
	refusal, err := engine.Guard(t.Context(), call)
	if err != nil {
		t.Fatal(err)
	}
	if refusal != nil {
		return "refused: " + refusal.Reason
	}
	effects, err := engine.Run(t.Context(), call)
	if err != nil {
		return "error: " + err.Error()
	}
	return effects[0].(effect.Answer).Message.Content
}

func TestALineMeansWhatItsAuthorMeant(t *testing.T) {
	for content, want := range map[string]string{
		"hello":                              "(chat)",
		"!":                                  "(chat)",
		"!unknown":                           "(chat)",
		"! thank ada":                        "(chat)",
		"thank ada":                          "(chat)",
		"!thank <@10000000000000001>":        "thank: <@10000000000000001> ",
		"!thank <@!10000000000000001> you":   "thank: <@10000000000000001> you",
		"!THANK ada two words":               "thank: <@10000000000000001> two words",
		"!ty @ada":                           "thank: <@10000000000000001> ",
		"!ty \"ada two\" well done":          "thank: <@10000000000000004> well done",
		"!ty 10000000000000002 hi":           "thank: <@10000000000000002> hi",
		"!ty\tada\nnew line":                 "thank: <@10000000000000001> new line",
		"<@99000000000000001> thank ada":     "thank: <@10000000000000001> ",
		"<@!99000000000000001>thank ada":     "thank: <@10000000000000001> ",
		"<@10000000000000001> thank ada":     "(chat)",
		"!thank":                             "refused: It needs a member. For example: `!thank @ada nice pass`",
		"!thank nobody":                      "refused-late: I don't know anybody of that name here; a mention always works. For example: `!thank @ada nice pass`",
		"!thank bo":                          "refused-late: More than one member has that name; a mention always works. For example: `!thank @ada nice pass`",
		"!thank <@10000000000000009>":        "refused-late: That person is not in this server. For example: `!thank @ada nice pass`",
		"!thank broken":                      "error: prepare thank: search is down",
		"!thank ada 123456789012345678901":   "refused: Reason may have 20 characters; that was 21. For example: `!thank @ada nice pass`",
		"!closed":                            "refused: Closed today.",
		"!closed now":                        "refused: That is more than it takes. For example: `!closed`",
		"!secret":                            "refused: `secret` works in a DM to me, not in a server.",
		"!thank <@":                          "refused-late: I don't know anybody of that name here; a mention always works. For example: `!thank @ada nice pass`",
		"!thank \"\"":                        "refused: It needs a member. For example: `!thank @ada nice pass`",
		"!thank " + strings.Repeat("x", 101): "refused-late: I expected a member: a mention, an id or a name. For example: `!thank @ada nice pass`",
		"!thank 99999999999999999999999":     "refused-late: I don't know anybody of that name here; a mention always works. For example: `!thank @ada nice pass`",
	} {
		t.Run(content, func(t *testing.T) {
			if got := answer(t, content, 7); got != strings.TrimPrefix(strings.Replace(want, "refused-late: ", "", 1), "") {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
}

func TestACommandKnowsItsPlace(t *testing.T) {
	if got := answer(t, "!thank ada", 0); got != "refused: `thank` works in a server, not in a DM." {
		t.Errorf("in a DM: %q", got)
	}
	if got := answer(t, "!secret", 0); got != "secret: nobody " {
		t.Errorf("in a DM: %q", got)
	}
}

func TestBothDoorsLeadToTheSameRoom(t *testing.T) {
	s := set(t)
	in := command.Input{Key: "1", Guild: 7, Prefix: "!"}
	slash := command.Slashed(in, s.Lookup("thank"), map[string]string{"reason": "you"}, map[string]command.Member{"member": people[0]})
	if typed, slashed := answer(t, "!thank ada you", 7), run(t, slash); typed != slashed {
		t.Errorf("typed %q, slashed %q", typed, slashed)
	}
	incomplete := command.Slashed(in, s.Lookup("thank"), nil, nil)
	if got, want := run(t, incomplete), "refused: It needs a member. For example: `/thank @ada nice pass`"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTheThreePhasesComeInTheirOrder(t *testing.T) {
	var order []string
	d := definitions[0]
	d.Guard = func(context.Context, command.Input) (*command.Refusal, error) { return nil, nil }
	d.Prepare = func(context.Context, command.Input) (any, error) { return "facts", nil }
	d.Apply = func(_ context.Context, _ command.Input, facts any) ([]effect.Effect, error) {
		return effect.Text(facts.(string)), nil
	}
	call := command.Slashed(command.Input{Guild: 7}, &d, nil, map[string]command.Member{"member": people[0]})
	engine := command.Engine{Members: guild{}, Phases: inline{&order}}
	if refusal, err := engine.Guard(t.Context(), call); refusal != nil || err != nil {
		t.Fatal(refusal, err)
	}
	effects, err := engine.Run(t.Context(), call)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(effect.Text("facts"), effects); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"guard", "prepare", "apply"}, order); diff != "" {
		t.Error(diff)
	}
}

func TestAFaultyDefinitionIsRefused(t *testing.T) {
	good := command.Definition{Name: "ok", Summary: "fine", Where: command.Anywhere, Apply: apply}
	with := func(change func(*command.Definition)) []command.Definition {
		d := good
		change(&d)
		return []command.Definition{d}
	}
	text := command.Option{Name: "text", Summary: "words"}
	for name, ds := range map[string][]command.Definition{
		"upper case":       with(func(d *command.Definition) { d.Name = "Ok" }),
		"no summary":       with(func(d *command.Definition) { d.Summary = "" }),
		"summary too long": with(func(d *command.Definition) { d.Summary = strings.Repeat("x", 101) }),
		"no Apply":         with(func(d *command.Definition) { d.Apply = nil }),
		"nowhere":          with(func(d *command.Definition) { d.Where = 0 }),
		"name taken":       {good, good},
		"alias taken":      append(with(func(d *command.Definition) { d.Name = "other"; d.Aliases = []string{"ok"} }), good),
		"option name":      with(func(d *command.Definition) { d.Options = []command.Option{{Name: "A b", Summary: "x"}} }),
		"option summary":   with(func(d *command.Definition) { d.Options = []command.Option{{Name: "a"}} }),
		"text not last": with(func(d *command.Definition) {
			d.Options = []command.Option{text, {Name: "who", Summary: "x", Kind: command.Person}}
		}),
		"required after optional": with(func(d *command.Definition) {
			d.Options = []command.Option{{Name: "who", Summary: "x", Kind: command.Person}, {Name: "t", Summary: "x", Required: true}}
		}),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := command.NewSet(ds...); err == nil {
				t.Error("accepted")
			}
		})
	}
}

func TestChatIsToldFromCommandsWithoutAllocating(t *testing.T) {
	mentions := command.Mentions(bot)
	for content, want := range map[string]bool{"hello": false, "": false, "!ping": true, "<@99000000000000001> ping": true, "<@!99000000000000001>": true, "<@1>": false} {
		if got := command.Addressed([]byte(content), "!", mentions); got != want {
			t.Errorf("%q: %v", content, got)
		}
	}
	chat := []byte("just chatting about the match")
	if n := testing.AllocsPerRun(100, func() { command.Addressed(chat, "!", mentions) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzParseLine(f *testing.F) {
	for _, seed := range []string{"!thank ada", "<@99000000000000001> thank \"a b\" c", "!ty \"", "!thank <@!>", "!thank \x00"} {
		f.Add(seed)
	}
	s, err := command.NewSet(definitions...)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, content string) {
		line, ok := s.ParseLine(content, "!", bot)
		if !ok {
			return
		}
		engine := command.Engine{Members: guild{}, Phases: inline{new([]string)}}
		call := command.Typed(command.Input{Guild: 7, Prefix: "!"}, line, nil)
		if refusal, err := engine.Guard(t.Context(), call); refusal == nil && err == nil {
			_, _ = engine.Run(t.Context(), call)
		}
	})
}
