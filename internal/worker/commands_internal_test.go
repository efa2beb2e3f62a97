package worker

import (
	"context"
	"encoding/base64"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/steadfast-bot/steadfast/internal/command"
	"github.com/steadfast-bot/steadfast/internal/effect"
	"github.com/steadfast-bot/steadfast/internal/rest"
	"github.com/steadfast-bot/steadfast/internal/storage"
	"github.com/steadfast-bot/steadfast/internal/workerapi"
)

func definitions(t *testing.T) *command.Set {
	t.Helper()
	apply := func(context.Context, command.Input, any) ([]effect.Effect, error) { return nil, nil }
	set, err := command.NewSet(
		command.Definition{Name: "thank", Aliases: []string{"ty"}, Summary: "Thanks", Where: command.Guilds, Apply: apply, Options: []command.Option{
			{Name: "member", Summary: "Whom", Kind: command.Person, Required: true},
			{Name: "reason", Summary: "Why", Kind: command.Text, MaxLength: 20},
		}},
		command.Definition{Name: "secret", Summary: "In a DM", Where: command.DMs, Apply: apply},
	)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestADefinitionBecomesTheSlashCommandThatDiscordWants(t *testing.T) {
	twenty := 20
	want := []rest.Command{
		{Type: rest.CommandChat, Name: "thank", Description: "Thanks", Contexts: []int{rest.ContextGuild}, IntegrationTypes: []int{rest.InstallGuild},
			Options: []rest.Option{
				{Type: rest.OptionUser, Name: "member", Description: "Whom", Required: true},
				{Type: rest.OptionString, Name: "reason", Description: "Why", MaxLength: &twenty},
			}},
		{Type: rest.CommandChat, Name: "secret", Description: "In a DM", Contexts: []int{rest.ContextBotDM}, IntegrationTypes: []int{rest.InstallGuild}},
	}
	if diff := cmp.Diff(want, slashCommands(definitions(t))); diff != "" {
		t.Error(diff)
	}
}

func TestCommandsAreRegisteredOnlyWhenTheyChanged(t *testing.T) {
	ours := slashCommands(definitions(t))
	stored := func(change func([]rest.Command)) []rest.Command {
		theirs := slashCommands(definitions(t))
		for i := range theirs { // what Discord adds
			theirs[i].ID, theirs[i].Version = 7, "9"
		}
		theirs[0], theirs[1] = theirs[1], theirs[0] // in an order of its own
		change(theirs)
		return theirs
	}
	if !sameCommands(ours, stored(func([]rest.Command) {})) {
		t.Error("the same commands are registered again")
	}
	thirty := 30
	for name, change := range map[string]func([]rest.Command){
		"a summary":          func(c []rest.Command) { c[1].Description = "Thank you" },
		"a name":             func(c []rest.Command) { c[1].Name = "thanks" },
		"a place":            func(c []rest.Command) { c[1].Contexts = []int{rest.ContextGuild, rest.ContextBotDM} },
		"an option's name":   func(c []rest.Command) { c[1].Options[0].Name = "who" },
		"an option's type":   func(c []rest.Command) { c[1].Options[0].Type = rest.OptionString },
		"an option's need":   func(c []rest.Command) { c[1].Options[0].Required = false },
		"an option's limit":  func(c []rest.Command) { c[1].Options[1].MaxLength = &thirty },
		"no limit":           func(c []rest.Command) { c[1].Options[1].MaxLength = nil },
		"an option too many": func(c []rest.Command) { c[0].Options = []rest.Option{{Name: "x"}} },
	} {
		if sameCommands(ours, stored(change)) {
			t.Errorf("%s changed and nobody would tell Discord", name)
		}
	}
	if sameCommands(ours, nil) {
		t.Error("no commands at all are taken for the same")
	}
}

func TestTheBotKnowsItselfByItsToken(t *testing.T) {
	for token, want := range map[string]uint64{
		base64.RawStdEncoding.EncodeToString([]byte("123456789012345678")) + ".x.y": 123456789012345678,
		base64.StdEncoding.EncodeToString([]byte("900000000000000001")) + ".x.y":    900000000000000001,
		"x.y.z": 0, "": 0, base64.RawStdEncoding.EncodeToString([]byte("ada")) + ".x": 0,
	} {
		if got := botOf(token); got != want {
			t.Errorf("%q: %d, want %d", token, got, want)
		}
	}
}

func TestABrokenStoreEndsAStandbyAndOnlyALostClaimAnActiveWorker(t *testing.T) {
	fault := func(kind error) error { return &storage.Fault{Kind: kind, Where: "/x/steadfast.db", Hint: "look"} }
	for _, c := range []struct {
		err             error
		standby, active workerapi.ExitCode
	}{
		{fault(storage.ErrCorrupt), workerapi.ExitSettings, 0},
		{fault(storage.ErrReadOnly), workerapi.ExitSettings, 0},
		{&storage.NewerError{}, workerapi.ExitSettings, 0},
		{&storage.OtherApplicationError{}, workerapi.ExitSettings, workerapi.ExitSettings},
		{storage.ErrStaleEpoch, 0, workerapi.ExitTemporary},
		{fault(storage.ErrFull), 0, 0},
		{fault(storage.ErrLocked), 0, 0},
		{errors.New("anything"), 0, 0},
	} {
		code := func(ends []error) workerapi.ExitCode {
			verdict := judgeStore(c.err, ends)
			if verdict == nil {
				return 0
			}
			if verdict.Sentence == "" {
				t.Errorf("%v: no sentence", c.err)
			}
			return verdict.Code
		}
		if got := code(endsStandby); got != c.standby {
			t.Errorf("%v, standby: %d, want %d", c.err, got, c.standby)
		}
		if got := code(endsActive); got != c.active {
			t.Errorf("%v, active: %d, want %d", c.err, got, c.active)
		}
	}
}

func TestAnIncidentCodeIsShortAndBelongsToItsEvent(t *testing.T) {
	a, b := incidentCode("1"), incidentCode("2")
	if a == b || a != incidentCode("1") || len(a) != len("inc-7F3K") {
		t.Errorf("%q, %q", a, b)
	}
}
