package incident

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

const (
	// evidenceLimit bounds one file of an incident. What is longer loses its middle: of a flood or a dump of a
	// hundred thousand goroutines the beginning says most, then the end.
	evidenceLimit = 16 << 20
	// logTail is how much of a log is kept.
	logTail = 64 << 10
)

// evidence is what was collected into an incident's directory.
type evidence struct {
	dir     string
	missing []string
	// moved is a crash file that is in the incident now and must go where it was.
	moved string
}

func collect(dir string, incident Incident) *evidence {
	e := &evidence{dir: dir}
	if len(incident.Dump) > 0 {
		e.note("the stacks", os.WriteFile(filepath.Join(dir, DumpFile), shorten(incident.Dump), 0o600))
	}
	if incident.CrashFile != "" {
		e.note("the crash file", e.takeCrashFile(incident.CrashFile, incident.Exit != nil))
	}
	if incident.LogFile != "" {
		e.note("the log", copyTail(filepath.Join(dir, LogFile), incident.LogFile))
	}
	return e
}

func (e *evidence) note(what string, err error) {
	if err != nil {
		e.missing = append(e.missing, fmt.Sprintf("%s: %v", what, err))
	}
}

// takeCrashFile copies the file or, when the process that writes it is dead, moves it: the second name stays until
// the incident is in place.
func (e *evidence) takeCrashFile(path string, dead bool) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	target := filepath.Join(e.dir, CrashFile)
	if !dead {
		return copyShortened(target, path, info.Size())
	}
	if info.Size() > evidenceLimit || os.Link(path, target) != nil {
		if err := copyShortened(target, path, info.Size()); err != nil {
			return err
		}
	}
	e.moved = path
	return nil
}

// settle ends the move.
func (e *evidence) settle() {
	if e.moved != "" {
		_ = os.Remove(e.moved) // a second copy is harmless and pruned by its owner
	}
}

// stacks is what the culprit is looked for in: a panic in the crash file says more than stacks that were asked for.
func (e *evidence) stacks() string {
	for _, name := range []string{CrashFile, DumpFile} {
		content, err := readSome(filepath.Join(e.dir, name), 4<<20)
		if err == nil && len(bytes.TrimSpace(content)) > 0 && looksLikeStacks(content) {
			return string(content)
		}
	}
	return ""
}

func looksLikeStacks(content []byte) bool {
	return bytes.Contains(content, []byte("goroutine "))
}

func readSome(path string, limit int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, limit))
}

// gap stands where a middle is missing.
func gap(bytes int64) string {
	return fmt.Sprintf("\n\n[... %d bytes are left out here ...]\n\n", bytes)
}

func shorten(content []byte) []byte {
	excess := len(content) - evidenceLimit
	if excess <= 0 {
		return content
	}
	half := evidenceLimit / 2
	return append(append(bytes.Clone(content[:half]), gap(int64(excess))...), content[len(content)-half:]...)
}

func copyShortened(target, path string, size int64) error {
	source, err := os.Open(path)
	if err != nil {
		return err
	}
	defer source.Close()
	if size <= evidenceLimit {
		return writeFrom(target, io.LimitReader(source, evidenceLimit))
	}
	const half = evidenceLimit / 2
	return writeFrom(target, io.MultiReader(
		io.NewSectionReader(source, 0, half),
		bytes.NewReader([]byte(gap(size-evidenceLimit))),
		io.NewSectionReader(source, size-half, half),
	))
}

// copyTail copies the last whole lines.
func copyTail(target, path string) error {
	source, err := os.Open(path)
	if err != nil {
		return err
	}
	defer source.Close()
	info, err := source.Stat()
	if err != nil {
		return err
	}
	offset := max(0, info.Size()-logTail)
	tail, err := io.ReadAll(io.NewSectionReader(source, offset, logTail))
	if err != nil {
		return err
	}
	if _, whole, found := bytes.Cut(tail, []byte("\n")); offset > 0 && found {
		tail = whole
	}
	return os.WriteFile(target, tail, 0o600)
}

func writeFrom(target string, from io.Reader) error {
	file, err := os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, from)
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	return err
}
