package workerapi

import (
	"math"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	workerv1 "github.com/steadfast-bot/steadfast/proto/worker/v1"
)

// Never is the age of what has not happened yet. Every negative age means the same and arrives as Never.
const Never = time.Duration(-1)

// ageToWire leaves "never yet" unset.
func ageToWire(d time.Duration) *durationpb.Duration {
	if d < 0 {
		return nil
	}
	return durationpb.New(d)
}

func ageFromWire(d *durationpb.Duration) time.Duration {
	if d == nil {
		return Never
	}
	return d.AsDuration()
}

func timeToWire(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}

func timeFromWire(t *timestamppb.Timestamp) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.AsTime()
}

// count fits a count into the wire's 32 bits; a count past them is as good as the highest.
func count(n int) uint32 {
	return uint32(min(max(n, 0), math.MaxUint32))
}

func configurationToWire(c Configuration) *workerv1.ConfigureRequest {
	return &workerv1.ConfigureRequest{
		Token:             c.Token,
		ApiUrl:            c.APIURL,
		StateDir:          c.StateDir,
		Database:          c.Database,
		Generation:        c.Generation,
		SupervisorVersion: c.SupervisorVersion,
		LogLevel:          c.LogLevel,
		LogPath:           c.LogPath,
		Rehearsal:         c.Rehearsal,
	}
}

func configurationFromWire(r *workerv1.ConfigureRequest) Configuration {
	return Configuration{
		Token:             r.GetToken(),
		APIURL:            r.GetApiUrl(),
		StateDir:          r.GetStateDir(),
		Database:          r.GetDatabase(),
		Generation:        r.GetGeneration(),
		SupervisorVersion: r.GetSupervisorVersion(),
		LogLevel:          r.GetLogLevel(),
		LogPath:           r.GetLogPath(),
		Rehearsal:         r.GetRehearsal(),
	}
}

func configuredToWire(c Configured) *workerv1.ConfigureResponse {
	return &workerv1.ConfigureResponse{Version: c.Version, EverReady: c.EverReady}
}

func configuredFromWire(r *workerv1.ConfigureResponse) Configured {
	return Configured{Version: r.GetVersion(), EverReady: r.GetEverReady()}
}

func epochToWire(e Epoch) *workerv1.Epoch {
	return &workerv1.Epoch{Lease: e.Lease, Activation: e.Activation}
}

func epochFromWire(e *workerv1.Epoch) Epoch {
	return Epoch{Lease: e.GetLease(), Activation: e.GetActivation()}
}

func historyToWire(h History) *workerv1.HeartbeatRequest {
	return &workerv1.HeartbeatRequest{
		SupervisorUpSince: timeToWire(h.SupervisorUpSince),
		RestartsLastDay:   count(h.RestartsLastDay),
		LastCause:         h.LastCause,
		LastOutage:        durationpb.New(h.LastOutage),
		LastRestart:       timeToWire(h.LastRestart),
	}
}

func historyFromWire(r *workerv1.HeartbeatRequest) History {
	return History{
		SupervisorUpSince: timeFromWire(r.GetSupervisorUpSince()),
		RestartsLastDay:   int(r.GetRestartsLastDay()),
		LastCause:         r.GetLastCause(),
		LastOutage:        r.GetLastOutage().AsDuration(),
		LastRestart:       timeFromWire(r.GetLastRestart()),
	}
}

func stopToWire(s StopRequest) *workerv1.StopRequest {
	return &workerv1.StopRequest{
		KeepSession: s.KeepSession,
		GoingAway:   s.GoingAway,
		Budget:      durationpb.New(s.Budget),
	}
}

func stopFromWire(r *workerv1.StopRequest) StopRequest {
	return StopRequest{
		KeepSession: r.GetKeepSession(),
		GoingAway:   r.GetGoingAway(),
		Budget:      r.GetBudget().AsDuration(),
	}
}
