package rest_test

import (
	"encoding/json"
	"testing"

	"github.com/steadfast-bot/steadfast/internal/rest"
)

func TestTrap40AMessageOfComponentsAloneIsSent(t *testing.T) {
	s, c := serve(t, answers(200, posted))
	one := 1
	_, err := c.CreateMessage(t.Context(), 6, rest.Message{
		Components: []rest.Component{{Type: rest.ActionRow, Components: []rest.Component{
			{Type: rest.Button, Style: rest.ButtonPrimary, CustomID: "b", Label: "Go"},
			{Type: rest.StringSelect, CustomID: "s", MinValues: &one, Options: []rest.SelectOption{{Label: "a", Value: "a"}}},
		}}},
		Mentions: rest.Mentions{Users: nil, Parse: []string{"users"}, RepliedUser: true},
		Nonce:    "n",
	})
	if err != nil {
		t.Fatal(err)
	}
	_, _, body, _ := s.saw()
	equal(t, "body", body, `{"components":[{"type":1,"components":[{"type":2,"custom_id":"b","style":1,"label":"Go"},`+
		`{"type":3,"custom_id":"s","options":[{"label":"a","value":"a"}],"min_values":1}]}],`+
		`"allowed_mentions":{"parse":["users"],"replied_user":true},"nonce":"n","enforce_nonce":true}`)
}

func TestTrap41EveryFirstAnswerHasItsBody(t *testing.T) {
	for name, row := range map[string]struct {
		response rest.Response
		want     string
	}{
		"deferred":           {rest.Response{Type: rest.RespondDefer}, `{"type":5}`},
		"deferred privately": {rest.Response{Type: rest.RespondDefer, Message: rest.Message{Flags: rest.FlagEphemeral, Content: "no"}}, `{"type":5,"data":{"flags":64}}`},
		"deferred update":    {rest.Response{Type: rest.RespondDeferUpdate}, `{"type":6}`},
		"update": {rest.Response{Type: rest.RespondUpdate, Message: rest.Message{Content: "x"}},
			`{"type":7,"data":{"content":"x","embeds":[],"components":[],"allowed_mentions":{"parse":[],"replied_user":false}}}`},
		"no choices": {rest.Response{Type: rest.RespondChoices}, `{"type":8,"data":{"choices":[]}}`},
		"choices":    {rest.Response{Type: rest.RespondChoices, Choices: []rest.Choice{{Name: "a", Value: 1}}}, `{"type":8,"data":{"choices":[{"name":"a","value":1}]}}`},
		"form": {rest.Response{Type: rest.RespondForm, Form: rest.Form{CustomID: "f", Title: "T", Components: []rest.Component{
			{Type: rest.Label, Label: "L", Component: &rest.Component{Type: rest.TextInput, CustomID: "i", Style: rest.InputShort}},
		}}}, `{"type":9,"data":{"custom_id":"f","title":"T","components":[{"type":18,"label":"L","component":{"type":4,"custom_id":"i","style":1}}]}}`},
	} {
		body, err := json.Marshal(row.response)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		equal(t, name, string(body), row.want)
	}
}

func TestTrap43CommandsSayWhereTheyCanBeUsed(t *testing.T) {
	s, c := serve(t, answers(200, `[]`))
	none := "0"
	_, err := c.OverwriteCommands(t.Context(), 3, []rest.Command{{
		Type: rest.CommandChat, Name: "ping", Description: "d",
		Contexts: []int{rest.ContextGuild, rest.ContextBotDM}, IntegrationTypes: []int{rest.InstallGuild},
		DefaultMemberPermissions: &none,
		Options:                  []rest.Option{{Type: rest.OptionUser, Name: "who", Description: "d", Required: true}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	_, _, body, _ := s.saw()
	equal(t, "body", body, `[{"type":1,"name":"ping","description":"d",`+
		`"options":[{"type":6,"name":"who","description":"d","required":true}],`+
		`"default_member_permissions":"0","contexts":[0,1],"integration_types":[0]}]`)
}

func TestAnEditThatSuppressesEmbedsSaysSo(t *testing.T) {
	s, c := serve(t, answers(200, posted))
	if err := c.EditMessage(t.Context(), 6, 5, rest.Message{Content: "x", Flags: rest.FlagSuppressEmbeds | rest.FlagEphemeral}); err != nil {
		t.Fatal(err)
	}
	_, _, body, _ := s.saw()
	equal(t, "body", body, `{"content":"x","embeds":[],"components":[],"allowed_mentions":{"parse":[],"replied_user":false},"flags":4}`)
}
