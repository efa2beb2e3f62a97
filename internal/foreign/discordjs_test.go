package foreign_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestADiscordJSBotLivesOnTheSimulator(t *testing.T) {
	live(t, discordJS(t))
}

// discordJS is the command that starts the discord.js bot.
func discordJS(t *testing.T) *exec.Cmd {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("discord.js: node is not installed")
	}
	modules := nodeModules(t)
	ask := exec.Command(node, "-p", "require('discord.js').version + ' on node ' + process.version")
	ask.Env = append(os.Environ(), "NODE_PATH="+modules)
	version, err := ask.Output()
	must(t, err)
	t.Logf("discord.js %s", strings.TrimSpace(string(version)))
	cmd := exec.Command(node, filepath.Join("testdata", "discordjs", "bot.js"))
	cmd.Env = append(os.Environ(), "NODE_PATH="+modules)
	return cmd
}

// nodeModules installs what package-lock.json pins, once per lock file and machine, outside the repository.
func nodeModules(t *testing.T) string {
	t.Helper()
	npm, err := exec.LookPath("npm")
	if err != nil {
		t.Skip("discord.js: npm is not installed")
	}
	from := filepath.Join("testdata", "discordjs")
	lock, err := os.ReadFile(filepath.Join(from, "package-lock.json"))
	must(t, err)
	if strings.Contains(string(lock), `"resolved"`) {
		t.Error("package-lock.json names a registry: make it with --omit-lockfile-registry-resolved")
	}
	dir, release := cacheFor(t, fmt.Sprintf("discordjs-%.8x", sha256.Sum256(lock)))
	defer release()
	installed := filepath.Join(dir, "installed")
	if _, err := os.Stat(installed); err == nil {
		return filepath.Join(dir, "node_modules")
	}
	for _, name := range []string{"package.json", "package-lock.json"} {
		content, err := os.ReadFile(filepath.Join(from, name))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(dir, name), content, 0o644))
	}
	install(t, npm, dir)
	must(t, os.WriteFile(installed, nil, 0o644))
	return filepath.Join(dir, "node_modules")
}

// cacheFor makes a directory in the user's cache, or where that is not theirs in the temporary one, and holds it against
// other test runs until release is called.
func cacheFor(t *testing.T, name string) (dir string, release func()) {
	t.Helper()
	cache, err := os.UserCacheDir()
	dir = filepath.Join(cache, "steadfast-foreign", name)
	if err != nil || os.MkdirAll(dir, 0o755) != nil {
		dir = filepath.Join(os.TempDir(), fmt.Sprintf("steadfast-foreign-%d", os.Getuid()), name)
		must(t, os.MkdirAll(dir, 0o755))
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	must(t, err)
	must(t, syscall.Flock(int(f.Fd()), syscall.LOCK_EX))
	return dir, func() { _ = f.Close() }
}

// unreachable are the errors of npm that mean "no registry there".
var unreachable = []string{"ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH", "EHOSTUNREACH", "ENOTCACHED"}

// install runs npm ci. That no registry can be reached skips the test; anything else npm says fails it.
func install(t *testing.T, npm, dir string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	ci := exec.CommandContext(ctx, npm, "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=30000")
	ci.Dir = dir
	said, err := ci.CombinedOutput()
	if err == nil {
		return
	}
	for _, reason := range unreachable {
		if strings.Contains(string(said), reason) {
			t.Skipf("discord.js: the npm registry cannot be reached (%s)", reason)
		}
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		t.Skip("discord.js: the npm registry does not answer within two minutes")
	}
	t.Fatalf("npm ci: %v\n%s", err, said)
}
