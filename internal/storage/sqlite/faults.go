package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
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

// fault says what a driver's error means. Errors that are ours already, and those of a context, pass; an error in a
// statement or against a constraint is a bug and no fault of the database.
func fault(path string, err error) error {
	var answer *driver.Error
	switch {
	case err == nil, isFault(err), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case isStatementError(err):
		return fmt.Errorf("statement on the database %s: %w", path, err)
	case !errors.As(err, &answer):
		return &storage.Fault{Kind: storage.ErrBroken, Where: path, Hint: hintBroken, Cause: err}
	}
	hint, kind := judge(answer.Code())
	if answer.Code()&0xff == codes.SQLITE_CANTOPEN && permitted(path, unix.R_OK|unix.W_OK) && permitted(filepath.Dir(path), unix.W_OK|unix.X_OK) {
		// The rights are there, so it is something that passes, such as having no descriptor left.
		hint, kind = hintBroken, storage.ErrBroken
	}
	return &storage.Fault{Kind: kind, Where: path, Hint: hint, Cause: err}
}

func permitted(path string, rights uint32) bool {
	return unix.Faccessat(unix.AT_FDCWD, path, rights, unix.AT_EACCESS) == nil
}

// isFault tells the database's failures from refusals and bugs.
func isFault(err error) bool {
	var f *storage.Fault
	return errors.As(err, &f)
}

// isStatementError is true for what only the statement or its values can have caused.
func isStatementError(err error) bool {
	var answer *driver.Error
	if !errors.As(err, &answer) {
		return false
	}
	_, kind := judge(answer.Code())
	return kind == nil
}

// judge maps SQLite's result codes; the low byte is the class, the rest a detail of it. No kind: a bug, not a fault.
func judge(code int) (hint string, kind error) {
	if code == codes.SQLITE_IOERR_SHMSIZE { // the shared memory is a file; this is how its growth fails on a full disk
		return hintFull, storage.ErrFull
	}
	switch code & 0xff {
	case codes.SQLITE_BUSY, codes.SQLITE_LOCKED:
		return hintLocked, storage.ErrLocked
	case codes.SQLITE_CORRUPT, codes.SQLITE_NOTADB:
		return hintCorrupt, storage.ErrCorrupt
	case codes.SQLITE_READONLY, codes.SQLITE_PERM, codes.SQLITE_CANTOPEN:
		return hintReadOnly, storage.ErrReadOnly
	case codes.SQLITE_FULL:
		return hintFull, storage.ErrFull
	case codes.SQLITE_IOERR, codes.SQLITE_NOMEM, codes.SQLITE_PROTOCOL, codes.SQLITE_INTERNAL, codes.SQLITE_NOLFS:
		return hintBroken, storage.ErrBroken
	}
	return "", nil
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

func corruptFault(path string, cause error) error {
	return &storage.Fault{Kind: storage.ErrCorrupt, Where: path, Hint: hintCorrupt, Cause: cause}
}

func foreignFault(path string) error {
	return &storage.Fault{Kind: storage.ErrForeign, Where: path, Hint: hintForeign}
}

func addressFault(path string) error {
	return fmt.Errorf("%w: %q is not the absolute path of a file on a disk", storage.ErrAddress, path)
}
