package storage_test

import (
	"errors"
	"io"
	"testing"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

func TestErrorsAreOneSentenceWithAHintAndTellTheirKind(t *testing.T) {
	for _, test := range []struct {
		err  error
		kind error
		want string
	}{
		{
			&storage.Fault{Kind: storage.ErrFull, Where: "/state/x.db", Hint: "free some space"}, storage.ErrFull,
			"the database /state/x.db has no room left on its disk: free some space",
		},
		{
			&storage.Fault{Kind: storage.ErrBroken, Where: "/state/x.db", Hint: "look", Cause: io.ErrUnexpectedEOF}, storage.ErrBroken,
			"the database /state/x.db could not be used: look (unexpected EOF)",
		},
		{
			&storage.NewerError{Where: "/state/x.db", Version: 9, ReadableFrom: 7, Ours: 6}, storage.ErrNewer,
			"the database /state/x.db has version 9 and needs a build that knows version 7, this one knows 6: " +
				"start the newer build again, or restore a backup made before the upgrade",
		},
		{
			&storage.OtherApplicationError{Where: "/state/x.db", Stored: 1001, Given: 1002}, storage.ErrOtherApplication,
			"the database /state/x.db belongs to application 1001, the token to application 1002: " +
				"use that application's token, or another state directory",
		},
	} {
		if got := test.err.Error(); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
		if !errors.Is(test.err, test.kind) {
			t.Errorf("%q is not a %q", test.err, test.kind)
		}
	}
}

func TestAFaultKeepsItsCause(t *testing.T) {
	err := &storage.Fault{Kind: storage.ErrBroken, Cause: io.ErrUnexpectedEOF}
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error("the cause is lost")
	}
}

func TestEpochsAreComparedLeaseFirst(t *testing.T) {
	ordered := []storage.Epoch{{}, {Activation: 1}, {Activation: 2}, {Lease: 1}, {Lease: 1, Activation: 1}, {Lease: 2}}
	for i, a := range ordered {
		for j, b := range ordered {
			if got := a.Compare(b); (got < 0) != (i < j) || (got > 0) != (i > j) {
				t.Errorf("%v against %v: %d", a, b, got)
			}
		}
	}
}
