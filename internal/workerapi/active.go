package workerapi

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"
)

// ActiveLockName is the file in the state directory whose write lock makes a worker the active one.
const ActiveLockName = "active.lock"

// The lock is a POSIX record lock, because only of that kind does the kernel name the holder (F_GETLK). Its trap:
// when a process closes *any* descriptor of the file, all its locks on it are gone. So a process opens the file once,
// through this package, and a process that holds the lock never opens it again, not even to ask.
var active struct {
	sync.Mutex
	held map[string]*ActiveLock // by path
}

// ActiveLock is the right to act on Discord and to write the database. The kernel frees it when the process ends.
type ActiveLock struct {
	path string
	file *os.File
}

// HeldError says that another process is the active worker.
type HeldError struct {
	// PID is the holder's, 0 when it lives in another pid namespace or on another machine.
	PID  int
	Path string
}

// Error names the holder.
func (e *HeldError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("%s is held by a worker outside this pid namespace or machine", e.Path)
	}
	return fmt.Sprintf("%s is held by process %d", e.Path, e.PID)
}

// AcquireActive takes the lock of the state directory or fails at once, with a *HeldError when there is a holder.
func AcquireActive(stateDir string) (*ActiveLock, error) {
	path, err := activePath(stateDir)
	if err != nil {
		return nil, err
	}
	active.Lock()
	defer active.Unlock()
	if active.held[path] != nil {
		return nil, &HeldError{PID: os.Getpid(), Path: path}
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the lock of the active worker: %w", err)
	}
	if err := lock(file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	l := &ActiveLock{path: path, file: file}
	if active.held == nil {
		active.held = make(map[string]*ActiveLock)
	}
	active.held[path] = l
	return l, nil
}

// lock asks again when the holder vanished between the refusal and the question who it is.
func lock(file *os.File) error {
	for range 10 {
		err := unix.FcntlFlock(file.Fd(), unix.F_SETLK, wholeFile())
		if err == nil {
			return nil
		}
		if !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EACCES) {
			return fmt.Errorf("locking %s: %w", file.Name(), err)
		}
		pid, held, err := holder(file)
		if err != nil {
			return err
		}
		if held {
			return &HeldError{PID: pid, Path: file.Name()}
		}
	}
	return fmt.Errorf("locking %s: its holder changes all the time", file.Name())
}

// Release frees the lock. Nothing that needs it may be running any more.
func (l *ActiveLock) Release() error {
	active.Lock()
	defer active.Unlock()
	delete(active.held, l.path)
	return l.file.Close()
}

// ActiveHolder says who holds the lock of the state directory, running or stopped. pid is 0 for a holder in another
// pid namespace or on another machine: that one must never be signalled.
func ActiveHolder(stateDir string) (pid int, held bool, err error) {
	path, err := activePath(stateDir)
	if err != nil {
		return 0, false, err
	}
	active.Lock()
	defer active.Unlock()
	if active.held[path] != nil {
		return os.Getpid(), true, nil
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("asking for the active worker: %w", err)
	}
	defer file.Close()
	return holder(file)
}

func holder(file *os.File) (pid int, held bool, err error) {
	answer := wholeFile()
	if err := unix.FcntlFlock(file.Fd(), unix.F_GETLK, answer); err != nil {
		return 0, false, fmt.Errorf("asking for the holder of %s: %w", file.Name(), err)
	}
	if answer.Type == unix.F_UNLCK {
		return 0, false, nil
	}
	// 0: invisible from this pid namespace. Negative: on another machine.
	return max(int(answer.Pid), 0), true, nil
}

func wholeFile() *unix.Flock_t {
	return &unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart}
}

// activePath is the same for every name of a state directory.
func activePath(stateDir string) (string, error) {
	dir, err := filepath.EvalSymlinks(stateDir)
	if err == nil {
		dir, err = filepath.Abs(dir)
	}
	if err != nil {
		return "", fmt.Errorf("finding the lock of the active worker: %w", err)
	}
	return filepath.Join(dir, ActiveLockName), nil
}
