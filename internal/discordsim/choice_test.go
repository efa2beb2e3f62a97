package discordsim_test

import (
	"fmt"
	"testing"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

func TestWhatIsChosenInASelectIsCheckedAndResolved(t *testing.T) {
	club := openClub(t, unlimited())
	row := func(sel string) string { return `{"type":1,"components":[` + sel + `]}` }
	posted := club.call("POST", club.messagesPath(), `{"components":[`+
		row(`{"type":3,"custom_id":"text","max_values":2,"options":[{"label":"A","value":"a"},{"label":"B","value":"b"},{"label":"C","value":"c"}]}`)+`,`+
		row(`{"type":5,"custom_id":"user"}`)+`,`+row(`{"type":6,"custom_id":"role"}`)+`,`+
		row(`{"type":7,"custom_id":"both","max_values":2}`)+`,`+row(`{"type":8,"custom_id":"channel"}`)+`]}`)
	posted.wants(t, 200, 0)
	id, _ := discordsim.ParseID(posted.text("id"))
	b := club.connect()
	bo, role := club.World.Members[1].ID.String(), club.Tryout.ID.String()
	for _, good := range []struct {
		field  string
		values []string
		kinds  []string
	}{
		{"text", []string{"a", "c"}, nil}, {"user", []string{bo}, []string{"users", "members"}}, {"role", []string{role}, []string{"roles"}},
		{"both", []string{bo, role}, []string{"users", "members", "roles"}}, {"channel", []string{club.Training.ID.String()}, []string{"channels"}},
	} {
		if _, err := club.Select(club.ada(), id, good.field, good.values...); err != nil {
			t.Fatalf("%s: %v", good.field, err)
		}
		data := b.event("INTERACTION_CREATE")["data"].(map[string]any)
		resolved, _ := data["resolved"].(map[string]any)
		if len(resolved) != len(good.kinds) || len(data["values"].([]any)) != len(good.values) {
			t.Errorf("%s: the data are %v", good.field, data)
		}
		for _, kind := range good.kinds {
			if resolved[kind] == nil {
				t.Errorf("%s: %s are missing in %v", good.field, kind, resolved)
			}
		}
	}
	for _, bad := range []struct {
		field  string
		values []string
	}{
		{"text", []string{"d"}}, {"text", nil}, {"text", []string{"a", "b", "c"}}, {"user", []string{role}}, {"role", []string{bo}},
		{"user", []string{"x"}}, {"channel", []string{club.HarbourLobby.ID.String()}},
	} {
		if _, err := club.Select(club.ada(), id, bad.field, bad.values...); err == nil {
			t.Errorf("%v is chosen in %s", bad.values, bad.field)
		}
	}
}

func TestAFormTakesSelectsAndNamesWhatOpenedIt(t *testing.T) {
	club := openClub(t, unlimited())
	b := club.connect()
	club.register(`{"name":"form","description":"F"}`)
	in := club.slash("form")
	b.event("INTERACTION_CREATE")
	form := `{"type":9,"data":{"custom_id":"f","title":"T","components":[` +
		`{"type":10,"content":"read this"},` +
		`{"type":18,"label":"Who","component":{"type":5,"custom_id":"who"}},` +
		`{"type":18,"label":"Why","component":{"type":4,"custom_id":"why","style":1,"min_length":3,"max_length":5,"required":false}}]}}`
	club.call("POST", fmt.Sprintf("/interactions/%s/%s/callback", in.ID, in.Token), form).wants(t, 204, 0)

	bo := club.World.Members[1].ID.String()
	for _, bad := range []map[string][]string{{}, {"who": {"5"}}, {"who": {bo}, "why": {"no"}}, {"who": {bo}, "why": {"because"}}} {
		if _, err := club.SubmitValues(in.ID, bad); err == nil {
			t.Errorf("%v is submitted", bad)
		}
	}
	sent, err := club.SubmitValues(in.ID, map[string][]string{"who": {bo}})
	if err != nil {
		t.Fatal(err)
	}
	data := b.event("INTERACTION_CREATE")["data"].(map[string]any)
	entries := data["components"].([]any)
	who := entries[1].(map[string]any)["component"].(map[string]any)
	if len(entries) != 3 || who["values"].([]any)[0] != bo || data["resolved"].(map[string]any)["users"] == nil {
		t.Errorf("the data are %v", data)
	}
	answer := club.call("POST", fmt.Sprintf("/interactions/%s/%s/callback?with_response=true", sent.ID, sent.Token), `{"type":4,"data":{"content":"thanks"}}`)
	message := answer.body["resource"].(map[string]any)["message"].(map[string]any)
	metadata := message["interaction_metadata"].(map[string]any)
	if metadata["triggering_interaction_metadata"].(map[string]any)["id"] != in.ID.String() {
		t.Errorf("the metadata are %v", metadata)
	}
}

func TestComponentsComeBackWithTheirDefaults(t *testing.T) {
	club := openClub(t, unlimited())
	posted := club.call("POST", club.messagesPath(), `{"flags":32768,"components":[{"type":17,"components":[{"type":14},`+
		`{"type":9,"components":[{"type":10,"content":"t"}],"accessory":{"type":11,"media":{"url":"https://example.org/a.png"}}},`+
		`{"type":12,"items":[{"media":{"url":"https://example.org/b.png"}}]}]}]}`)
	posted.wants(t, 200, 0)
	container := posted.body["components"].([]any)[0].(map[string]any)
	inner := container["components"].([]any)
	if _, there := container["accent_color"]; !there || container["spoiler"] != false {
		t.Errorf("the container is %v", container)
	}
	if separator := inner[0].(map[string]any); separator["spacing"] != 1.0 || separator["divider"] != true {
		t.Errorf("the separator is %v", separator)
	}
	if gallery := inner[2].(map[string]any)["items"].([]any)[0].(map[string]any); gallery["spoiler"] != false {
		t.Errorf("the gallery shows %v", gallery)
	}
}
