package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strconv"
	"strings"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migration is one step of the schema. Its file is NNNN_name.sql; the first line says from which version of our own
// on a build can still use the database after it: "-- readable_from: N". An additive step repeats the line of the one
// before it; one that takes something away from older builds names itself.
type migration struct {
	version, readableFrom int
	name, statements      string
}

var migrationName = regexp.MustCompile(`^(\d{4})_[a-z_]+\.sql$`)

// loadMigrations reads the steps in order. The files are part of the program, so its errors are a programmer's.
func loadMigrations(files fs.FS) ([]migration, error) {
	entries, err := fs.ReadDir(files, "migrations")
	if err != nil {
		return nil, err
	}
	steps := make([]migration, 0, len(entries))
	for i, entry := range entries {
		match := migrationName.FindStringSubmatch(entry.Name())
		if match == nil {
			return nil, fmt.Errorf("migration %s is not named NNNN_name.sql", entry.Name())
		}
		step := migration{name: entry.Name()}
		if step.version, err = strconv.Atoi(match[1]); err != nil || step.version != i+1 {
			return nil, fmt.Errorf("migration %s should have number %04d", entry.Name(), i+1)
		}
		text, err := fs.ReadFile(files, "migrations/"+entry.Name())
		if err != nil {
			return nil, err
		}
		step.statements = string(text)
		first, _, _ := strings.Cut(step.statements, "\n")
		if _, err := fmt.Sscanf(first, "-- readable_from: %d", &step.readableFrom); err != nil {
			return nil, fmt.Errorf("migration %s does not begin with \"-- readable_from: N\"", entry.Name())
		}
		if step.readableFrom < 1 || step.readableFrom > step.version || i > 0 && step.readableFrom < steps[i-1].readableFrom {
			return nil, fmt.Errorf("migration %s cannot be readable from version %d", entry.Name(), step.readableFrom)
		}
		steps = append(steps, step)
	}
	return steps, nil
}

// latestVersion is what this build knows, without reading the steps: the files are numbered from 1 without a gap.
func latestVersion() int {
	entries, err := migrationFiles.ReadDir("migrations")
	if err != nil {
		return 0 // cannot be: the files are in the program
	}
	return len(entries)
}

// schemaState is what a file says of its schema. Version 0 is a file with nothing in it.
type schemaState struct{ version, readableFrom int }

// inspectSchema reads the state and refuses what this build cannot use. It changes nothing.
func inspectSchema(ctx context.Context, q querier, path string) (schemaState, error) {
	var id, tables int
	err := q.QueryRowContext(ctx, "SELECT (SELECT application_id FROM pragma_application_id), count(*) FROM sqlite_schema").Scan(&id, &tables)
	switch {
	case err != nil:
		return schemaState{}, fault(path, err)
	case id == 0 && tables == 0:
		return schemaState{}, nil
	case id != applicationID:
		return schemaState{}, foreignFault(path)
	}
	var state schemaState
	err = q.QueryRowContext(ctx, "SELECT version, readable_from FROM schema_version").Scan(&state.version, &state.readableFrom)
	switch {
	case errors.Is(err, sql.ErrNoRows), isStatementError(err):
		// Marked as ours, but the table that every version has is empty or missing.
		return schemaState{}, corruptFault(path, err)
	case err != nil:
		return schemaState{}, fault(path, err)
	}
	if ours := latestVersion(); state.readableFrom > ours {
		return schemaState{}, &storage.NewerError{Where: path, Version: state.version, ReadableFrom: state.readableFrom, Ours: ours}
	}
	return state, nil
}

// querier is what a connection and a pool have in common.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// activate opens the file for the writer, migrates, and raises the epoch, the last two in one transaction.
func activate(ctx context.Context, o Options, lease uint64, shards []int) (*connection, storage.Epoch, error) {
	c, err := openForWriting(ctx, o)
	if err != nil {
		return nil, storage.Epoch{}, err
	}
	epoch, err := migrateAndRaise(ctx, c, o.Path, lease, shards)
	if err != nil {
		c.close() // and with it whatever the transaction did
		return nil, storage.Epoch{}, err
	}
	return c, epoch, nil
}

func migrateAndRaise(ctx context.Context, c *connection, path string, lease uint64, shards []int) (storage.Epoch, error) {
	t := &tx{conn: c, path: path, ctx: ctx}
	if _, err := t.exec("BEGIN IMMEDIATE"); err != nil {
		return storage.Epoch{}, err
	}
	if err := migrate(ctx, c, path); err != nil {
		return storage.Epoch{}, err
	}
	epoch, err := t.raiseEpoch(lease, shards)
	if err != nil {
		return storage.Epoch{}, err
	}
	_, err = t.exec("COMMIT")
	return epoch, err
}

// migrate brings the schema to this build's version, inside the caller's transaction. A newer schema that this build
// can use is left as it is.
func migrate(ctx context.Context, c *connection, path string) error {
	state, err := inspectSchema(ctx, c.conn, path) // again: what was read before BEGIN may be outdated
	if err != nil || state.version >= latestVersion() {
		return err
	}
	steps, err := loadMigrations(migrationFiles)
	if err != nil {
		return err
	}
	return applyMigrations(ctx, c, path, state, steps)
}

func applyMigrations(ctx context.Context, c *connection, path string, state schemaState, steps []migration) error {
	run := func(what, statements string, args ...any) error {
		if _, err := c.conn.ExecContext(ctx, statements, args...); err != nil {
			return fmt.Errorf("%s: %w", what, fault(path, err))
		}
		return nil
	}
	if state.version == 0 {
		setUp := fmt.Sprintf(`PRAGMA application_id = %d;
			CREATE TABLE schema_version (version INTEGER NOT NULL, readable_from INTEGER NOT NULL) STRICT;
			INSERT INTO schema_version VALUES (0, 0)`, applicationID)
		if err := run("create the schema", setUp); err != nil {
			return err
		}
	}
	for _, step := range steps {
		if step.version <= state.version {
			continue
		}
		if err := run("migration "+step.name, step.statements); err != nil {
			return err
		}
	}
	last := steps[len(steps)-1]
	return run("note the schema's version", "UPDATE schema_version SET version = ?, readable_from = ?", last.version, last.readableFrom)
}
