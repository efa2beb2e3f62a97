package discordsim

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// This looks inside because the list of exceptions is of no use to anybody outside.
func TestEveryRouteIsInDiscordsDescription(t *testing.T) {
	sp := theSpec()
	for _, r := range routes {
		op := sp.operations[operationKey(r.method, r.pattern)]
		if op == nil {
			t.Errorf("%s is not described", r.name())
			continue
		}
		if op.body {
			if _, err := sp.schema(op.pointer + "/requestBody/content/application~1json/schema"); err != nil {
				t.Errorf("%s: %v", r.name(), err)
			}
		}
		for status, pointer := range op.responses {
			if pointer == "" {
				continue
			}
			if _, err := sp.schema(pointer); err != nil {
				t.Errorf("%s, %s: %v", r.name(), status, err)
			}
		}
	}
}

func TestAnAnswerThatBreaksTheDescriptionIsFound(t *testing.T) {
	sp := theSpec()
	op := sp.operations["GET /users/{}"]
	for _, row := range []struct {
		status int
		body   string
		want   string
	}{
		{200, `{"id":"1"}`, "missing properties"},
		{200, ``, "status 200 has no body"},
		{200, `{`, "answer: "},
		{302, `{}`, "status 302 is not described"},
		{404, `{"message":"Unknown User"}`, "missing property 'code'"},
	} {
		if got := strings.Join(sp.checkResponse(op, row.status, []byte(row.body)), "\n"); !strings.Contains(got, row.want) {
			t.Errorf("%d %s: got %q, want %q", row.status, row.body, got, row.want)
		}
	}
	typing := sp.operations["POST /channels/{}/typing"]
	if got := sp.checkResponse(typing, 204, []byte("{}")); len(got) != 1 || got[0] != "status 204 has a body" {
		t.Errorf("got %q", got)
	}
}

func TestEveryExceptionNamesItsReasonAndExcusesOnlyWhatItSays(t *testing.T) {
	for _, d := range deviations {
		if d.says == "" || d.because == "" {
			t.Errorf("%+v", d)
		}
	}
	only := deviation{route: "GET /users/*", says: "flags"}
	for _, row := range []struct {
		route, finding string
		want           bool
	}{
		{"GET /users/@me", "answer 200 /: flags", true}, {"GET /users/@me", "answer 200 /: id", false}, {"GET /gateway", "flags", false},
	} {
		if got := only.excuses(row.route, row.finding); got != row.want {
			t.Errorf("%s, %s: %v", row.route, row.finding, got)
		}
	}
}

// EventTypes is what internal/foreign holds decoding to, so an event must not be missing from it: the names are read
// out of the code.
func TestEventTypesAreThoseTheCodeSends(t *testing.T) {
	var found []string
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") || f.Name() == "eventtypes.go" {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			literal, is := n.(*ast.BasicLit)
			if !is || literal.Kind != token.STRING {
				return true
			}
			if text, err := strconv.Unquote(literal.Value); err == nil && eventName(text) {
				found = append(found, text)
			}
			return true
		})
	}
	slices.Sort(found)
	if diff := cmp.Diff(slices.Compact(found), EventTypes()); diff != "" {
		t.Error(diff)
	}
}

// eventName says whether a text in the code is the name of an event rather than of an error in a form.
func eventName(text string) bool {
	for _, group := range []string{"CHANNEL_", "GUILD_", "INTERACTION_CREATE", "INVITE_", "MESSAGE_", "PRESENCE_UPDATE", "THREAD_", "TYPING_", "USER_UPDATE", "WEBHOOKS_"} {
		if strings.HasPrefix(text, group) {
			for _, end := range []string{"_CREATE", "_UPDATE", "_DELETE", "_ADD", "_REMOVE", "_REMOVE_ALL", "_REMOVE_EMOJI", "_BULK", "_CHUNK", "_INFO", "_START"} {
				if strings.HasSuffix(text, end) {
					return true
				}
			}
		}
	}
	return text == "READY" || text == "RESUMED" || text == "RATE_LIMITED" || text == "SOUNDBOARD_SOUNDS"
}
