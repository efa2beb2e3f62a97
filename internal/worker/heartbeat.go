package worker

import (
	"bytes"
	"context"
	"os"
	"runtime"
	"strconv"
	"time"

	"github.com/steadfast-bot/steadfast/internal/dispatch"
	"github.com/steadfast-bot/steadfast/internal/gateway"
	"github.com/steadfast-bot/steadfast/internal/workerapi"
)

// Heartbeat tells the supervisor how the work goes. It asks the parts themselves, under the locks that the work
// takes, so that it can't say "well" of a path that is stuck.
func (w *Worker) Heartbeat(_ context.Context, history workerapi.History) (workerapi.Heartbeat, error) {
	w.mu.Lock()
	w.history = history
	a := w.active
	w.mu.Unlock()
	if a == nil {
		return workerapi.Heartbeat{
			Gateway:  workerapi.Gateway{State: workerapi.GatewayClosed, StateAge: time.Since(w.started), AckAge: -1},
			Queue:    workerapi.Queue{OldestAge: -1},
			Database: workerapi.Database{LastWriteAge: -1},
			Outbox:   workerapi.Outbox{OldestAge: -1},
			Process:  process(),
		}, nil
	}
	return a.heartbeat(), nil
}

func (a *activation) heartbeat() workerapi.Heartbeat {
	link, work, store := a.link.Status(), a.dispatcher.Stats(), a.w.store.Health()
	depth, oldest := a.outbox.Depth()
	hb := workerapi.Heartbeat{
		Epoch:   workerapi.Epoch(a.epoch),
		Gateway: linkState(link),
		Queue: workerapi.Queue{
			Length: work.Queued, OldestAge: work.OldestQueuedAge, Running: work.Running,
			SinceFinished: work.SinceFinished,
		},
		OldestHandler: handler(work),
		Database:      workerapi.Database{LastWriteAge: store.LastWriteAge, LastWriteTook: store.LastWriteTook, Trouble: store.Trouble},
		Outbox:        workerapi.Outbox{Depth: depth, OldestAge: oldest},
		Process:       process(),
		Totals: workerapi.Totals{
			Events: link.Events, Replayed: link.Replayed,
			CommandsAnswered: a.answered.Load(), CommandsFailed: a.failures.Load(),
		},
		Cursor:       a.dispatcher.LowWater(),
		WaitingUntil: link.WaitingUntil,
		WaitingWhy:   link.WaitingWhy,
	}
	if hb.Queue.SinceFinished < 0 {
		hb.Queue.SinceFinished = time.Since(a.began)
	}
	switch {
	case store.PendingAge > time.Second:
		hb.WaitingFor = workerapi.WaitingForDisk
	case work.Running > 0 && work.Sending == work.Running:
		hb.WaitingFor = workerapi.WaitingForDiscord
	}
	if until := a.rest.Status().BannedUntil; hb.WaitingUntil.IsZero() && until.After(time.Now()) {
		hb.WaitingUntil, hb.WaitingWhy = until, "Cloudflare turns this address away"
	}
	return hb
}

// handler is the one to worry about: the furthest past its deadline, else the oldest.
func handler(work dispatch.Stats) *workerapi.Handler {
	h := work.Worst
	if h == nil || h.Overrun == dispatch.NoDeadline {
		h = work.Oldest
	}
	if h == nil {
		return nil
	}
	out := &workerapi.Handler{Key: h.Key, Name: h.Name, Phase: h.Phase.String(), Age: h.Age, Overrun: h.Overrun}
	if h.Overrun == dispatch.NoDeadline {
		out.Overrun = -1
	}
	return out
}

var linkStates = map[gateway.State]workerapi.GatewayState{
	gateway.Closed:      workerapi.GatewayClosed,
	gateway.Connecting:  workerapi.GatewayConnecting,
	gateway.Identifying: workerapi.GatewayIdentifying,
	gateway.Resuming:    workerapi.GatewayResuming,
	gateway.Ready:       workerapi.GatewayReady,
	gateway.Waiting:     workerapi.GatewayWaiting,
	gateway.Congested:   workerapi.GatewayCongested,
}

func linkState(s gateway.Status) workerapi.Gateway {
	out := workerapi.Gateway{
		State: linkStates[s.State], StateAge: time.Since(s.Since), AckAge: -1, Latency: s.Latency, Interval: s.Interval,
		Identifies: s.Identifies, Resumes: s.Resumes, LastError: s.LastError,
	}
	if !s.LastAck.IsZero() {
		out.AckAge = time.Since(s.LastAck)
	}
	return out
}

// process is what the runtime and the kernel say of this process.
func process() workerapi.Process {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return workerapi.Process{Goroutines: runtime.NumGoroutine(), HeapBytes: memory.HeapAlloc, Resident: resident()}
}

// resident reads the resident size, the second field of /proc/self/statm in pages (proc(5)); 0 when it can't.
func resident() uint64 {
	content, err := os.ReadFile("/proc/self/statm")
	fields := bytes.Fields(content)
	if err != nil || len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseUint(string(fields[1]), 10, 64)
	if err != nil {
		return 0
	}
	return pages * uint64(os.Getpagesize())
}
