package foreign_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// printVersion says which version of a library is tested. A test binary knows no versions of what it is built from.
func printVersion(t *testing.T, module string) {
	t.Helper()
	t.Logf("%s %s", module, moduleVersion(t, module))
}

// moduleVersion is what go.mod requires of a module.
func moduleVersion(tb testing.TB, module string) string {
	tb.Helper()
	gomod, err := os.ReadFile(filepath.Join("..", "..", "go.mod"))
	must(tb, err)
	for line := range strings.Lines(string(gomod)) {
		if words := strings.Fields(line); len(words) >= 2 && words[0] == module {
			return words[1]
		}
	}
	tb.Fatalf("go.mod does not require %s", module)
	return ""
}
