package dispatch

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/sirupsen/logrus"
)

// Field names of this package's log lines.
const (
	fieldKey   = "key"
	fieldName  = "name"
	fieldStack = "stack"
)

// PanicError is the error of a task that panicked.
type PanicError struct {
	Value any
	Stack []byte
}

// Error is what was panicked with, without the stack.
func (p *PanicError) Error() string { return fmt.Sprintf("panic: %v", p.Value) }

// errGoexit is the error of a task that ended its goroutine instead of returning.
var errGoexit = errors.New("the handler ended its goroutine (runtime.Goexit)")

// node is a task in the house: waiting, then running. Its fields belong to the dispatcher's lock.
type node struct {
	Task
	dispatcher *Dispatcher
	mark       openMark
	prev, next *node     // its neighbours in chain waiting or running
	behind     *node     // what comes after it in its lane
	since      time.Time // when it was submitted; from its start on, when it started
	phase      Phase
	deadline   time.Time // of the phase; zero when it has none
}

// lane is a row of tasks that run one after the other. It exists while it has one.
type lane struct {
	name        string
	first, last *node
}

// chain is a row of nodes in order of arrival, out of which any can be taken.
type chain struct {
	first, last *node
	length      int
}

func (c *chain) push(n *node) {
	n.prev, n.next = c.last, nil
	if c.last == nil {
		c.first = n
	} else {
		c.last.next = n
	}
	c.last = n
	c.length++
}

func (c *chain) remove(n *node) {
	if n.prev == nil {
		c.first = n.next
	} else {
		n.prev.next = n.next
	}
	if n.next == nil {
		c.last = n.prev
	} else {
		n.next.prev = n.prev
	}
	n.prev, n.next = nil, nil
	c.length--
}

// enqueue puts a node at the end of its lane and sees to it that somebody works there.
func (d *Dispatcher) enqueue(n *node) {
	d.waiting.push(n)
	if l := d.lanes[n.Lane]; l != nil {
		l.last.behind = n
		l.last = n
		return
	}
	l := &lane{name: n.Lane, first: n, last: n}
	if l.name != "" {
		d.lanes[l.name] = l
	}
	if d.ctx == nil {
		d.parked = append(d.parked, l)
		return
	}
	d.launch(l)
}

// launch gives a lane its goroutine. Run waits for it.
func (d *Dispatcher) launch(l *lane) {
	d.workers++
	d.goroutines.Go(func() { d.work(l) })
}

// work runs a lane until it is empty or the dispatcher stops.
func (d *Dispatcher) work(l *lane) {
	returned := false
	defer func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.workers--
		if !returned { // Goexit took this goroutine; the lane goes on in another
			d.launch(l)
		}
		d.settle()
	}()
	for n := d.start(l); n != nil; n = d.start(l) {
		d.execute(l, n)
	}
	returned = true
}

// start takes a lane's first task out of the queue; nil when there is none to run.
func (d *Dispatcher) start(l *lane) *node {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := l.first
	if n == nil || d.stopped {
		return nil
	}
	d.waiting.remove(n)
	d.running.push(n)
	n.since = time.Now()
	return n
}

// execute runs a task behind the fence: a panic costs this one event. The lane moves on only when everybody has been
// told, so that they hear of a lane's tasks in order too.
func (d *Dispatcher) execute(l *lane, n *node) {
	err := errGoexit
	defer func() {
		var panicked *PanicError
		if value := recover(); value != nil {
			panicked = &PanicError{Value: value, Stack: debug.Stack()}
			err = panicked
		}
		d.finish(n, err, panicked)
		d.tell(n.Task, err, panicked)
		d.advance(l)
	}()
	err = n.Run(context.WithValue(d.ctx, nodeKey{}, n))
}

// finish counts a task as done.
func (d *Dispatcher) finish(n *node, err error, panicked *PanicError) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.running.remove(n)
	d.marks.done(&n.mark)
	d.finished = time.Now()
	d.done++
	if err != nil {
		d.failed++
	}
	if panicked != nil {
		d.panics++
	}
	d.makeRoom()
}

// tell tells the log and whoever else wants to know how a task ended.
func (d *Dispatcher) tell(task Task, err error, panicked *PanicError) {
	if err != nil {
		log := d.log.WithFields(logrus.Fields{fieldKey: task.Key, fieldName: task.Name}).WithError(err)
		if panicked != nil {
			log.WithField(fieldStack, string(panicked.Stack)).Error("a handler panicked")
		} else {
			log.Warn("a handler failed")
		}
	}
	if panicked != nil && d.cfg.OnPanic != nil {
		d.cfg.OnPanic(task, panicked.Value, panicked.Stack)
	}
	if d.cfg.OnDone != nil {
		d.cfg.OnDone(task, err)
	}
}

// advance takes the task that is done off its lane, and an empty lane out of the house.
func (d *Dispatcher) advance(l *lane) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if l.first = l.first.behind; l.first == nil && l.name != "" {
		delete(d.lanes, l.name)
	}
}
