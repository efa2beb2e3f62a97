package workerproc

import (
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/steadfast-bot/steadfast/internal/workerapi"
)

// ends are what supervisor and worker hold of the descriptors between them.
type ends struct {
	// Ours: where the handshake comes from, the only write end of the life-line, where the farewell comes from.
	stdout, lifeline, farewell *os.File
	// crash is the crash file, ours and the child's.
	crash *os.File
	child childEnds
}

// childEnds are closed on our side once the child has them.
type childEnds struct {
	stdin, stdout, lifeline, farewell *os.File
}

func (r *run) openEnds() (*ends, error) {
	e := &ends{}
	var errs [4]error
	e.child.stdin, errs[0] = os.Open(os.DevNull)
	e.stdout, e.child.stdout, errs[1] = os.Pipe()
	e.child.lifeline, e.lifeline, errs[2] = os.Pipe()
	e.farewell, e.child.farewell, errs[3] = os.Pipe()
	if err := errors.Join(errs[:]...); err != nil {
		e.close()
		return nil, err
	}
	crash, err := openCrashFile(r.crashFile)
	if err != nil {
		// Evidence would be lost; a bot that stays away would be worse.
		r.log.WithError(err).Warn("the worker runs without a crash file")
		if crash, err = os.OpenFile(os.DevNull, os.O_WRONLY, 0); err != nil {
			e.close()
			return nil, err
		}
	}
	e.crash = crash
	return e, nil
}

func openCrashFile(path string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND|unix.O_NOFOLLOW, 0o600)
}

// childFiles are the child's descriptors from 0 on.
func (e *ends) childFiles() []*os.File {
	files := make([]*os.File, workerapi.FarewellFD+1)
	files[0], files[1], files[2] = e.child.stdin, e.child.stdout, e.crash
	files[workerapi.LifelineFD] = e.child.lifeline
	files[workerapi.FarewellFD] = e.child.farewell
	return files
}

func (e *ends) highest() int {
	highest := 0
	for _, file := range e.childFiles() {
		conn, err := file.SyscallConn()
		if err != nil {
			continue
		}
		_ = conn.Control(func(fd uintptr) { highest = max(highest, int(fd)) })
	}
	return highest
}

func (e *ends) close() {
	closeAll(e.stdout, e.lifeline, e.farewell, e.crash)
	e.child.close()
}

func (c *childEnds) close() { closeAll(c.stdin, c.stdout, c.lifeline, c.farewell) }

// closeAll skips what was never opened; closing twice is an error that says nothing.
func closeAll(files ...*os.File) {
	for _, file := range files {
		if file != nil {
			_ = file.Close()
		}
	}
}

// readFarewell takes what the worker has left in the pipe, without waiting: a process it started may still hold the
// other end.
func readFarewell(pipe *os.File) string {
	left := drain(pipe, 4096)
	farewell, err := workerapi.ParseFarewell(left)
	if err != nil {
		return ""
	}
	return farewell.Sentence
}

// drain reads what is in a pipe now, at most limit bytes.
func drain(pipe *os.File, limit int) []byte {
	conn, err := pipe.SyscallConn()
	if err != nil {
		return nil
	}
	var content []byte
	piece := make([]byte, min(limit, 4096)) // most workers leave little or nothing
	// Control, not Read: a deadline may have passed. The descriptor is in non-blocking mode.
	_ = conn.Control(func(fd uintptr) {
		for len(content) < limit {
			got, err := unix.Read(int(fd), piece[:min(len(piece), limit-len(content))])
			if errors.Is(err, unix.EINTR) {
				continue
			}
			if err != nil || got <= 0 {
				return
			}
			content = append(content, piece[:got]...)
		}
	})
	return content
}
