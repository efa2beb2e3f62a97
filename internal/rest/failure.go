package rest

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Outcome says what is known of the effect of a call that failed.
type Outcome int

// The outcomes. The zero value is the careful one.
const (
	// Unknown: it may have happened, or may still happen (connection lost, timeout, 5xx). Only a call that is
	// idempotent may be made again.
	Unknown Outcome = iota
	// NotSent: it never left this process. Making it again is safe.
	NotSent
	// Refused: Discord answered no, and nothing happened.
	Refused
	// Garbled: it happened (2xx), but its answer could not be read. Making it again would do it twice.
	Garbled
)

// String is the outcome in a word or two.
func (o Outcome) String() string {
	switch o {
	case NotSent:
		return "not sent"
	case Refused:
		return "refused"
	case Garbled:
		return "done, answer unreadable"
	default:
		return "outcome unknown"
	}
}

// Failure is the error of every call in this package. Neither it nor anything it wraps contains the bot's token, an
// interaction token or a URL.
type Failure struct {
	Outcome Outcome
	// Status is the HTTP status; 0 without an answer.
	Status int
	// Code is Discord's own error code (10062 unknown interaction, 40060 already acknowledged, …); 0 without one.
	Code int
	// Message is Discord's message with its nested errors flattened, or our own sentence.
	Message string
	// RetryAfter is how long Discord (or our limiter) wants us to wait; 0 when nothing is known.
	RetryAfter time.Duration
	// Route is the method and the path with placeholders for ids and tokens.
	Route string
	// Err is the cause, if there is one; errors.Is sees context.Canceled and the like through it.
	Err error
}

// Error is one line: the route, what became of the call, and why.
func (f *Failure) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", f.Route, f.Outcome)
	switch {
	case f.Status != 0 && f.Code != 0:
		fmt.Fprintf(&b, " (HTTP %d, code %d)", f.Status, f.Code)
	case f.Status != 0:
		fmt.Fprintf(&b, " (HTTP %d)", f.Status)
	}
	if f.Message != "" {
		fmt.Fprintf(&b, ": %s", f.Message)
	}
	if f.Err != nil {
		fmt.Fprintf(&b, ": %v", f.Err)
	}
	if f.RetryAfter > 0 {
		fmt.Fprintf(&b, "; again in %v", f.RetryAfter.Round(time.Millisecond))
	}
	return b.String()
}

// Unwrap gives the cause.
func (f *Failure) Unwrap() error { return f.Err }

// AsFailure finds the Failure in an error.
func AsFailure(err error) (*Failure, bool) {
	var f *Failure
	ok := errors.As(err, &f)
	return f, ok
}

// OutcomeOf is the outcome of a failed call; Unknown for an error that is not from this package.
func OutcomeOf(err error) Outcome {
	if f, ok := AsFailure(err); ok {
		return f.Outcome
	}
	return Unknown
}

// IsCode says whether Discord refused with this error code.
func IsCode(err error, code int) bool {
	f, ok := AsFailure(err)
	return ok && f.Outcome == Refused && f.Code == code
}

// Codes callers act on.
const (
	CodeUnknownChannel     = 10003
	CodeUnknownMessage     = 10008
	CodeUnknownWebhook     = 10015
	CodeUnknownInteraction = 10062
	CodeAlreadyAnswered    = 40060
)

// IsTokenRefused says whether err means that Discord does not accept the bot's token. Only two routes say so
// reliably; a 401 of any other is about that route (an expired webhook token, say) and fatal to nobody.
func IsTokenRefused(err error) bool {
	f, ok := AsFailure(err)
	return ok && f.Status == 401 && (f.Route == routeMe || f.Route == routeGatewayBot)
}

// cause is an error whose text has been cleared of secrets. It answers errors.Is for the error it stands for but
// does not hand it out, since a url.Error within would carry the token to whoever prints it.
type cause struct {
	text string
	err  error
}

func (c *cause) Error() string        { return c.text }
func (c *cause) Is(target error) bool { return errors.Is(c.err, target) }
