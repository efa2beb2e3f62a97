package gateway

import (
	"bytes"
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/diamondburned/arikawa/v3/gateway"
	"github.com/diamondburned/arikawa/v3/utils/json"
	"github.com/diamondburned/arikawa/v3/utils/ws"
	"github.com/sirupsen/logrus"
)

// The dispatches that steer the link itself.
const (
	typeReady   ws.EventType = "READY"
	typeResumed ws.EventType = "RESUMED"
)

// fate is what happens to events of one type.
type fate int

const (
	ignored fate = iota + 1
	wanted
	ready
	resumed
)

// maxFates bounds the memory of types seen: Discord has about a hundred, and nobody else may fill it.
const maxFates = 1024

// intake is the end of the reading path: it tracks the session and its sequence, and hands dispatches to the Sink.
// It outlives connections. One reading goroutine at a time uses it, the one whose connection adopted it; between
// two connections the link does.
type intake struct {
	sink    Sink
	keeper  Keeper
	log     *logrus.Entry
	keepRaw bool

	fates   map[string]fate
	session Session // its Sequence stays as it began; received goes on
	// replaying is true from RESUME to RESUMED.
	replaying bool
	// unkept is true while a session's READY is not committed.
	unkept bool
	// application is what that READY said of the token's owner.
	application uint64

	name     atomic.Pointer[string] // session.ID for other goroutines
	received atomic.Int64           // the last sequence that the Sink has
	// committing is true while the keeper commits READY and nothing is read.
	committing atomic.Bool
	// progress counts what came since RESUME, so that a long replay is not taken for silence.
	progress atomic.Uint64

	events, replayed, duplicates, undecoded atomic.Uint64
}

// newIntake goes on where the configured session stopped.
func newIntake(config Config, sink Sink, keeper Keeper) *intake {
	in := &intake{
		sink: sink, keeper: keeper, log: config.Log, keepRaw: config.KeepRaw,
		fates: make(map[string]fate),
	}
	in.begin(config.Session)
	return in
}

// begin makes a session the current one.
func (in *intake) begin(session Session) {
	in.session = session
	in.name.Store(&session.ID)
	in.received.Store(session.Sequence)
}

// forget ends the session.
func (in *intake) forget() {
	in.unkept = false
	in.begin(Session{})
}

// id is the session's; any goroutine may ask.
func (in *intake) id() string { return *in.name.Load() }

// take handles one dispatch; READY and RESUMED are also returned by name. An error ends the connection, resumably.
func (in *intake) take(ctx context.Context, env envelope, now time.Time) (ws.EventType, error) {
	fate := in.fate(env.kind)
	in.events.Add(1)
	if fate == ready {
		return typeReady, in.ready(ctx, env, now)
	}
	if in.session.ID == "" {
		in.log.WithField(fieldType, string(env.kind)).Debug("Discord sent an event before READY; it is ignored")
		return "", nil
	}
	var landmark ws.EventType
	if fate == resumed {
		landmark, in.replaying = typeResumed, false
		if !in.sink.Handles(string(typeResumed)) {
			fate = ignored
		}
	}
	if in.replaying {
		in.progress.Add(1)
	}
	if env.sequence <= in.received.Load() {
		// A number is one event of the session: this one was taken before, or is RESUMED without a number.
		if landmark == "" {
			in.duplicates.Add(1)
		}
		return landmark, nil
	}
	if fate == ignored || !in.sink.Wants(string(env.kind), Data(env.rest)) {
		in.sink.Skip(env.sequence)
	} else if !in.sink.Deliver(in.dispatch(env, now)) {
		return "", errNoRoom
	}
	in.received.Store(env.sequence)
	if in.replaying {
		in.replayed.Add(1)
	}
	return landmark, nil
}

// fate says what happens to events of a type.
func (in *intake) fate(kind []byte) fate {
	if f, ok := in.fates[string(kind)]; ok {
		return f
	}
	name := string(kind)
	f := ignored
	switch {
	case name == string(typeReady):
		f = ready
	case name == string(typeResumed):
		f = resumed
	case in.sink.Handles(name):
		f = wanted
	}
	if len(in.fates) < maxFates {
		in.fates[name] = f
	}
	return f
}

// ready starts a session: it is committed before anything else is read. The fields that matter are decoded apart, so
// that no odd field elsewhere can keep the bot from starting.
func (in *intake) ready(ctx context.Context, env envelope, now time.Time) error {
	var data struct {
		SessionID string `json:"session_id"`
		ResumeURL string `json:"resume_gateway_url"`
	}
	var owner struct {
		App struct {
			ID uint64 `json:"id,string"`
		} `json:"application"`
	}
	_ = json.Unmarshal(env.data(), &owner) // worth knowing, not worth a session
	if err := json.Unmarshal(env.data(), &data); err != nil || data.SessionID == "" {
		return errBadReady
	}
	in.committing.Store(true)
	in.begin(Session{ID: data.SessionID, ResumeURL: data.ResumeURL, Sequence: env.sequence})
	in.replaying, in.unkept, in.application = false, true, owner.App.ID
	err := in.keep(ctx)
	in.committing.Store(false)
	if err != nil {
		return err
	}
	if !in.sink.Handles(string(typeReady)) {
		in.sink.Skip(env.sequence)
		return nil
	}
	// READY is not sent again by a resume, so it waits for room instead of closing.
	for dispatch := in.dispatch(env, now); !in.sink.Deliver(dispatch); {
		select {
		case <-in.sink.Room():
		case <-ctx.Done():
			return errNoRoom
		}
	}
	return nil
}

// keep commits the session if that is still to be done.
func (in *intake) keep(ctx context.Context) error {
	if !in.unkept {
		return nil
	}
	if err := in.keeper.Ready(ctx, in.session, in.application); err != nil {
		return &keepError{err}
	}
	in.unkept = false
	return nil
}

// dispatch decodes an event. Nothing in it aliases the read buffer.
func (in *intake) dispatch(env envelope, now time.Time) Dispatch {
	data := env.data()
	d := Dispatch{
		Session: in.session.ID, Sequence: env.sequence, Type: string(env.kind),
		Received: now, Replayed: in.replaying,
	}
	d.Event, d.Err = decode(ws.EventType(d.Type), data)
	if d.Err != nil {
		in.undecoded.Add(1)
	}
	if in.keepRaw || d.Err != nil {
		d.Raw = bytes.Clone(data)
	}
	return d
}

// decode makes arikawa's type of an event. A panic in there costs this one event: without the fence it would cost
// the process, and the successor that has the event replayed, and the next.
func decode(kind ws.EventType, data []byte) (event any, err error) {
	create := gateway.OpUnmarshalers.Lookup(0, kind)
	if create == nil {
		return nil, fmt.Errorf("arikawa has no type for %s", kind)
	}
	defer func() {
		if p := recover(); p != nil {
			event, err = nil, fmt.Errorf("decoding %s panicked: %v", kind, p)
		}
	}()
	made := create()
	if err := json.Unmarshal(data, made); err != nil {
		return nil, fmt.Errorf("decoding %s: %w", kind, err)
	}
	return made, nil
}
