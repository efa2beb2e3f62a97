package workerproc

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/sirupsen/logrus"

	"github.com/steadfast-bot/steadfast/internal/supervisor"
	"github.com/steadfast-bot/steadfast/internal/workerapi"
)

// Config says what is launched and where.
type Config struct {
	// StateDir is the absolute path of a directory that PrepareStateDir accepted.
	StateDir string
	// Worker is the path of the worker; empty means `worker` beside the running program.
	Worker string
	// Args are handed to the worker. The product gives none: all a worker needs comes by Configure.
	Args []string
	// StartTimeout bounds the time to the handshake; 0 means 10 s.
	StartTimeout time.Duration
	// Log hears of what cannot be done but stops nobody.
	Log *logrus.Entry
}

const defaultStartTimeout = 10 * time.Second

// Launcher launches the workers of one state directory. Its caller holds the lock of LockSupervisor.
type Launcher struct {
	config  Config
	sockets socketDir
	// memoryEvents is where the kernel counts its OOM kills in our cgroup; empty when it does not say.
	memoryEvents string

	mu sync.Mutex
	// good is the binary that was last activated; nil before the first.
	good *binary
}

var _ supervisor.Launcher = (*Launcher)(nil)

// NewLauncher checks the socket directory and clears what earlier supervisors left in it. A directory that is not
// ours is a *workerapi.ExitError.
func NewLauncher(config Config) (*Launcher, error) {
	path, err := workerPath(config.Worker)
	if err != nil {
		return nil, err
	}
	config.Worker = path
	if config.StartTimeout == 0 {
		config.StartTimeout = defaultStartTimeout
	}
	l := &Launcher{
		config:       config,
		sockets:      socketDir{path: filepath.Join(config.StateDir, "run")},
		memoryEvents: memoryEventsPath(),
	}
	if err := l.sockets.ensure(); err != nil {
		return nil, err
	}
	if err := l.sockets.clear(); err != nil {
		return nil, err
	}
	// What concerns evidence only is no reason to stay away.
	if err := makeFileDirs(config.StateDir); err != nil {
		config.Log.WithError(err).Warn("there is no place for logs and crash files")
	}
	if err := pruneCrashFiles(config.StateDir); err != nil {
		config.Log.WithError(err).Warn("old crash files stay")
	}
	return l, nil
}

// Close gives up what the launcher keeps between launches. Processes are their owner's.
func (l *Launcher) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.sockets.unlink()
	if l.good != nil {
		err = errors.Join(err, l.good.Close())
		l.good = nil
	}
	return err
}

// Launch starts one worker and waits for its handshake; see supervisor.Launcher.
func (l *Launcher) Launch(ctx context.Context, spec supervisor.LaunchSpec) (supervisor.Process, error) {
	if err := l.sockets.ensure(); err != nil {
		return nil, err
	}
	program, err := l.prepare(spec)
	if err != nil {
		return nil, err
	}
	r := newRun(program, l.config.Args, crashPath(l.config.StateDir, spec.Generation), l.memoryEvents, l.config.Log)
	client := plugin.NewClient(l.clientConfig(r))
	if err := l.shakeHands(ctx, client, r); err != nil {
		return nil, err
	}
	worker, err := dispense(client)
	if err != nil {
		r.kill()
		<-r.exited
		client.Kill()
		return nil, &supervisor.LaunchError{Sentence: "The worker does not offer what its supervisor needs.", Cause: err}
	}
	return &process{Worker: worker, run: r, client: client, launcher: l}, nil
}

// prepare records the generation and chooses the program, one launch at a time.
func (l *Launcher) prepare(spec supervisor.LaunchSpec) (*binary, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := recordGeneration(l.config.StateDir, spec.Generation); err != nil {
		// The number may come again after a restart of ours; a bot that stays away would be worse.
		l.config.Log.WithError(err).Warn("the generation could not be recorded")
	}
	return l.choose(spec.Fresh)
}

// shakeHands starts the process and waits for its handshake. When that fails, nothing of the process is left.
func (l *Launcher) shakeHands(ctx context.Context, client *plugin.Client, r *run) error {
	// go-plugin's Start listens to no context and holds its lock all the while; ending the process ends it.
	started := make(chan error, 1)
	go func() {
		_, err := client.Start()
		started <- err
	}()
	timeout := time.NewTimer(l.config.StartTimeout)
	defer timeout.Stop()
	failure := launchFailure{worker: r.program.path, timeout: l.config.StartTimeout}
	select {
	case failure.cause = <-started:
		if failure.cause == nil {
			return nil
		}
	case <-ctx.Done():
		failure.givenUp = context.Cause(ctx)
		r.kill()
		failure.cause = <-started
	case <-timeout.C:
		failure.timedOut = true
		r.kill()
		failure.cause = <-started
	}
	r.kill()
	if r.started() {
		<-r.exited
		failure.exit = r.exitByItself()
	} else {
		failure.neverRan = true
	}
	client.Kill()
	r.release()
	if r.sockets != "" {
		_ = os.RemoveAll(r.sockets) // what stays is cleared by the next supervisor
	}
	failure.firstLine = r.stdout.firstLine()
	return failure.err()
}

func (l *Launcher) clientConfig(r *run) *plugin.ClientConfig {
	return &plugin.ClientConfig{
		HandshakeConfig:  workerapi.Handshake(),
		Plugins:          plugin.PluginSet{workerapi.PluginName: &workerapi.Plugin{}},
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		RunnerFunc:       r.runnerFunc,
		SkipHostEnv:      true,
		// Ours comes first and knows why; this one is a net below it.
		StartTimeout:     l.config.StartTimeout + time.Second,
		UnixSocketConfig: &plugin.UnixSocketConfig{TempDir: l.sockets.short()},
		GRPCDialOptions:  dialOptions(),
		Logger:           hclog.NewNullLogger(),
	}
}

func dispense(client *plugin.Client) (workerapi.Worker, error) {
	protocol, err := client.Client()
	if err != nil {
		return nil, err
	}
	dispensed, err := protocol.Dispense(workerapi.PluginName)
	if err != nil {
		return nil, err
	}
	worker, ok := dispensed.(workerapi.Worker)
	if !ok {
		return nil, errors.New("it is no worker")
	}
	return worker, nil
}
