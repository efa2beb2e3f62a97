package gateway_test

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/steadfast-bot/steadfast/internal/gateway"
)

// The stream of the benchmarks: what nobody handles, as Discord writes it, 802 bytes on average.
var ignoredEvents = []struct {
	kind string
	size int
}{{"PRESENCE_UPDATE", 404}, {"TYPING_START", 590}, {"MESSAGE_UPDATE", 1212}, {"GUILD_MEMBER_UPDATE", 1000}}

// stream makes WebSocket frames of events with rising sequences.
type stream struct {
	frames   [][]byte
	offsets  []int // of the sequence's ten digits
	sequence int64
}

func newStream() *stream {
	s := &stream{sequence: 1e9}
	for _, e := range ignoredEvents {
		head := fmt.Sprintf(`{"t":%q,"s":`, e.kind)
		tail := `,"op":0,"d":{"user":{"id":"80351110224678912","username":"Nelly","roles":["1","2"]},"text":"`
		body := head + "0000000000" + tail
		body += strings.Repeat(`\"x`, (e.size-len(body)-3)/3)
		body += strings.Repeat("y", e.size-len(body)-3) + `"}}`
		frame := []byte{0x81, 126, 0, 0}
		binary.BigEndian.PutUint16(frame[2:], uint16(len(body)))
		s.frames = append(s.frames, append(frame, body...))
		s.offsets = append(s.offsets, len(frame)+len(head))
	}
	return s
}

// next is the next frame; it is valid until the same kind comes again.
func (s *stream) next() []byte {
	i := int(s.sequence) % len(s.frames)
	digits := s.frames[i][s.offsets[i]:][:10]
	s.sequence++
	for n, at := s.sequence, 9; at >= 0; at-- {
		digits[at] = byte('0' + n%10)
		n /= 10
	}
	return s.frames[i]
}

// memory is a network without a kernel: it upgrades, then Read never runs dry.
type memory struct {
	net.Conn // only what is overridden is called
	stream   *stream
	pending  []byte
}

func (m *memory) Write(b []byte) (int, error) {
	if key := websocketKey(b); key != "" {
		m.pending = append(m.pending, upgrade(key)...)
	}
	return len(b), nil
}

func (m *memory) Read(b []byte) (int, error) {
	n := 0
	for n < len(b) {
		if len(m.pending) == 0 {
			if n > 0 && m.stream.sequence == 1e9 {
				break // gorilla wants the upgrade alone
			}
			m.pending = m.stream.next()
		}
		copied := copy(b[n:], m.pending)
		n, m.pending = n+copied, m.pending[copied:]
	}
	return n, nil
}

func (m *memory) SetDeadline(time.Time) error      { return nil }
func (m *memory) SetReadDeadline(time.Time) error  { return nil }
func (m *memory) SetWriteDeadline(time.Time) error { return nil }
func (m *memory) Close() error                     { return nil }

func websocketKey(request []byte) string {
	_, after, _ := bytes.Cut(request, []byte("Sec-WebSocket-Key: "))
	key, _, _ := bytes.Cut(after, []byte("\r\n"))
	return string(key)
}

func upgrade(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
		base64.StdEncoding.EncodeToString(sum[:]) + "\r\n\r\n"
}

// counter is a Sink that nobody handles anything for.
type counter struct{ skipped atomic.Int64 }

func (c *counter) Handles(string) bool             { return false }
func (c *counter) Wants(string, gateway.Data) bool { return false }
func (c *counter) Deliver(gateway.Dispatch) bool   { return false }
func (c *counter) Skip(int64)                      { c.skipped.Add(1) }
func (c *counter) Room() <-chan struct{}           { return nil }
func (c *counter) LowWater() int64                 { return 0 }

// BenchmarkIgnoredEvent is the cost of an event that nobody handles, from the socket to Sink.Skip: "memory" without
// the kernel, "socket" on loopback with the server in another process and one write per event. The bar is 3 µs of
// CPU, dispatch included.
func BenchmarkIgnoredEvent(b *testing.B) {
	b.Run("memory", func(b *testing.B) {
		dial := func(context.Context, string, string) (net.Conn, error) { return &memory{stream: newStream()}, nil }
		benchmarkIgnored(b, gateway.Config{NetDial: dial}, "ws://127.0.0.1/")
	})
	b.Run("socket", func(b *testing.B) {
		addr, stop := floodFromAnotherProcess(b)
		defer stop()
		benchmarkIgnored(b, gateway.Config{}, "ws://"+addr)
	})
}

func benchmarkIgnored(b *testing.B, config gateway.Config, url string) {
	sink := &counter{}
	next, stop, err := gateway.NewReader(config, url, sink, gateway.Session{ID: "s"})
	if err != nil {
		b.Fatal(err)
	}
	defer stop()
	b.ReportAllocs()
	before := cpu(b)
	for b.Loop() {
		if err := next(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((cpu(b)-before).Nanoseconds())/float64(b.N), "cpu-ns/op")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
	if sink.skipped.Load() != int64(b.N) {
		b.Fatalf("%d of %d events reached the sink", sink.skipped.Load(), b.N)
	}
}

// cpu is the time this process has spent computing.
func cpu(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

const floodVariable = "STEADFAST_TEST_FLOOD"

// floodFromAnotherProcess starts this binary as a server that upgrades one connection and floods it.
func floodFromAnotherProcess(b *testing.B) (addr string, stop func()) {
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), floodVariable+"=1")
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := child.Start(); err != nil {
		b.Fatal(err)
	}
	line := make([]byte, 64)
	n, err := out.Read(line)
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(string(line[:n])), func() { _ = child.Process.Kill(); _ = child.Wait() }
}

// flood is that server.
func flood() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(l.Addr())
	for { // a benchmark connects several times
		conn, err := l.Accept()
		if err != nil {
			return
		}
		request := make([]byte, 4096)
		n, err := conn.Read(request)
		if err == nil {
			_, err = io.WriteString(conn, upgrade(websocketKey(request[:n])))
		}
		for s := newStream(); err == nil; {
			_, err = conn.Write(s.next())
		}
		conn.Close()
	}
}

// BenchmarkHandledEvent is the cost of a message that is decoded.
func BenchmarkHandledEvent(b *testing.B) {
	sample, err := os.ReadFile("testdata/payloads/handmade/message_create_guild.json")
	if err != nil {
		b.Fatal(err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, sample); err != nil {
		b.Fatal(err)
	}
	s := newStream()
	body := regexp.MustCompile(`"s":\d+`).ReplaceAll(compact.Bytes(), []byte(`"s":0000000000`))
	frame := []byte{0x81, 126, 0, 0}
	binary.BigEndian.PutUint16(frame[2:], uint16(len(body)))
	s.frames = [][]byte{append(frame, body...)}
	s.offsets = []int{bytes.Index(s.frames[0], []byte("0000000000"))}
	dial := func(context.Context, string, string) (net.Conn, error) { return &memory{stream: s}, nil }
	sink := newSink()
	sink.wants = func(string) bool { return true }
	next, stop, err := gateway.NewReader(gateway.Config{NetDial: dial}, "ws://127.0.0.1/", &taker{sink}, gateway.Session{ID: "s"})
	if err != nil {
		b.Fatal(err)
	}
	defer stop()
	b.ReportAllocs()
	for b.Loop() {
		if err := next(); err != nil {
			b.Fatal(err)
		}
	}
}

// taker takes everything and keeps nothing.
type taker struct{ *fakeSink }

func (taker) Deliver(gateway.Dispatch) bool { return true }
