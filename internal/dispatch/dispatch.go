// Package dispatch runs what the gateway delivers: lanes in order and side by side, bounded in all, a fence against
// panics, a deadline per phase, and the low-water mark. It decides when a task runs and whether there is room; what a
// task does is its submitter's business, as is what to do when there is none.
package dispatch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/sirupsen/logrus"
)

// Task is one event to work on.
type Task struct {
	// Sequence is the gateway's number of the event; 0 when it did not come from the gateway.
	Sequence int64
	// Lane is what it must stay in order with; "" is nothing.
	Lane string
	// Key identifies the event and Name says what handles it, in logs and statistics. Never message text.
	Key, Name string
	// Run does it. The task is done when Run returns, whatever it returns.
	Run func(context.Context) error
}

// Config is what a Dispatcher needs to know.
type Config struct {
	// Capacity is how many tasks may be queued or running, all lanes together.
	Capacity int
	// Log gets failed tasks and panics; nil is silence.
	Log *logrus.Entry
	// OnPanic, if set, is told of every panic, in the lane it happened in.
	OnPanic func(task Task, value any, stack []byte)
	// OnDone, if set, is told of every task that is done, after the low-water mark has moved. err is what Run
	// returned, or says that it panicked.
	OnDone func(task Task, err error)
}

// Dispatcher runs tasks. All its methods are safe for concurrent use.
type Dispatcher struct {
	cfg Config
	log *logrus.Entry

	// goroutines are those of the lanes; Run waits for them.
	goroutines sync.WaitGroup

	mu sync.Mutex
	// ctx is that of Run, the life of all tasks; nil before.
	ctx              context.Context
	lanes            map[string]*lane // those that have a name and a task
	parked           []*lane          // those that wait for Run to begin
	waiting, running chain
	workers          int // lanes' goroutines alive
	marks            lowWater

	// room is closed while there is room. From a refused Submit on it is another, until half the capacity is free.
	room chan struct{}
	full bool
	// hole is the first sequence refused since there was room; 0 is none. Until then nothing above it is recorded,
	// or the low-water mark would pass an event that nobody has.
	hole int64

	stopped bool
	quiet   chan struct{} // closed once stopped and no lane's goroutine is left

	finished             time.Time // when a task was last done, or Run began
	done, failed, panics uint64
}

// New makes a dispatcher. Nothing runs before Run does.
func New(cfg Config) *Dispatcher {
	d := &Dispatcher{
		cfg: cfg, log: cfg.Log,
		lanes: map[string]*lane{},
		room:  make(chan struct{}),
		quiet: make(chan struct{}),
	}
	close(d.room)
	if d.log == nil {
		silent := logrus.New()
		silent.SetOutput(io.Discard)
		d.log = logrus.NewEntry(silent)
	}
	return d
}

// Run runs submitted tasks until ctx ends. Then it starts no more and waits for the running ones, whose contexts have
// ended with it; to let them finish in peace, Drain first. It can be called once.
func (d *Dispatcher) Run(ctx context.Context) error {
	if err := d.begin(ctx); err != nil {
		return err
	}
	<-ctx.Done()
	d.mu.Lock()
	d.stop()
	d.mu.Unlock()
	d.goroutines.Wait()
	return nil
}

func (d *Dispatcher) begin(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ctx != nil {
		return errors.New("dispatch: Run was called twice")
	}
	d.ctx, d.finished = ctx, time.Now()
	if !d.stopped {
		for _, l := range d.parked {
			d.launch(l)
		}
	}
	d.parked = nil
	return nil
}

// Submit queues a task. Tasks with a sequence must come in the gateway's order; one at or below a sequence that was
// seen before in this session is a replay of something done or still open here, and is taken without being run again.
// False means that there is no room, or that the dispatcher is stopping: nothing was recorded, and nothing is until
// half the room is free (see Room) or Reset is called. The caller closes its connection resumably and resumes at
// LowWater.
func (d *Dispatcher) Submit(task Task) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if task.Sequence > 0 && d.marks.seen(task.Sequence) {
		return true
	}
	if d.stopped || d.full || d.waiting.length+d.running.length >= d.cfg.Capacity {
		d.refuse(task.Sequence)
		return false
	}
	n := &node{Task: task, dispatcher: d, since: time.Now()}
	if task.Sequence > 0 {
		d.marks.begin(&n.mark, task.Sequence)
	}
	d.enqueue(n)
	return true
}

// Skip says that the event with this sequence needs no work.
func (d *Dispatcher) Skip(sequence int64) {
	d.mu.Lock()
	if d.hole == 0 || sequence < d.hole {
		d.marks.skip(sequence)
	}
	d.mu.Unlock()
}

// Room is readable as long as no Submit has been refused for want of room since half the capacity was last free.
// Once the dispatcher stops, a Room that is not readable stays so.
func (d *Dispatcher) Room() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.room
}

// LowWater is the highest sequence seen in this session up to which every event is done.
func (d *Dispatcher) LowWater() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.marks.value()
}

// Reset begins a new session whose events up to sequence are done elsewhere. Tasks of the old one still run, but no
// longer hold the low-water mark.
func (d *Dispatcher) Reset(sequence int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.marks.reset(sequence)
	d.hole = 0
}

// Drain accepts and starts nothing more and waits for the running tasks, until ctx ends. What is queued stays below
// the low-water mark's reach: a successor gets it again.
func (d *Dispatcher) Drain(ctx context.Context) error {
	d.mu.Lock()
	d.stop()
	d.mu.Unlock()
	select {
	case <-d.quiet:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for %d running tasks: %w", d.Stats().Running, context.Cause(ctx))
	}
}

// refuse remembers what must not be passed over.
func (d *Dispatcher) refuse(sequence int64) {
	if !d.full {
		d.full, d.room = true, make(chan struct{})
	}
	if d.hole == 0 {
		d.hole = sequence
	}
}

// makeRoom takes tasks again once half the capacity is free.
func (d *Dispatcher) makeRoom() {
	if d.full && !d.stopped && d.waiting.length+d.running.length <= d.cfg.Capacity/2 {
		d.full, d.hole = false, 0
		close(d.room)
	}
}

func (d *Dispatcher) stop() {
	if !d.stopped {
		d.stopped = true
		d.settle()
	}
}

// settle is called whenever the last worker may have left a stopped dispatcher.
func (d *Dispatcher) settle() {
	if !d.stopped || d.workers > 0 {
		return
	}
	select {
	case <-d.quiet:
	default:
		close(d.quiet)
	}
}
