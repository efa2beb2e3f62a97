package sqlite

import (
	"context"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

// Cursor is where the shard's session stands.
func (s *Store) Cursor(ctx context.Context, shard int) (storage.Cursor, bool, error) {
	cursor := storage.Cursor{Session: storage.Session{Shard: shard}}
	found, err := s.reader.row(ctx, "SELECT session_id, resume_url, sequence, went_invisible FROM cursor WHERE shard = ?",
		[]any{shard}, &cursor.Session.ID, &cursor.Session.ResumeURL, &cursor.Sequence, &cursor.WentInvisible)
	if err != nil || !found {
		return storage.Cursor{}, false, err
	}
	return cursor, true, nil
}

// BeginSession commits READY.
func (s *Store) BeginSession(ctx context.Context, epoch storage.Epoch, session storage.Session, sequence int64) error {
	return s.write(ctx, epoch, func(t *tx) error {
		_, err := t.exec(`INSERT INTO cursor (shard, session_id, resume_url, sequence) VALUES (?, ?, ?, ?)
			ON CONFLICT (shard) DO UPDATE SET session_id = excluded.session_id, resume_url = excluded.resume_url,
				sequence = excluded.sequence, went_invisible = 0`,
			session.Shard, session.ID, session.ResumeURL, sequence)
		if err != nil {
			return err
		}
		_, err = t.exec("UPDATE installation SET ever_ready = 1 WHERE ever_ready = 0")
		return err
	})
}

// SaveProgress raises the low-water sequence of a session.
func (s *Store) SaveProgress(ctx context.Context, epoch storage.Epoch, p storage.Progress) error {
	return s.write(ctx, epoch, func(t *tx) error {
		changed, err := t.exec("UPDATE cursor SET sequence = max(sequence, ?) WHERE shard = ? AND session_id = ?",
			p.Sequence, p.Shard, p.SessionID)
		if err == nil && changed == 0 {
			return storage.ErrSessionGone
		}
		return err
	})
}

// SetInvisible notes that the shard's presence went invisible, or is online again.
func (s *Store) SetInvisible(ctx context.Context, epoch storage.Epoch, shard int, invisible bool) error {
	return s.write(ctx, epoch, func(t *tx) error {
		_, err := t.exec("UPDATE cursor SET went_invisible = ? WHERE shard = ?", invisible, shard)
		return err
	})
}

// EndSession forgets the shard's session.
func (s *Store) EndSession(ctx context.Context, epoch storage.Epoch, shard int) error {
	return s.write(ctx, epoch, func(t *tx) error {
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
	return s.write(ctx, epoch, func(t *tx) error {
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
