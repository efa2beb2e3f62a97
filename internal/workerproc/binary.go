package workerproc

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/steadfast-bot/steadfast/internal/workerapi"
)

// binary is a worker's program, held by a descriptor so that it can be run again after an upgrade has replaced what
// lies at its path.
type binary struct {
	path string
	file *os.File
}

// workerPath makes the setting absolute; the default is beside the running program.
func workerPath(setting string) (string, error) {
	if setting != "" {
		return filepath.Abs(setting)
	}
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("finding the worker beside this program: %w", err)
	}
	return filepath.Join(filepath.Dir(self), "worker"), nil
}

// openBinary opens the program at path without reading it: a program may be executable and yet not readable.
func openBinary(path string) (*binary, error) {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, binaryError(path, err)
	}
	b := &binary{path: path, file: os.NewFile(uintptr(fd), path)}
	if err := b.check(); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// CheckWorker says whether the worker's program is there to be run, before anything is made for it. The setting is
// Config.Worker; the error is a *workerapi.ExitError.
func CheckWorker(setting string) error {
	path, err := workerPath(setting)
	if err != nil {
		return err
	}
	b, err := openBinary(path)
	if err != nil {
		return err
	}
	return b.Close()
}

func (b *binary) check() error {
	info, err := b.file.Stat()
	switch {
	case err != nil:
		return binaryError(b.path, err)
	case !info.Mode().IsRegular():
		return settingsError(nil, "The worker's path %s is not a program; set STEADFAST_WORKER to one.", b.path)
	case isScript(b.path):
		// A script would be found again through a descriptor that its interpreter no longer has.
		return settingsError(nil, "The worker %s is a script; set STEADFAST_WORKER to the program itself.", b.path)
	}
	if err := unix.Access(b.path, unix.X_OK); err != nil {
		return binaryError(b.path, err)
	}
	return nil
}

func isScript(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	var start [2]byte
	n, _ := file.Read(start[:])
	return string(start[:n]) == "#!"
}

// binaryError is what a restart cannot mend about the worker's binary.
func binaryError(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ENOTDIR):
		return settingsError(err,
			"There is no worker at %s; put it beside the supervisor or set STEADFAST_WORKER to its path.", path)
	case errors.Is(err, fs.ErrPermission):
		return settingsError(err,
			"This user may not run the worker %s; make it executable (chmod a+rx), on a file system that is not mounted noexec.", path)
	case errors.Is(err, unix.ENOEXEC):
		return settingsError(err,
			"The worker %s is no program for this machine; install the one built for its architecture.", path)
	}
	return fmt.Errorf("opening the worker %s: %w", path, err)
}

func settingsError(cause error, format string, args ...any) error {
	return &workerapi.ExitError{
		Code:     workerapi.ExitSettings,
		Sentence: fmt.Sprintf(format, args...),
		Cause:    cause,
	}
}

// duplicate gives a second hold on the same program, on a descriptor not below floor.
func (b *binary) duplicate(floor int) (*binary, error) {
	conn, err := b.file.SyscallConn()
	if err != nil {
		return nil, err
	}
	fd, dupErr := -1, error(nil)
	if err := conn.Control(func(original uintptr) {
		fd, dupErr = unix.FcntlInt(original, unix.F_DUPFD_CLOEXEC, floor)
	}); err != nil {
		return nil, err
	}
	if dupErr != nil {
		return nil, fmt.Errorf("keeping the worker %s: %w", b.path, dupErr)
	}
	return &binary{path: b.path, file: os.NewFile(uintptr(fd), b.path)}, nil
}

// Close lets the program go.
func (b *binary) Close() error { return b.file.Close() }

// choose gives the binary to launch: the one that was activated last, or what lies at the path now when a fresh one is
// asked for or none ever was. The caller holds mu and closes the binary.
func (l *Launcher) choose(fresh bool) (*binary, error) {
	if fresh || l.good == nil {
		return openBinary(l.config.Worker)
	}
	return l.good.duplicate(0)
}

// keep makes the program of an activated worker the one that is launched from now on.
func (l *Launcher) keep(program *binary) {
	kept, err := program.duplicate(0)
	if err != nil {
		// It has died meanwhile; its predecessor's program stays the good one.
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.good != nil {
		_ = l.good.Close() // only a hold on a file
	}
	l.good = kept
}
