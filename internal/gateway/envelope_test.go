package gateway_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/steadfast-bot/steadfast/internal/gateway"
)

func TestTheEnvelopeIsReadInAnyOrder(t *testing.T) {
	for _, row := range []struct {
		in   string
		want gateway.Scanned
	}{
		{`{"t":"TYPING_START","s":12,"op":0,"d":{"a":[1,"}"]}}`, gateway.Scanned{Sequence: 12, Type: "TYPING_START", Data: []byte(`{"a":[1,"}"]}`)}},
		{`{"op":0,"d":{"s":5,"op":7,"t":"x"},"s":12,"t":"A"}`, gateway.Scanned{Sequence: 12, Type: "A", Data: []byte(`{"s":5,"op":7,"t":"x"}`)}},
		{" {\n \"d\" : \"\\\\\\\"\" , \"op\" : 3 , \"x\":[[]] } \n", gateway.Scanned{Op: 3, Data: []byte(`"\\\""`)}},
		{`{"op":11}`, gateway.Scanned{Op: 11}},
		{`{"op":9,"d":true,"s":null,"t":null}`, gateway.Scanned{Op: 9, Data: []byte("true")}},
		{`{"op":1,"d":null}`, gateway.Scanned{Op: 1, Data: []byte("null")}},
		{`{"\u006fp":0,"t":"\u0041","s":1,"d":0}`, gateway.Scanned{Type: "A", Sequence: 1, Data: []byte("0")}},
		{`{"op":0,"t":"A","s":1,"d":{},"later":{"key":1}}`, gateway.Scanned{Type: "A", Sequence: 1, Data: []byte("{}")}},
	} {
		got, err := gateway.Scan([]byte(row.in))
		if err != nil || got.Op != row.want.Op || got.Sequence != row.want.Sequence || got.Type != row.want.Type || !bytes.Equal(got.Data, row.want.Data) {
			t.Errorf("%s: %+v (data %s), %v", row.in, got, got.Data, err)
		}
	}
	for _, bad := range []string{
		``, ` `, `{`, `{}`, `[]`, `null`, `"op"`, `{"op"`, `{"op":`, `{"op":}`, `{"op":0`, `{"op":null}`, `{"op":"1"}`, `{"op":1.5}`, `{"op":1 "s":2}`,
		`{"op":99999999999999999999}`, `{"s":1}`, `{op:1}`, `{"op":0,"s":"1"}`, `{"op":0,"t":5}`, `{"d":"`, `{"d":{"a":"}`, `{"d":[[]`, `{"op\`, `{"op\"`,
	} {
		if got, err := gateway.Scan([]byte(bad)); err == nil {
			t.Errorf("%s: %+v", bad, got)
		}
	}
}

// FuzzScan holds the scanner against encoding/json: on every valid payload without repeated keys both must agree.
func FuzzScan(f *testing.F) {
	for _, seed := range []string{
		`{"t":"TYPING_START","s":12,"op":0,"d":{"a":[1,"}"]}}`, `{"op":0,"d":"\\\"","s":1,"t":"\u00e9"}`, ` { "op" : 1 } `, `{"op":-0,"s":-7}`,
		`{"op":1e0}`, `{"op":0,"t":"\ud800","s":9223372036854775807,"d":[{},{"x":"y\\"}]}`, `{"d":{"\"":"\\"},"op":0}`, "{\"op\":0,\"t\":\"\xff\"}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, scanErr := gateway.Scan(b)
		if !json.Valid(b) || repeats(b) {
			return // only that it does not panic
		}
		var fields map[string]json.RawMessage
		var want struct {
			op   *int
			s    *int64
			kind *string
		}
		err := json.Unmarshal(b, &fields)
		for key, into := range map[string]any{"op": &want.op, "s": &want.s, "t": &want.kind} {
			if raw, ok := fields[key]; ok && err == nil {
				err = json.Unmarshal(raw, into)
			}
		}
		if err != nil || want.op == nil {
			if scanErr == nil {
				t.Fatalf("scan accepts %q as %+v", b, got)
			}
			return
		}
		if scanErr != nil {
			t.Fatalf("scan refuses %q", b)
		}
		var s int64
		var kind string
		if want.s != nil {
			s = *want.s
		}
		if want.kind != nil {
			kind = *want.kind
		}
		// An invalid byte in a plain string is kept as it is; encoding/json would replace it.
		if got.Op != *want.op || got.Sequence != s || string([]rune(got.Type)) != kind || !bytes.Equal(got.Data, fields["d"]) {
			t.Fatalf("%q: scan says %+v (data %q), json %d %d %q %q", b, got, got.Data, *want.op, s, kind, fields["d"])
		}
	})
}

// repeats reports whether the top-level object has a key twice.
func repeats(b []byte) bool {
	d := json.NewDecoder(bytes.NewReader(b))
	if token, err := d.Token(); err != nil || token != json.Delim('{') {
		return false
	}
	seen := map[string]bool{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return true
		}
		key, _ := token.(string)
		if seen[key] {
			return true
		}
		seen[key] = true
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return true
		}
	}
	return false
}
