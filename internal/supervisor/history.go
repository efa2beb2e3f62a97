package supervisor

import (
	"slices"
	"time"

	"github.com/steadfast-bot/steadfast/internal/workerapi"
)

// history remembers what chat's status shows and only the supervisor knows.
type history struct {
	began    time.Time
	respawns []time.Time
	cause    string
	// away is when the bot was last seen to leave the state running; mourned tells that a death came after it.
	away    time.Time
	mourned bool
	outage  time.Duration
	back    time.Time
}

// left notes that the bot stopped running.
func (h *history) left(now time.Time) { h.away = now }

// died notes the death of an active worker that nobody had asked for.
func (h *history) died(cause string) { h.cause, h.mourned = cause, true }

// respawned notes an unasked launch.
func (h *history) respawned(now time.Time) {
	h.respawns = append(h.lastDay(now), now)
}

// running notes that the bot is back. Only after a death was it an outage: a hand-over is none.
func (h *history) running(now time.Time) {
	if h.mourned {
		h.mourned, h.outage, h.back = false, now.Sub(h.away), now
	}
}

func (h *history) lastDay(now time.Time) []time.Time {
	return slices.DeleteFunc(h.respawns, func(at time.Time) bool { return now.Sub(at) >= 24*time.Hour })
}

func (h *history) told(now time.Time) workerapi.History {
	h.respawns = h.lastDay(now)
	return workerapi.History{
		SupervisorUpSince: h.began,
		RestartsLastDay:   len(h.respawns),
		LastCause:         h.cause,
		LastOutage:        h.outage,
		LastRestart:       h.back,
	}
}
