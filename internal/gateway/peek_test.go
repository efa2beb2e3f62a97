package gateway_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/steadfast-bot/steadfast/internal/gateway"
)

func TestAStringIsFoundWithoutDecodingWhatStandsAroundIt(t *testing.T) {
	for data, want := range map[string]string{
		`{"content":"hi"}`:                             "hi",
		`{"a":{"content":"no"},"content":"yes"}`:       "yes",
		`{ "a" : [1,{"b":"}"}] , "content" : "x\"y" }`: `x"y`,
		`{"content":null}`:                             "",
		`{"content":5}`:                                "",
		`{}`:                                           "",
		`[]`:                                           "",
		`{"content"`:                                   "",
		``:                                             "",
	} {
		if got := string(gateway.Data(data).Text("content")); got != want {
			t.Errorf("%s: %q, want %q", data, got, want)
		}
	}
}

func TestEverySampleMessageIsReadAsTheDecoderReadsIt(t *testing.T) {
	files, err := filepath.Glob("testdata/payloads/handmade/message_create*.json")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, path := range files {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var payload struct {
			D json.RawMessage `json:"d"`
		}
		var message struct {
			Content string `json:"content"`
		}
		if json.Unmarshal(content, &payload) != nil || json.Unmarshal(payload.D, &message) != nil {
			t.Fatal(path)
		}
		if got := string(gateway.Data(payload.D).Text("content")); got != message.Content {
			t.Errorf("%s: %q, want %q", path, got, message.Content)
		}
	}
}
