package discordsim

import (
	"encoding/json"
	"testing"
)

// BenchmarkCheck measures what holding one created message to the description costs, schemas compiled.
func BenchmarkCheck(b *testing.B) {
	sp := theSpec()
	op := sp.operations["POST /channels/{}/messages"]
	body := json.RawMessage(`{"content":"Pong!","nonce":"abc","enforce_nonce":true,"allowed_mentions":{"parse":[]}}`)
	m := Message{ID: 1, ChannelID: 2, Author: User{ID: 3}, Content: "Pong!"}
	m.normalise()
	answer := mustJSON(m)
	for b.Loop() {
		if found := append(sp.checkRequest(op, []string{"2"}, nil, body), sp.checkResponse(op, 200, answer)...); found != nil {
			b.Fatal(found)
		}
	}
}
