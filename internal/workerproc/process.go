package workerproc

import (
	"context"
	"os"
	"sync"

	"github.com/hashicorp/go-plugin"
	"golang.org/x/sys/unix"

	"github.com/steadfast-bot/steadfast/internal/supervisor"
	"github.com/steadfast-bot/steadfast/internal/workerapi"
)

// process is a run with a connection: a worker past its handshake.
type process struct {
	workerapi.Worker
	run      *run
	client   *plugin.Client
	launcher *Launcher
	closing  sync.Once
}

var _ supervisor.Process = (*process)(nil)

// Activate also makes the program the one that is launched from now on: it has proved that it can do the work.
func (p *process) Activate(ctx context.Context) (workerapi.Epoch, error) {
	epoch, err := p.Worker.Activate(ctx)
	if err == nil {
		p.launcher.keep(p.run.program)
	}
	return epoch, err
}

// PID is the process id.
func (p *process) PID() int { return p.run.process.Pid }

// Continue wakes a stopped group.
func (p *process) Continue() error {
	p.run.mu.Lock()
	defer p.run.mu.Unlock()
	return p.run.signalGroup(unix.SIGCONT)
}

// Quit asks the Go runtime for its stacks. It goes to the process alone: others in the group may be no Go programs.
func (p *process) Quit() error {
	p.run.mu.Lock()
	defer p.run.mu.Unlock()
	if p.run.reaped {
		return os.ErrProcessDone
	}
	// Pending when the stopped process wakes, so it does nothing else first.
	if err := p.run.process.Signal(unix.SIGQUIT); err != nil {
		return err
	}
	return p.run.signalGroup(unix.SIGCONT)
}

// Kill ends the group at once.
func (p *process) Kill() error {
	p.run.mu.Lock()
	defer p.run.mu.Unlock()
	p.run.killed = true
	return p.run.signalGroup(unix.SIGKILL)
}

// Exited is closed once the process is reaped and its status complete.
func (p *process) Exited() <-chan struct{} { return p.run.exited }

// Status says how it ended.
func (p *process) Status() supervisor.Exit {
	select {
	case <-p.run.exited:
		return p.run.exit
	default:
		return supervisor.Exit{}
	}
}

// Close lets go-plugin clean up. Its Kill calls the worker without a deadline, so it must not come before the end;
// called early, Close waits for it.
func (p *process) Close() error {
	<-p.run.exited
	p.closing.Do(p.client.Kill)
	return nil
}
