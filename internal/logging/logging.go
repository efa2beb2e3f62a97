// Package logging makes the loggers of both programs: JSON lines or readable ones, with every secret taken out
// before a line is formatted. It decides how a line looks and what must never be in it; what is worth a line is
// decided where it happens.
package logging

import (
	"io"
	"sync"

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

// timestamps is RFC 3339 in microseconds.
const timestamps = "2006-01-02T15:04:05.000000Z07:00"

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
		logger.SetFormatter(&logrus.JSONFormatter{TimestampFormat: timestamps})
	} else {
		logger.SetFormatter(&logrus.TextFormatter{FullTimestamp: true, TimestampFormat: "15:04:05.000"})
	}
	logger.AddHook(redactor)
	return logger, nil
}

// AlsoTo writes every line to w too, as JSON, with its secrets taken out as in the first place.
func AlsoTo(logger *logrus.Logger, w io.Writer) {
	logger.AddHook(&copyTo{w: w, format: &logrus.JSONFormatter{TimestampFormat: timestamps}})
}

// copyTo is a hook that writes each line once more. A copy that can't be written stops nobody.
type copyTo struct {
	mu     sync.Mutex
	w      io.Writer
	format logrus.Formatter
}

// Levels makes it fire on every line.
func (c *copyTo) Levels() []logrus.Level { return logrus.AllLevels }

// Fire writes the line.
func (c *copyTo) Fire(entry *logrus.Entry) error {
	line, err := c.format.Format(entry)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err = c.w.Write(line)
	return err
}
