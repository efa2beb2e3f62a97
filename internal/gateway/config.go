package gateway

import (
	"context"
	"crypto/tls"
	"net"
	"time"

	"github.com/diamondburned/arikawa/v3/gateway"
	"github.com/sirupsen/logrus"
)

// Config is what a link needs to know. Zero durations mean the defaults.
type Config struct {
	// Token is the bot token without the "Bot " prefix.
	Token string
	// Intents are the groups of events asked for.
	Intents gateway.Intents
	// Activity is shown as "Listening to …"; empty shows none.
	Activity string
	// Session is where a predecessor stopped; the zero value means IDENTIFY.
	Session Session
	// WentInvisible says that the predecessor hid the presence: it is shown again after RESUMED.
	WentInvisible bool
	// Shard is [id, count]; the zero value is an unsharded bot.
	Shard [2]int
	// Properties name the client to Discord; nil means "steadfast" on linux.
	Properties gateway.IdentifyProperties
	// KeepRaw copies the data of every delivered event into Dispatch.Raw.
	KeepRaw bool
	Timing  Timing
	// OnState, if set, is called by the link's goroutine at every change of state; it must not block.
	OnState func(Status)
	// Log receives transitions and troubles; nil logs nothing.
	Log *logrus.Entry

	// NetDial replaces the TCP dial; for tests. It then sets no socket options.
	NetDial func(ctx context.Context, network, address string) (net.Conn, error)
	// TLS replaces the TLS settings; for tests.
	TLS *tls.Config
	// AllowPlaintext permits ws:// to hosts that are not loopback; for tests.
	AllowPlaintext bool
}

// Timing are the deadlines of a link.
type Timing struct {
	// Dial bounds TCP, TLS and the upgrade together (3 s).
	Dial time.Duration
	// Discovery bounds one GET /gateway/bot (5 s).
	Discovery time.Duration
	// Hello bounds the wait for Hello after the upgrade (5 s).
	Hello time.Duration
	// Ready bounds the wait for READY while heartbeats are answered (60 s). Discord may keep a client waiting during
	// an outage, and each IDENTIFY costs, so this is generous; a silent server is noticed by Slack.
	Ready time.Duration
	// Resumed bounds the wait for RESUMED or the next replayed event (15 s). A RESUME is free.
	Resumed time.Duration
	// Slack is how much longer than a heartbeat interval a connection may be silent (5 s).
	Slack time.Duration
	// Write bounds each write (5 s).
	Write time.Duration
	// Farewell bounds the wait for Discord's answer to a last word that must arrive (500 ms).
	Farewell time.Duration
	// Stable is how long a connection must have been ready for its end to be the first trouble (10 s).
	Stable time.Duration
}

// withDefaults fills in what is zero.
func (c Config) withDefaults() Config {
	for _, d := range []struct {
		value    *time.Duration
		standard time.Duration
	}{
		{&c.Timing.Dial, 3 * time.Second},
		{&c.Timing.Discovery, 5 * time.Second},
		{&c.Timing.Hello, 5 * time.Second},
		{&c.Timing.Ready, time.Minute},
		{&c.Timing.Resumed, 15 * time.Second},
		{&c.Timing.Slack, 5 * time.Second},
		{&c.Timing.Write, 5 * time.Second},
		{&c.Timing.Farewell, 500 * time.Millisecond},
		{&c.Timing.Stable, 10 * time.Second},
	} {
		if *d.value == 0 {
			*d.value = d.standard
		}
	}
	if c.Properties == nil {
		c.Properties = gateway.IdentifyProperties{
			gateway.IdentifyOS:      "linux",
			gateway.IdentifyBrowser: "steadfast",
			gateway.IdentifyDevice:  "steadfast",
		}
	}
	if c.Log == nil {
		c.Log = silent()
	}
	return c
}
