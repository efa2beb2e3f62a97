package incident

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// ErrUnknown says that no kept incident has this id.
var ErrUnknown = errors.New("no such incident")

// List gives the kept incidents, the newest first. A directory whose record cannot be read is listed by what its name
// says, with the trouble under Missing.
func List(stateDir string) ([]Record, error) {
	names, err := dirNames(stateDir)
	if err != nil {
		return nil, err
	}
	records := make([]Record, 0, len(names))
	for _, name := range slices.Backward(names) {
		records = append(records, readRecord(filepath.Join(stateDir, dirName, name)))
	}
	// The names know seconds only.
	slices.SortStableFunc(records, func(a, b Record) int { return b.At.Compare(a.At) })
	return records, nil
}

// Read gives one incident. The id may lack its prefix and be written in small letters.
func Read(stateDir, id string) (Record, error) {
	code := strings.ToUpper(strings.TrimPrefix(strings.ToLower(strings.TrimSpace(id)), idPrefix))
	names, err := dirNames(stateDir)
	if err != nil {
		return Record{}, err
	}
	for _, name := range slices.Backward(names) {
		if code != "" && strings.HasSuffix(name, "-"+code) {
			return readRecord(filepath.Join(stateDir, dirName, name)), nil
		}
	}
	return Record{}, fmt.Errorf("%w: %s", ErrUnknown, id)
}

// dirNames gives the finished ones, the oldest first.
func dirNames(stateDir string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(stateDir, dirName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the incidents: %w", err)
	}
	var names []string
	for _, entry := range entries {
		if entry.IsDir() && !strings.HasPrefix(entry.Name(), ".") {
			names = append(names, entry.Name())
		}
	}
	return names, nil
}

func readRecord(dir string) Record {
	content, err := os.ReadFile(filepath.Join(dir, recordFile))
	var record Record
	if err == nil {
		err = json.Unmarshal(content, &record)
	}
	if err != nil {
		record = damaged(filepath.Base(dir), err)
	}
	record.Dir = dir
	for _, name := range []string{CrashFile, DumpFile, LogFile} {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			record.Files = append(record.Files, name)
		}
	}
	return record
}

// damaged is what a directory's name alone says.
func damaged(name string, err error) Record {
	record := Record{Missing: []string{fmt.Sprintf("the record: %v", err)}}
	parts := strings.Split(name, "-")
	if len(parts) == 3 {
		record.ID = idPrefix + parts[2]
		record.Kind = parts[1]
		record.At, _ = parseTime(parts[0]) // zero when the name is not ours
	}
	return record
}
