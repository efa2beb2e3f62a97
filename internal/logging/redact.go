package logging

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/sirupsen/logrus"
)

// Redacted stands where a secret was.
const Redacted = "[redacted]"

// What is secret by its shape, wherever it comes from (a library's error, a url.Error, a panic text).
var secretShapes = []struct {
	shape *regexp.Regexp
	with  string
}{
	// A bot token: base64 of the application id, a timestamp, a signature.
	{regexp.MustCompile(`[A-Za-z0-9_-]{23,28}\.[A-Za-z0-9_-]{6,7}\.[A-Za-z0-9_-]{27,}`), Redacted},
	// Webhook and interaction URLs carry their token in the path.
	{regexp.MustCompile(`(/webhooks/\d+/)[^/?\s"']+`), "${1}" + Redacted},
	{regexp.MustCompile(`(/interactions/\d+/)[^/?\s"']+`), "${1}" + Redacted},
	// An interaction token on its own: base64 of "interaction:…".
	{regexp.MustCompile(`aW50ZXJhY3Rpb24[A-Za-z0-9_-]{20,}`), Redacted},
	{regexp.MustCompile(`(?i)(authorization:?\s*bot\s+)\S+`), "${1}" + Redacted},
}

// Redactor takes secrets out of log entries: those it was told of, and whatever has the shape of one.
// It is a logrus hook. The zero value knows the shapes only.
type Redactor struct {
	mu      sync.RWMutex
	secrets []string
}

// Add tells the redactor of a secret. Short strings are refused silently: they would blank out ordinary words.
func (r *Redactor) Add(secret string) {
	if len(secret) < 8 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.secrets = append(r.secrets, secret)
}

// String returns text without its secrets.
func (r *Redactor) String(text string) string {
	r.mu.RLock()
	for _, secret := range r.secrets {
		text = strings.ReplaceAll(text, secret, Redacted)
	}
	r.mu.RUnlock()
	for _, s := range secretShapes {
		text = s.shape.ReplaceAllString(text, s.with)
	}
	return text
}

// Levels makes the hook fire on every line.
func (r *Redactor) Levels() []logrus.Level { return logrus.AllLevels }

// Fire cleans the entry in place. Values of any type are looked at through their text; one that holds a secret is
// replaced by its cleaned text.
func (r *Redactor) Fire(entry *logrus.Entry) error {
	entry.Message = r.String(entry.Message)
	for key, value := range entry.Data {
		switch v := value.(type) {
		case nil, bool, int, int64, uint64, uint32, float64:
		case string:
			entry.Data[key] = r.String(v)
		default:
			text := fmt.Sprint(value)
			if clean := r.String(text); clean != text {
				entry.Data[key] = clean
			}
		}
	}
	return nil
}
