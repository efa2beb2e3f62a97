package storage

import "time"

// Timer is something to be done at a time. Its event's key is TimerKey(ID); settling that removes it. It may have been
// dropped or moved after its event began, so Apply looks whether it is still there and due.
type Timer struct {
	// ID is given by AddTimer and never used again.
	ID   int64
	Kind string
	Due  time.Time
	// Late is how late it may still be run; later than that it only says what was missed.
	Late    time.Duration
	Lane    string
	Payload []byte
}

// TimerView reads timers.
type TimerView interface {
	// DueTimers lists up to limit timers due at now, earliest first, after the one with that due time and id
	// (the zero Timer: from the first).
	DueTimers(now time.Time, after Timer, limit int) ([]Timer, error)
	// NextTimer is when the earliest timer is due; false when there is none.
	NextTimer() (time.Time, bool, error)
	// Timer is one timer; false when it is gone.
	Timer(id int64) (Timer, bool, error)
}

// TimerTx sets timers.
type TimerTx interface {
	// AddTimer sets a timer.
	AddTimer(Timer) (id int64, err error)
	// MoveTimer gives a timer another time; false when it is gone.
	MoveTimer(id int64, due time.Time) (bool, error)
	// DropTimer removes a timer; false when it was gone.
	DropTimer(id int64) (bool, error)
}
