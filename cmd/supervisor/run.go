package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/sirupsen/logrus"
	"golang.org/x/sys/unix"

	"github.com/steadfast-bot/steadfast/internal/build"
	"github.com/steadfast-bot/steadfast/internal/config"
	"github.com/steadfast-bot/steadfast/internal/health"
	"github.com/steadfast-bot/steadfast/internal/incident"
	"github.com/steadfast-bot/steadfast/internal/lifecycle"
	"github.com/steadfast-bot/steadfast/internal/logging"
	"github.com/steadfast-bot/steadfast/internal/supervisor"
	"github.com/steadfast-bot/steadfast/internal/workerapi"
	"github.com/steadfast-bot/steadfast/internal/workerproc"
)

// runVerb runs the bot in the foreground.
type runVerb struct {
	Sandbox  bool   `help:"Run on a built-in Discord with a page to chat on: no account, no token."`
	Config   string `help:"The settings file; steadfast.toml here when there is one." placeholder:"FILE"`
	StateDir string `help:"Where the bot keeps its database, logs and incidents." placeholder:"DIR"`
	LogLevel string `help:"error, warn, info or debug." placeholder:"LEVEL"`
	Addr     string `name:"sandbox-addr" help:"Where the sandbox's page is served; loopback only." placeholder:"HOST:PORT"`
}

// The supervisor does little and lasts long: it trades a little CPU for memory (bar: 20 MB resident).
const gcPercent = 50

// Run returns when the bot has stopped.
func (v *runVerb) Run() error {
	debug.SetGCPercent(gcPercent)
	settings, err := config.Load(config.Sources{
		File: v.Config, Environ: os.Environ(),
		Flags: map[string]string{"state_dir": v.StateDir, "log_level": v.LogLevel, "sandbox.addr": v.Addr},
	})
	if err != nil {
		return err
	}
	if v.Sandbox {
		return runSandbox(settings, v.StateDir != "")
	}
	if _, err := settings.Discord.ReadToken(); err != nil {
		return err // before anything is made
	}
	s, cleanUp, err := assemble(settings)
	if err != nil {
		return err
	}
	defer cleanUp()
	return s.run(context.Background())
}

// service is a supervisor with what it was made of.
type service struct {
	*supervisor.Supervisor
	log *logrus.Entry
}

// assemble makes a supervisor ready to run: it takes the state directory, and makes nothing if it can't.
func assemble(settings config.Settings) (s *service, cleanUp func(), err error) {
	if err := workerproc.CheckWorker(settings.Worker); err != nil {
		return nil, nil, err
	}
	dir, err := workerproc.PrepareStateDir(settings.StateDir)
	if err != nil {
		return nil, nil, err
	}
	lock, err := workerproc.LockSupervisor(dir)
	if err != nil {
		return nil, nil, err
	}
	cleanUp = func() { _ = lock.Release() } // the process ends; the kernel would free it as well
	defer func() {
		if err != nil {
			cleanUp()
		}
	}()
	redactor := new(logging.Redactor)
	log, err := openLog(dir, settings.LogLevel, redactor)
	if err != nil {
		return nil, nil, err
	}
	launcher, err := workerproc.NewLauncher(workerproc.Config{
		StateDir: dir, Worker: settings.Worker, StartTimeout: launchTimeout, Log: log.WithField(logging.Component, "workerproc"),
	})
	if err != nil {
		return nil, nil, err
	}
	release := cleanUp
	cleanUp = func() { _ = launcher.Close(); release() } // the process ends; what is left is cleared at the next start
	last, err := workerproc.LastGeneration(dir)
	if err != nil {
		return nil, nil, err
	}
	super, err := supervisor.New(supervisor.Config{
		Policy: policy(settings.Respawn), Limits: health.DefaultLimits(), Heartbeats: heartbeats(settings.Heartbeat),
		Worker: workerapi.Configuration{
			APIURL: settings.Discord.APIURL, StateDir: dir, Database: settings.Database,
			SupervisorVersion: build.Version(), LogLevel: settings.LogLevel, Rehearsal: settings.Rehearsal,
		},
		LogPath:        func(generation uint64) string { return workerproc.LogPath(dir, generation) },
		LastGeneration: last,
		Launcher:       launcher,
		Predecessor:    &workerproc.Predecessor{StateDir: dir, Log: log.WithField(logging.Component, "workerproc")},
		Recorder:       &incident.Recorder{StateDir: dir},
		Token:          tokenSource{settings.Discord, redactor},
		Log:            log.WithField(logging.Component, "supervisor"),
	})
	if err != nil {
		return nil, nil, err
	}
	return &service{Supervisor: super, log: log}, cleanUp, nil
}

// run runs until a signal, or until a restart can't help.
func (s *service) run(ctx context.Context) error {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	defer signal.Stop(signals)
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		stop := s.Stop
		for {
			select {
			case <-ended:
				return
			case received := <-signals:
				s.log.WithField("signal", received.String()).Info("signal received")
				if received == syscall.SIGHUP {
					s.Reread()
					continue
				}
				stop()
				stop = s.StopNow // a second one means now
			}
		}
	}()
	// What reading the settings and the libraries' start have left goes back to the system at once.
	debug.FreeOSMemory()
	return s.Supervisor.Run(ctx)
}

// launchTimeout is a little less than the machine's own start timeout: the launcher knows better what went wrong.
const launchTimeout = 9 * time.Second

// policy puts the settings into the default policy.
func policy(r config.Respawn) lifecycle.Policy {
	p := lifecycle.DefaultPolicy()
	p.Immediate = r.Policy == config.PolicyImmediate
	p.Tokens, p.TokenEvery = r.Tokens, r.TokenEvery
	p.BackoffFirst, p.BackoffCap, p.StableAfter = r.FirstDelay, r.MaxDelay, r.ForgetAfter
	return p
}

func heartbeats(h config.Heartbeat) supervisor.Heartbeats {
	out := supervisor.DefaultHeartbeats()
	out.Every, out.Deadline = h.Interval, h.Deadline
	return out
}

// tokenSource reads the token where the settings say, and tells the log to keep it to itself.
type tokenSource struct {
	discord  config.Discord
	redactor *logging.Redactor
}

var _ supervisor.TokenSource = tokenSource{}

// Token reads the token anew.
func (t tokenSource) Token(context.Context) (string, error) {
	token, err := t.discord.ReadToken()
	if err != nil {
		return "", &workerapi.ExitError{Code: workerapi.ExitSettings, Sentence: err.Error()}
	}
	t.redactor.Add(token)
	return token, nil
}

// openLog writes to stderr for whoever watches, and to a file that stays.
func openLog(dir, level string, redactor *logging.Redactor) (*logrus.Entry, error) {
	logs := filepath.Join(dir, "logs")
	if err := os.MkdirAll(logs, 0o700); err != nil {
		return nil, err
	}
	format := logging.JSON
	if isTerminal(os.Stderr) {
		format = logging.Text
	}
	logger, err := logging.New(os.Stderr, format, level, redactor)
	if err != nil {
		return nil, err
	}
	file, err := os.OpenFile(filepath.Join(logs, "supervisor.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, errors.Join(errors.New("the log can't be opened"), err)
	}
	logging.AlsoTo(logger, file)
	return logrus.NewEntry(logger), nil
}

func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}
