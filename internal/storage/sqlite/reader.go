package sqlite

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"sync"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

// readConnections is how many reads run at once; WAL readers neither wait for the writer nor hold it up.
const readConnections = 4

// reader lends connections of its own, opened read-only, beside a writer of this process or another. It leaves the
// file as it is; SQLite may put its empty companions (-wal, -shm) beside it, with the file's owner and mode.
type reader struct {
	options Options
	slots   chan struct{} // one token for each connection lent

	mu      sync.Mutex // guards what follows
	idle    []*connection
	version int // of the schema when it was last looked at; 0 as long as there is none of ours
	closed  bool
}

func newReader(o Options) *reader {
	return &reader{options: o, slots: make(chan struct{}, readConnections)}
}

// row reads one row; false when there is none, or no database yet.
func (r *reader) row(ctx context.Context, query string, args []any, into ...any) (bool, error) {
	c, _, err := r.lend(ctx)
	if err != nil || c == nil {
		return false, err
	}
	found, err := c.row(ctx, query, args, into...)
	r.giveBack(c, err == nil)
	return found, fault(r.options.Path, err)
}

// lend gives a connection and the schema's version, or nil as long as there is no database with our schema in it. It
// is to be given back.
func (r *reader) lend(ctx context.Context) (*connection, int, error) {
	select {
	case r.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, 0, ctx.Err()
	}
	c, version, err := r.take(ctx)
	if err != nil || c == nil {
		<-r.slots
		return nil, 0, err
	}
	return c, version, nil
}

// take finds or opens a connection. What has the newest schema this build knows is not looked at again.
func (r *reader) take(ctx context.Context) (*connection, int, error) {
	c, version, err := r.takeIdle()
	if c == nil && err == nil {
		c, err = r.connect(ctx)
	}
	if err != nil || c == nil || version >= latestVersion() {
		return c, version, err
	}
	state, err := inspectSchema(ctx, c.conn, r.options.Path)
	if err != nil || state.version == 0 {
		c.close()
		return nil, 0, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.version = state.version
	return c, state.version, nil
}

func (r *reader) takeIdle() (c *connection, version int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, 0, storage.ErrClosed
	}
	if last := len(r.idle) - 1; last >= 0 {
		c, r.idle = r.idle[last], r.idle[:last]
	}
	return c, r.version, nil
}

// connect opens the file; nil when there is none.
func (r *reader) connect(ctx context.Context) (*connection, error) {
	info, err := os.Stat(r.options.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fileFault(r.options.Path, err)
	}
	if err := checkFile(r.options.Path, info); err != nil {
		return nil, err
	}
	c, err := connect(ctx, dsn(r.options, "ro"))
	return c, fault(r.options.Path, err)
}

// giveBack keeps a sound connection for the next.
func (r *reader) giveBack(c *connection, sound bool) {
	if sound {
		r.mu.Lock()
		r.idle = append(r.idle, c)
		r.mu.Unlock()
	} else {
		c.close()
	}
	<-r.slots
}

// close waits for what is lent. It is called once.
func (r *reader) close() {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	for range cap(r.slots) {
		r.slots <- struct{}{}
	}
	for _, c := range r.idle {
		c.close()
	}
	for range cap(r.slots) {
		<-r.slots
	}
}

// Inspect says what is there, and refuses what this build cannot use.
func (s *Store) Inspect(ctx context.Context) (storage.Facts, error) {
	c, _, err := s.reader.lend(ctx)
	if err != nil || c == nil {
		return storage.Facts{}, err
	}
	facts, err := inspect(ctx, c, s.options.Path)
	s.reader.giveBack(c, err == nil)
	return facts, err
}

func inspect(ctx context.Context, c *connection, path string) (storage.Facts, error) {
	state, err := inspectSchema(ctx, c.conn, path)
	if err != nil || state.version == 0 {
		return storage.Facts{}, err
	}
	facts := storage.Facts{Exists: true, Version: state.version, ReadableFrom: state.readableFrom}
	var application *int64
	_, err = c.row(ctx, "SELECT ever_ready, application FROM installation", nil, &facts.EverReady, &application)
	if application != nil {
		facts.Application = uint64(*application)
	}
	return facts, fault(path, err)
}
