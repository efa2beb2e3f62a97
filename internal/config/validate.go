package config

import (
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sirupsen/logrus"
)

// derive fills what depends on other settings or on the environment.
func (l *loader) derive(s *Settings, environ []string) {
	if s.StateDir == "" {
		s.StateDir = defaultStateDir(environ)
	}
	if absolute, err := filepath.Abs(s.StateDir); err == nil && s.StateDir != "" {
		s.StateDir = absolute
	}
	if s.Database == "" {
		s.Database = "sqlite:" + filepath.Join(s.StateDir, "steadfast.db")
	}
	s.Discord.APIURL = strings.TrimRight(s.Discord.APIURL, "/")
	if s.Discord.TokenFile == "" && s.Discord.Token == "" {
		// systemd's credentials (systemd.exec(5), LoadCredential=): a file named discord_token.
		if dir := lookup(environ, "CREDENTIALS_DIRECTORY"); dir != "" {
			if path := filepath.Join(dir, "discord_token"); exists(path) {
				s.Discord.TokenFile = path
			}
		}
	}
}

// defaultStateDir is systemd's state directory (systemd.exec(5)), else XDG's state home (XDG Base Directory
// Specification), else the home directory's. Empty when there is none of them.
func defaultStateDir(environ []string) string {
	if dir, _, _ := strings.Cut(lookup(environ, "STATE_DIRECTORY"), ":"); dir != "" {
		return dir
	}
	if dir := lookup(environ, "XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "steadfast")
	}
	if home := lookup(environ, "HOME"); home != "" {
		return filepath.Join(home, ".local", "state", "steadfast")
	}
	return ""
}

func (l *loader) validate(s Settings) error {
	bad := func(key, problem string) error {
		origin := l.origins[key]
		if origin == "" {
			origin = "the default"
		}
		return &Error{Key: key, Origin: origin, Problem: problem}
	}
	if s.StateDir == "" {
		return bad("state_dir", "no place to keep state: set STEADFAST_STATE_DIR to a directory")
	}
	if _, err := logrus.ParseLevel(s.LogLevel); err != nil {
		return bad("log_level", "expected error, warn, info or debug")
	}
	if problem := checkDatabase(s.Database); problem != "" {
		return bad("database", problem)
	}
	if problem := checkAPIURL(s.Discord.APIURL); problem != "" {
		return bad("discord.api_url", problem)
	}
	if problem := checkLoopback(s.Sandbox.Addr); problem != "" {
		return bad("sandbox.addr", problem)
	}
	if s.Respawn.Policy != PolicyBackoff && s.Respawn.Policy != PolicyImmediate {
		return bad("respawn.policy", "expected "+PolicyBackoff+" or "+PolicyImmediate)
	}
	if s.Respawn.Tokens < 0 {
		return bad("respawn.tokens", "expected 0 or more")
	}
	for key, d := range map[string]time.Duration{
		"heartbeat.interval": s.Heartbeat.Interval, "heartbeat.deadline": s.Heartbeat.Deadline,
		"respawn.token_every": s.Respawn.TokenEvery, "respawn.first_delay": s.Respawn.FirstDelay,
		"respawn.max_delay": s.Respawn.MaxDelay, "respawn.forget_after": s.Respawn.ForgetAfter,
	} {
		if d <= 0 {
			return bad(key, "expected more than nothing, for example 2s")
		}
	}
	if s.Heartbeat.Deadline > s.Heartbeat.Interval {
		return bad("heartbeat.deadline", "must not be longer than heartbeat.interval")
	}
	if s.Respawn.MaxDelay < s.Respawn.FirstDelay {
		return bad("respawn.max_delay", "must not be shorter than respawn.first_delay")
	}
	return nil
}

func checkDatabase(database string) string {
	scheme, rest, _ := strings.Cut(database, ":")
	switch {
	case scheme == "postgres" || scheme == "postgresql":
		return "PostgreSQL is not supported yet; use sqlite:PATH"
	case scheme != "sqlite" || rest == "":
		return "expected sqlite:PATH"
	case strings.Contains(rest, ":memory:") || strings.Contains(rest, "mode=memory"):
		return "a database in memory would lose everything with the worker; use sqlite:PATH"
	}
	return ""
}

func checkAPIURL(text string) string {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return "expected a URL such as https://discord.com/api/v10"
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return "expected a plain URL, without user, query or fragment"
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return "http:// would send the token in the clear; only loopback may be spoken to without TLS"
	}
	return ""
}

func checkLoopback(addr string) string {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return "expected HOST:PORT, for example " + DefaultSandboxAddr
	}
	if !isLoopback(host) {
		return "the sandbox is for this machine only; expected a loopback address such as " + DefaultSandboxAddr
	}
	return ""
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

func lookup(environ []string, name string) string {
	for _, entry := range environ {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
