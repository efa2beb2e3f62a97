package sqlite

import (
	"time"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

const selectTimer = "SELECT id, kind, due_ms, late_ms, lane, payload FROM timer "

func readTimer(scan scanner, timer *storage.Timer) error {
	return scan(&timer.ID, &timer.Kind, (*stamp)(&timer.Due), (*span)(&timer.Late), &timer.Lane, &timer.Payload)
}

func (t *tx) DueTimers(now time.Time, after storage.Timer, limit int) ([]storage.Timer, error) {
	return list(t, selectTimer+"WHERE due_ms <= ? AND (due_ms, id) > (?, ?) ORDER BY due_ms, id LIMIT ?",
		[]any{stamp(now), stamp(after.Due), after.ID, limit}, readTimer)
}

func (t *tx) NextTimer() (time.Time, bool, error) {
	var due stamp
	found, err := t.row("SELECT due_ms FROM timer ORDER BY due_ms LIMIT 1", nil, &due)
	return time.Time(due), found, err
}

func (t *tx) Timer(id int64) (storage.Timer, bool, error) {
	return one(t, selectTimer+"WHERE id = ?", []any{id}, readTimer)
}

func (t *tx) AddTimer(timer storage.Timer) (id int64, err error) {
	_, err = t.row("INSERT INTO timer (kind, due_ms, late_ms, lane, payload) VALUES (?, ?, ?, ?, ?) RETURNING id",
		[]any{timer.Kind, stamp(timer.Due), span(timer.Late), timer.Lane, blob(timer.Payload)}, &id)
	return id, err
}

func (t *tx) MoveTimer(id int64, due time.Time) (bool, error) {
	changed, err := t.exec("UPDATE timer SET due_ms = ? WHERE id = ?", stamp(due), id)
	return changed > 0, err
}

func (t *tx) DropTimer(id int64) (bool, error) {
	changed, err := t.exec("DELETE FROM timer WHERE id = ?", id)
	return changed > 0, err
}
