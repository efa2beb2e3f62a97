package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/steadfast-bot/steadfast/internal/storage"
	"github.com/steadfast-bot/steadfast/internal/storage/sqlite"
)

// The test binary runs itself as another process that does one of these things to a database.
const (
	childEnv  = "STEADFAST_STORAGE_TEST_CHILD"
	childPath = "STEADFAST_STORAGE_TEST_PATH"
)

var childTasks = map[string]func(path string) error{
	"hold the lock":      holdTheLock,
	"write until killed": writeUntilKilled,
	"work until killed":  workUntilKilled,
	"activate once":      activateOnce,
	"run out of files":   runOutOfFiles,
}

func TestMain(m *testing.M) {
	task, ok := childTasks[os.Getenv(childEnv)]
	if !ok {
		goleak.VerifyTestMain(m)
		return
	}
	if err := task(os.Getenv(childPath)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func child(t testing.TB, task, path string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "/proc/self/exe")
	// The race detector sleeps a second at exit unless told not to.
	cmd.Env = append(os.Environ(), childEnv+"="+task, childPath+"="+path, "GORACE=atexit_sleep_ms=0")
	cmd.Stderr = os.Stderr
	return cmd
}

// holdTheLock holds the write lock until stdin ends.
func holdTheLock(path string) error {
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	fmt.Println("held")
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// writeUntilKilled raises the cursor from eight goroutines for ever and says which sequence was acknowledged.
func writeUntilKilled(path string) error {
	ctx := context.Background()
	store, err := sqlite.New(sqlite.Options{Path: path, Budget: storage.DefaultBudget()})
	if err != nil {
		return err
	}
	epoch, err := store.Activate(ctx, storage.Claim{})
	if err != nil {
		return err
	}
	cursor, found, err := store.Cursor(ctx, 0)
	if err != nil {
		return err
	}
	if !found {
		if err := store.BeginSession(ctx, epoch, storage.Session{ID: "session"}, 0); err != nil {
			return err
		}
	}
	var sequence atomic.Int64
	sequence.Store(cursor.Sequence)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for {
				p := storage.Progress{SessionID: "session", Sequence: sequence.Add(1)}
				if err := store.SaveProgress(ctx, epoch, p); err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				fmt.Println(p.Sequence) // one write(2): whole or not at all
			}
		})
	}
	group.Wait()
	return nil
}

// activateOnce says how long a fresh process takes from its start of work to a committed epoch.
func activateOnce(path string) error {
	start := time.Now()
	store, err := sqlite.New(sqlite.Options{Path: path, Budget: storage.DefaultBudget()})
	if err != nil {
		return err
	}
	if _, err := store.Activate(context.Background(), storage.Claim{}); err != nil {
		return err
	}
	fmt.Println(time.Since(start).Nanoseconds())
	return nil // and no Close: the next one finds the log
}

// runOutOfFiles looks at the database with no descriptor left to open it with.
func runOutOfFiles(path string) error {
	store, err := sqlite.New(sqlite.Options{Path: path, Budget: storage.DefaultBudget()})
	if err != nil {
		return err
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	few := limit
	few.Cur = 0
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &few); err != nil {
		return err
	}
	for _, attempt := range []func() error{
		func() error { _, err := store.Inspect(context.Background()); return err },
		func() error { _, err := store.Activate(context.Background(), storage.Claim{}); return err },
	} {
		if err := attempt(); !errors.Is(err, storage.ErrBroken) {
			return fmt.Errorf("without a descriptor left: got %w", err)
		}
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	_, err = store.Activate(context.Background(), storage.Claim{})
	return err
}
