package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"

	_ "modernc.org/sqlite" // the driver, chosen in docs/decisions/0001-sqlite-driver.md
)

// applicationID marks a file as ours ("Stdf"), so that another program's database is refused and not migrated.
const applicationID = 0x53746466

// connection is one connection of its own and the statements prepared on it. It belongs to one goroutine at a time.
type connection struct {
	db       *sql.DB
	conn     *sql.Conn
	prepared map[string]*sql.Stmt
}

// openForWriting opens the file for the writer, creates it when there is none, and refuses what is not ours before
// anything in it is changed.
func openForWriting(ctx context.Context, o Options) (*connection, error) {
	if err := prepareFile(o.Path); err != nil {
		return nil, err
	}
	c, err := connect(ctx, dsn(o, "rw"))
	if err != nil {
		return nil, fault(o.Path, err)
	}
	if _, err := inspectSchema(ctx, c.conn, o.Path); err != nil {
		c.close()
		return nil, err
	}
	// The log is folded into the file every 256 pages (1 MB): a successor reads it all before its first write.
	for _, pragma := range []string{"journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=256"} {
		if _, err := c.conn.ExecContext(ctx, "PRAGMA "+pragma); err != nil {
			c.close()
			return nil, fault(o.Path, err)
		}
	}
	return c, nil
}

func connect(ctx context.Context, dsn string) (*connection, error) {
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	conn, err := db.Conn(ctx)
	if err != nil {
		_ = db.Close()
		return nil, err
	}
	return &connection{db: db, conn: conn, prepared: make(map[string]*sql.Stmt)}, nil
}

// dsn names the file with SQLite's access mode (ro or rw: a missing file is never created by SQLite itself).
func dsn(o Options, mode string) string {
	u := url.URL{Scheme: "file", Path: o.Path}
	query := url.Values{
		"mode":          {mode},
		"_busy_timeout": {fmt.Sprint(o.BusyTimeout.Milliseconds())},
		"_defensive":    {"1"},
		"_error_rc":     {"1"},
		"_dqs":          {"0"},
		"_foreign_keys": {"1"},
	}
	return u.String() + "?" + query.Encode()
}

// prepareFile makes the file ours alone, whatever the umask says.
//
// An existing file is never opened here: closing any descriptor of it would drop the locks that SQLite holds on it
// for this process's other connections (fcntl(2)).
func prepareFile(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err == nil {
		return f.Close()
	}
	if !errors.Is(err, fs.ErrExist) {
		return fileFault(path, err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return fileFault(path, err)
	}
	if err := checkFile(path, info); err != nil {
		return err
	}
	if info.Mode().Perm()&0o077 != 0 {
		if err := os.Chmod(path, 0o600); err != nil {
			return fileFault(path, err)
		}
	}
	return nil
}

// checkFile refuses what SQLite would open and should not: what is no file, and what is too short to be a database,
// which SQLite takes for an empty one and overwrites.
func checkFile(path string, info fs.FileInfo) error {
	const smallestPage = 512
	switch {
	case !info.Mode().IsRegular():
		return notAFileFault(path)
	case info.Size() > 0 && info.Size() < smallestPage:
		return corruptFault(path, nil)
	}
	return nil
}

func (c *connection) close() {
	for _, stmt := range c.prepared {
		_ = stmt.Close()
	}
	_ = c.conn.Close()
	_ = c.db.Close()
}

func (c *connection) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if stmt, ok := c.prepared[query]; ok {
		return stmt, nil
	}
	stmt, err := c.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	c.prepared[query] = stmt
	return stmt, nil
}

// exec runs one statement, prepared once per connection.
func (c *connection) exec(ctx context.Context, query string, args ...any) (int64, error) {
	stmt, err := c.prepare(ctx, query)
	if err != nil {
		return 0, err
	}
	result, err := stmt.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// row reads one row; false when there is none.
func (c *connection) row(ctx context.Context, query string, args []any, into ...any) (bool, error) {
	stmt, err := c.prepare(ctx, query)
	if err != nil {
		return false, err
	}
	err = stmt.QueryRowContext(ctx, args...).Scan(into...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// rows reads all rows, one at a time.
func (c *connection) rows(ctx context.Context, query string, args []any, each func(scanner) error) error {
	stmt, err := c.prepare(ctx, query)
	if err != nil {
		return err
	}
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}
