// Package sqlite keeps storage's data in one SQLite file: WAL, synchronous=FULL, one writer goroutine with group
// commit, readers beside it. It decides how writes are grouped, which file is ours, and what a driver's error means;
// what the data means is said in package storage, and who may be active is decided by active.lock.
package sqlite

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

// Options says which file, and how.
type Options struct {
	// Path is the absolute path of the database file; it may not exist yet. See storage.ParseAddress.
	Path string
	// Budget is the identify budget.
	Budget storage.Budget
	// BusyTimeout is how long a lock of another process is waited for. 0 means one second.
	BusyTimeout time.Duration
	// Ballast is how much room is kept for what must be written on a full disk, in bytes. 0 means 16 MB.
	Ballast int64
	// Free says how many bytes are free on a directory's file system. Nil asks the system.
	Free func(directory string) (int64, error)
}

// Store is a storage.Store in an SQLite file. Make one with New.
type Store struct {
	options Options
	reader  *reader

	mu         sync.Mutex // guards what follows
	activating bool
	writer     *writer // nil until activated
	closed     bool
}

var _ storage.Store = (*Store)(nil)

// New names a database file. It touches nothing and starts nothing: reading opens the file, Activate writes it.
func New(options Options) (*Store, error) {
	if !filepath.IsAbs(options.Path) || strings.ContainsAny(options.Path, "?#\x00") {
		// This also keeps out every spelling of an in-memory database.
		return nil, addressFault(options.Path)
	}
	if options.BusyTimeout == 0 {
		options.BusyTimeout = time.Second
	}
	if options.Ballast == 0 {
		options.Ballast = ballastSize
	}
	if options.Free == nil {
		options.Free = freeOn
	}
	return &Store{options: options, reader: newReader(options)}, nil
}

// Activate migrates, raises the epoch of the claimed shards and starts the writer.
func (s *Store) Activate(ctx context.Context, claim storage.Claim) (storage.Epoch, error) {
	if err := s.beginActivation(); err != nil {
		return storage.Epoch{}, err
	}
	shards := claim.Shards
	if len(shards) == 0 {
		shards = []int{0}
	}
	conn, epoch, err := activate(ctx, s.options, claim.Lease, shards)
	if errors.Is(err, storage.ErrFull) {
		if b := newBallast(s.options); b.seize() {
			conn, epoch, err = activate(ctx, s.options, claim.Lease, shards)
		}
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	s.activating = false
	if err == nil && s.closed {
		conn.close()
		err = storage.ErrClosed
	}
	if err != nil {
		return storage.Epoch{}, err
	}
	s.writer = startWriter(s.options, conn, shards)
	return epoch, nil
}

// beginActivation reserves the one activation, so that a long migration holds no lock that Health would wait for.
func (s *Store) beginActivation() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return storage.ErrClosed
	case s.activating || s.writer != nil:
		return errActivatedTwice
	}
	s.activating = true
	return nil
}

// Health says how writing goes.
func (s *Store) Health() storage.Health {
	w, err := s.active()
	if err != nil {
		return storage.Health{LastWriteAge: -1, PendingAge: -1}
	}
	return w.health()
}

// Close ends the writer and lets go of the file. It may be called more than once.
func (s *Store) Close() error {
	s.mu.Lock()
	writer, again := s.writer, s.closed
	s.closed = true
	s.mu.Unlock()
	if again {
		return nil
	}
	// The reader goes first: then the writer's is the last connection, and SQLite folds the log into the file.
	s.reader.close()
	if writer != nil {
		writer.stop()
	}
	return nil
}

// active is the writer, once there is one.
func (s *Store) active() (*writer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return nil, storage.ErrClosed
	case s.writer == nil:
		return nil, storage.ErrNotActive
	}
	return s.writer, nil
}

// Do carries out what one event changes.
func (s *Store) Do(ctx context.Context, epoch storage.Epoch, do func(storage.Tx) error) error {
	return s.write(ctx, epoch, ordinary, func(t *tx) error { return lent(t, do) })
}

// DoReserved is Do for what has to be written on a full disk too.
func (s *Store) DoReserved(ctx context.Context, epoch storage.Epoch, do func(storage.Tx) error) error {
	return s.write(ctx, epoch, reserved, func(t *tx) error { return lent(t, do) })
}

// lent gives a transaction away for the time of one call.
func lent(t *tx, do func(storage.Tx) error) error {
	mine := *t
	defer func() { mine.conn = nil }()
	return do(&mine)
}

// Read shows everything as it was at one moment.
func (s *Store) Read(ctx context.Context, read func(storage.View) error) error {
	c, version, err := s.reader.lend(ctx)
	if err != nil {
		return err
	}
	if c == nil {
		return storage.ErrNotActive
	}
	t := &tx{conn: c, path: s.options.Path, ctx: ctx}
	sound := true
	defer func() {
		t.conn = nil
		s.reader.giveBack(c, sound)
	}()
	if version < latestVersion() {
		return storage.ErrNotActive
	}
	if _, err := t.exec("BEGIN"); err != nil {
		sound = false
		return err
	}
	defer func() { // after a panic too
		_, err := c.exec(context.WithoutCancel(ctx), "ROLLBACK")
		sound = err == nil
	}()
	return read(t)
}

// write carries out one member of a batch.
func (s *Store) write(ctx context.Context, epoch storage.Epoch, kind memberKind, do func(*tx) error) error {
	w, err := s.active()
	if err != nil {
		return err
	}
	return w.submit(ctx, epoch, kind, do)
}
