package workerapi

import (
	"google.golang.org/protobuf/types/known/durationpb"

	workerv1 "github.com/steadfast-bot/steadfast/proto/worker/v1"
)

func heartbeatToWire(h Heartbeat) *workerv1.HeartbeatResponse {
	return &workerv1.HeartbeatResponse{
		Epoch:         epochToWire(h.Epoch),
		Gateway:       gatewayToWire(h.Gateway),
		Queue:         queueToWire(h.Queue),
		OldestHandler: handlerToWire(h.OldestHandler),
		Database: &workerv1.Database{
			LastWriteAge:  ageToWire(h.Database.LastWriteAge),
			LastWriteTook: durationpb.New(h.Database.LastWriteTook),
			Trouble:       h.Database.Trouble,
		},
		Outbox: &workerv1.Outbox{
			Depth:     count(h.Outbox.Depth),
			OldestAge: ageToWire(h.Outbox.OldestAge),
		},
		Process: &workerv1.Process{
			Goroutines:    count(h.Process.Goroutines),
			HeapBytes:     h.Process.HeapBytes,
			ResidentBytes: h.Process.Resident,
		},
		Totals: &workerv1.Totals{
			Events:           h.Totals.Events,
			CommandsAnswered: h.Totals.CommandsAnswered,
			CommandsFailed:   h.Totals.CommandsFailed,
			Replayed:         h.Totals.Replayed,
		},
		CursorSequence: h.Cursor,
		WaitingUntil:   timeToWire(h.WaitingUntil),
		WaitingWhy:     h.WaitingWhy,
		WaitingFor:     waitingForToWire(h.WaitingFor),
	}
}

func heartbeatFromWire(r *workerv1.HeartbeatResponse) Heartbeat {
	return Heartbeat{
		Epoch:         epochFromWire(r.GetEpoch()),
		Gateway:       gatewayFromWire(r.GetGateway()),
		Queue:         queueFromWire(r.GetQueue()),
		OldestHandler: handlerFromWire(r.GetOldestHandler()),
		Database: Database{
			LastWriteAge:  ageFromWire(r.GetDatabase().GetLastWriteAge()),
			LastWriteTook: r.GetDatabase().GetLastWriteTook().AsDuration(),
			Trouble:       r.GetDatabase().GetTrouble(),
		},
		Outbox: Outbox{
			Depth:     int(r.GetOutbox().GetDepth()),
			OldestAge: ageFromWire(r.GetOutbox().GetOldestAge()),
		},
		Process: Process{
			Goroutines: int(r.GetProcess().GetGoroutines()),
			HeapBytes:  r.GetProcess().GetHeapBytes(),
			Resident:   r.GetProcess().GetResidentBytes(),
		},
		Totals: Totals{
			Events:           r.GetTotals().GetEvents(),
			Replayed:         r.GetTotals().GetReplayed(),
			CommandsAnswered: r.GetTotals().GetCommandsAnswered(),
			CommandsFailed:   r.GetTotals().GetCommandsFailed(),
		},
		Cursor:       r.GetCursorSequence(),
		WaitingUntil: timeFromWire(r.GetWaitingUntil()),
		WaitingWhy:   r.GetWaitingWhy(),
		WaitingFor:   waitingForFromWire(r.GetWaitingFor()),
	}
}

func gatewayToWire(g Gateway) *workerv1.Gateway {
	return &workerv1.Gateway{
		State:      gatewayStateToWire(g.State),
		StateAge:   durationpb.New(g.StateAge),
		AckAge:     ageToWire(g.AckAge),
		Latency:    durationpb.New(g.Latency),
		Interval:   durationpb.New(g.Interval),
		Identifies: count(g.Identifies),
		Resumes:    count(g.Resumes),
		LastError:  g.LastError,
	}
}

func gatewayFromWire(g *workerv1.Gateway) Gateway {
	return Gateway{
		State:      gatewayStateFromWire(g.GetState()),
		StateAge:   g.GetStateAge().AsDuration(),
		AckAge:     ageFromWire(g.GetAckAge()),
		Latency:    g.GetLatency().AsDuration(),
		Interval:   g.GetInterval().AsDuration(),
		Identifies: int(g.GetIdentifies()),
		Resumes:    int(g.GetResumes()),
		LastError:  g.GetLastError(),
	}
}

func queueToWire(q Queue) *workerv1.Queue {
	return &workerv1.Queue{
		Length:        count(q.Length),
		OldestAge:     ageToWire(q.OldestAge),
		Running:       count(q.Running),
		SinceFinished: durationpb.New(q.SinceFinished),
	}
}

func queueFromWire(q *workerv1.Queue) Queue {
	return Queue{
		Length:        int(q.GetLength()),
		OldestAge:     ageFromWire(q.GetOldestAge()),
		Running:       int(q.GetRunning()),
		SinceFinished: q.GetSinceFinished().AsDuration(),
	}
}

func handlerToWire(h *Handler) *workerv1.Handler {
	if h == nil {
		return nil
	}
	return &workerv1.Handler{
		Key:     h.Key,
		Name:    h.Name,
		Phase:   h.Phase,
		Age:     durationpb.New(h.Age),
		Overrun: durationpb.New(h.Overrun),
	}
}

func handlerFromWire(h *workerv1.Handler) *Handler {
	if h == nil {
		return nil
	}
	return &Handler{
		Key:     h.GetKey(),
		Name:    h.GetName(),
		Phase:   h.GetPhase(),
		Age:     h.GetAge().AsDuration(),
		Overrun: h.GetOverrun().AsDuration(),
	}
}

// The enums of the wire have a zero that means "not said"; ours start at what is harmless. A value that a newer worker
// may send counts as not said.

var gatewayStates = map[GatewayState]workerv1.GatewayState{
	GatewayClosed:      workerv1.GatewayState_GATEWAY_STATE_CLOSED,
	GatewayConnecting:  workerv1.GatewayState_GATEWAY_STATE_CONNECTING,
	GatewayIdentifying: workerv1.GatewayState_GATEWAY_STATE_IDENTIFYING,
	GatewayResuming:    workerv1.GatewayState_GATEWAY_STATE_RESUMING,
	GatewayReady:       workerv1.GatewayState_GATEWAY_STATE_READY,
	GatewayWaiting:     workerv1.GatewayState_GATEWAY_STATE_WAITING,
	GatewayCongested:   workerv1.GatewayState_GATEWAY_STATE_CONGESTED,
}

func gatewayStateToWire(s GatewayState) workerv1.GatewayState { return gatewayStates[s] }

func gatewayStateFromWire(s workerv1.GatewayState) GatewayState { return reverse(gatewayStates, s) }

var waits = map[WaitingFor]workerv1.WaitingFor{
	WaitingForNothing: workerv1.WaitingFor_WAITING_FOR_NOTHING,
	WaitingForDiscord: workerv1.WaitingFor_WAITING_FOR_DISCORD,
	WaitingForDisk:    workerv1.WaitingFor_WAITING_FOR_DISK,
}

func waitingForToWire(w WaitingFor) workerv1.WaitingFor { return waits[w] }

func waitingForFromWire(w workerv1.WaitingFor) WaitingFor { return reverse(waits, w) }

// reverse looks a wire value up; an unknown one is the zero of ours.
func reverse[Ours, Wire comparable](table map[Ours]Wire, w Wire) (ours Ours) {
	for o, candidate := range table {
		if candidate == w {
			return o
		}
	}
	return ours
}
