package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"sync"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

// readConnections is how many reads run at once; WAL readers neither wait for the writer nor hold it up.
const readConnections = 4

// reader reads on connections of its own, opened read-only, beside a writer of this process or another. It leaves the
// file as it is; SQLite may put its empty companions (-wal, -shm) beside it, with the file's owner and mode.
type reader struct {
	options Options

	mu     sync.Mutex // guards what follows
	db     *sql.DB    // nil until there is a file
	ready  bool       // the schema was seen
	closed bool
}

func newReader(o Options) *reader { return &reader{options: o} }

// row reads one row; false when there is none, or no database yet.
func (r *reader) row(ctx context.Context, query string, args []any, into ...any) (bool, error) {
	db, err := r.open(ctx)
	if err != nil || db == nil {
		return false, err
	}
	err = db.QueryRowContext(ctx, query, args...).Scan(into...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, fault(r.options.Path, err)
}

// open is the pool, or nil as long as there is no database with our schema in it.
func (r *reader) open(ctx context.Context) (*sql.DB, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ready {
		return r.db, nil
	}
	state, err := r.inspect(ctx)
	if err != nil || state.version == 0 {
		return nil, err
	}
	r.ready = true
	return r.db, nil
}

// inspect looks at the file as it is now. The caller holds mu.
func (r *reader) inspect(ctx context.Context) (schemaState, error) {
	if r.closed {
		return schemaState{}, storage.ErrClosed
	}
	if r.db == nil {
		info, err := os.Stat(r.options.Path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return schemaState{}, nil
		case err != nil:
			return schemaState{}, fileFault(r.options.Path, err)
		}
		if err := checkFile(r.options.Path, info); err != nil {
			return schemaState{}, err
		}
		if r.db, err = sql.Open("sqlite", dsn(r.options, "ro")); err != nil {
			return schemaState{}, fault(r.options.Path, err)
		}
		r.db.SetMaxOpenConns(readConnections)
		r.db.SetMaxIdleConns(readConnections)
	}
	return inspectSchema(ctx, r.db, r.options.Path)
}

func (r *reader) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed, r.ready = true, false
	if r.db == nil {
		return nil
	}
	return r.db.Close()
}

// Inspect says what is there, and refuses what this build cannot use.
func (s *Store) Inspect(ctx context.Context) (storage.Facts, error) {
	s.reader.mu.Lock()
	state, err := s.reader.inspect(ctx)
	s.reader.mu.Unlock()
	if err != nil || state.version == 0 {
		return storage.Facts{}, err
	}
	facts := storage.Facts{Exists: true, Version: state.version, ReadableFrom: state.readableFrom}
	var application *int64
	_, err = s.reader.row(ctx, "SELECT ever_ready, application FROM installation", nil, &facts.EverReady, &application)
	if application != nil {
		facts.Application = uint64(*application)
	}
	return facts, err
}
