package discordsim

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// ID is a snowflake: a number in Go, a string in JSON.
type ID uint64

// discordEpoch is the first millisecond of 2015, where snowflakes begin.
const discordEpoch = 1420070400000

// ParseID reads an ID written in decimal.
func ParseID(text string) (ID, error) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is not a snowflake", text)
	}
	return ID(n), nil
}

// String is the decimal form, as Discord writes it.
func (id ID) String() string { return strconv.FormatUint(uint64(id), 10) }

// Time is when the ID was made.
func (id ID) Time() time.Time { return time.UnixMilli(int64(id>>22) + discordEpoch) }

// MarshalJSON writes the ID as a string, because JavaScript's numbers are too small for it.
func (id ID) MarshalJSON() ([]byte, error) {
	return strconv.AppendQuote(nil, id.String()), nil
}

// UnmarshalJSON accepts a string or a number, as Discord does; null is no ID.
func (id *ID) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*id = 0
		return nil
	}
	text := string(data)
	if len(data) > 0 && data[0] == '"' {
		if err := json.Unmarshal(data, &text); err != nil {
			return err
		}
	}
	parsed, err := ParseID(text)
	if err != nil {
		return errors.New("not a snowflake")
	}
	*id = parsed
	return nil
}

// idMaker hands out snowflakes that always rise, also within one millisecond and when the wall clock steps back.
type idMaker struct{ last ID }

func (m *idMaker) next(now time.Time) ID {
	fresh := ID(max(now.UnixMilli()-discordEpoch, 0)) << 22
	m.last = max(fresh, m.last+1)
	return m.last
}

// Timestamp is a time that is written the way Discord writes it: microseconds and a numeric offset.
type Timestamp struct{ time.Time }

// MarshalJSON writes ISO 8601 with microseconds.
func (t Timestamp) MarshalJSON() ([]byte, error) {
	const layout = `"2006-01-02T15:04:05.000000+00:00"`
	return t.UTC().AppendFormat(make([]byte, 0, len(layout)), layout), nil
}

// UnmarshalJSON reads ISO 8601.
func (t *Timestamp) UnmarshalJSON(data []byte) error { return t.Time.UnmarshalJSON(data) }
