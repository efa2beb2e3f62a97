package worker

import (
	"context"
	"time"

	"github.com/steadfast-bot/steadfast/internal/modules/general"
)

// GatewayLatency is the round trip of the last acknowledged gateway heartbeat.
func (a *activation) GatewayLatency() (time.Duration, bool) {
	s := a.link.Status()
	return s.Latency, !s.LastAck.IsZero()
}

// RESTRoundTrip times one small call.
func (a *activation) RESTRoundTrip(ctx context.Context) (time.Duration, error) {
	if _, err := a.rest.Me(ctx); err != nil {
		return 0, err
	}
	return a.rest.Status().RoundTrip, nil
}

// Report gathers what status shows.
func (a *activation) Report() general.Report {
	a.w.mu.Lock()
	history := a.w.history
	a.w.mu.Unlock()
	r := general.Report{
		Version: a.w.version, Generation: a.w.config.Generation,
		BotUpSince: history.SupervisorUpSince, UpSince: a.began,
		RestartsLastDay: history.RestartsLastDay, LastCause: history.LastCause, LastOutage: history.LastOutage,
		Replayed: a.link.Status().Replayed, Answered: a.answered.Load(), Failed: a.failures.Load(),
		IdentifiesLeft: int(a.left.Load()),
	}
	if r.BotUpSince.IsZero() { // not one heartbeat yet
		r.BotUpSince = a.began
	}
	return r
}

var _ general.Vitals = (*activation)(nil)
