package config_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/steadfast-bot/steadfast/internal/config"
)

var update = flag.Bool("update", false, "rewrite docs/settings.md")

// write puts a settings file into a new directory and returns its path.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "steadfast.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestEachSourceGoesOverTheOneBefore(t *testing.T) {
	path := write(t, "log_level = 'warn'\n[respawn]\ntokens = 3\nmax_delay = '30s'\n")
	got, err := config.Load(config.Sources{
		File:    path,
		Environ: []string{"HOME=/home/ada", "STEADFAST_RESPAWN_TOKENS=4", "STEADFAST_RESPAWN_MAX_DELAY=20s", "DISCORD_TOKEN=t0ken", "PATH=/bin"},
		Flags:   map[string]string{"respawn.max_delay": "10s", "state_dir": ""},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := config.Default()
	want.LogLevel = "warn"                   // the file
	want.Respawn.Tokens = 4                  // the environment over the file
	want.Respawn.MaxDelay = 10 * time.Second // a flag over both
	want.Discord.Token = "t0ken"
	want.StateDir = "/home/ada/.local/state/steadfast"
	want.Database = "sqlite:/home/ada/.local/state/steadfast/steadfast.db"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTheStateDirectoryFollowsThePlaceWeRunIn(t *testing.T) {
	for _, c := range []struct {
		name, want string
		environ    []string
	}{
		{"told", "/srv/bot", []string{"STEADFAST_STATE_DIR=/srv/bot", "STATE_DIRECTORY=/var/lib/x", "HOME=/h"}},
		{"systemd", "/var/lib/x", []string{"STATE_DIRECTORY=/var/lib/x:/var/lib/y", "XDG_STATE_HOME=/s", "HOME=/h"}},
		{"XDG", "/s/steadfast", []string{"XDG_STATE_HOME=/s", "HOME=/h"}},
		{"home", "/h/.local/state/steadfast", []string{"HOME=/h"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := config.Load(config.Sources{Environ: c.environ})
			if err != nil || got.StateDir != c.want {
				t.Errorf("got %q, %v; want %q", got.StateDir, err, c.want)
			}
		})
	}
}

func TestABadSettingIsToldInOneSentence(t *testing.T) {
	home := "HOME=/h"
	for name, c := range map[string]struct {
		file, env, want string
	}{
		"unknown key":          {file: "loglevel = 'x'", want: "no such setting; did you mean log_level?"},
		"unknown table":        {file: "[respwan]\ntokens = 1", want: "respwan.tokens: there is no such setting; did you mean respawn.tokens?"},
		"unknown variable":     {env: "STEADFAST_STATEDIR=/x", want: "did you mean STEADFAST_STATE_DIR?"},
		"no TOML":              {file: "= 1", want: "not valid TOML"},
		"number":               {file: "[respawn]\ntokens = 'many'", want: "respawn.tokens: expected a whole number"},
		"duration":             {env: "STEADFAST_HEARTBEAT_INTERVAL=2", want: "heartbeat.interval: expected a duration, for example"},
		"duration in a file":   {file: "[heartbeat]\ninterval = 2", want: "expected a duration"},
		"zero duration":        {env: "STEADFAST_HEARTBEAT_INTERVAL=0s", want: "expected more than nothing"},
		"text":                 {file: "log_level = 7", want: "log_level: expected text"},
		"level":                {env: "STEADFAST_LOG_LEVEL=loud", want: "expected error, warn, info or debug (from the environment, STEADFAST_LOG_LEVEL)"},
		"policy":               {env: "STEADFAST_RESPAWN_POLICY=always", want: "expected backoff or immediate"},
		"deadline":             {env: "STEADFAST_HEARTBEAT_DEADLINE=3s", want: "must not be longer than heartbeat.interval"},
		"delays":               {env: "STEADFAST_RESPAWN_MAX_DELAY=1ms", want: "must not be shorter than respawn.first_delay"},
		"truth":                {env: "STEADFAST_REHEARSAL=maybe", want: "rehearsal: expected true or false"},
		"tokens":               {env: "STEADFAST_RESPAWN_TOKENS=-1", want: "expected 0 or more"},
		"API in the clear":     {env: "DISCORD_API_URL=http://example.com/api", want: "would send the token in the clear"},
		"API no URL":           {env: "DISCORD_API_URL=discord", want: "expected a URL such as"},
		"API with a password":  {env: "DISCORD_API_URL=https://a:b@example.com", want: "expected a plain URL"},
		"database":             {env: "STEADFAST_DATABASE=mysql:x", want: "expected sqlite:PATH"},
		"database in memory":   {env: "STEADFAST_DATABASE=sqlite::memory:", want: "would lose everything"},
		"postgres":             {env: "STEADFAST_DATABASE=postgres://x", want: "not supported yet"},
		"sandbox on all hosts": {env: "STEADFAST_SANDBOX_ADDR=0.0.0.0:80", want: "for this machine only"},
		"sandbox address":      {env: "STEADFAST_SANDBOX_ADDR=5002", want: "expected HOST:PORT"},
	} {
		t.Run(name, func(t *testing.T) {
			from := config.Sources{Environ: []string{home, c.env}}
			if c.file != "" {
				from.File = write(t, c.file)
			}
			_, err := config.Load(from)
			var e *config.Error
			if !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "\n") {
				t.Errorf("more than one line: %q", err)
			}
		})
	}
}

func TestAMissingFileIsAnErrorOnlyWhenItWasNamed(t *testing.T) {
	t.Chdir(t.TempDir())
	if _, err := config.Load(config.Sources{Environ: []string{"HOME=/h"}}); err != nil {
		t.Errorf("no file at all: %v", err)
	}
	if _, err := config.Load(config.Sources{File: "none.toml", Environ: []string{"HOME=/h"}}); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("a named file: %v", err)
	}
}

func TestTheTokenIsReadAnewFromItsFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	d := config.Discord{TokenFile: path}
	for _, want := range []string{"first", "second"} {
		if err := os.WriteFile(path, []byte("Bot "+want+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := d.ReadToken(); err != nil || got != want {
			t.Errorf("got %q, %v", got, err)
		}
	}
}

func TestAnUnusableTokenIsToldWithWhereToPutOne(t *testing.T) {
	for name, c := range map[string]struct {
		d    config.Discord
		want string
	}{
		"none":         {config.Discord{}, "set DISCORD_TOKEN, or DISCORD_TOKEN_FILE"},
		"missing file": {config.Discord{TokenFile: "/nonexistent/token"}, "no such file"},
		"empty":        {config.Discord{Token: " "}, "is empty"},
		"two lines":    {config.Discord{Token: "abc\ndef"}, "no spaces or line breaks"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.d.ReadToken()
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if c.d.Token != " " && c.d.Token != "" && strings.Contains(err.Error(), c.d.Token) {
				t.Errorf("the error shows the token: %v", err)
			}
		})
	}
}

func TestCredentialsOfSystemdAreFound(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "discord_token"), []byte("cred"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := config.Load(config.Sources{Environ: []string{"HOME=/h", "CREDENTIALS_DIRECTORY=" + dir}})
	if err != nil {
		t.Fatal(err)
	}
	if token, err := s.Discord.ReadToken(); err != nil || token != "cred" {
		t.Errorf("got %q, %v", token, err)
	}
}

func TestTheManualListsEverySetting(t *testing.T) {
	const path = "../../docs/settings.md"
	want := config.Manual()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("docs/settings.md is out of date (go test ./internal/config -update):\n%s", diff)
	}
	if strings.Contains(want, "||") {
		t.Error("a setting has no help")
	}
}
