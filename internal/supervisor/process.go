package supervisor

import (
	"context"
	"syscall"
	"time"

	"github.com/steadfast-bot/steadfast/internal/workerapi"
)

// Launcher starts workers. It is called by one goroutine per launch; a successor is launched while its predecessor
// runs, so two calls may overlap.
type Launcher interface {
	// Launch starts one worker and returns when its handshake is done, or with an error once nothing of the process
	// is left: it is the launcher that kills and reaps a worker that never gets as far as a Process. Ending ctx gives
	// the launch up in the same way; after Launch has returned ctx means nothing to the process. Launch, handshake and
	// Configure together have lifecycle.Policy.StartTimeout.
	//
	// A worker that ended by itself before the handshake is reported as a *LaunchError with its Exit, so that an
	// exit code 78 before the handshake is judged like one after it. An error that wraps *workerapi.ExitError (the
	// binary is missing, the socket directory is not ours) is judged by its code. Any other error is a crash.
	Launch(ctx context.Context, spec LaunchSpec) (Process, error)
}

// LaunchSpec says which worker to launch.
type LaunchSpec struct {
	// Generation numbers this run. The launcher writes it down before the process starts, so that no later
	// supervisor in this state directory can use the number again.
	Generation uint64
	// Fresh launches look at the worker's path again; others run the binary that ran last, whatever lies at the path
	// now.
	Fresh bool
}

// Process is one run of a worker, from its handshake on. Its methods may be called from several goroutines at once,
// also after the process is gone; then the RPCs fail at once.
type Process interface {
	workerapi.Worker
	// PID is the process id, for people.
	PID() int
	// Continue sends SIGCONT to the process group.
	Continue() error
	// Quit sends SIGCONT and SIGQUIT to the process, which writes all its stacks to the crash file and dies.
	Quit() error
	// Kill sends SIGKILL to the process group. It never blocks; Exited tells when it has worked.
	Kill() error
	// Exited is closed once the process has been reaped.
	Exited() <-chan struct{}
	// Status says how it ended. Valid once Exited is closed.
	Status() Exit
	// Close releases the connection and what else is kept of a process that has exited. It is called once, after
	// Exited.
	Close() error
}

// Exit is how a worker's process ended.
type Exit struct {
	// Code is the exit status; -1 when a signal ended the process.
	Code workerapi.ExitCode
	// Signal is what ended the process; 0 when it exited.
	Signal syscall.Signal
	// OOM is set where the kernel says that it killed the process for want of memory.
	OOM bool
	// Farewell is the sentence that the worker left, or empty.
	Farewell string
	// CrashFile is the path of what the process wrote on stdout and stderr: panics, runtime errors, the stacks of a
	// SIGQUIT. Empty when there is none.
	CrashFile string
	// MaxResident is the peak resident size in bytes, CPU the processor time used.
	MaxResident uint64
	CPU         time.Duration
	// Started and Ended are wall-clock times, for people.
	Started, Ended time.Time
}

// LaunchError says that a worker ended before its handshake was done.
type LaunchError struct {
	// Sentence is for people: what went wrong, and what to do about it where that is known.
	Sentence string
	// Exit is how the process ended by itself; nil when it never ran or the launcher had to kill it.
	Exit *Exit
	// Cause may be nil.
	Cause error
}

// Error is the sentence, with the cause for the log.
func (e *LaunchError) Error() string {
	if e.Cause == nil {
		return e.Sentence
	}
	return e.Sentence + " (" + e.Cause.Error() + ")"
}

// Unwrap gives the cause.
func (e *LaunchError) Unwrap() error { return e.Cause }

// Predecessor is a worker that an earlier supervisor left behind and that still holds active.lock.
type Predecessor interface {
	// MakeWay returns once active.lock is free. A holder is given 3 s to leave by itself (its life-line is cut), then
	// it gets SIGCONT and SIGKILL through a pidfd, the lock being asked for its holder again after the pidfd is
	// open. killed is the pid of a holder that had to be killed, 0 otherwise. A holder in another pid namespace
	// is never signalled: that is an error with a sentence. Ending ctx gives up with its cause.
	MakeWay(ctx context.Context) (killed int, err error)
}
