package sqlite_test

import (
	"bufio"
	"database/sql"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

func TestKilledAtAnyMomentTheFileIsSoundAndNothingAcknowledgedIsLost(t *testing.T) {
	const kills = 20
	path := newPath(t)
	for kill := range kills {
		acknowledged := killedAfter(t, "write until killed", path, 1+rand.IntN(100))
		integrityIsOK(t, path)
		standby := open(t, path)
		cursor, found, err := standby.Cursor(t.Context(), 0)
		if err != nil || !found || cursor.Sequence < acknowledged {
			t.Fatalf("kill %d: %d was acknowledged, the cursor is %d, %v, %v", kill, acknowledged, cursor.Sequence, found, err)
		}
		closeStore(t, standby)
	}
	_, epoch := activate(t, path)
	if want := (storage.Epoch{Activation: kills + 1}); epoch != want {
		t.Errorf("epoch %v after %d activations, want %v", epoch, kills, want)
	}
}

// killedAfter lets a process write, sends it SIGKILL after it has acknowledged some writes, and says which was the
// highest it had acknowledged until it really died.
func killedAfter(t *testing.T, task, path string, acknowledgements int) (highest int64) {
	t.Helper()
	cmd := child(t, task, path)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	seen := 0
	for lines.Scan() {
		sequence, err := strconv.ParseInt(lines.Text(), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		highest = max(highest, sequence)
		if seen++; seen == acknowledgements {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait()
	if seen < acknowledgements {
		t.Fatalf("it ended by itself after %d writes", seen)
	}
	return highest
}

func integrityIsOK(t *testing.T, path string) {
	t.Helper()
	db := raw(t, path)
	defer db.Close()
	var answer string
	if err := db.QueryRow("PRAGMA integrity_check").Scan(&answer); err != nil || answer != "ok" {
		t.Fatalf("integrity check: %q, %v", answer, err)
	}
}

// raw opens the file past the package.
func raw(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}
