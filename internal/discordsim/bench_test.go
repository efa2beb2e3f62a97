package discordsim_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

// BenchmarkBroadcast measures how fast events get from Broadcast to the socket of one client that does nothing but
// read bytes. Run it with -cpu 1 for one core shared by both ends.
func BenchmarkBroadcast(b *testing.B) {
	sim := benchSim(b)
	ws := benchClient(b, sim)
	data := json.RawMessage(fmt.Sprintf(`{"content":%q,"channel_id":"1","guild_id":"2","author":{"id":"3","username":"ada"}}`, strings.Repeat("x", 300)))
	read := countFrames(ws, b.N)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		sim.Broadcast("PRESENCE_UPDATE", data)
		if i%4096 == 4095 {
			// Without a pause the log would grow with the benchmark.
			if err := sim.AwaitDelivered(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	}
	if err := <-read; err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkSay measures real messages: made, encoded, stored and delivered.
func BenchmarkSay(b *testing.B) {
	sim := benchSim(b)
	world := sim.Demo()
	ws := benchClient(b, sim)
	read := countFrames(ws, b.N)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		if _, err := sim.Say(world.Members[0].ID, world.General.ID, "good morning everybody"); err != nil {
			b.Fatal(err)
		}
	}
	if err := <-read; err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

func benchSim(b *testing.B) *discordsim.Sim {
	return discordsim.ForTest(b, discordsim.Config{HeartbeatInterval: time.Hour, Limits: discordsim.Limits{Off: true}})
}

// benchClient connects with the intents of messages and nothing else, and takes what comes first.
func benchClient(b *testing.B, sim *discordsim.Sim) *websocket.Conn {
	ws, _, err := websocket.DefaultDialer.Dial(sim.GatewayURL()+params, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { ws.Close() })
	identify := fmt.Sprintf(`{"op":2,"d":{"token":%q,"intents":%d}}`, sim.Token(), discordsim.IntentGuildMessages|discordsim.IntentMessageContent)
	if err := ws.WriteMessage(websocket.TextMessage, []byte(identify)); err != nil {
		b.Fatal(err)
	}
	for range 2 {
		if _, _, err := ws.ReadMessage(); err != nil {
			b.Fatal(err)
		}
	}
	return ws
}

// countFrames reads so many frames without looking into them.
func countFrames(ws *websocket.Conn, n int) <-chan error {
	done := make(chan error, 1)
	go func() {
		for range n {
			if _, _, err := ws.NextReader(); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	return done
}
