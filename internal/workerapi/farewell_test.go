package workerapi_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/steadfast-bot/steadfast/internal/workerapi"
)

func TestAFarewellIsReadAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		want := workerapi.Farewell{
			Code:     workerapi.ExitCode(rapid.IntRange(0, 255).Draw(rt, "code")),
			Sentence: rapid.StringN(0, 500, 600).Draw(rt, "sentence"),
		}
		var pipe bytes.Buffer
		if err := workerapi.WriteFarewell(&pipe, want); err != nil {
			rt.Fatal(err)
		}
		if got, err := workerapi.ParseFarewell(pipe.Bytes()); err != nil || got != want {
			rt.Errorf("got %+v, %v; want %+v", got, err, want)
		}
	})
}

func TestAFarewellAlwaysFitsIntoOneWrite(t *testing.T) {
	for _, sentence := range []string{strings.Repeat("é", 10_000), strings.Repeat("\x00", 5_000), "\xff" + strings.Repeat("日", 3_000)} {
		var pipe bytes.Buffer
		if err := workerapi.WriteFarewell(&pipe, workerapi.Farewell{Code: 78, Sentence: sentence}); err != nil {
			t.Fatal(err)
		}
		if pipe.Len() > 4096 {
			t.Errorf("%d bytes", pipe.Len())
		}
		got, err := workerapi.ParseFarewell(pipe.Bytes())
		if err != nil || got.Code != 78 || got.Sentence == "" || !utf8.ValidString(got.Sentence) {
			t.Errorf("got %+v, %v", got, err)
		}
	}
}

func TestHalfAFarewellIsNone(t *testing.T) {
	for _, left := range []string{"", "\n", `{"code":78,"sentence":"half`, `{"code":78,"sentence":"no end of line"}`, "hello\n"} {
		if _, err := workerapi.ParseFarewell([]byte(left)); !errors.Is(err, workerapi.ErrNoFarewell) {
			t.Errorf("%q: got %v", left, err)
		}
	}
}

func TestWithoutASupervisorThereIsNobodyToServeOrToBidFarewell(t *testing.T) {
	if workerapi.LaunchedBySupervisor() {
		t.Skip("the cookie is set")
	}
	var exit *workerapi.ExitError
	if err := workerapi.Serve(&scripted{}); !errors.As(err, &exit) || exit.Code != workerapi.ExitSettings {
		t.Errorf("Serve: got %v", err)
	}
	if err := workerapi.SayFarewell(workerapi.Farewell{}); err == nil {
		t.Error("a farewell went somewhere")
	}
}
