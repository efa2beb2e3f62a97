// Package config holds the settings of the product and loads them: defaults, then the file, then the environment,
// then flags. It is the only package that reads the environment; everybody else is handed values. What a setting
// means is decided where it is used.
package config

import (
	"time"
)

// Settings are all settings. The help tags are the manual: docs/settings.md is made from them.
type Settings struct {
	StateDir string `koanf:"state_dir" help:"Where the bot keeps its database, logs and incidents. One bot, one directory."`
	Database string `koanf:"database" help:"Where the data is: sqlite:PATH. Empty: sqlite:steadfast.db in the state directory."`
	Worker   string `koanf:"worker" help:"The worker program. Empty: the file named worker beside the supervisor."`
	LogLevel string `koanf:"log_level" help:"How much is logged: error, warn, info, debug."`

	// Rehearsal is for the sandbox and for tests.
	Rehearsal bool `koanf:"rehearsal" help:"Adds chat commands that crash, hang and spin on purpose, to watch the bot come back. Never on a server that matters."`

	Discord   Discord   `koanf:"discord"`
	Heartbeat Heartbeat `koanf:"heartbeat"`
	Respawn   Respawn   `koanf:"respawn"`
	Sandbox   Sandbox   `koanf:"sandbox"`
}

// Discord is whom to talk to and as whom.
type Discord struct {
	Token     string `koanf:"token" help:"The bot's token. Better kept in a file (token_file) or in systemd's credentials than here."`
	TokenFile string `koanf:"token_file" help:"A file that holds the bot's token and nothing else. Read again on SIGHUP and when Discord refuses the token."`
	APIURL    string `koanf:"api_url" help:"Base of every call to Discord. Another Discord-shaped server can stand here; http:// is for loopback only."`
}

// Heartbeat is how the supervisor asks the worker whether it is well.
type Heartbeat struct {
	Interval time.Duration `koanf:"interval" help:"How often the worker is asked."`
	Deadline time.Duration `koanf:"deadline" help:"How long it may take to answer."`
}

// Respawn is how a dead worker is replaced.
type Respawn struct {
	Policy      string        `koanf:"policy" help:"backoff: at once while tokens last, then ever slower. immediate: no delay after any death."`
	Tokens      int           `koanf:"tokens" help:"How many immediate respawns are in hand."`
	TokenEvery  time.Duration `koanf:"token_every" help:"One comes back per this much time of running."`
	FirstDelay  time.Duration `koanf:"first_delay" help:"The delay without a token, or after a death before running; it doubles each time."`
	MaxDelay    time.Duration `koanf:"max_delay" help:"The longest delay."`
	ForgetAfter time.Duration `koanf:"forget_after" help:"This long running forgets all earlier deaths."`
}

// Sandbox is the built-in Discord of run --sandbox.
type Sandbox struct {
	Addr string `koanf:"addr" help:"Where run --sandbox serves its page and its Discord; loopback only. The next free port when busy and not chosen by you."`
}

// Respawn policies.
const (
	PolicyBackoff   = "backoff"
	PolicyImmediate = "immediate"
)

// DefaultSandboxAddr is the sandbox's address unless another is chosen.
const DefaultSandboxAddr = "127.0.0.1:5002"

// Default returns the settings before anything is read. StateDir is left empty: it depends on the environment.
func Default() Settings {
	return Settings{
		LogLevel:  "info",
		Discord:   Discord{APIURL: "https://discord.com/api/v10"},
		Heartbeat: Heartbeat{Interval: 2 * time.Second, Deadline: time.Second},
		Respawn: Respawn{
			Policy: PolicyBackoff, Tokens: 10, TokenEvery: 10 * time.Second,
			FirstDelay: time.Second, MaxDelay: time.Minute, ForgetAfter: 10 * time.Minute,
		},
		Sandbox: Sandbox{Addr: DefaultSandboxAddr},
	}
}
