package sandbox

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

// The pure readers of what a person types are tested from inside: from outside each row would need a whole simulator.

func at(n float64) *float64 { return &n }

var club = []Person{
	{ID: "11", Name: "Ada", Handle: "ada", aliases: []string{"ada"}},
	{ID: "12", Name: "Coach Bo", Handle: "bo", aliases: []string{"bo", "coach bo"}},
	{ID: "13", Name: "Dov the Wall", Handle: "dov", aliases: []string{"dov", "dov the wall"}},
}

var typed = slasher{
	people:   club,
	channels: []Channel{{ID: "21", Name: "general"}},
	commands: []Command{
		{Name: "ping"},
		{Name: "headpat", Options: []Option{
			{Name: "member", Type: discordsim.OptionUser, Required: true}, {Name: "reason", Type: discordsim.OptionString, Max: at(20)}}},
		{Name: "bet", Options: []Option{
			{Name: "amount", Type: discordsim.OptionInteger, Min: at(1), Max: at(100)}, {Name: "odds", Type: discordsim.OptionNumber, Min: at(1)},
			{Name: "side", Type: discordsim.OptionString, Choices: []Choice{{"Home", "h"}, {"Away", "a"}}},
			{Name: "secret", Type: discordsim.OptionBoolean}, {Name: "room", Type: discordsim.OptionChannel}}},
		{Name: "note", Options: []Option{{Name: "text", Type: discordsim.OptionString}}},
		{Name: "team"}, {Name: "team add", Options: []Option{{Name: "member", Type: discordsim.OptionUser}}},
		{Name: "file", Options: []Option{{Name: "upload", Type: 11}}},
	},
}

func TestASlashCommandIsReadAsDiscordsClientWould(t *testing.T) {
	for text, want := range map[string][]filled{
		"/ping":                         nil,
		"  /PING  ":                     nil,
		"/headpat member:ada":           {{"member", discordsim.OptionUser, "11"}},
		"/headpat @ada":                 {{"member", discordsim.OptionUser, "11"}},
		"/headpat member:<@12>":         {{"member", discordsim.OptionUser, "12"}},
		"/headpat member:13":            {{"member", discordsim.OptionUser, "13"}},
		"/headpat member: Dov the Wall": {{"member", discordsim.OptionUser, "13"}},
		"/headpat reason:so kind member:@Coach Bo": {
			{"member", discordsim.OptionUser, "12"}, {"reason", discordsim.OptionString, "so kind"}},
		"/headpat ada reason:thanks @bo":   {{"member", discordsim.OptionUser, "11"}, {"reason", discordsim.OptionString, "thanks <@12>"}},
		"/bet amount:7 odds:2.5 side:away": {{"amount", discordsim.OptionInteger, int64(7)}, {"odds", discordsim.OptionNumber, 2.5}, {"side", discordsim.OptionString, "a"}},
		"/bet 3 secret:yes room:#General":  {{"amount", discordsim.OptionInteger, int64(3)}, {"secret", discordsim.OptionBoolean, true}, {"room", discordsim.OptionChannel, "21"}},
		"/note at 12:30 see http://x":      {{"text", discordsim.OptionString, "at 12:30 see http://x"}},
		"/team add dov":                    {{"member", discordsim.OptionUser, "13"}},
		"/note text:a: b":                  {{"text", discordsim.OptionString, "a: b"}},
	} {
		name, got, err := typed.parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if typed := strings.ToLower(strings.TrimSpace(text)); !strings.HasPrefix(typed, "/"+name) || name == "" {
			t.Errorf("%s: was read as %q", text, name)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", text, diff)
		}
	}
}

func TestAWrongSlashCommandIsExplained(t *testing.T) {
	for text, want := range map[string]string{
		"/":                             "type the name of a command",
		"/pong":                         "there is no /pong",
		"/head":                         "did you mean /headpat?",
		"/headpat":                      "needs member",
		"/headpat member:zoe":           `nobody here is called "zoe"`,
		"/headpat member:":              "say what member is",
		"/headpat mmber:ada":            "no option mmber: it has member, reason",
		"/headpat member:ada member:bo": "member twice",
		"/headpat ada reason:" + strings.Repeat("x", 21): "21 characters: it takes at most 20",
		"/ping now":           "takes no options",
		"/bet amount:many":    "is a whole number",
		"/bet amount:2.5":     "is a whole number",
		"/bet amount:101":     "is 1 to 100, not 101",
		"/bet odds:0.5":       "is at least 1",
		"/bet side:draw":      "is one of Home, Away",
		"/bet secret:perhaps": "is true or false",
		"/bet room:attic":     `none called "attic"`,
		"/file upload:x":      "cannot fill in upload yet",
	} {
		_, _, err := typed.parse(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want it to say %q", text, err, want)
		}
	}
}

func TestABotWithoutCommandsIsNamedAsTheReason(t *testing.T) {
	_, _, err := slasher{}.parse("/ping")
	if err == nil || !strings.Contains(err.Error(), "registered no slash commands yet") {
		t.Error(err)
	}
}

func TestANameAfterAnAtSignBecomesAMention(t *testing.T) {
	for text, want := range map[string]string{
		"!headpat @ada":          "!headpat <@11>",
		"@Ada, @BO!":             "<@11>, <@12>!",
		"@dov the wall saves":    "<@13> saves",
		"@dov the walls":         "<@13> the walls",
		"thanks @Coach Bo":       "thanks <@12>",
		"mail ada@ada.example":   "mail ada@ada.example",
		"@adam and @nobody":      "@adam and @nobody",
		"@everyone, @":           "@everyone, @",
		"<@11> stays, größe@ada": "<@11> stays, größe@ada",
		"":                       "",
	} {
		if got := mentions(text, club); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}
