package gateway

import (
	"io"

	"github.com/diamondburned/arikawa/v3/utils/ws"
	"github.com/sirupsen/logrus"
)

// The fields of this package's log lines that no other package has.
const (
	fieldType = "event_type"
	fieldHost = "host"
	fieldCode = "close_code"
	fieldOp   = "op"
)

// arikawa's hooks are package variables. They are set before any goroutine runs, so that nothing can race with
// them, and to silence: nothing of arikawa's own connection runs here, and what ours meets goes to Config.Log.
func init() {
	ws.WSError = func(error) {}
	ws.WSDebug = func(...any) {}
}

// silent is a log that drops everything.
func silent() *logrus.Entry {
	l := logrus.New()
	l.SetOutput(io.Discard)
	return logrus.NewEntry(l)
}
