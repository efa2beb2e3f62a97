package sqlite

import (
	"context"
	"errors"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

// tx is what a member of a batch sees of the transaction. Failures of the database come out as *storage.Fault.
type tx struct {
	conn *connection
	path string
	// ctx is the transaction's lifetime: Activate's caller's, or nobody's in a batch.
	ctx context.Context
}

func (t *tx) exec(query string, args ...any) (affected int64, err error) {
	affected, err = t.conn.exec(t.ctx, query, args...)
	return affected, fault(t.path, err)
}

func (t *tx) row(query string, args []any, into ...any) (found bool, err error) {
	found, err = t.conn.row(t.ctx, query, args, into...)
	return found, fault(t.path, err)
}

// sentence is an error as Health shows it.
func sentence(err error) string {
	var f *storage.Fault
	if errors.As(err, &f) {
		return f.Sentence()
	}
	return err.Error()
}
