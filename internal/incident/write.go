package incident

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

const (
	dirName = "incidents"
	// unfinished begins the names of directories that are being written.
	unfinished = ".new-"
	// timeLayout sorts by age.
	timeLayout = "20060102T150405Z"
)

// writing makes writers take turns: what one has not finished is litter to the other.
var writing sync.Mutex

// Write keeps the incident in the state directory and gives its id. The directory appears whole or not at all;
// evidence that cannot be had is named in the record instead. Older incidents make room.
//
// An error without an id says that there is no record; with one, that old ones could not be removed. It is for the
// log: nothing may stop because of it.
func Write(stateDir string, incident Incident) (id string, err error) {
	writing.Lock()
	defer writing.Unlock()
	root := filepath.Join(stateDir, dirName)
	if err := os.Mkdir(root, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("writing an incident: %w", err)
	}
	id, err = newID(root)
	if err != nil {
		return "", fmt.Errorf("writing an incident: %w", err)
	}
	temporary := filepath.Join(root, unfinished+id)
	if err := os.Mkdir(temporary, 0o700); err != nil {
		return "", fmt.Errorf("writing an incident: %w", err)
	}
	record := recordOf(id, incident)
	evidence := collect(temporary, incident)
	record.Missing = evidence.missing
	record.Signature = Signature(incident, evidence.stacks())
	final := filepath.Join(root, dirNameOf(record))
	if err := errors.Join(writeRecord(temporary, record), os.Rename(temporary, final)); err != nil {
		_ = os.RemoveAll(temporary) // else the next pruning does
		return "", fmt.Errorf("writing an incident: %w", err)
	}
	evidence.settle()
	return id, prune(stateDir, DefaultLimits())
}

func recordOf(id string, incident Incident) Record {
	at := incident.At
	if at.IsZero() {
		at = time.Now()
	}
	inFlight := incident.InFlight
	if inFlight == nil {
		inFlight = []string{}
	}
	return Record{
		ID:          id,
		At:          at.UTC(),
		Kind:        incident.Kind,
		Generation:  incident.Generation,
		Cause:       incident.Cause,
		Successor:   incident.Successor,
		PID:         incident.PID,
		Started:     incident.Started,
		Exit:        incident.Exit,
		Heartbeat:   incident.Heartbeat,
		HeartbeatAt: incident.HeartbeatAt,
		InFlight:    inFlight,
	}
}

// dirNameOf is <UTC time>-<kind>-<code>.
func dirNameOf(r Record) string {
	kind := strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' {
			return c
		}
		return -1
	}, r.Kind)
	if kind == "" {
		kind = "incident"
	}
	return strings.Join([]string{r.At.Format(timeLayout), kind, strings.TrimPrefix(r.ID, idPrefix)}, "-")
}

func writeRecord(dir string, record Record) error {
	content, err := json.MarshalIndent(record, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, recordFile), append(content, '\n'), 0o600)
}

const (
	idPrefix = "inc-"
	// letters are Crockford's: none is taken for another when read aloud or copied by hand.
	letters  = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	idLength = 4
)

// newID makes an id that no kept incident has.
func newID(root string) (string, error) {
	for range 100 {
		var code [idLength]byte
		_, _ = rand.Read(code[:]) // it never fails
		for i, b := range code {
			code[i] = letters[int(b)%len(letters)]
		}
		taken, err := filepath.Glob(filepath.Join(root, "*-"+string(code[:])))
		if err != nil {
			return "", err
		}
		if len(taken) == 0 {
			return idPrefix + string(code[:]), nil
		}
	}
	return "", errors.New("every id is taken")
}
