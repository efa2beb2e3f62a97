package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
)

// envelope is the frame around every payload: {"op":…,"d":…,"s":…,"t":…}. Its slices alias the buffer it was
// scanned from.
type envelope struct {
	op       int
	sequence int64  // 0 when s is null or missing
	kind     []byte // t; empty when null or missing
	rest     []byte // what follows "d":, up to the end of the buffer at most; nil when there is no d
}

// errEnvelope is all that can be said of a payload that is no envelope.
var errEnvelope = errors.New("not a gateway payload")

// scan reads op, s and t and finds d without looking into it. When op, s and t come before d, as Discord writes
// them, nothing of d is read at all: most events are ignored, and this is what makes ignoring cheap. Of a key that
// is repeated the first counts.
func scan(b []byte) (envelope, error) {
	var e envelope
	var haveOp, haveS, haveT bool
	i := skipSpace(b, 0)
	if i >= len(b) || b[i] != '{' {
		return e, errEnvelope
	}
	for i++; ; i++ {
		key, at, ok := scanKey(b, i)
		if !ok {
			return e, errEnvelope
		}
		if key == nil { // an empty object
			break
		}
		if i, ok = e.field(b, key, at, &haveOp, &haveS, &haveT); !ok {
			return e, errEnvelope
		}
		if e.rest != nil && haveOp && haveS && haveT {
			return e, nil
		}
		i = skipSpace(b, i)
		if i < len(b) && b[i] == '}' {
			break
		}
		if i >= len(b) || b[i] != ',' {
			return e, errEnvelope
		}
	}
	if !haveOp {
		return e, errEnvelope
	}
	return e, nil
}

// field takes the value of one key, which starts at b[at], and returns the index behind it. It leaves d unread
// once the other three are known.
func (e *envelope) field(b, key []byte, at int, haveOp, haveS, haveT *bool) (int, bool) {
	if string(key) == "d" && e.rest == nil && at < len(b) {
		e.rest = b[at:]
		if *haveOp && *haveS && *haveT {
			return at, true
		}
	}
	end, ok := skipValue(b, at)
	if !ok {
		return at, false
	}
	value := b[at:end]
	switch {
	case string(key) == "op" && !*haveOp:
		n, ok := integer(value)
		e.op, *haveOp = int(n), true
		return end, ok && string(value) != "null"
	case string(key) == "s" && !*haveS:
		*haveS = true
		e.sequence, ok = integer(value)
	case string(key) == "t" && !*haveT:
		*haveT = true
		e.kind, ok = text(value)
	}
	return end, ok
}

// data is the value of d; nil when there is none or it never ends.
func (e *envelope) data() []byte {
	end, ok := skipValue(e.rest, 0)
	if !ok {
		return nil
	}
	return e.rest[:end]
}

// scanKey reads `"key":` from b[i] on and returns the key and where its value starts; a nil key at the closing
// brace.
func scanKey(b []byte, i int) (key []byte, at int, ok bool) {
	i = skipSpace(b, i)
	if i < len(b) && b[i] == '}' {
		return nil, i, true
	}
	end, ok := skipString(b, i)
	if !ok {
		return nil, i, false
	}
	key, ok = text(b[i:end])
	i = skipSpace(b, end)
	if !ok || i >= len(b) || b[i] != ':' {
		return nil, i, false
	}
	if key == nil {
		key = []byte{}
	}
	return key, skipSpace(b, i+1), true
}

// integer reads a whole number or null (0).
func integer(value []byte) (int64, bool) {
	if string(value) == "null" {
		return 0, true
	}
	if len(value) == 0 || value[0] == '+' || len(value) > 20 {
		return 0, false
	}
	n, err := strconv.ParseInt(string(value), 10, 64)
	return n, err == nil
}

// text reads a string, or null (nil). Without escapes, the usual case, the result aliases the value.
func text(value []byte) ([]byte, bool) {
	if string(value) == "null" {
		return nil, true
	}
	if len(value) < 2 || value[0] != '"' {
		return nil, false
	}
	inner := value[1 : len(value)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return inner, true
	}
	var s string
	if json.Unmarshal(value, &s) != nil {
		return nil, false
	}
	return []byte(s), true
}

// skipSpace returns the index of the next byte that is not white space.
func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// skipString returns the index behind the string that starts at b[i].
func skipString(b []byte, i int) (int, bool) {
	if i >= len(b) || b[i] != '"' {
		return i, false
	}
	for i++; ; i++ {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return i, false
		}
		i += n
		escapes := 0
		for b[i-1-escapes] == '\\' { // ends at the opening quote at the latest
			escapes++
		}
		if escapes%2 == 0 {
			return i + 1, true
		}
	}
}

// skipValue returns the index behind the JSON value that starts at b[i]. It counts brackets and does not check
// what is between them: whoever decodes the value does.
func skipValue(b []byte, i int) (int, bool) {
	if i >= len(b) {
		return i, false
	}
	switch b[i] {
	case '"':
		return skipString(b, i)
	case '{', '[':
	default:
		start := i
		for i < len(b) && !endsScalar(b[i]) {
			i++
		}
		return i, i > start
	}
	depth := 0
	for i < len(b) {
		switch b[i] {
		case '"':
			end, ok := skipString(b, i)
			if !ok {
				return i, false
			}
			i = end
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1, true
			}
		}
		i++
	}
	return i, false
}

// endsScalar reports whether a number or literal cannot go on with this byte.
func endsScalar(c byte) bool {
	switch c {
	case ',', '}', ']', ':', '"', '{', '[', ' ', '\n', '\t', '\r':
		return true
	}
	return false
}
