package sqlite

import (
	"context"
	"errors"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

// tx is what a member of a batch, or a reader of a snapshot, sees of its transaction. Failures of the database come
// out as *storage.Fault.
type tx struct {
	conn *connection // nil when it is over
	path string
	// ctx is the transaction's lifetime: Activate's caller's, a reader's, or nobody's in a batch.
	ctx context.Context
}

var errTxOver = errors.New("a transaction was used after it had ended: that is a bug")

func (t *tx) exec(query string, args ...any) (affected int64, err error) {
	if t.conn == nil {
		return 0, errTxOver
	}
	affected, err = t.conn.exec(t.ctx, query, args...)
	return affected, fault(t.path, err)
}

func (t *tx) row(query string, args []any, into ...any) (found bool, err error) {
	if t.conn == nil {
		return false, errTxOver
	}
	found, err = t.conn.row(t.ctx, query, args, into...)
	return found, fault(t.path, err)
}

// scanner reads the columns of one row.
type scanner func(into ...any) error

// rows reads all rows.
func (t *tx) rows(query string, args []any, each func(scan scanner) error) error {
	if t.conn == nil {
		return errTxOver
	}
	return fault(t.path, t.conn.rows(t.ctx, query, args, each))
}

// list reads all rows as values.
func list[T any](t *tx, query string, args []any, read func(scan scanner, into *T) error) ([]T, error) {
	var all []T
	err := t.rows(query, args, func(scan scanner) error {
		var one T
		if err := read(scan, &one); err != nil {
			return err
		}
		all = append(all, one)
		return nil
	})
	return all, err
}

// one reads the first row as a value; false when there is none.
func one[T any](t *tx, query string, args []any, read func(scan scanner, into *T) error) (value T, found bool, err error) {
	all, err := list(t, query, args, read)
	if err != nil || len(all) == 0 {
		return value, false, err
	}
	return all[0], true, nil
}

// sentence is an error as Health shows it.
func sentence(err error) string {
	var f *storage.Fault
	if errors.As(err, &f) {
		return f.Sentence()
	}
	return err.Error()
}
