package gateway

import (
	"context"
	"net"
	"time"
)

// What black-box tests need to see from the inside: the pure decisions.

// Verdict names the consequence of a close code.
func Verdict(code int) string {
	return map[consequence]string{resume: "resume", renew: "renew", fatal: "fatal"}[judge(code)]
}

// FatalSentence is the sentence for a fatal code.
func FatalSentence(code int, c Config) *FatalError { return fatalError(code, c) }

// Address is address.
func Address(given string, allowPlaintext bool) (string, error) {
	return address(given, allowPlaintext)
}

// Explain is explain.
func Explain(host string, err error) string { return explain(host, err) }

// UpgradeError is an HTTP answer where a WebSocket was expected.
func UpgradeError(status int) error { return &upgradeError{status} }

// Scanned is what scan found.
type Scanned struct {
	Op       int
	Sequence int64
	Type     string
	Data     []byte
}

// Scan is scan.
func Scan(b []byte) (Scanned, error) {
	e, err := scan(b)
	return Scanned{e.op, e.sequence, string(e.kind), e.data()}, err
}

// Starts lists when the first n attempts of an endless trouble start, counted from the first.
func Starts(n int, random func() float64) []time.Duration {
	begin := time.Unix(1e9, 0)
	now, s := begin, schedule{}
	var starts []time.Duration
	for range n {
		now = s.due(now, random())
		s = s.started(now)
		starts = append(starts, now.Sub(begin))
	}
	return starts
}

// DialTCP opens a socket with the link's options.
func DialTCP(ctx context.Context, addr string) (net.Conn, error) {
	c := Config{}.withDefaults()
	return c.dialTCP(ctx, "tcp", addr)
}

// NewReader makes the reading path alone, fed from an open connection, with its dispatches going to a Sink. The
// returned function reads and handles one message.
func NewReader(c Config, url string, sink Sink, session Session) (next func() error, stop func(), err error) {
	c = c.withDefaults()
	in := newIntake(c, sink, nil)
	in.begin(session)
	socket, err := c.open(context.Background(), url)
	if err != nil {
		return nil, nil, err
	}
	conn := &connection{config: &c, socket: socket, window: time.Minute}
	conn.adopt(in)
	return func() error {
		now, err := conn.next()
		if err != nil {
			return err
		}
		return conn.handle(context.Background(), now)
	}, func() { socket.Close() }, nil
}
