package sqlite

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"
)

// How values that SQLite does not know are stored.

// bits is an unsigned number, kept as the signed one with the same bits.
type bits uint64

// Value is the stored form.
func (b bits) Value() (driver.Value, error) { return int64(b), nil }

// Scan reads the stored form.
func (b *bits) Scan(stored any) error {
	n, ok := stored.(int64)
	if !ok {
		return fmt.Errorf("an id is stored as %T", stored)
	}
	*b = bits(n)
	return nil
}

// stamp is a time, kept as milliseconds since 1970; 0 is the zero time.
type stamp time.Time

// Value is the stored form.
func (s stamp) Value() (driver.Value, error) { return milliseconds(time.Time(s)), nil }

// Scan reads the stored form; NULL is the zero time.
func (s *stamp) Scan(stored any) error {
	switch n := stored.(type) {
	case nil:
		*s = stamp{}
	case int64:
		*s = stamp(fromMilliseconds(n))
	default:
		return fmt.Errorf("a time is stored as %T", stored)
	}
	return nil
}

func milliseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMilliseconds(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// span is a duration, kept as milliseconds.
type span time.Duration

// Value is the stored form.
func (s span) Value() (driver.Value, error) { return time.Duration(s).Milliseconds(), nil }

// Scan reads the stored form.
func (s *span) Scan(stored any) error {
	n, ok := stored.(int64)
	if !ok {
		return fmt.Errorf("a duration is stored as %T", stored)
	}
	*s = span(time.Duration(n) * time.Millisecond)
	return nil
}

// listed is a list, kept as JSON.
type listed[T any] struct{ list *[]T }

// Value is the stored form.
func (l listed[T]) Value() (driver.Value, error) {
	if len(*l.list) == 0 {
		return "[]", nil
	}
	text, err := json.Marshal(*l.list)
	return string(text), err
}

// Scan reads the stored form; an empty list is nil.
func (l listed[T]) Scan(stored any) error {
	text, ok := stored.(string)
	if !ok {
		return fmt.Errorf("a list is stored as %T", stored)
	}
	*l.list = nil
	if text == "[]" {
		return nil
	}
	return json.Unmarshal([]byte(text), l.list)
}

// blob keeps an empty value apart from NULL, which no column of ours allows.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
