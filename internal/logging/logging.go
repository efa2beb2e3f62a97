// Package logging makes the loggers of both programs: JSON lines or readable ones, with every secret taken out
// before a line is formatted. It decides how a line looks and what must never be in it; what is worth a line is
// decided where it happens.
package logging

import (
	"io"

	"github.com/sirupsen/logrus"
)

// Field names. They are API: `supervisor logs` and people's queries depend on them.
const (
	Component  = "component"
	Generation = "generation"
	Event      = "event"   // an event's key, never its text
	Command    = "command" // a chat command's name
	Cause      = "cause"
	From       = "from"
	To         = "to"
	Incident   = "incident"
	Channel    = "channel"
	Guild      = "guild"
	Took       = "took"
	Sequence   = "sequence"
)

// Format is how lines look.
type Format int

const (
	// JSON is one object a line, for files and machines.
	JSON Format = iota
	// Text is for a person at a terminal.
	Text
)

// New makes a logger that writes to w. Level is a logrus level name; an unknown one is an error that lists the
// known ones. The redactor is a hook of the logger, so that no caller can forget it.
func New(w io.Writer, format Format, level string, redactor *Redactor) (*logrus.Logger, error) {
	parsed, err := logrus.ParseLevel(level)
	if err != nil {
		return nil, err
	}
	logger := logrus.New()
	logger.SetOutput(w)
	logger.SetLevel(parsed)
	if format == JSON {
		logger.SetFormatter(&logrus.JSONFormatter{TimestampFormat: "2006-01-02T15:04:05.000000Z07:00"})
	} else {
		logger.SetFormatter(&logrus.TextFormatter{FullTimestamp: true, TimestampFormat: "15:04:05.000"})
	}
	logger.AddHook(redactor)
	return logger, nil
}
