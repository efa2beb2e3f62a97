package workerapi

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"golang.org/x/sys/unix"
)

// LaunchedBySupervisor says whether this process was started as a worker: without a supervisor there is nobody to
// serve, and the descriptors of this package mean something else.
func LaunchedBySupervisor() bool {
	return os.Getenv(cookieKey) == cookieValue
}

// Serve answers the supervisor's calls with worker. It blocks until the server ends, which is an error: a worker
// leaves by exiting its process. It may be called once in a process.
//
// Until the first Configure the standard output belongs to the handshake and nothing else may print on it. From then
// on both standard streams, the descriptors and the variables of package os, go to the crash file that the supervisor
// gave as standard error, so that a stray print neither blocks nor kills the worker, also when the supervisor is gone.
func Serve(worker Worker) error {
	if !LaunchedBySupervisor() {
		return &ExitError{
			Code:     ExitSettings,
			Sentence: "The worker is started by its supervisor and does nothing by itself; run `supervisor run`.",
		}
	}
	// Whatever the worker starts must hold neither the life-line nor the farewell pipe.
	unix.CloseOnExec(LifelineFD)
	unix.CloseOnExec(FarewellFD)
	// A print on a stream whose reader died must be an error, not the death of the worker.
	signal.Ignore(syscall.SIGPIPE)
	nameProcess()

	crashFile := os.Stderr
	complaints := &firstComplaint{}
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: Handshake(),
		Plugins: plugin.PluginSet{PluginName: &Plugin{
			Worker:          worker,
			beforeConfigure: sync.OnceFunc(func() { takeStreams(crashFile) }),
		}},
		GRPCServer: plugin.DefaultGRPCServer,
		Logger:     hclog.New(&hclog.LoggerOptions{Level: hclog.Error, Output: complaints, DisableTime: true}),
	})
	return fmt.Errorf("serving the supervisor: %w", complaints.Err())
}

// takeStreams ends the handshake's use of the standard streams. go-plugin has put pipes into the variables that
// nobody reads, and a print into them would block after 64 KiB; both go back to the crash file.
func takeStreams(crashFile *os.File) {
	os.Stdout, os.Stderr = crashFile, crashFile
	// Without a second descriptor of the crash file the pipe stays, which the supervisor drains.
	_ = unix.Dup3(int(crashFile.Fd()), 1, 0)
}

// nameProcess gives the process its program's name: it was executed through a descriptor and would show up in ps
// under that descriptor's number.
func nameProcess() {
	_ = os.WriteFile("/proc/self/comm", []byte(filepath.Base(os.Args[0])), 0)
}

// firstComplaint keeps the first line that go-plugin logs, its only way to say why it could not serve.
type firstComplaint struct {
	mu   sync.Mutex
	line string
}

var _ io.Writer = (*firstComplaint)(nil)

func (c *firstComplaint) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.line == "" {
		line, _, _ := bytes.Cut(p, []byte("\n"))
		c.line = strings.TrimSpace(string(line))
	}
	return len(p), nil
}

// Err is the complaint, or that the server has ended.
func (c *firstComplaint) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.line == "" {
		return errors.New("the server has ended")
	}
	return errors.New(c.line)
}
