// Package worker is the bot: it joins the gateway, the lanes, the commands, the outbox and the store into what the
// supervisor calls a worker. It decides in which order they start and stop; each of them decides the rest.
package worker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/steadfast-bot/steadfast/internal/logging"
	"github.com/steadfast-bot/steadfast/internal/storage"
	"github.com/steadfast-bot/steadfast/internal/workerapi"
)

// Worker is one generation of the bot. Its life: New, Configure (a standby), Activate (the active worker), Stop. It
// leaves by ending its process, never by returning.
type Worker struct {
	version string
	exit    func(*workerapi.ExitError) // ends the process; nil error is ExitDone

	mu         sync.Mutex // guards what follows; config, log, store and facts are not written after Configure
	config     *workerapi.Configuration
	log        *logrus.Entry
	store      storage.Store
	facts      storage.Facts
	history    workerapi.History
	activating bool
	active     *activation // nil until activated
	left       bool        // asked to stop
	started    time.Time
	stopping   sync.Once
}

var _ workerapi.Worker = (*Worker)(nil)

// New makes a worker that knows nothing yet. Exit ends the process with a code and a sentence; nil means done.
func New(version string, exit func(*workerapi.ExitError)) *Worker {
	return &Worker{version: version, exit: exit, started: time.Now()}
}

// errConfigured refuses a second Configure.
var errConfigured = errors.New("this worker is configured already")

// Configure makes the worker a standby: it opens its log, opens the database for reading, and tests itself. It
// touches neither Discord nor the lock.
func (w *Worker) Configure(ctx context.Context, c workerapi.Configuration) (workerapi.Configured, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.config != nil {
		return workerapi.Configured{}, errConfigured
	}
	redactor := new(logging.Redactor)
	redactor.Add(c.Token)
	logFile, err := os.OpenFile(c.LogPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return workerapi.Configured{}, fmt.Errorf("opening the log: %w", err)
	}
	logger, err := logging.New(logFile, logging.JSON, c.LogLevel, redactor)
	if err != nil {
		return workerapi.Configured{}, err
	}
	w.log = logger.WithField(logging.Generation, c.Generation)
	store, err := openStore(c)
	if err == nil {
		w.facts, err = store.Inspect(ctx)
	}
	if err != nil {
		return workerapi.Configured{}, w.unusable(err)
	}
	w.store, w.config = store, &c
	w.log.WithFields(logrus.Fields{"version": w.version, "supervisor": c.SupervisorVersion, "pid": os.Getpid()}).Info("configured")
	return workerapi.Configured{Version: w.version, EverReady: w.facts.EverReady}, nil
}

// unusable ends the process when the store can never be used as it is; otherwise the error goes to the supervisor,
// which tries again later.
func (w *Worker) unusable(err error) error {
	if verdict := judgeStore(err, endsStandby); verdict != nil {
		w.log.WithError(err).Error("the database can't be used")
		w.end(verdict)
	}
	return err
}

// Activate makes this worker the active one. It returns once lock, migration and epoch are done. Heartbeats and Stop
// are answered meanwhile: a migration may be long.
func (w *Worker) Activate(ctx context.Context) (workerapi.Epoch, error) {
	if err := w.beginActivation(); err != nil {
		return workerapi.Epoch{}, err
	}
	a, lock, err := w.activate(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.activating = false
	if err != nil {
		return workerapi.Epoch{}, err
	}
	if w.left {
		return workerapi.Epoch{}, errors.Join(errors.New("this worker was asked to stop"), lock.Release())
	}
	w.active = a // the lock is held until the process ends
	a.start()
	w.log.WithField("epoch", fmt.Sprintf("%d.%d", a.epoch.Lease, a.epoch.Activation)).Info("activated")
	return workerapi.Epoch(a.epoch), nil
}

// beginActivation reserves the one activation.
func (w *Worker) beginActivation() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.config == nil:
		return errors.New("a worker must be configured before it is activated")
	case w.active != nil || w.activating:
		return errors.New("this worker is active already")
	}
	w.activating = true
	return nil
}

func (w *Worker) activate(ctx context.Context) (*activation, *workerapi.ActiveLock, error) {
	lock, err := workerapi.AcquireActive(w.config.StateDir)
	if err != nil {
		return nil, nil, err
	}
	epoch, err := w.store.Activate(ctx, storage.Claim{})
	if err != nil {
		return nil, nil, errors.Join(w.unusable(err), lock.Release())
	}
	a, err := newActivation(ctx, w, epoch)
	if err != nil {
		return nil, nil, errors.Join(w.unusable(err), lock.Release())
	}
	return a, lock, nil
}

// Stop leaves within the budget. It answers at once; the exit is the confirmation.
func (w *Worker) Stop(_ context.Context, request workerapi.StopRequest) error {
	go w.leave(request)
	return nil
}

// Orphaned is called when the supervisor is gone: as on SIGTERM, the session is kept. A standby exits at once.
func (w *Worker) Orphaned() {
	time.AfterFunc(orphanLimit, func() { w.exit(nil) })
	w.leave(workerapi.StopRequest{KeepSession: true, Budget: orphanBudget})
}

// Terminated is called on SIGTERM: a process manager that signals the whole tree is no crash.
func (w *Worker) Terminated() {
	w.leave(workerapi.StopRequest{KeepSession: true, GoingAway: true, Budget: stopBudget})
}

const (
	stopBudget = time.Second
	// An orphan must be gone within a second of its supervisor's death, whatever hangs.
	orphanBudget = 700 * time.Millisecond
	orphanLimit  = 950 * time.Millisecond
)

// leave stops what runs and ends the process. Only the first call does anything.
func (w *Worker) leave(request workerapi.StopRequest) {
	w.stopping.Do(func() {
		w.mu.Lock()
		w.left = true
		active, log := w.active, w.log
		w.mu.Unlock()
		if active != nil {
			log.WithFields(logrus.Fields{"keep_session": request.KeepSession, "budget": request.Budget.String()}).Info("stopping")
			active.stop(request)
		}
		w.exit(nil)
	})
}

// end ends the process with a verdict, leaving the session as it is.
func (w *Worker) end(verdict *workerapi.ExitError) {
	w.log.WithError(verdict.Cause).WithField("code", int(verdict.Code)).Error(verdict.Sentence)
	w.exit(verdict)
}

// Dump returns the stacks of all goroutines.
func (w *Worker) Dump(context.Context) ([]byte, error) {
	var out bytes.Buffer
	fmt.Fprintf(&out, "%d goroutines\n\n", runtime.NumGoroutine())
	err := pprof.Lookup("goroutine").WriteTo(&out, 2)
	return out.Bytes(), err
}
