package sqlite

import (
	"context"
	"time"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

// TakeIdentify asks the budget for one IDENTIFY and keeps the ledger, all in one member of a batch.
func (s *Store) TakeIdentify(ctx context.Context, epoch storage.Epoch, request storage.IdentifyRequest) (storage.IdentifyAnswer, error) {
	var answer storage.IdentifyAnswer
	err := s.write(ctx, epoch, reserved, func(t *tx) error {
		ledger, err := t.ledger(request.Bucket)
		if err != nil {
			return err
		}
		ledger, answer = s.options.Budget.Take(ledger, request)
		return t.keepLedger(ledger)
	})
	if err != nil {
		return storage.IdentifyAnswer{}, err
	}
	return answer, nil
}

// ledger reads what a decision about one bucket needs.
func (t *tx) ledger(bucket int) (storage.Ledger, error) {
	ledger := storage.Ledger{Last: make(map[int]time.Time)}
	var debt, asOf, last int64
	found, err := t.row("SELECT debt_ns, as_of_ns FROM identify_hand", nil, &debt, &asOf)
	if err != nil {
		return storage.Ledger{}, err
	}
	if found {
		ledger.Debt, ledger.AsOf = time.Duration(debt), time.Unix(0, asOf)
	}
	found, err = t.row("SELECT last_ns FROM identify_bucket WHERE bucket = ?", []any{bucket}, &last)
	if err != nil {
		return storage.Ledger{}, err
	}
	if found {
		ledger.Last[bucket] = time.Unix(0, last)
	}
	return ledger, nil
}

func (t *tx) keepLedger(ledger storage.Ledger) error {
	_, err := t.exec(`INSERT INTO identify_hand (only, debt_ns, as_of_ns) VALUES (1, ?, ?)
		ON CONFLICT (only) DO UPDATE SET debt_ns = excluded.debt_ns, as_of_ns = excluded.as_of_ns`,
		int64(ledger.Debt), ledger.AsOf.UnixNano())
	if err != nil {
		return err
	}
	for bucket, last := range ledger.Last {
		_, err := t.exec(`INSERT INTO identify_bucket (bucket, last_ns) VALUES (?, ?)
			ON CONFLICT (bucket) DO UPDATE SET last_ns = excluded.last_ns`, bucket, last.UnixNano())
		if err != nil {
			return err
		}
	}
	return nil
}
