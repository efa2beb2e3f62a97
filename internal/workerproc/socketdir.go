package workerproc

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// socketDir is the private directory in which the workers' sockets lie. Whoever can enter it can command the worker,
// so it must be ours alone.
type socketDir struct {
	path string
}

// socketRoom is what go-plugin appends: a directory and a socket, each with a random number of up to ten digits. The
// kernel's limit for the whole is 107 bytes.
const (
	socketRoom  = len("/plugin-dir") + 10 + len("/plugin") + 10
	socketLimit = 100
)

// ensure makes the directory, and refuses one that is not a directory, not ours or not private. Called before each
// launch: what lies in a state directory may be swept away by others.
func (d socketDir) ensure() error {
	err := os.Mkdir(d.path, 0o700)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, unix.EROFS) {
		return settingsError(err, "The directory %s for the worker's socket cannot be made; make the state directory writable.", d.path)
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("making the directory for the worker's socket: %w", err)
	}
	info, err := os.Lstat(d.path)
	if err != nil {
		return fmt.Errorf("looking at the directory for the worker's socket: %w", err)
	}
	switch {
	case !info.IsDir():
		return settingsError(nil, "%s must be a directory of our own for the worker's socket; remove what lies there.", d.path)
	case !ownedByUs(info):
		return settingsError(nil, "The directory %s for the worker's socket belongs to another user; remove it.", d.path)
	case info.Mode().Perm() != 0o700:
		return settingsError(nil,
			"The directory %s for the worker's socket has mode %#o and others could command the worker; chmod 700 it or remove it.",
			d.path, info.Mode().Perm())
	}
	return d.link()
}

func ownedByUs(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid()
}

// clear removes the sockets of dead workers. A worker that outlives its supervisor needs its socket no more.
func (d socketDir) clear() error {
	entries, err := os.ReadDir(d.path)
	if err != nil {
		return fmt.Errorf("clearing the worker's old sockets: %w", err)
	}
	for _, entry := range entries {
		if err := os.RemoveAll(filepath.Join(d.path, entry.Name())); err != nil {
			return fmt.Errorf("clearing the worker's old sockets: %w", err)
		}
	}
	return nil
}

func (d socketDir) tooLong() bool { return len(d.path)+socketRoom > socketLimit }

// short is a name of the directory that leaves room for a socket's.
func (d socketDir) short() string {
	if !d.tooLong() {
		return d.path
	}
	hash := sha256.Sum256([]byte(d.path))
	return fmt.Sprintf("/tmp/steadfast-%d-%x", os.Geteuid(), hash[:6])
}

// link makes the short name. It is the same each time, so that a supervisor that was killed leaves no litter; in a
// sticky directory nobody else can change a link of ours.
func (d socketDir) link() error {
	if !d.tooLong() {
		return nil
	}
	name := d.short()
	err := os.Symlink(d.path, name)
	if err == nil {
		return nil
	}
	if !errors.Is(err, fs.ErrExist) {
		return settingsError(err,
			"The path %s is too long for a socket and no shorter name can be made in /tmp; choose a shorter state directory.", d.path)
	}
	info, statErr := os.Lstat(name)
	target, linkErr := os.Readlink(name)
	if statErr != nil || linkErr != nil || !ownedByUs(info) || target != d.path {
		return settingsError(nil, "%s, the short name of %s, is taken; remove it or choose a shorter state directory.", name, d.path)
	}
	return nil
}

// unlink takes the short name away.
func (d socketDir) unlink() error {
	if !d.tooLong() {
		return nil
	}
	if err := os.Remove(d.short()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing the short name of the socket directory: %w", err)
	}
	return nil
}
