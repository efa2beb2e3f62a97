package archtest_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/steadfast-bot/steadfast/"

// A rule forbids packages to depend on others, directly or through others, test files aside.
type rule struct {
	// who lists package paths below the module; a trailing / takes all below.
	who []string
	// mayNot lists import paths, with the same trailing /; "module:" stands for our own packages.
	mayNot []string
	// except lists packages of who that may.
	except []string
	// direct looks at a package's own imports only.
	direct  bool
	because string
}

var (
	supervisorSide = []string{"cmd/supervisor", "internal/supervisor", "internal/workerproc", "internal/incident", "internal/sandbox"}
	workerSide     = []string{"cmd/worker", "internal/worker", "internal/gateway", "internal/dispatch", "internal/command",
		"internal/effect", "internal/outbox", "internal/rest", "internal/inflight", "internal/modules/", "internal/storage", "internal/storage/"}
	drivers = []string{"modernc.org/sqlite", "github.com/pressly/goose/v3", "database/sql"}
)

var rules = []rule{
	{who: []string{"internal/lifecycle", "internal/health", "internal/effect"}, mayNot: []string{"not-std"},
		because: "decisions are pure: they can be explored, compared and printed only while nothing else is in them"},
	{who: supervisorSide, mayNot: []string{"github.com/diamondburned/"},
		because: "the supervisor outlives Discord's library; a bug there must not reach it"},
	{who: []string{"internal/storage", "internal/storage/", "internal/discordsim"}, mayNot: []string{"github.com/diamondburned/"},
		because: "stored rows and the simulator must not share an idea, or a mistake, with the library"},
	{who: []string{"internal/discordsim"}, mayNot: []string{"module:"},
		because: "the simulator and the product must not be able to share a mistake"},
	{who: workerSide, mayNot: []string{"module:internal/supervisor", "module:internal/workerproc", "module:internal/incident",
		"module:internal/sandbox", "module:internal/lifecycle", "module:internal/health", "module:internal/discordsim"},
		because: "the worker is one side of the wire; what crosses it is in workerapi"},
	{who: supervisorSide, mayNot: []string{"module:internal/worker", "module:internal/gateway", "module:internal/dispatch",
		"module:internal/outbox", "module:internal/rest", "module:internal/modules/", "module:internal/storage", "module:internal/storage/"},
		because: "the supervisor is one side of the wire; what needs Discord or the database runs in the worker"},
	{who: []string{"cmd/", "internal/", "proto/"}, mayNot: []string{"github.com/hashicorp/go-plugin"}, direct: true,
		except:  []string{"internal/workerapi", "internal/workerproc"},
		because: "go-plugin's traps are known in two places only"},
	{who: []string{"cmd/", "internal/"}, mayNot: drivers, direct: true, except: []string{"internal/storage/sqlite"},
		because: "another database must be able to take this one's place"},
	{who: []string{"internal/modules/"}, mayNot: []string{"module:internal/modules/"},
		because: "a feature can be taken out without another noticing"},
	{who: []string{"cmd/", "internal/"}, mayNot: []string{"module:proto/"}, direct: true,
		except:  []string{"internal/workerapi", "internal/control"},
		because: "generated types stop at the edge"},
	{who: []string{"cmd/", "internal/"}, mayNot: []string{"module:internal/discordsim"}, direct: true,
		except:  []string{"internal/sandbox"},
		because: "a Discord of our own is for the sandbox and for tests"},
}

// pkg is what go list says of a package.
type pkg struct {
	ImportPath    string
	Standard      bool
	Imports, Deps []string
}

// load lists our packages, and which import paths are of the standard library.
func load(t *testing.T) (ours []pkg, standard map[string]bool) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=ImportPath,Standard,Imports,Deps", module+"...").Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("go list: %s", exit.Stderr)
		}
		t.Fatal(err)
	}
	standard = map[string]bool{"C": true, "unsafe": true}
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return ours, standard
		} else if err != nil {
			t.Fatal(err)
		}
		if p.Standard {
			standard[p.ImportPath] = true
		}
		if strings.HasPrefix(p.ImportPath, module) {
			ours = append(ours, p)
		}
	}
}

// within says whether path is one of the list, or below an entry that ends in /.
func within(path string, list []string) bool {
	return slices.ContainsFunc(list, func(entry string) bool {
		return path == entry || strings.HasSuffix(entry, "/") && strings.HasPrefix(path, entry)
	})
}

// breaks returns the imports of p that the rule forbids.
func (r rule) breaks(p pkg, standard map[string]bool) (found []string) {
	name := strings.TrimPrefix(p.ImportPath, module)
	if !within(name, r.who) || within(name, r.except) {
		return nil
	}
	imports := p.Deps
	if r.direct {
		imports = p.Imports
	}
	for _, path := range imports {
		own, isOwn := strings.CutPrefix(path, module)
		for _, banned := range r.mayNot {
			rest, ownRule := strings.CutPrefix(banned, "module:")
			switch {
			case banned == "not-std" && !standard[path] && !(isOwn && within(own, r.who)),
				ownRule && rest == "" && isOwn && own != name,
				ownRule && rest != "" && isOwn && own != name && within(own, []string{rest}),
				!ownRule && within(path, []string{banned}):
				found = append(found, path)
			}
		}
	}
	return found
}

func TestImportsPointOneWay(t *testing.T) {
	ours, standard := load(t)
	for _, r := range rules {
		for _, p := range ours {
			for _, path := range r.breaks(p, standard) {
				t.Errorf("%s must not depend on %s: %s", strings.TrimPrefix(p.ImportPath, module), path, r.because)
			}
		}
	}
}

func TestEveryRuleNamesPackagesThatExist(t *testing.T) {
	ours, _ := load(t)
	for _, r := range rules {
		for _, who := range slices.Concat(r.who, r.except) {
			if who == "internal/control" || who == "proto/" || who == "cmd/" { // control comes with the operator's verbs
				continue
			}
			if !slices.ContainsFunc(ours, func(p pkg) bool {
				return within(strings.TrimPrefix(p.ImportPath, module), []string{who})
			}) {
				t.Errorf("the rule %q names %s, which is not there", r.because, who)
			}
		}
	}
}

func TestABrokenRuleIsFound(t *testing.T) {
	standard := map[string]bool{"time": true}
	for _, c := range []struct {
		p    pkg
		want string
	}{
		{pkg{ImportPath: module + "internal/lifecycle", Deps: []string{"time", "github.com/x/y"}}, "github.com/x/y"},
		{pkg{ImportPath: module + "internal/supervisor", Deps: []string{"github.com/diamondburned/arikawa/v3/discord"}}, "github.com/diamondburned/arikawa/v3/discord"},
		{pkg{ImportPath: module + "internal/modules/fun", Deps: []string{module + "internal/modules/general"}}, module + "internal/modules/general"},
		{pkg{ImportPath: module + "internal/discordsim", Deps: []string{module + "internal/effect"}}, module + "internal/effect"},
		{pkg{ImportPath: module + "internal/worker", Imports: []string{"database/sql"}}, "database/sql"},
	} {
		var found []string
		for _, r := range rules {
			found = append(found, r.breaks(c.p, standard)...)
		}
		if !slices.Contains(found, c.want) {
			t.Errorf("%s importing %s passes", c.p.ImportPath, c.want)
		}
	}
}
