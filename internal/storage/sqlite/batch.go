package sqlite

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

// memberKind says what a full disk means to a member.
type memberKind int

const (
	// ordinary is new work: refused while the disk is full.
	ordinary memberKind = iota
	// reserved has to be written even then.
	reserved
)

// job is one member of a batch: what to write, for which activation, and where its submitter waits.
type job struct {
	epoch storage.Epoch
	kind  memberKind
	do    func(*tx) error

	begun    bool        // the writer's alone: it has claimed it
	claimed  atomic.Bool // by the writer that begins it, or by the submitter that withdraws it: whoever is first
	err      error
	panicked *memberPanic
	answered chan struct{}
}

// begin is the writer's claim; it holds for a second attempt too.
func (j *job) begin() bool {
	j.begun = j.begun || j.claimed.CompareAndSwap(false, true)
	return j.begun
}

func (j *job) withdraw() bool { return j.claimed.CompareAndSwap(false, true) }

// fails gives the member an error unless it has one of its own.
func (j *job) fails(err error) {
	if j.err == nil && j.panicked == nil {
		j.err = err
	}
}

// outcome is the result as the submitter sees it. A panic goes on where the member came from: it is that caller's
// event that is lost, not the writer.
func (j *job) outcome() error {
	if j.panicked != nil {
		panic(j.panicked)
	}
	return j.err
}

// memberPanic is a member's panic on its way to the submitter.
type memberPanic struct {
	value any
	stack []byte
}

// Error shows the panic with the stack it had, which the submitter's own no longer tells.
func (p *memberPanic) Error() string {
	return fmt.Sprintf("panic in a database transaction: %v\n%s", p.value, p.stack)
}

// attempt carries out the members in one transaction, each in a savepoint of its own so that one that fails takes
// nothing of the others with it. Its error is the whole batch's; a member's own goes into the member.
func (w *writer) attempt(batch []*job) (wrote bool, err error) {
	if len(batch) == 0 {
		return false, nil
	}
	ctx := context.Background() // a commit is not cancelled half-way
	if w.conn == nil {
		if w.conn, err = openForWriting(ctx, w.options); err != nil {
			return false, err
		}
	}
	t := &tx{conn: w.conn, path: w.options.Path, ctx: ctx}
	defer func() {
		if err != nil {
			err = fault(w.options.Path, err)
			w.abandon(t)
		}
	}()
	if _, err := t.exec("BEGIN IMMEDIATE"); err != nil {
		return false, err
	}
	owner, err := t.owner(w.shards)
	if err != nil {
		return false, err
	}
	if wrote, err = w.members(t, batch, owner); err != nil {
		return false, err
	}
	if !wrote {
		_, err = t.exec("ROLLBACK")
		return false, err
	}
	_, err = t.exec("COMMIT")
	return err == nil, err
}

// members carries out those that are not withdrawn and belong to the owner. When none of them wrote anything and the
// database failed one of them, that is the batch's failure: it shows what state the database is in.
func (w *writer) members(t *tx, batch []*job, owner storage.Epoch) (wrote bool, err error) {
	var failure error
	for _, j := range batch {
		if !j.begin() {
			continue
		}
		if j.epoch != owner {
			j.err = storage.ErrStaleEpoch
			continue
		}
		if err := w.member(t, j); err != nil {
			return false, err
		}
		switch {
		case j.err == nil && j.panicked == nil:
			wrote = true
		case isFault(j.err):
			failure = j.err
		}
	}
	if wrote {
		return true, nil
	}
	return false, failure
}

// member carries out one member. Its error is about the transaction, which then no longer stands: SQLite rolls back
// all of it by itself when the disk is full or broken.
func (w *writer) member(t *tx, j *job) error {
	if _, err := t.exec("SAVEPOINT member"); err != nil {
		return err
	}
	j.run(t)
	if j.err == nil && j.panicked == nil {
		_, err := t.exec("RELEASE member")
		return err
	}
	if _, err := t.exec("ROLLBACK TO member"); err != nil {
		return errors.Join(j.err, err)
	}
	_, err := t.exec("RELEASE member")
	return err
}

func (j *job) run(t *tx) {
	defer func() {
		if value := recover(); value != nil {
			j.panicked = &memberPanic{value: value, stack: debug.Stack()}
		}
	}()
	j.err = j.do(t)
}

// abandon leaves a failed transaction. A connection that cannot even do that is replaced.
func (w *writer) abandon(t *tx) {
	// The error is expected where SQLite has already rolled back; whether it stands is asked of SQLite itself.
	_, _ = t.exec("ROLLBACK")
	if _, err := t.exec("BEGIN"); err == nil {
		if _, err := t.exec("ROLLBACK"); err == nil {
			return
		}
	}
	w.disconnect()
}
