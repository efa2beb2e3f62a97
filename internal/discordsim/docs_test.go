package discordsim_test

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

const page = "../../docs/sandbox.md"

// routeList is the part of the page that names every route: one line per resource.
func routeList() string {
	var out strings.Builder
	last := ""
	for _, name := range discordsim.Routes() {
		group := strings.Split(strings.Fields(name)[1], "/")[1]
		if group != last {
			if last != "" {
				out.WriteString("\n")
			}
			fmt.Fprintf(&out, "- **%s**:", group)
			last = group
		} else {
			out.WriteString(" ·")
		}
		fmt.Fprintf(&out, " `%s`", name)
	}
	return out.String() + "\n"
}

// Run with UPDATE_DOCS=1 to write the list anew.
func TestThePageListsEveryRoute(t *testing.T) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, opened := strings.Cut(string(text), "<!-- routes -->\n")
	listed, after, closed := strings.Cut(rest, "<!-- /routes -->")
	if !opened || !closed {
		t.Fatal("the page has no place for the routes")
	}
	if os.Getenv("UPDATE_DOCS") != "" {
		if err := os.WriteFile(page, []byte(before+"<!-- routes -->\n"+routeList()+"<!-- /routes -->"+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(routeList(), listed); diff != "" {
		t.Errorf("the list is old (UPDATE_DOCS=1 writes it anew):\n%s", diff)
	}
}

func TestThePageNamesEveryFault(t *testing.T) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	standing := reflect.TypeFor[discordsim.Faults]()
	for i := range standing.NumField() {
		if name := standing.Field(i).Name; name != "REST" {
			names = append(names, name)
		}
	}
	for _, kind := range []discordsim.RESTKind{
		discordsim.RESTStatus, discordsim.RESTStatusAfter, discordsim.RESTReset, discordsim.RESTResetAfter,
		discordsim.RESTLimited, discordsim.RESTPage, discordsim.RESTBanned, discordsim.RESTUnauthorized,
	} {
		names = append(names, string(kind))
	}
	names = append(names, "Drop", "FreezeNow", "Thaw", "Reconnect", "InvalidSession", "Close", "ExpireSessions", "AskHeartbeat", "ForgetReplay")
	for _, name := range names {
		if !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("the page does not name %s", name)
		}
	}
}
