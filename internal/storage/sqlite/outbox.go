package sqlite

import (
	"errors"
	"fmt"
	"time"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

const selectOutbox = `SELECT id, event, number, kind, payload, order_key, after, survives, not_after_ms, nonce, answer, wants_result,
	lane, state, added_ms, tries, first_tried_ms, last_tried_ms, result, made, finished_ms FROM outbox AS o `

func readOutbox(scan scanner, r *storage.OutboxRow) error {
	return scan(&r.ID, &r.Event, &r.Number, &r.Kind, &r.Payload, &r.OrderKey, &r.After, &r.Survives, (*stamp)(&r.NotAfter), &r.Nonce,
		&r.Answer, &r.WantsResult, &r.Lane, &r.State, (*stamp)(&r.AddedAt), &r.Tries, (*stamp)(&r.FirstTriedAt), (*stamp)(&r.LastTriedAt),
		&r.Result, (*bits)(&r.Made), (*stamp)(&r.FinishedAt))
}

// waitsForNobody holds for what needs no other effect, or one that is finished.
const waitsForNobody = `(o.after = 0 OR NOT EXISTS
	(SELECT 1 FROM outbox AS p WHERE p.event = o.event AND p.number = o.after AND p.state = 0))`

func (t *tx) Sendable(after int64, limit int) ([]storage.OutboxRow, error) {
	return list(t, selectOutbox+`WHERE id IN (SELECT min(id) FROM outbox WHERE state = 0 GROUP BY order_key)
		AND id > ? AND `+waitsForNobody+` ORDER BY id LIMIT ?`, []any{after, limit}, readOutbox)
}

func (t *tx) SendableOf(orderKey string) (storage.OutboxRow, bool, error) {
	return one(t, selectOutbox+`WHERE id = (SELECT min(id) FROM outbox WHERE state = 0 AND order_key = ?) AND `+waitsForNobody,
		[]any{orderKey}, readOutbox)
}

func (t *tx) Effect(id int64) (storage.OutboxRow, bool, error) {
	return one(t, selectOutbox+"WHERE id = ?", []any{id}, readOutbox)
}

func (t *tx) EffectOf(event string, number int) (storage.OutboxRow, bool, error) {
	return one(t, selectOutbox+"WHERE event = ? AND number = ?", []any{event, number}, readOutbox)
}

func (t *tx) MadeBy(object uint64) (storage.OutboxRow, bool, error) {
	if object == 0 {
		return storage.OutboxRow{}, false, nil
	}
	return one(t, selectOutbox+"WHERE made = ? AND made <> 0", []any{bits(object)}, readOutbox)
}

func (t *tx) Backlog() (storage.Backlog, error) {
	var b storage.Backlog
	_, err := t.row(`SELECT (SELECT count(*) FROM outbox WHERE state = 0),
		(SELECT added_ms FROM outbox WHERE id = (SELECT min(id) FROM outbox INDEXED BY outbox_pending WHERE state = 0))`,
		nil, &b.Pending, (*stamp)(&b.Oldest))
	return b, err
}

func (t *tx) AddEffects(event string, at time.Time, effects []storage.Effect) ([]int64, error) {
	if err := storage.CheckEffects(event, effects); err != nil {
		return nil, err
	}
	ids := make([]int64, len(effects))
	for i, e := range effects {
		added, err := t.row(`INSERT INTO outbox (event, number, kind, payload, order_key, after, survives, not_after_ms, nonce, answer,
				wants_result, lane, added_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (event, number) DO NOTHING RETURNING id`,
			[]any{event, e.Number, e.Kind, blob(e.Payload), e.OrderKey, e.After, e.Survives, stamp(e.NotAfter), e.Nonce, e.Answer,
				e.WantsResult, e.Lane, stamp(at)}, &ids[i])
		if err != nil {
			return nil, err
		}
		if !added {
			return nil, fmt.Errorf("%w: event %q has an effect %d already", storage.ErrEffects, event, e.Number)
		}
	}
	return ids, nil
}

func (t *tx) MarkTried(id int64, at time.Time) error {
	changed, err := t.exec(`UPDATE outbox SET tries = tries + 1, last_tried_ms = ?1,
		first_tried_ms = CASE first_tried_ms WHEN 0 THEN ?1 ELSE first_tried_ms END WHERE id = ?2 AND state = 0`, stamp(at), id)
	if err == nil && changed == 0 {
		return storage.ErrNotPending
	}
	return err
}

func (t *tx) FinishEffect(id int64, finish storage.Finish) (storage.Finished, error) {
	if finish.State < storage.EffectDone || finish.State > storage.EffectUnsure {
		return storage.Finished{}, fmt.Errorf("effect %d cannot be finished as %v: that is a bug", id, finish.State)
	}
	var finished storage.Finished
	if err := t.finish(id, finish, &finished); err != nil {
		return storage.Finished{}, err
	}
	return finished, nil
}

// finish ends one effect, then those that cannot happen without it. An effect comes after earlier ones only, so this
// ends.
func (t *tx) finish(id int64, finish storage.Finish, finished *storage.Finished) error {
	var ended struct {
		event, lane         string
		number              int
		answer, wantsResult bool
	}
	found, err := t.row(`UPDATE outbox SET state = ?, result = ?, made = ?, finished_ms = ?, nonce = '',
			payload = CASE WHEN wants_result THEN payload ELSE x'' END
		WHERE id = ? AND state = 0 RETURNING event, number, lane, answer, wants_result`,
		[]any{finish.State, blob(finish.Result), bits(finish.Made), stamp(finish.At), id},
		&ended.event, &ended.number, &ended.lane, &ended.answer, &ended.wantsResult)
	switch {
	case err != nil:
		return err
	case !found:
		return storage.ErrNotPending
	}
	if ended.answer {
		if err := t.DropInteraction(ended.event); err != nil {
			return err
		}
	}
	if ended.wantsResult {
		accepted := storage.Accepted{Key: storage.EffectKey(id), Kind: storage.EffectKind, Lane: ended.lane, At: finish.At}
		if accepted.ID, err = t.Accept(accepted); err != nil {
			return err
		}
		finished.Accepted = append(finished.Accepted, accepted)
	}
	if finish.State == storage.EffectDone {
		return nil
	}
	return t.giveUpAfter(ended.event, ended.number, finish.At, finished)
}

func (t *tx) giveUpAfter(event string, number int, at time.Time, finished *storage.Finished) error {
	dependents, err := list(t, "SELECT id FROM outbox WHERE event = ? AND after = ? AND NOT survives AND state = 0 ORDER BY id",
		[]any{event, number}, func(scan scanner, id *int64) error { return scan(id) })
	for _, id := range dependents {
		finished.GivenUp = append(finished.GivenUp, id)
		err = errors.Join(err, t.finish(id, storage.Finish{State: storage.EffectGivenUp, At: at}, finished))
	}
	return err
}
