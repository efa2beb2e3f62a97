package rest_test

import (
	"net/http"
	"testing"

	"github.com/steadfast-bot/steadfast/internal/rest"
)

// instant answers without a network: what is left is our own work for a call.
type instant struct{ header http.Header }

func (i instant) RoundTrip(*http.Request) (*http.Response, error) {
	return reply(200, i.header, posted), nil
}

func BenchmarkCreateMessage(b *testing.B) {
	for name, off := range map[string]bool{"limits": false, "no limits": true} {
		b.Run(name, func(b *testing.B) {
			c := rest.New(rest.Config{
				APIURL: "http://discord.test", Token: "t", Transport: instant{bucketOf("1000000000", "999999999", "60")},
				GlobalPerSecond: 1 << 30, NoLimits: off,
			})
			m := rest.Message{Content: "pong", ReplyTo: 7, Nonce: "n"}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.CreateMessage(b.Context(), channel, m); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
