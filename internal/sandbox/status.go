package sandbox

import (
	"context"
	"fmt"
	"time"
)

// watchEvery is how often the worker's status is looked at. A kill and its recovery take some 40 ms, so not every
// state is seen; generations and restarts are, which is what the page is about.
const watchEvery = 100 * time.Millisecond

// watch keeps the worker's status on the board and notes its changes, until ctx ends.
func (s *Server) watch(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	var last Status
	for {
		now := statusOf(s.worker.Snapshot())
		s.board.setWorker(now)
		s.board.setGateway(s.story.gateway())
		s.story.survey()
		s.story.sweep(time.Now())
		s.board.setFaults(s.inForce())
		for _, line := range transitions(last, now) {
			s.board.note(LogWorker, "%s", line)
		}
		last = now
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// transitions says in words what changed between two looks at the worker.
func transitions(before, now Status) []string {
	var lines []string
	if now.LastCause != "" && now.Restarts > before.Restarts {
		lines = append(lines, "last death: "+now.LastCause)
	}
	if now.Generation != 0 && (now.State != before.State || now.Generation != before.Generation) {
		lines = append(lines, fmt.Sprintf("worker %d is %s%s", now.Generation, now.State, suffix(now.PID != 0, ", pid %d", now.PID)))
	}
	if now.Verdict != before.Verdict && now.Verdict != "" && now.Verdict != unjudged {
		lines = append(lines, "verdict "+now.Verdict+suffix(now.Reason != "", ": %s", now.Reason))
	}
	return lines
}

// unjudged is the verdict before there is one; it is no news.
const unjudged = "unjudged"

func suffix(wanted bool, format string, args ...any) string {
	if !wanted {
		return ""
	}
	return fmt.Sprintf(format, args...)
}

// stamp is a time as the page takes it: milliseconds, 0 for never.
func stamp(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
