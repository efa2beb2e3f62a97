package sqlite

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

// batchMax bounds how long the last member of a batch waits for the others.
const batchMax = 256

// writer is the one goroutine that writes. It takes whatever is queued, carries it out in one transaction and answers
// all of it after one commit, so a hundred submitters share one wait for the disk and a single one waits for nobody.
type writer struct {
	options Options
	shards  []int
	wake    chan struct{} // holds at most one token: "the queue changed"
	done    chan struct{} // closed when the goroutine has ended

	mu      sync.Mutex // guards what follows
	queue   []*job
	closing bool
	state   writerState

	ballast *ballast    // the goroutine's alone
	conn    *connection // the goroutine's alone; nil after a failure that left it in an unknown state
}

// writerState is what Health tells.
type writerState struct {
	lastWrite    time.Time // zero before the first
	took         time.Duration
	pendingSince time.Time // zero when nothing is under way
	trouble      string
	full         bool // the ballast is out
}

func startWriter(o Options, conn *connection, shards []int) *writer {
	w := &writer{
		options: o,
		shards:  shards,
		conn:    conn,
		ballast: newBallast(o),
		wake:    make(chan struct{}, 1),
		done:    make(chan struct{}),
		state:   writerState{lastWrite: time.Now()}, // the activation was one
	}
	go w.run()
	return w
}

// submit queues a member and waits for its commit. When ctx ends first, the member is withdrawn if the writer has not
// begun it; if it has, its outcome is waited for, because a caller must know whether it happened.
func (w *writer) submit(ctx context.Context, epoch storage.Epoch, kind memberKind, do func(*tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	j := &job{epoch: epoch, kind: kind, do: do, answered: make(chan struct{})}
	w.mu.Lock()
	if w.closing {
		w.mu.Unlock()
		return storage.ErrClosed
	}
	w.queue = append(w.queue, j)
	w.mu.Unlock()
	w.signal()

	select {
	case <-j.answered:
	case <-ctx.Done():
		if j.withdraw() {
			return ctx.Err()
		}
		<-j.answered
	}
	return j.outcome()
}

// stop lets the goroutine finish what is queued and waits for it.
func (w *writer) stop() {
	w.mu.Lock()
	w.closing = true
	w.mu.Unlock()
	w.signal()
	<-w.done
}

func (w *writer) signal() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *writer) run() {
	defer close(w.done)
	w.ballast.begin()
	w.note(func(s *writerState) { s.full = w.ballast.out })
	for range w.wake {
		for batch, closing := w.take(); ; batch, closing = w.take() {
			if len(batch) > 0 {
				w.commit(batch)
			} else if closing {
				w.disconnect()
				return
			} else {
				break
			}
		}
	}
}

// take removes up to batchMax members from the queue.
func (w *writer) take() (batch []*job, closing bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := min(len(w.queue), batchMax)
	batch = w.queue[:n:n]
	w.queue = w.queue[n:]
	if len(w.queue) == 0 {
		w.queue = nil // lets go of the members already answered
	}
	return batch, w.closing
}

// commit carries out a batch, notes how it went and answers its members.
func (w *writer) commit(batch []*job) {
	start := time.Now()
	w.note(func(s *writerState) { s.pendingSince = start })
	wrote, err := w.write(batch)
	w.note(func(s *writerState) {
		s.pendingSince = time.Time{}
		s.full = w.ballast.out
		switch {
		case err != nil:
			s.trouble = sentence(err)
		case wrote:
			s.lastWrite, s.took, s.trouble = time.Now(), time.Since(start), ""
		}
	})
	for _, j := range batch {
		close(j.answered)
	}
}

// write carries out a batch and gives each member its error. When the disk turns out to be full, what must be written
// is tried once more with the ballast's room.
func (w *writer) write(batch []*job) (wrote bool, err error) {
	w.ballast.restore()
	admitted := w.admitted(batch)
	wrote, err = w.attempt(admitted)
	again := w.afterRunningOut(admitted, err)
	for _, j := range admitted {
		j.fails(err) // a failure of the whole batch is everybody's who has none of his own
	}
	if len(again) == 0 {
		return wrote, err
	}
	for _, j := range again {
		j.err = nil
	}
	wroteAgain, err := w.attempt(again)
	for _, j := range again {
		j.fails(err)
	}
	return wrote || wroteAgain, err
}

// admitted refuses new work while the ballast is out.
func (w *writer) admitted(batch []*job) []*job {
	if !w.ballast.out {
		return batch
	}
	var admitted []*job
	for _, j := range batch {
		if j.kind == reserved {
			admitted = append(admitted, j)
		} else if j.begin() {
			j.err = &storage.Fault{Kind: storage.ErrFull, Where: w.options.Path, Hint: hintFull}
		}
	}
	return admitted
}

// afterRunningOut releases the ballast when an attempt found the disk full, and says who is worth a second one.
func (w *writer) afterRunningOut(batch []*job, err error) (again []*job) {
	full := errors.Is(err, storage.ErrFull)
	for _, j := range batch {
		failed := err != nil && j.err == nil && j.panicked == nil || errors.Is(j.err, storage.ErrFull)
		full = full || errors.Is(j.err, storage.ErrFull)
		if failed && j.begun && j.kind == reserved {
			again = append(again, j)
		}
	}
	if !full || !w.ballast.release() {
		return nil
	}
	return again
}

func (w *writer) note(change func(*writerState)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change(&w.state)
}

func (w *writer) health() storage.Health {
	w.mu.Lock()
	defer w.mu.Unlock()
	h := storage.Health{
		LastWriteAge:  time.Since(w.state.lastWrite),
		LastWriteTook: w.state.took,
		PendingAge:    -1,
		Queued:        len(w.queue),
		Trouble:       w.state.trouble,
		Full:          w.state.full,
	}
	if h.Full && h.Trouble == "" {
		h.Trouble = (&storage.Fault{Kind: storage.ErrFull, Where: w.options.Path, Hint: hintFull}).Sentence()
	}
	if !w.state.pendingSince.IsZero() {
		h.PendingAge = time.Since(w.state.pendingSince)
	}
	return h
}

func (w *writer) disconnect() {
	if w.conn != nil {
		w.conn.close()
		w.conn = nil
	}
}
