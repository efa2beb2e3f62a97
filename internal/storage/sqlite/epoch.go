package sqlite

import (
	"context"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

const selectEpoch = "SELECT lease, activation FROM epoch WHERE shard = ?"

// owner is the newest epoch of the shards. When it is not the caller's, at least one of them has another owner:
// an activation raises all of its shards to one epoch, and nothing ever lowers one.
func (t *tx) owner(shards []int) (storage.Epoch, error) {
	var newest storage.Epoch
	for _, shard := range shards {
		var lease, activation int64
		if _, err := t.row(selectEpoch, []any{shard}, &lease, &activation); err != nil {
			return storage.Epoch{}, err
		}
		if e := (storage.Epoch{Lease: uint64(lease), Activation: uint64(activation)}); e.Compare(newest) > 0 {
			newest = e
		}
	}
	return newest, nil
}

// raiseEpoch makes the caller the owner of the shards.
func (t *tx) raiseEpoch(lease uint64, shards []int) (storage.Epoch, error) {
	newest, err := t.owner(shards)
	if err != nil {
		return storage.Epoch{}, err
	}
	epoch := storage.Epoch{Lease: lease, Activation: 1}
	switch {
	case lease < newest.Lease:
		return storage.Epoch{}, storage.ErrStaleEpoch
	case lease == newest.Lease:
		epoch.Activation = newest.Activation + 1
	}
	for _, shard := range shards {
		_, err := t.exec(`INSERT INTO epoch (shard, lease, activation) VALUES (?, ?, ?)
			ON CONFLICT (shard) DO UPDATE SET lease = excluded.lease, activation = excluded.activation`,
			shard, int64(epoch.Lease), int64(epoch.Activation))
		if err != nil {
			return storage.Epoch{}, err
		}
	}
	return epoch, nil
}

// Owns is nil while epoch is the newest of the claimed shards.
func (s *Store) Owns(ctx context.Context, epoch storage.Epoch) error {
	w, err := s.active()
	if err != nil {
		return err
	}
	for _, shard := range w.shards {
		var lease, activation int64
		if _, err := s.reader.row(ctx, selectEpoch, []any{shard}, &lease, &activation); err != nil {
			return err
		}
		if (storage.Epoch{Lease: uint64(lease), Activation: uint64(activation)}) != epoch {
			return storage.ErrStaleEpoch
		}
	}
	return nil
}
