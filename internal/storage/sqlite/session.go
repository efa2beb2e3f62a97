package sqlite

import (
	"context"
	"time"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

const selectCursor = "SELECT session_id, resume_url, sequence, went_invisible FROM cursor WHERE shard = ?"

// Cursor is where the shard's session stands.
func (s *Store) Cursor(ctx context.Context, shard int) (storage.Cursor, bool, error) {
	return readCursor(shard, func(query string, args []any, into ...any) (bool, error) {
		return s.reader.row(ctx, query, args, into...)
	})
}

func (t *tx) Cursor(shard int) (storage.Cursor, bool, error) { return readCursor(shard, t.row) }

func readCursor(shard int, row func(query string, args []any, into ...any) (bool, error)) (storage.Cursor, bool, error) {
	cursor := storage.Cursor{Session: storage.Session{Shard: shard}}
	found, err := row(selectCursor, []any{shard}, &cursor.Session.ID, &cursor.Session.ResumeURL, &cursor.Sequence, &cursor.WentInvisible)
	if err != nil || !found {
		return storage.Cursor{}, false, err
	}
	return cursor, true, nil
}

// BeginSession commits READY.
func (s *Store) BeginSession(ctx context.Context, epoch storage.Epoch, session storage.Session, sequence int64) error {
	return s.write(ctx, epoch, reserved, func(t *tx) error { return t.BeginSession(session, sequence) })
}

func (t *tx) BeginSession(session storage.Session, sequence int64) error {
	_, err := t.exec(`INSERT INTO cursor (shard, session_id, resume_url, sequence) VALUES (?, ?, ?, ?)
		ON CONFLICT (shard) DO UPDATE SET session_id = excluded.session_id, resume_url = excluded.resume_url,
			sequence = excluded.sequence, went_invisible = 0`,
		session.Shard, session.ID, session.ResumeURL, sequence)
	if err != nil {
		return err
	}
	// Who is still catching up after an earlier loss goes on from there: not all of its channels are known yet.
	_, err = t.exec(`INSERT INTO shard (shard, session) VALUES (?, 1)
		ON CONFLICT (shard) DO UPDATE SET session = session + 1, catch_up_since_ms = coalesce(catch_up_since_ms, done_until_ms)`, session.Shard)
	if err != nil {
		return err
	}
	_, err = t.exec("UPDATE installation SET ever_ready = 1 WHERE ever_ready = 0")
	return err
}

// SaveProgress raises the low-water sequence of a session.
func (s *Store) SaveProgress(ctx context.Context, epoch storage.Epoch, p storage.Progress) error {
	return s.write(ctx, epoch, reserved, func(t *tx) error { return t.SaveProgress(p) })
}

func (t *tx) SaveProgress(p storage.Progress) error {
	changed, err := t.exec("UPDATE cursor SET sequence = max(sequence, ?) WHERE shard = ? AND session_id = ?", p.Sequence, p.Shard, p.SessionID)
	switch {
	case err != nil:
		return err
	case changed == 0:
		return storage.ErrSessionGone
	case p.DoneUntil.IsZero():
		return nil
	}
	_, err = t.exec(`INSERT INTO shard (shard, done_until_ms) VALUES (?, ?)
		ON CONFLICT (shard) DO UPDATE SET done_until_ms = max(coalesce(done_until_ms, 0), excluded.done_until_ms)`, p.Shard, stamp(p.DoneUntil))
	return err
}

func (t *tx) LastAlive() (time.Time, error) {
	var at stamp
	_, err := t.row("SELECT at_ms FROM alive", nil, &at)
	return time.Time(at), err
}

func (t *tx) NoteAlive(at time.Time) error {
	_, err := t.exec(`INSERT INTO alive (only, at_ms) VALUES (1, ?)
		ON CONFLICT (only) DO UPDATE SET at_ms = max(at_ms, excluded.at_ms)`, stamp(at))
	return err
}

// SetInvisible notes that the shard's presence went invisible, or is online again.
func (s *Store) SetInvisible(ctx context.Context, epoch storage.Epoch, shard int, invisible bool) error {
	return s.write(ctx, epoch, reserved, func(t *tx) error {
		_, err := t.exec("UPDATE cursor SET went_invisible = ? WHERE shard = ?", invisible, shard)
		return err
	})
}

// EndSession forgets the shard's session.
func (s *Store) EndSession(ctx context.Context, epoch storage.Epoch, shard int) error {
	return s.write(ctx, epoch, reserved, func(t *tx) error {
		_, err := t.exec("DELETE FROM cursor WHERE shard = ?", shard)
		return err
	})
}

// EverReady says whether READY was ever committed here.
func (s *Store) EverReady(ctx context.Context) (ever bool, err error) {
	_, err = s.reader.row(ctx, "SELECT ever_ready FROM installation", nil, &ever)
	return ever, err
}

// SetApplication claims the database for an application.
func (s *Store) SetApplication(ctx context.Context, epoch storage.Epoch, id uint64) error {
	return s.write(ctx, epoch, reserved, func(t *tx) error {
		var stored *int64
		if _, err := t.row("SELECT application FROM installation", nil, &stored); err != nil {
			return err
		}
		if stored != nil && uint64(*stored) != id {
			return &storage.OtherApplicationError{Where: s.options.Path, Stored: uint64(*stored), Given: id}
		}
		_, err := t.exec("UPDATE installation SET application = ? WHERE application IS NULL", int64(id))
		return err
	})
}
