package workerproc

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// PrepareStateDir makes the state directory, private to this user, or checks the one that is there. It gives the
// absolute path, or a *workerapi.ExitError whose sentence says what to do; then nothing was made.
func PrepareStateDir(path string) (string, error) {
	if path == "" {
		return "", settingsError(nil, "No state directory is given; set STEADFAST_STATE_DIR to one.")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", settingsError(err, "The state directory's path cannot be made absolute; set STEADFAST_STATE_DIR to an absolute path.")
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeStateDir(path); err != nil {
			return "", settingsError(err,
				"The state directory %s cannot be made; make it yourself, owned by %s with mode 700, or set STEADFAST_STATE_DIR to another.",
				path, userName(os.Geteuid()))
		}
		return path, nil
	}
	if err != nil {
		return "", settingsError(err,
			"The state directory %s cannot be reached; set STEADFAST_STATE_DIR to one that this user can use.", path)
	}
	if err := checkStateDir(path, info); err != nil {
		return "", err
	}
	return path, nil
}

// makeStateDir makes the directory and the parents it lacks, or nothing.
func makeStateDir(path string) (err error) {
	var made []string
	defer func() {
		if err != nil {
			for _, dir := range made {
				_ = os.Remove(dir) // empty, ours, made a moment ago
			}
		}
	}()
	var missing []string
	for dir := path; ; dir = filepath.Dir(dir) {
		if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		missing = append(missing, dir)
	}
	if len(missing) == 0 {
		return errors.New("it is a link to nowhere")
	}
	for _, dir := range slices.Backward(missing) {
		if err := os.Mkdir(dir, 0o700); err != nil {
			return err
		}
		made = slices.Insert(made, 0, dir)
	}
	return nil
}

func checkStateDir(path string, info fs.FileInfo) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.IsDir():
		return settingsError(nil,
			"The state directory %s is not a directory; remove what lies there or set STEADFAST_STATE_DIR to another path.", path)
	case ok && int(stat.Uid) != os.Geteuid():
		return settingsError(nil,
			"The state directory %s belongs to %s, and this runs as %s; run it as that user or set STEADFAST_STATE_DIR to a directory of its own.",
			path, userName(int(stat.Uid)), userName(os.Geteuid()))
	case info.Mode().Perm()&0o022 != 0:
		return settingsError(nil, "Other users may write in the state directory %s (mode %#o); run chmod 700 %s.",
			path, info.Mode().Perm(), path)
	}
	return checkWritable(path)
}

// checkWritable asks by writing: permission bits know nothing of read-only file systems. A full disk is no matter of
// settings and passes.
func checkWritable(path string) error {
	file, err := os.CreateTemp(path, ".writable-*")
	if errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) {
		return nil
	}
	if err == nil {
		err = errors.Join(file.Close(), os.Remove(file.Name()))
	}
	if err != nil {
		return settingsError(err, "%s cannot write in the state directory %s; make it writable or set STEADFAST_STATE_DIR to another.",
			userName(os.Geteuid()), path)
	}
	return nil
}

// userName is how an administrator knows a user.
func userName(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return fmt.Sprintf("user %s (uid %d)", u.Username, uid)
	}
	return fmt.Sprintf("uid %d", uid)
}
