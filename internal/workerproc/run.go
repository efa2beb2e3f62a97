package workerproc

import (
	"errors"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/sirupsen/logrus"
	"golang.org/x/sys/unix"

	"github.com/steadfast-bot/steadfast/internal/supervisor"
	"github.com/steadfast-bot/steadfast/internal/workerapi"
)

// run is one process: its start, its signals, its end. It knows nothing of gRPC.
type run struct {
	program      *binary
	args         []string
	crashFile    string
	memoryEvents string
	log          *logrus.Entry

	sockets string // go-plugin's directory for this run
	stdout  *stdout
	// ended is closed when the process is a zombie, exited when it was reaped and the facts below are complete.
	ended, exited chan struct{}
	exit          supervisor.Exit
	byItself      bool // without our kill
	// helpers end when the process has; the reaper waits for them.
	helpers sync.WaitGroup

	// mu keeps signals and reaping apart: until it is reaped the process's pid, and so its group, is nobody else's.
	mu        sync.Mutex
	process   *os.Process
	reaped    bool
	killed    bool // by us
	abandoned bool // before it was started
}

func newRun(program *binary, args []string, crashFile, memoryEvents string, log *logrus.Entry) *run {
	return &run{
		program:      program,
		args:         args,
		crashFile:    crashFile,
		memoryEvents: memoryEvents,
		log:          log,
		stdout:       newStdout(),
		ended:        make(chan struct{}),
		exited:       make(chan struct{}),
	}
}

// errAbandoned is the start of a process that was killed before.
var errAbandoned = errors.New("the launch was given up")

// start runs the program. Its reaper is the owner of everything opened here and ends with the process.
func (r *run) start(env []string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.abandoned {
		return errAbandoned
	}
	ends, err := r.openEnds()
	if err != nil {
		return err
	}
	oomKills := readOOMKills(r.memoryEvents)
	started := time.Now()
	if err := r.execute(env, ends); err != nil {
		ends.close()
		return err
	}
	ends.child.close()
	// A core of a Go program is large, holds the token, and says less than the stacks in the crash file.
	_ = unix.Prlimit(r.process.Pid, unix.RLIMIT_CORE, &unix.Rlimit{}, nil)
	r.helpers.Go(func() { r.stdout.pump(ends.stdout, ends.crash, r.ended) })
	r.helpers.Go(func() { trimCrashFile(ends.crash, r.ended) })
	go r.reap(ends, started, oomKills)
	return nil
}

func (r *run) execute(env []string, ends *ends) error {
	// In the child the five files below are moved to 0-4, by way of numbers just above the highest of them; the
	// program's own number must be out of the way.
	program, err := r.program.duplicate(max(100, ends.highest()+16))
	if err != nil {
		return err
	}
	defer program.Close()
	files := ends.childFiles()
	process, err := os.StartProcess("/proc/self/fd/"+strconv.Itoa(int(program.file.Fd())),
		append([]string{r.program.path}, r.args...),
		&os.ProcAttr{
			Dir:   "/",
			Env:   env,
			Files: files,
			// Its own group: Ctrl-C in a terminal is the supervisor's to hear, and the group can be killed as one.
			// Never Pdeathsig: it fires when the *thread* that started the child ends.
			Sys: &syscall.SysProcAttr{Setpgid: true},
		})
	if err != nil {
		var errno syscall.Errno
		if errors.As(err, &errno) {
			return binaryError(r.program.path, errno)
		}
		return err
	}
	r.process = process
	return nil
}

// reap waits for the end, kills what the worker has left in its group, and then collects the status: as long as the
// process is a zombie its group cannot be anybody else's.
func (r *run) reap(ends *ends, started time.Time, oomKillsBefore int) {
	pid := r.process.Pid
	awaitZombie(pid)

	r.mu.Lock()
	killed := r.killed
	close(r.ended)                    // after it others may still call kill, which then kills nobody
	_ = unix.Kill(-pid, unix.SIGKILL) // ESRCH when nothing is left
	state, err := r.process.Wait()
	r.reaped = true
	r.mu.Unlock()
	if err != nil {
		r.log.WithError(err).Warn("a worker's exit status is lost")
	}

	// A grandchild that has left the group may hold the pipe open for ever; what has been written is there already.
	_ = ends.stdout.SetReadDeadline(time.Now())
	r.helpers.Wait()

	exit := exitFrom(state)
	exit.Started, exit.Ended = started, time.Now()
	exit.OOM = exit.Signal == syscall.SIGKILL && !killed && readOOMKills(r.memoryEvents) > oomKillsBefore
	exit.Farewell = readFarewell(ends.farewell)
	exit.CrashFile = keepCrashFile(r.crashFile)
	r.exit = exit
	r.byItself = exit.Signal != syscall.SIGKILL || !killed
	ends.close()
	r.release()
	close(r.exited)
}

// release gives up what does not depend on a process; safe to call again.
func (r *run) release() { _ = r.program.Close() }

// awaitZombie blocks until the child has ended and leaves it to be reaped.
func awaitZombie(pid int) {
	for {
		var info unix.Siginfo
		err := unix.Waitid(unix.P_PID, pid, &info, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			return
		}
	}
}

func exitFrom(state *os.ProcessState) supervisor.Exit {
	exit := supervisor.Exit{Code: -1}
	if state == nil {
		return exit
	}
	exit.CPU = state.UserTime() + state.SystemTime()
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		exit.Signal = status.Signal()
	} else {
		exit.Code = workerapi.ExitCode(state.ExitCode())
	}
	if usage, ok := state.SysUsage().(*syscall.Rusage); ok {
		exit.MaxResident = uint64(usage.Maxrss) << 10
	}
	return exit
}

// started says whether there ever was a process.
func (r *run) started() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.process != nil
}

// kill ends the whole group, or forbids its start.
func (r *run) kill() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.process == nil {
		r.abandoned = true
		return
	}
	r.killed = true
	_ = r.signalGroup(unix.SIGKILL)
}

// signalGroup needs mu.
func (r *run) signalGroup(signal syscall.Signal) error {
	if r.reaped {
		return os.ErrProcessDone
	}
	return unix.Kill(-r.process.Pid, signal)
}

// exitByItself is how the process ended, nil when it was we who ended it. Valid once exited is closed.
func (r *run) exitByItself() *supervisor.Exit {
	if !r.byItself {
		return nil
	}
	exit := r.exit
	return &exit
}
