package workerapi

import "fmt"

// ExitCode is a worker's verdict on itself: across the process boundary the exit code is the class of the error.
// The numbers are those of BSD's sysexits(3), which process managers know.
type ExitCode int

// The exit codes of the worker. Any other, or a signal, is a crash.
const (
	// ExitDone: asked to stop and stopped. Unasked, it is respawned and is no crash.
	ExitDone ExitCode = 0
	// ExitTemporary (EX_TEMPFAIL): something outside is broken; trying again may help.
	ExitTemporary ExitCode = 75
	// ExitTokenRefused (EX_NOPERM): Discord refuses the token (close 4004, or 401 of /users/@me or /gateway/bot).
	ExitTokenRefused ExitCode = 77
	// ExitSettings (EX_CONFIG): nothing a restart can mend; the sentence says what to change.
	ExitSettings ExitCode = 78
)

// ExitError ends a program with a code and a sentence for people: the cause, and what to do about it.
type ExitError struct {
	Code     ExitCode
	Sentence string
	Cause    error // may be nil
}

// Error is the sentence, with the cause for the log.
func (e *ExitError) Error() string {
	if e.Cause == nil {
		return e.Sentence
	}
	return fmt.Sprintf("%s (%v)", e.Sentence, e.Cause)
}

// Unwrap gives the cause.
func (e *ExitError) Unwrap() error { return e.Cause }

// The descriptors a worker inherits beside its standard streams.
const (
	// LifelineFD is the read end of a pipe whose only write end the supervisor holds. At EOF the supervisor is gone
	// and the worker stops, its session kept.
	LifelineFD = 3
	// FarewellFD is the write end of a pipe. A worker that exits with a code other than ExitDone writes one
	// Farewell into it first.
	FarewellFD = 4
)
