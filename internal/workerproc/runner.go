package workerproc

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin/runner"
)

// pluginRunner shows go-plugin a run as its runner. go-plugin's own would read the worker's streams for ever, see an
// exit only when every holder of them is gone, and parse standard error with code that panics on odd lines.
type pluginRunner struct {
	*run
	env []string
}

var _ runner.Runner = (*pluginRunner)(nil)

// runnerFunc is go-plugin's RunnerFunc; cmd only carries its environment variables. sockets is a directory for this
// run alone, which go-plugin removes after a run but not when there was none.
func (r *run) runnerFunc(_ hclog.Logger, cmd *exec.Cmd, sockets string) (runner.Runner, error) {
	r.sockets = sockets
	return &pluginRunner{run: r, env: append(workerEnvironment(os.Environ()), cmd.Env...)}, nil
}

// Start starts the process.
func (p *pluginRunner) Start(context.Context) error { return p.run.start(p.env) }

// Wait returns once the process is reaped.
func (p *pluginRunner) Wait(context.Context) error {
	<-p.exited
	if p.exit.Code != 0 {
		return errors.New(describeExit(p.exit))
	}
	return nil
}

// Kill ends the process's group.
func (p *pluginRunner) Kill(context.Context) error {
	p.kill()
	return nil
}

// Stdout carries the handshake.
func (p *pluginRunner) Stdout() io.ReadCloser { return p.stdout }

// Stderr is empty: standard error is the crash file.
func (p *pluginRunner) Stderr() io.ReadCloser { return io.NopCloser(strings.NewReader("")) }

// Name is the program's path.
func (p *pluginRunner) Name() string { return p.program.path }

// ID is the process id, empty for a process that never was: then go-plugin has nothing to clean up.
func (p *pluginRunner) ID() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.process == nil {
		return ""
	}
	return strconv.Itoa(p.process.Pid)
}

// Diagnose has nothing to add: the launcher makes its own sentence.
func (p *pluginRunner) Diagnose(context.Context) string { return "" }

// PluginToHost changes nothing: both live in one file system.
func (p *pluginRunner) PluginToHost(network, address string) (string, string, error) {
	return network, address, nil
}

// HostToPlugin changes nothing either.
func (p *pluginRunner) HostToPlugin(network, address string) (string, string, error) {
	return network, address, nil
}
