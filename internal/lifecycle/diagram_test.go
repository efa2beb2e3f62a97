package lifecycle

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the diagram into docs/lifecycle.md")

const (
	document = "../../docs/lifecycle.md"
	opening  = "<!-- drawn by: go test ./internal/lifecycle -update -->\n"
	closing  = "<!-- end of what is drawn -->\n"
)

func TestTheDiagramShowsWhatTheMachineDoes(t *testing.T) {
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), opening)
	drawn, after, closed := strings.Cut(rest, closing)
	if !found || !closed {
		t.Fatalf("%s lacks the lines %q and %q around the diagram", document, opening, closing)
	}
	want := explored(t).draw()
	if *update {
		if err := os.WriteFile(document, []byte(before+opening+want+closing+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, drawn); diff != "" {
		t.Errorf("docs/lifecycle.md is not what the machine does; go test ./internal/lifecycle -update draws it anew (-want +got):\n%s", diff)
	}
}

// edge is a change of a slot's state.
type edge struct{ from, to State }

// chart is all that can happen to each slot, with its causes.
type chart struct {
	states, steps      int
	current, successor map[edge]map[cause]bool
	ends               map[string]bool
}

// cause is one label of an edge, or the exit class that is part of one.
type cause struct {
	text  string
	class Class // for an exit
	exit  bool
}

var theChart *chart

// explored walks once for all tests that need it.
func explored(t *testing.T) *chart {
	t.Helper()
	if theChart != nil {
		return theChart
	}
	c := &chart{current: map[edge]map[cause]bool{}, successor: map[edge]map[cause]bool{}, ends: map[string]bool{}}
	c.states = walk(t, small(), func(before, after scene, in Input, actions []Action) {
		c.steps++
		c.note(before, after, in, actions)
	})
	theChart = c
	return c
}

func (c *chart) note(before, after scene, in Input, actions []Action) {
	why, whyNext := causeOf(in), causeOf(in)
	if configured, ok := in.(Configured); ok && configured.Generation == before.m.Successor.Generation {
		why.text = "successor configured"
	}
	if tookOver(before, after, in) {
		why = cause{text: "exits, successor " + before.m.Successor.State.String()}
		whyNext = cause{text: "predecessor exits: becomes the current worker"}
	}
	if judged, ok := in.(Judged); ok && judged.Oversized {
		whyNext.text = "current worker outgrows its memory"
	}
	note(c.current, edge{before.m.Current.State, after.m.Current.State}, why)
	note(c.successor, edge{before.m.Successor.State, after.m.Successor.State}, whyNext)
	for _, a := range actions {
		if exit, ok := a.(Exit); ok {
			c.ends[fmt.Sprintf("    %v --> [*]: supervisor exits with %d\n", after.m.Current.State, exit.Code)] = true
		}
	}
}

// tookOver tells a successor that became the current worker from one that died.
func tookOver(before, after scene, in Input) bool {
	e, ok := in.(Exited)
	next := before.m.Successor.State
	return ok && e.Generation == before.m.Current.Generation && (next == Starting || next == Standby) && after.m.Successor == (Slot{})
}

func note(edges map[edge]map[cause]bool, e edge, why cause) {
	if e.from == e.to {
		return
	}
	if edges[e] == nil {
		edges[e] = map[cause]bool{}
	}
	edges[e][why] = true
}

func causeOf(in Input) cause {
	switch in := in.(type) {
	case ConfigureFailed:
		return cause{text: "refuses Configure"}
	case ActivateFailed:
		return cause{text: "refuses Activate"}
	case Judged:
		if in.Verdict == Stalled {
			return cause{text: "stalled"}
		}
		return cause{text: "gateway ready"}
	case Exited:
		return cause{class: in.Class, exit: true}
	case Asked:
		return cause{text: in.Verb.String()}
	}
	return cause{text: in.String()}
}

// draw gives both diagrams in mermaid.
func (c *chart) draw() string {
	return "The current worker:\n\n" + draw(c.current, slices.Sorted(maps.Keys(c.ends))...) + "\nThe successor of a hand-over:\n\n" + draw(c.successor)
}

func draw(edges map[edge]map[cause]bool, ends ...string) string {
	var b strings.Builder
	b.WriteString("```mermaid\nstateDiagram-v2\n    [*] --> stopped\n")
	order := slices.SortedFunc(maps.Keys(edges), func(a, b edge) int {
		return int(a.from-b.from)*len(stateNames) + int(a.to-b.to)
	})
	for _, e := range order {
		fmt.Fprintf(&b, "    %v --> %v: %s\n", e.from, e.to, label(edges[e]))
	}
	b.WriteString(strings.Join(ends, "") + "```\n")
	return b.String()
}

var classNames = [...]string{"0", "75", "77", "78", "crash", "OOM"}

func label(causes map[cause]bool) string {
	var texts, exits []string
	for c := range causes {
		if !c.exit {
			texts = append(texts, c.text)
		}
	}
	for class, name := range classNames {
		if causes[cause{class: Class(class), exit: true}] {
			exits = append(exits, name)
		}
	}
	slices.Sort(texts)
	switch {
	case len(exits) == len(classNames):
		texts = append(texts, "exits")
	case len(exits) > 0:
		texts = append(texts, "exits with "+strings.Join(exits, ", "))
	}
	return strings.Join(texts, "<br/>")
}
