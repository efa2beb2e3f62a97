package discordsim_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

func repeated(n int, text string) string {
	return strings.TrimSuffix(strings.Repeat(text+",", n), ",")
}

func TestAFirstResponsesFormsAndChoicesHaveLimits(t *testing.T) {
	club := openClub(t, unlimited())
	club.register(`{"name":"form","description":"F","options":[{"type":3,"name":"what","description":"W","autocomplete":true}]}`)
	input := `{"type":1,"components":[{"type":4,"custom_id":"%d","style":1,"label":"L"}]}`
	var six []string
	for i := range 6 {
		six = append(six, fmt.Sprintf(input, i))
	}
	form := func(id, title, components string) string {
		return fmt.Sprintf(`{"type":9,"data":{"custom_id":%q,"title":%q,"components":[%s]}}`, id, title, components)
	}
	for name, body := range map[string]string{
		"no custom_id":       form("", "T", six[0]),
		"a long custom_id":   form(strings.Repeat("x", 101), "T", six[0]),
		"a long title":       form("f", strings.Repeat("x", 46), six[0]),
		"six rows":           form("f", "T", strings.Join(six, ",")),
		"no rows":            form("f", "T", ""),
		"a wrong type":       `{"type":9,"data":{"custom_id":5}}`,
		"the same field":     form("f", "T", six[0]+","+six[0]),
		"data that are text": `{"type":9,"data":"x"}`,
	} {
		t.Run(name, func(t *testing.T) {
			in := club.slash("form")
			club.call("POST", fmt.Sprintf("/interactions/%s/%s/callback", in.ID, in.Token), body).wants(t, 400, 50035)
		})
	}
	typed := func() discordsim.Interaction {
		t.Helper()
		in, err := club.Autocomplete(club.ada(), club.General.ID, "form", "what", discordsim.Arg("what", "h"))
		if err != nil {
			t.Fatal(err)
		}
		return in
	}
	choice := `{"name":"a","value":"a"}`
	for body, status := range map[string]int{
		`{"type":8,"data":{"choices":[` + repeated(26, choice) + `]}}`: 400,
		`{"type":8,"data":{"choices":"x"}}`:                            400,
		`{"type":8,"data":{"choices":[` + repeated(25, choice) + `]}}`: 204,
	} {
		in := typed()
		if r := club.call("POST", fmt.Sprintf("/interactions/%s/%s/callback", in.ID, in.Token), body); r.status != status {
			t.Errorf("got %d %s, want %d", r.status, r.raw, status)
		}
	}
}

func TestTheLimitsOfComponentsAndMentionsAreDiscords(t *testing.T) {
	club := openClub(t, unlimited())
	option := `{"label":"a","value":"a"}`
	button := func(more string) string {
		return `{"type":1,"components":[{"type":2,"style":1,"custom_id":"x",` + more + `}]}`
	}
	for name, body := range map[string]string{
		"a long label":        `{"components":[` + button(`"label":"`+strings.Repeat("x", 81)+`"`) + `]}`,
		"a link without URL":  `{"components":[{"type":1,"components":[{"type":2,"style":5,"label":"x"}]}]}`,
		"26 options":          `{"components":[{"type":1,"components":[{"type":3,"custom_id":"s","options":[` + repeated(26, option) + `]}]}]}`,
		"no options":          `{"components":[{"type":1,"components":[{"type":3,"custom_id":"s","options":[]}]}]}`,
		"six rows":            `{"components":[` + repeated(6, `{"type":1,"components":[{"type":2,"style":5,"label":"x","url":"https://example.org"}]}`) + `]}`,
		"41 components":       `{"flags":32768,"components":[` + repeated(41, `{"type":10,"content":"x"}`) + `]}`,
		"content beside v2":   `{"flags":32768,"content":"x","components":[{"type":10,"content":"x"}]}`,
		"an odd mention":      `{"content":"x","allowed_mentions":{"parse":["all"]}}`,
		"roles said twice":    `{"content":"x","allowed_mentions":{"parse":["roles"],"roles":["1"]}}`,
		"101 users":           `{"content":"x","allowed_mentions":{"users":[` + repeated(101, `"1"`) + `]}}`,
		"101 roles":           `{"content":"x","allowed_mentions":{"roles":[` + repeated(101, `"1"`) + `]}}`,
		"eleven attachments":  `{"content":"x","attachments":[` + repeated(11, `{"id":"1"}`) + `]}`,
		"four stickers":       `{"content":"x","sticker_ids":["1","2","3","4"]}`,
		"an embed of nothing": `{"embeds":[5]}`,
	} {
		t.Run(name, func(t *testing.T) {
			club.call("POST", club.messagesPath(), body).wants(t, 400, 50035)
		})
	}
	if said := club.Messages(club.General.ID); len(said) != 0 {
		t.Errorf("said was %v", said)
	}
}

func TestFaultsOfRequestsInForceCanBeRead(t *testing.T) {
	club := openClub(t, unlimited())
	club.InjectREST(discordsim.RESTFault{Route: "GET /users/@me", Kind: discordsim.RESTStatus, Times: 2})
	club.call("GET", "/users/@me", "").wants(t, 503, 0)
	if left := club.RESTFaults(); len(left) != 1 || left[0].Times != 1 {
		t.Errorf("in force are %+v", left)
	}
	club.call("GET", "/users/@me", "").wants(t, 503, 0)
	if left := club.RESTFaults(); len(left) != 0 {
		t.Errorf("in force are %+v", left)
	}
}

func TestBucketsOfOtherResourcesAreTheirOwn(t *testing.T) {
	club := openClub(t, discordsim.Config{})
	m := club.say("hm")
	var last reply
	for i := range 11 {
		last = club.call("PUT", club.reactions(m, string(rune(0x1F600+i)))+"/@me", "")
	}
	if last.status != 429 || last.header.Get("X-RateLimit-Scope") != "user" {
		t.Errorf("the eleventh reaction in 3 s got %d %s", last.status, last.raw)
	}
	other, err := club.Say(club.ada(), club.Training.ID, "hm")
	if err != nil {
		t.Fatal(err)
	}
	path := "/channels/" + club.Training.ID.String() + "/messages/" + other.ID.String() + "/reactions/%F0%9F%91%8D/@me"
	club.call("PUT", path, "").wants(t, 204, 0)
}

func TestAPastIsWrittenOnlyBeforeThePresent(t *testing.T) {
	club := openClub(t, unlimited())
	now := club.say("now")
	defer func() {
		if recover() == nil {
			t.Error("something older than the newest message was written after it")
		}
	}()
	club.SaidAt(club.ada(), club.General.ID, "then", now.Timestamp.AddDate(0, 0, -1))
}
