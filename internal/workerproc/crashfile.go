package workerproc

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

const (
	// crashFilesKept bounds what workers leave that nobody made an incident of.
	crashFilesKept = 20
	// crashFileLimit is where a living worker's crash file loses all but its beginning: a library that complains
	// on standard error for months must not fill the disk. It is above the largest dump worth keeping.
	crashFileLimit = 64 << 20
	crashFileHead  = 1 << 20
	trimInterval   = 10 * time.Second
)

func crashPath(stateDir string, generation uint64) string {
	// Numbers of equal length sort by age.
	return filepath.Join(stateDir, "crash", fmt.Sprintf("%010d.txt", generation))
}

// LogPath is where a generation's log lies; its directory is the launcher's to make.
func LogPath(stateDir string, generation uint64) string {
	return filepath.Join(stateDir, "logs", fmt.Sprintf("%010d.jsonl", generation))
}

// makeFileDirs makes the directories with a file per generation.
func makeFileDirs(stateDir string) error {
	for _, path := range []string{crashPath(stateDir, 0), LogPath(stateDir, 0)} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
	}
	return nil
}

// trimCrashFile keeps the file within its limit until the process has ended. Both sides append, so what the worker
// writes next follows what is left.
func trimCrashFile(file *os.File, ended <-chan struct{}) {
	tick := time.NewTicker(trimInterval)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			return
		case <-tick.C:
			trim(file, crashFileLimit, crashFileHead)
		}
	}
}

func trim(file *os.File, limit, head int64) {
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() <= limit {
		return
	}
	if file.Truncate(head) == nil {
		// Whether the note fits on a full disk changes nothing.
		_, _ = fmt.Fprintf(file, "\n[... %d bytes were cut off here ...]\n", info.Size()-head)
	}
}

// keepCrashFile removes an empty one and gives the path of any other.
func keepCrashFile(path string) string {
	info, err := os.Lstat(path)
	if err != nil {
		return ""
	}
	if info.Size() == 0 {
		_ = os.Remove(path) // the next start prunes what stays
		return ""
	}
	return path
}

// pruneCrashFiles keeps the newest ones.
func pruneCrashFiles(stateDir string) error {
	files, err := filepath.Glob(filepath.Join(stateDir, "crash", "*.txt"))
	if err != nil {
		return err
	}
	slices.Sort(files)
	for _, path := range files[:max(0, len(files)-crashFilesKept)] {
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	return nil
}
