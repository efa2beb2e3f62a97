package inflight

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Name is the file's in the state directory. What is found in its place and is not one is put to AsideName.
const (
	Name      = "inflight"
	AsideName = "inflight.aside"
)

// UnavailableError says that there can be no in-flight file. It ends nobody: the caller goes on with Memory and says
// that it is degraded.
type UnavailableError struct {
	Path string
	Err  error
}

// Error is a sentence for people.
func (e *UnavailableError) Error() string {
	advice := ""
	switch {
	case errors.Is(e.Err, unix.ENOSPC), errors.Is(e.Err, unix.EDQUOT):
		advice = fmt.Sprintf("; it needs %d KiB of disk", fileSize>>10)
	case errors.Is(e.Err, fs.ErrPermission), errors.Is(e.Err, unix.EROFS):
		advice = "; this user must be able to write in the state directory"
	}
	return fmt.Sprintf("the in-flight file %s cannot be used: %v%s", e.Path, e.Err, advice)
}

// Unwrap gives the cause.
func (e *UnavailableError) Unwrap() error { return e.Err }

// system is what the operating system does for us, for tests to replace.
type system struct {
	bootID   func() (string, error)
	now      func() time.Duration
	allocate func(*os.File) error
}

var kernel = system{bootID: bootID, now: Now, allocate: allocate}

// Open reads what the last run left in the state directory and makes the file if there is none. Nothing in it changes
// before Start. The caller holds active.lock. What is there and is not a file of ours, or broken, or of another
// layout, or out of reach, is set aside: it must not be believed later, after a run of which it knows nothing. An error
// is always an *UnavailableError.
func Open(stateDir string) (*Predecessor, error) { return open(stateDir, kernel) }

func open(stateDir string, sys system) (*Predecessor, error) {
	path := filepath.Join(stateDir, Name)
	boot, _ := sys.bootID() // without it every start is one after a reboot
	p, wrong := openExisting(path, boot, sys)
	if wrong == nil {
		return p, nil
	}
	aside := ""
	if !errors.Is(wrong, fs.ErrNotExist) {
		to := filepath.Join(stateDir, AsideName)
		if err := os.Rename(path, to); err != nil {
			return nil, &UnavailableError{path, errors.Join(wrong, err)}
		}
		aside = fmt.Sprintf("The in-flight file was put aside as %s: %v.", to, wrong)
	}
	p, err := create(path, boot, sys)
	if err != nil {
		return nil, &UnavailableError{path, err}
	}
	p.SetAside = aside
	return p, nil
}

// Read takes a snapshot for whoever does not own the file: what a dead or a stuck worker was doing.
func Read(stateDir string) (Snapshot, error) {
	path := filepath.Join(stateDir, Name)
	content, err := os.ReadFile(path)
	if err != nil {
		return Snapshot{}, fmt.Errorf("read what was in flight: %w", err)
	}
	if len(content) != fileSize {
		return Snapshot{}, fmt.Errorf("%s has %d bytes, not %d", path, len(content), fileSize)
	}
	boot, _ := bootID()
	s, err := copyOf(content).read(boot, Now())
	if err != nil {
		return Snapshot{}, fmt.Errorf("%s cannot be read: %w", path, err)
	}
	return s, nil
}

// openExisting maps the file that is there and reads it. Any error means that it is not to be used.
func openExisting(path, boot string, sys system) (*Predecessor, error) {
	file, err := os.OpenFile(path, os.O_RDWR|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if err := checkFile(file, sys); err != nil {
		return nil, err
	}
	bytes, err := mapFile(file)
	if err != nil {
		return nil, err
	}
	now := sys.now()
	m := overlay(bytes)
	snapshot, err := m.read(boot, now)
	if err != nil {
		return nil, errors.Join(err, unix.Munmap(bytes))
	}
	return begin(m, snapshot, header{started: int64(now), boot: boot}, now), nil
}

// checkFile says whether the file may be mapped.
func checkFile(file *os.File, sys system) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.Mode().IsRegular():
		return errors.New("it is not a file")
	case ok && int(stat.Uid) != os.Geteuid():
		return fmt.Errorf("it belongs to uid %d", stat.Uid)
	case info.Size() != fileSize:
		return fmt.Errorf("it has %d bytes, not %d", info.Size(), fileSize)
	case ok && stat.Blocks*512 < fileSize: // a copy with holes
		if err := sys.allocate(file); err != nil {
			return err
		}
	}
	if info.Mode().Perm() != 0o600 {
		return file.Chmod(0o600)
	}
	return nil
}

// create makes a file with nothing in it. Under its name there is always a whole one, or none.
func create(path, boot string, sys system) (p *Predecessor, err error) {
	temporary := path + ".new"
	file, err := os.OpenFile(temporary, os.O_RDWR|os.O_CREATE|os.O_TRUNC|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(temporary))
		}
	}()
	if err := errors.Join(file.Chmod(0o600), sys.allocate(file)); err != nil {
		return nil, err
	}
	bytes, err := mapFile(file)
	if err != nil {
		return nil, err
	}
	now := sys.now()
	p = fresh(overlay(bytes), header{started: int64(now), boot: boot}, now)
	if err := os.Rename(temporary, path); err != nil {
		return nil, errors.Join(err, unix.Munmap(bytes))
	}
	return p, nil
}

// allocate gives every byte of the file a place on the disk.
func allocate(file *os.File) error {
	for {
		err := unix.Fallocate(int(file.Fd()), 0, 0, fileSize)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.ENOSYS):
			return fillHoles(file)
		case err != nil:
			return fmt.Errorf("allocate %d KiB: %w", fileSize>>10, err)
		}
		return nil
	}
}

// fillHoles writes what is there back, where the file system cannot allocate otherwise.
func fillHoles(file *os.File) error {
	content := make([]byte, fileSize)
	if _, err := file.ReadAt(content, 0); err != nil && !errors.Is(err, io.EOF) { // a new one is empty
		return err
	}
	_, err := file.WriteAt(content, 0)
	return err
}

func mapFile(file *os.File) ([]byte, error) {
	bytes, err := unix.Mmap(int(file.Fd()), 0, fileSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map %s: %w", file.Name(), err)
	}
	return bytes, nil
}

// copyOf is a memory of its own with the same content.
func copyOf(content []byte) *memory {
	m := blank()
	copy(m.bytes, content)
	return m
}

// fresh makes an empty file of zeros.
func fresh(m *memory, h header, now time.Duration) *Predecessor {
	m.counters.floor = unknown
	if err := m.header.write(header{started: h.started, boot: h.boot}.encode()); err != nil {
		panic("inflight: " + err.Error()) // encode made it fit
	}
	m.preamble.version, m.preamble.size = layoutVersion, fileSize
	copy(m.preamble.magic[:], magic)
	return begin(m, Snapshot{Tries: Tries{floor: unknown}}, h, now)
}

func begin(m *memory, snapshot Snapshot, h header, now time.Duration) *Predecessor {
	f := &File{memory: m}
	f.clock.start(now)
	return &Predecessor{Snapshot: snapshot, file: f, header: h, sync: func() {
		_ = unix.Msync(m.bytes, unix.MS_SYNC) // loss of power is beyond what was promised
	}}
}
