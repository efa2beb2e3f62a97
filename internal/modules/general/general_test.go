package general_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/steadfast-bot/steadfast/internal/command"
	"github.com/steadfast-bot/steadfast/internal/effect"
	"github.com/steadfast-bot/steadfast/internal/modules/general"
)

// vitals are facts made up for a test.
type vitals struct {
	latency time.Duration
	rest    time.Duration
	err     error
	report  general.Report
}

func (v vitals) GatewayLatency() (time.Duration, bool)                { return v.latency, v.latency > 0 }
func (v vitals) RESTRoundTrip(context.Context) (time.Duration, error) { return v.rest, v.err }
func (v vitals) Report() general.Report                               { return v.report }

// direct runs the phases as they come.
type direct struct{}

func (direct) Guard(ctx context.Context, f func(context.Context) error) error   { return f(ctx) }
func (direct) Prepare(ctx context.Context, f func(context.Context) error) error { return f(ctx) }
func (direct) Apply(ctx context.Context, f func(context.Context) error) error   { return f(ctx) }

// say runs one line and returns the answer.
func say(t *testing.T, v vitals, line string, in command.Input, more ...command.Definition) (string, error) {
	t.Helper()
	var set *command.Set
	set, err := command.NewSet(append(general.Commands(v, func() *command.Set { return set }), more...)...)
	if err != nil {
		t.Fatal(err)
	}
	parsed, ok := set.ParseLine(line, "!", 1)
	if !ok {
		t.Fatalf("%q is no command", line)
	}
	in.Prefix = "!"
	effects, err := (&command.Engine{Phases: direct{}}).Run(t.Context(), command.Typed(in, parsed, nil))
	if err != nil {
		return "", err
	}
	return effects[0].(effect.Answer).Message.Content, nil
}

func TestPingTellsTheThreeTimes(t *testing.T) {
	now := time.Now()
	in := command.Input{Guild: 1, Received: now, Started: now.Add(30 * time.Millisecond)}
	got, err := say(t, vitals{latency: 41 * time.Millisecond, rest: 800 * time.Microsecond}, "!ping", in)
	if want := "Pong! Gateway 41 ms · REST 0.8 ms · waited in the queue 30 ms."; err != nil || got != want {
		t.Errorf("got %q, %v", got, err)
	}
	got, _ = say(t, vitals{rest: 12 * time.Second}, "!ping", in)
	if want := "Pong! Gateway not measured yet · REST 12s · waited in the queue 30 ms."; got != want {
		t.Errorf("got %q", got)
	}
	if _, err := say(t, vitals{err: errors.New("down")}, "!ping", in); err == nil {
		t.Error("a REST that is down is not told")
	}
}

func TestStatusTellsHowTheBotHasBeen(t *testing.T) {
	now := time.Now()
	quiet := general.Report{Version: "v1", BotUpSince: now.Add(-50 * time.Hour), UpSince: now.Add(-90 * time.Second), Generation: 3, IdentifiesLeft: -1}
	got, _ := say(t, vitals{report: quiet}, "!status", command.Input{Guild: 1})
	for _, want := range []string{"Steadfast v1", "Up 2 d 2 h", "number 3", "1 min 30 s", "No restart in the last 24 hours", "answered 0, failed 0."} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %q", want, got)
		}
	}
	busy := quiet
	busy.RestartsLastDay, busy.LastCause, busy.LastOutage, busy.Replayed = 1, "was ended by signal SIGKILL", 37*time.Millisecond, 1
	busy.Answered, busy.Failed, busy.IdentifiesLeft = 10, 2, 987
	got, _ = say(t, vitals{report: busy}, "!status", command.Input{Guild: 1})
	for _, want := range []string{"1 restart in the last 24 hours; the last: was ended by signal SIGKILL, away for 37 ms, 1 event replayed", "answered 10, failed 2.", "sessions left today: 987"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %q", want, got)
		}
	}
}

func TestHelpListsWhatWorksHereAndExplainsEach(t *testing.T) {
	apply := func(context.Context, command.Input, any) ([]effect.Effect, error) { return nil, nil }
	pat := command.Definition{Name: "headpat", Aliases: []string{"pat"}, Category: "Fun", Summary: "Pats", Where: command.Guilds, Example: "@ada", Apply: apply,
		Options: []command.Option{{Name: "member", Summary: "Who", Kind: command.Person}}}
	inGuild, _ := say(t, vitals{}, "!help", command.Input{Guild: 1}, pat)
	if !strings.Contains(inGuild, "**Fun**\n`!headpat [member]` Pats") || !strings.Contains(inGuild, "**General**\n`!help [command]`") {
		t.Errorf("in a guild: %q", inGuild)
	}
	inDM, _ := say(t, vitals{}, "!help", command.Input{}, pat)
	if strings.Contains(inDM, "headpat") {
		t.Errorf("in a DM: %q", inDM)
	}
	one, _ := say(t, vitals{}, "!help !headpat", command.Input{Guild: 1}, pat)
	for _, want := range []string{"Use: `!headpat [member]`", "(optional): Who", "Example: `!headpat @ada`", "Also: `pat`"} {
		if !strings.Contains(one, want) {
			t.Errorf("no %q in %q", want, one)
		}
	}
	none, _ := say(t, vitals{}, "!help dance", command.Input{Guild: 1}, pat)
	if !strings.Contains(none, "no such command") {
		t.Errorf("got %q", none)
	}
}

func TestHelpStaysWithinAMessageHoweverManyCommandsThereAre(t *testing.T) {
	apply := func(context.Context, command.Input, any) ([]effect.Effect, error) { return nil, nil }
	var many []command.Definition
	for i := range 80 {
		many = append(many, command.Definition{Name: "command-" + string(rune('a'+i/26)) + string(rune('a'+i%26)), Category: "Many",
			Summary: strings.Repeat("ü", 60), Where: command.Anywhere, Apply: apply})
	}
	got, _ := say(t, vitals{}, "!help", command.Input{Guild: 1}, many...)
	if n := utf8.RuneCountInString(got); n > effect.MaxContent || n < effect.MaxContent-200 || !utf8.ValidString(got) {
		t.Errorf("%d characters", n)
	}
}
