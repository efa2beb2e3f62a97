package sqlite

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

func (t *tx) Seen(key string) (storage.Outcome, error) {
	var outcome storage.Outcome
	found, err := t.row("SELECT outcome FROM inbox WHERE key = ?", []any{key}, &outcome)
	if err != nil || found {
		return outcome, err
	}
	var waits bool
	if _, err = t.row("SELECT 1 FROM accepted WHERE key = ?", []any{key}, &waits); err != nil || !waits {
		return storage.Unseen, err
	}
	return storage.Waiting, nil
}

func (t *tx) Settle(s storage.Settled) error {
	if s.Key == "" || !s.Outcome.Final() {
		return fmt.Errorf("event %q cannot be settled as %v: that is a bug", s.Key, s.Outcome)
	}
	if err := t.leaveWaiting(&s); err != nil {
		return err
	}
	// The session is noted only while it is the shard's: no other will ever be replayed.
	added, err := t.exec(`INSERT INTO inbox (key, outcome, settled_ms, shard, sequence, sent_ms, session) VALUES (?, ?, ?, ?, ?, ?,
			(SELECT coalesce(session, 0) FROM cursor LEFT JOIN shard USING (shard) WHERE shard = ?4 AND session_id = ?7))
		ON CONFLICT (key) DO NOTHING`,
		s.Key, s.Outcome, stamp(s.At), s.Position.Shard, s.Position.Sequence, stamp(s.SentAt), s.Position.SessionID)
	if err == nil && added == 0 {
		return storage.ErrSeen
	}
	return err
}

// leaveWaiting removes what made the event wait for its turn, and takes over what that knew of it.
func (t *tx) leaveWaiting(s *storage.Settled) error {
	if text, ok := strings.CutPrefix(s.Key, "timer:"); ok {
		if id, err := strconv.ParseInt(text, 10, 64); err == nil {
			_, err = t.DropTimer(id)
			return err
		}
	}
	var position storage.Position
	var sent stamp
	found, err := t.row("DELETE FROM accepted WHERE key = ? RETURNING shard, session_id, sequence, sent_ms", []any{s.Key},
		&position.Shard, &position.SessionID, &position.Sequence, &sent)
	if err != nil || !found {
		return err
	}
	if s.Position == (storage.Position{}) {
		s.Position = position
	}
	if s.SentAt.IsZero() {
		s.SentAt = time.Time(sent)
	}
	return nil
}

func (t *tx) Accept(a storage.Accepted) (int64, error) {
	outcome, err := t.Seen(a.Key)
	switch {
	case err != nil:
		return 0, err
	case outcome != storage.Unseen:
		return 0, storage.ErrSeen
	case a.Key == "":
		return 0, errors.New("an event without a key cannot be accepted: that is a bug")
	}
	var id int64
	_, err = t.row(`INSERT INTO accepted (key, kind, payload, lane, shard, session_id, sequence, sent_ms, accepted_ms)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		[]any{a.Key, a.Kind, blob(a.Payload), a.Lane, a.Position.Shard, a.Position.SessionID, a.Position.Sequence, stamp(a.SentAt), stamp(a.At)},
		&id)
	if err != nil || a.Interaction == nil {
		return id, err
	}
	return id, t.KeepInteraction(a.Key, *a.Interaction)
}

func (t *tx) Accepted(after int64, limit int) ([]storage.Accepted, error) {
	all, err := list(t, `SELECT id, key, kind, payload, lane, shard, session_id, sequence, sent_ms, accepted_ms
			FROM accepted WHERE id > ? ORDER BY id LIMIT ?`,
		[]any{after, limit}, func(scan scanner, a *storage.Accepted) error {
			return scan(&a.ID, &a.Key, &a.Kind, &a.Payload, &a.Lane, &a.Position.Shard, &a.Position.SessionID, &a.Position.Sequence,
				(*stamp)(&a.SentAt), (*stamp)(&a.At))
		})
	if err != nil {
		return nil, err
	}
	for i := range all {
		interaction, found, err := t.Interaction(all[i].Key)
		if err != nil {
			return nil, err
		}
		if found {
			all[i].Interaction = &interaction
		}
	}
	return all, nil
}

func (t *tx) Interaction(key string) (storage.Interaction, bool, error) {
	return one(t, `SELECT interaction, application, token, first_response, response, received_ms FROM interaction WHERE key = ?`,
		[]any{key}, func(scan scanner, i *storage.Interaction) error {
			return scan((*bits)(&i.ID), (*bits)(&i.Application), &i.Token, &i.First, &i.Response, (*stamp)(&i.At))
		})
}

func (t *tx) KeepInteraction(key string, i storage.Interaction) error {
	_, err := t.exec(`INSERT INTO interaction (key, interaction, application, token, first_response, response, received_ms)
			VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (key) DO NOTHING`,
		key, bits(i.ID), bits(i.Application), i.Token, i.First, i.Response, stamp(i.At))
	return err
}

func (t *tx) SetResponse(key string, response storage.Response) error {
	_, err := t.exec("UPDATE interaction SET response = ? WHERE key = ?", response, key)
	return err
}

func (t *tx) DropInteraction(key string) error {
	_, err := t.exec("DELETE FROM interaction WHERE key = ?", key)
	return err
}
