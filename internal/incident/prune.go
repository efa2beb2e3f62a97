package incident

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Limits bound what is kept.
type Limits struct {
	// Incidents is how many.
	Incidents int
	// Bytes is how much, together with the workers' logs and crash files.
	Bytes int64
	// Logs is how many of the newest logs and crash files are never removed: the running workers' are among them.
	Logs int
}

// DefaultLimits are those of the product.
func DefaultLimits() Limits { return Limits{Incidents: 50, Bytes: 200 << 20, Logs: 3} }

// fileDirs are the directories with a file per generation.
var fileDirs = []string{"logs", "crash"}

// Prune removes what is past the limits: first incidents past their number and what was never finished, then the
// oldest of all. The newest incident stays whatever its size.
func Prune(stateDir string, limits Limits) error {
	writing.Lock()
	defer writing.Unlock()
	return prune(stateDir, limits)
}

func prune(stateDir string, limits Limits) error {
	names, err := dirNames(stateDir)
	if err != nil {
		return err
	}
	errs := []error{removeUnfinished(stateDir)}
	past := max(0, len(names)-limits.Incidents)
	for _, name := range names[:past] {
		errs = append(errs, os.RemoveAll(filepath.Join(stateDir, dirName, name)))
	}
	things := things(stateDir, names[past:], limits.Logs)
	total := int64(0)
	for _, t := range things {
		total += t.bytes
	}
	for _, t := range things {
		if total <= limits.Bytes {
			break
		}
		if t.stays {
			continue
		}
		if err := os.RemoveAll(t.path); err != nil {
			errs = append(errs, err)
			continue
		}
		total -= t.bytes
	}
	return errors.Join(errs...)
}

// thing is an incident, a log or a crash file.
type thing struct {
	path  string
	at    time.Time
	bytes int64
	stays bool
}

// things gives what may be removed and what is only counted, the oldest first.
func things(stateDir string, incidents []string, logsToKeep int) []thing {
	var all []thing
	for i, name := range incidents {
		path := filepath.Join(stateDir, dirName, name)
		stamp, _, _ := strings.Cut(name, "-")
		at, _ := parseTime(stamp) // a foreign name counts as the oldest
		all = append(all, thing{path: path, at: at, bytes: size(path), stays: i == len(incidents)-1})
	}
	for _, dir := range fileDirs {
		all = append(all, files(filepath.Join(stateDir, dir), logsToKeep)...)
	}
	slices.SortStableFunc(all, func(a, b thing) int { return a.at.Compare(b.at) })
	return all
}

func files(dir string, keep int) []thing {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var all []thing
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil && info.Mode().IsRegular() {
			all = append(all, thing{path: filepath.Join(dir, entry.Name()), at: info.ModTime(), bytes: info.Size()})
		}
	}
	slices.SortFunc(all, func(a, b thing) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.path, b.path))
	})
	for i := max(0, len(all)-keep); i < len(all); i++ {
		all[i].stays = true
	}
	return all
}

func size(dir string) (bytes int64) {
	_ = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			if info, err := entry.Info(); err == nil {
				bytes += info.Size()
			}
		}
		return nil
	})
	return bytes
}

// removeUnfinished clears what a supervisor that was killed left half-written. It needs the turn.
func removeUnfinished(stateDir string) error {
	leftovers, err := filepath.Glob(filepath.Join(stateDir, dirName, unfinished+"*"))
	if err != nil {
		return err
	}
	var errs []error
	for _, path := range leftovers {
		errs = append(errs, os.RemoveAll(path))
	}
	return errors.Join(errs...)
}

func parseTime(stamp string) (time.Time, error) { return time.Parse(timeLayout, stamp) }
