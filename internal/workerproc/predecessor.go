package workerproc

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/sirupsen/logrus"
	"golang.org/x/sys/unix"

	"github.com/steadfast-bot/steadfast/internal/supervisor"
	"github.com/steadfast-bot/steadfast/internal/workerapi"
)

// Predecessor finds the worker that an earlier supervisor left behind in a state directory.
type Predecessor struct {
	StateDir string
	// Patience is how long a holder may take to leave by itself; 0 means 3 s. Its life-line was cut when its
	// supervisor died, and then it leaves within 1 s.
	Patience time.Duration
	Log      *logrus.Entry
}

var _ supervisor.Predecessor = (*Predecessor)(nil)

const (
	defaultPatience = 3 * time.Second
	// deathPatience is how long a killed holder may take to be gone; only a broken disk makes it longer.
	deathPatience = 10 * time.Second
	askInterval   = 20 * time.Millisecond

	// holderField is the log's name for the pid that holds active.lock.
	holderField = "holder"
)

// MakeWay returns once active.lock is free; see supervisor.Predecessor.
func (p *Predecessor) MakeWay(ctx context.Context) (killed int, err error) {
	patience := p.Patience
	if patience == 0 {
		patience = defaultPatience
	}
	pid, err := p.awaitFree(ctx, patience)
	if err != nil || pid == free {
		return 0, err
	}
	ended, err := p.end(pid)
	if err != nil {
		return 0, err
	}
	if ended {
		killed = pid
	}
	left, err := p.awaitFree(ctx, deathPatience)
	if err != nil {
		return killed, err
	}
	if left != free {
		return killed, fmt.Errorf("the worker %d of an earlier supervisor was killed and still holds %s; "+
			"look for a disk that does not answer", left, workerapi.ActiveLockName)
	}
	return killed, nil
}

// free is the holder of a lock that nobody holds.
const free = -1

// awaitFree gives the holder that is still there when the patience ends; 0 is one that cannot be named.
func (p *Predecessor) awaitFree(ctx context.Context, patience time.Duration) (holder int, err error) {
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	ask := time.NewTicker(askInterval)
	defer ask.Stop()
	for said := false; ; {
		pid, held, err := workerapi.ActiveHolder(p.StateDir)
		if err != nil {
			return 0, err
		}
		if !held {
			return free, nil
		}
		if !said {
			p.Log.WithField(holderField, pid).Info("waiting for the worker of an earlier supervisor")
			said = true
		}
		select {
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		case <-deadline.C:
			return pid, nil
		case <-ask.C:
		}
	}
}

// end kills the holder, and nobody else: the pidfd pins the process, and asking the kernel for the holder *after* it
// was opened proves that the pinned process is the one.
func (p *Predecessor) end(pid int) (ended bool, err error) {
	switch ours, err := inOurNamespace(pid); {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil // gone
	case err != nil:
		return false, fmt.Errorf("%s in %s is held by process %d, which is not ours to look into; stop it by hand (%w)",
			workerapi.ActiveLockName, p.StateDir, pid, err)
	case !ours:
		return false, fmt.Errorf("%s in %s is held by a worker in another container or pid namespace; stop it there",
			workerapi.ActiveLockName, p.StateDir)
	}
	if pid == os.Getpid() {
		return false, errors.New("this process itself is the active worker")
	}
	pidfd, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ESRCH) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("reaching the worker %d of an earlier supervisor: %w", pid, err)
	}
	defer unix.Close(pidfd)
	again, held, err := workerapi.ActiveHolder(p.StateDir)
	if err != nil || !held || again != pid {
		return false, err
	}
	p.Log.WithField(holderField, pid).Warn("killing the worker of an earlier supervisor")
	for _, signal := range []unix.Signal{unix.SIGCONT, unix.SIGKILL} {
		if err := unix.PidfdSendSignal(pidfd, signal, nil, 0); err != nil && !errors.Is(err, unix.ESRCH) {
			return false, fmt.Errorf("killing the worker %d of an earlier supervisor: %w", pid, err)
		}
	}
	return true, nil
}

// inOurNamespace says whether the process lives among our pids; the kernel gives 0 for one that is invisible here.
func inOurNamespace(pid int) (bool, error) {
	if pid == 0 {
		return false, nil
	}
	theirs, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/pid", pid))
	if err != nil {
		return false, err
	}
	ours, err := os.Readlink("/proc/self/ns/pid")
	return ours == theirs, err
}
