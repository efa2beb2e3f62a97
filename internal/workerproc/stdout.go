package workerproc

import (
	"bytes"
	"io"
	"os"
	"sync"
	"time"
)

const (
	// handshakeLimit bounds the first line; a handshake is some hundred bytes.
	handshakeLimit = 4096
	// strayLimit bounds what a worker's prints on standard output may add to its crash file.
	strayLimit = 1 << 20
	// lastWords is how long the end of the output waits for the end of the process, so that a worker that dies
	// before its handshake is known by its own exit and not by our kill.
	lastWords = 250 * time.Millisecond
)

// stdout takes the worker's standard output: the first line, the handshake, goes to go-plugin, everything after it to
// the crash file, and past a limit nowhere. It is read to its end whatever comes, so that a worker never blocks on a
// print. go-plugin itself would stop reading at the first long line.
type stdout struct {
	// lines gives go-plugin the first line; it has room, so the pump never waits for a reader.
	lines chan []byte
	rest  []byte // of the line, the reader's own

	mu    sync.Mutex
	first []byte
}

var _ io.ReadCloser = (*stdout)(nil)

func newStdout() *stdout {
	return &stdout{lines: make(chan []byte, 1)}
}

// pump reads the pipe until nothing can come any more, and closes it. ended is closed when the process has ended.
func (s *stdout) pump(pipe *os.File, crash io.Writer, ended <-chan struct{}) {
	stray := &limited{to: crash, left: strayLimit}
	s.handOver(s.readFirst(pipe, stray), ended)
	// The errors that end this are all the same: nothing comes any more, or nobody waits for it.
	_, _ = io.Copy(stray, pipe)
	_, _ = stray.Write(drain(pipe, strayLimit))
	_ = pipe.Close() // a read end has nothing to lose
}

// readFirst reads up to the first line's end, or as much of it as a handshake could have.
func (s *stdout) readFirst(pipe *os.File, stray io.Writer) []byte {
	var content []byte
	chunk := make([]byte, handshakeLimit)
	for len(content) < handshakeLimit {
		n, err := pipe.Read(chunk)
		content = append(content, chunk[:n]...)
		if line, after, whole := bytes.Cut(content, []byte("\n")); whole {
			_, _ = stray.Write(after)
			return append(bytes.Clone(line), '\n')
		}
		if err != nil {
			content = append(content, drain(pipe, handshakeLimit)...)
			break
		}
	}
	return content
}

func (s *stdout) handOver(first []byte, ended <-chan struct{}) {
	s.mu.Lock()
	s.first = first
	s.mu.Unlock()
	if len(first) == 0 {
		select {
		case <-ended:
		case <-time.After(lastWords):
		}
	} else {
		s.lines <- first
	}
	close(s.lines)
}

// firstLine is what came where the handshake belongs; empty when nothing did.
func (s *stdout) firstLine() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return string(bytes.TrimRight(s.first, "\r\n"))
}

// Read is go-plugin's. It sees one line and then the end.
func (s *stdout) Read(p []byte) (int, error) {
	if len(s.rest) == 0 {
		line, ok := <-s.lines
		if !ok {
			return 0, io.EOF
		}
		s.rest = line
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

// Close does nothing: the pump owns the pipe.
func (s *stdout) Close() error { return nil }

// limited writes until its limit and swallows the rest, and everything after an error.
type limited struct {
	to   io.Writer
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	fits := p[:min(len(p), l.left)]
	l.left -= len(fits)
	if len(fits) > 0 {
		if _, err := l.to.Write(fits); err != nil {
			l.left = 0
		}
	}
	return len(p), nil
}
