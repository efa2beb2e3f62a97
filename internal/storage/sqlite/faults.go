package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	driver "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

var errActivatedTwice = errors.New("the database was activated twice by one process: that is a bug")

// What to do about each kind.
const (
	hintLocked   = "close the program that has it open (an sqlite3 shell, a backup); it is tried again"
	hintCorrupt  = "restore a backup, or move the file away to begin anew"
	hintForeign  = "set the database to another file"
	hintReadOnly = "give this user the right to write the file and its directory, on a file system that can be written"
	hintFull     = "free some space; it is tried again"
	hintBroken   = "look at the disk and at the system's log"
)

// fault says what a driver's error means. Errors that are ours already, and those of a context, pass.
func fault(path string, err error) error {
	var known *storage.Fault
	var answer *driver.Error
	switch {
	case err == nil, errors.As(err, &known), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case !errors.As(err, &answer):
		return &storage.Fault{Kind: storage.ErrBroken, Where: path, Hint: hintBroken, Cause: err}
	}
	hint, kind := judge(answer.Code())
	return &storage.Fault{Kind: kind, Where: path, Hint: hint, Cause: err}
}

// judge maps SQLite's result codes; the low byte is the class, the rest a detail of it.
func judge(code int) (hint string, kind error) {
	switch code & 0xff {
	case codes.SQLITE_BUSY, codes.SQLITE_LOCKED:
		return hintLocked, storage.ErrLocked
	case codes.SQLITE_CORRUPT, codes.SQLITE_NOTADB:
		return hintCorrupt, storage.ErrCorrupt
	case codes.SQLITE_READONLY, codes.SQLITE_PERM, codes.SQLITE_CANTOPEN:
		return hintReadOnly, storage.ErrReadOnly
	case codes.SQLITE_FULL:
		return hintFull, storage.ErrFull
	}
	return hintBroken, storage.ErrBroken
}

// fileFault says what the system's refusal to open or create the file means.
func fileFault(path string, err error) error {
	f := &storage.Fault{Kind: storage.ErrReadOnly, Where: path, Hint: hintReadOnly, Cause: err}
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		f.Kind, f.Hint = storage.ErrFull, hintFull
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		f.Hint = "create its directory first"
	case !errors.Is(err, fs.ErrPermission) && !errors.Is(err, syscall.EROFS):
		f.Kind, f.Hint = storage.ErrBroken, hintBroken
	}
	return f
}

func notAFileFault(path string) error {
	return &storage.Fault{Kind: storage.ErrCorrupt, Where: path, Hint: "it is no ordinary file: set the database to another path"}
}

func corruptFault(path string) error {
	return &storage.Fault{Kind: storage.ErrCorrupt, Where: path, Hint: hintCorrupt}
}

func foreignFault(path string) error {
	return &storage.Fault{Kind: storage.ErrForeign, Where: path, Hint: hintForeign}
}

func addressFault(path string) error {
	return fmt.Errorf("%w: %q is not the absolute path of a file on a disk", storage.ErrAddress, path)
}
