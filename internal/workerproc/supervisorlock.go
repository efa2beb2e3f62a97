package workerproc

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// SupervisorLock is the right to be the supervisor of a state directory. The kernel frees it when the process ends.
type SupervisorLock struct {
	file *os.File
}

// SupervisorRunningError says that another supervisor has the state directory.
type SupervisorRunningError struct {
	StateDir string
	// PID and Since are the other's, zero when it could not be asked.
	PID   int
	Since time.Time
}

// Error names the holder and says what to do.
func (e *SupervisorRunningError) Error() string {
	holder := "Another supervisor"
	if e.PID != 0 {
		holder = fmt.Sprintf("Another supervisor (pid %d, since %s)", e.PID, e.Since.Local().Format(time.DateTime))
	}
	return fmt.Sprintf("%s runs in %s; stop it first, or give this one a directory of its own with STEADFAST_STATE_DIR.",
		holder, e.StateDir)
}

// lockHolder is what the lock file says of its holder, for people: the lock itself is the kernel's.
type lockHolder struct {
	PID   int       `json:"pid"`
	Since time.Time `json:"since"`
}

// LockSupervisor takes the state directory for this process or fails at once with a *SupervisorRunningError.
func LockSupervisor(stateDir string) (*SupervisorLock, error) {
	path := filepath.Join(stateDir, "supervisor.lock")
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the supervisor's lock: %w", err)
	}
	// flock, because a process may open and close the file as often as it likes, as the verbs of the command line do.
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		defer file.Close()
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("locking %s: %w", path, err)
		}
		return nil, runningError(stateDir, file)
	}
	content, err := json.Marshal(lockHolder{PID: os.Getpid(), Since: time.Now().UTC().Truncate(time.Second)})
	if err == nil {
		err = file.Truncate(0)
	}
	if err == nil {
		_, err = file.WriteAt(append(content, '\n'), 0)
	}
	if err != nil && !errors.Is(err, unix.ENOSPC) { // on a full disk the lock holds, only nameless
		return nil, errors.Join(fmt.Errorf("writing %s: %w", path, err), file.Close())
	}
	return &SupervisorLock{file: file}, nil
}

func runningError(stateDir string, file *os.File) error {
	running := &SupervisorRunningError{StateDir: stateDir}
	var holder lockHolder
	if err := json.NewDecoder(file).Decode(&holder); err == nil {
		running.PID, running.Since = holder.PID, holder.Since
	}
	return running
}

// Release lets the state directory go.
func (l *SupervisorLock) Release() error {
	return errors.Join(l.file.Truncate(0), l.file.Close())
}
