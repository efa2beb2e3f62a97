package discordsim

import (
	"encoding/json"
	"strings"
	"time"
)

// maxNonce is the longest nonce Discord takes.
const maxNonce = 25

// nonceKey is what enforce_nonce compares: the author and the nonce as text, wherever the message was sent.
type nonceKey struct {
	author ID
	nonce  string
}

type nonceEntry struct {
	key     nonceKey
	message ID
	at      time.Time
}

// nonceMemory remembers nonces for the window; queue holds them in the order of their age.
type nonceMemory struct {
	byKey map[nonceKey]*nonceEntry
	queue []*nonceEntry
}

// find is the message made with a nonce within the window.
func (n *nonceMemory) find(author ID, nonce string, oldest time.Time) (ID, bool) {
	for len(n.queue) > 0 && n.queue[0].at.Before(oldest) {
		if gone := n.queue[0]; n.byKey[gone.key] == gone {
			delete(n.byKey, gone.key)
		}
		n.queue = n.queue[1:]
	}
	entry := n.byKey[nonceKey{author, nonce}]
	if entry == nil {
		return 0, false
	}
	return entry.message, true
}

func (n *nonceMemory) remember(author ID, nonce string, message ID, now time.Time) {
	entry := &nonceEntry{nonceKey{author, nonce}, message, now}
	n.byKey[entry.key] = entry
	n.queue = append(n.queue, entry)
}

// nonceText is a nonce as text: an integer and the string of its digits are the same. Empty for none.
func nonceText(raw json.RawMessage) (string, bool) {
	text := strings.TrimSpace(string(raw))
	if text == "" || text == "null" {
		return "", true
	}
	if text[0] == '"' {
		err := json.Unmarshal(raw, &text)
		return text, err == nil
	}
	var number int64
	if json.Unmarshal(raw, &number) != nil {
		return "", false
	}
	return text, true
}
