package sqlite

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

const (
	// ballastSize is room enough to record some ten thousand refusals.
	ballastSize = 16 << 20
	// ballastReturn is how much must be free before new work is taken up again: far more than the ballast, so that a disk
	// on the brink does not change its mind with every command.
	ballastReturn = 64 << 20
)

// ballast is a file beside the database that takes up room. When the disk is full it is emptied, so that what has to be
// written still can be; while it is empty nothing new is taken up. The emptied file tells a successor. It belongs to the
// writer's goroutine.
//
// On a disk that never had room for it there is none; then a full disk refuses everything, and each attempt is a new one.
type ballast struct {
	path string
	size int64
	free func(directory string) (int64, error)

	held bool // the room is taken up
	out  bool // it was given to the database
}

func newBallast(o Options) *ballast {
	return &ballast{path: o.Path + "-ballast", size: o.Ballast, free: o.Free}
}

// look sees what a predecessor left.
func (b *ballast) look() {
	info, err := os.Lstat(b.path)
	b.held = err == nil && info.Mode().IsRegular() && info.Size() >= b.size
	b.out = err == nil && !b.held
}

// begin takes over from a predecessor, or is the first.
func (b *ballast) begin() {
	b.look()
	if b.out {
		b.restore()
	} else if !b.held {
		b.held = b.roomy() && b.allocate()
	}
}

// release gives the room to the database. It is false when there is none to give.
func (b *ballast) release() bool {
	if !b.held {
		return false
	}
	b.held = false
	b.out = os.Truncate(b.path, 0) == nil || os.Remove(b.path) == nil
	return b.out
}

// seize releases what a predecessor held, for an activation that finds the disk full.
func (b *ballast) seize() bool {
	b.look()
	return b.release()
}

// restore takes the room back once there is plenty. A ballast that cannot be made stops nobody.
func (b *ballast) restore() {
	if b.out && b.roomy() {
		b.held, b.out = b.allocate(), false
	}
}

func (b *ballast) roomy() bool {
	free, err := b.free(filepath.Dir(b.path))
	return err == nil && free >= ballastReturn
}

// allocate makes the file and has the file system set its blocks aside.
func (b *ballast) allocate() bool {
	f, err := os.OpenFile(b.path, os.O_CREATE|os.O_WRONLY|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return false
	}
	err = unix.Fallocate(int(f.Fd()), 0, 0, b.size)
	if errors.Is(err, unix.EOPNOTSUPP) {
		_, err = io.CopyN(f, zeros{}, b.size)
	}
	err = errors.Join(err, f.Close())
	if err != nil {
		_ = os.Remove(b.path)
	}
	return err == nil
}

// zeros is as many of them as one likes.
type zeros struct{}

// Read fills p.
func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// freeOn is how many bytes an ordinary user may still write to the directory's file system.
func freeOn(directory string) (int64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(directory, &s); err != nil {
		return 0, err
	}
	return int64(s.Bavail) * s.Bsize, nil
}
