package workerproc_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"golang.org/x/sys/unix"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/steadfast-bot/steadfast/internal/workerapi"
)

// The fake worker is this test binary, executed again by the real Launcher. Its argument says how it misbehaves: most
// ways begin when it is activated, some before the handshake.

const longLine = 70_000 // more than a scanner's token or a pipe holds

// fakeWorkerMain never returns.
func fakeWorkerMain(mode string) {
	mode, argument, _ := strings.Cut(mode, "=")
	w := &fakeWorker{mode: mode, argument: argument}
	w.beforeHandshake()
	err := workerapi.Serve(w)
	if mode == "closes its socket" {
		hang()
	}
	fmt.Fprintln(os.Stderr, "fake worker:", err)
	os.Exit(1)
}

type fakeWorker struct {
	mode, argument string
	configuration  workerapi.Configuration
	stuck          sync.Mutex
}

// beforeHandshake is what a worker may do wrong before it serves.
func (w *fakeWorker) beforeHandshake() {
	switch w.mode {
	case "prints early":
		fmt.Println("starting up...")
	case "prints early without newline":
		fmt.Print("starting up... ")
	case "prints a huge line early":
		fmt.Println(strings.Repeat("x", 1<<20))
	case "exits early":
		w.exit()
	case "kills itself early":
		unix.Kill(os.Getpid(), unix.SIGKILL)
		hang()
	case "leaves a grandchild early":
		fmt.Fprintln(os.Stderr, startGrandchild(true))
		os.Exit(3)
	case "dies after its handshake":
		fmt.Printf("1|1|unix|%s|grpc|\n", listenInVain())
		os.Exit(3)
	case "stops after its handshake":
		fmt.Printf("1|1|unix|%s|grpc|\n", listenInVain())
		unix.Kill(os.Getpid(), unix.SIGSTOP)
		hang()
	case "panics early":
		panic("no such luck")
	case "never shakes hands":
		hang()
	case "closes stdout and lives":
		os.Stdout.Close()
		hang()
	case "shakes hands slowly":
		time.Sleep(400 * time.Millisecond)
	case "speaks version 2":
		handshake := workerapi.Handshake()
		handshake.ProtocolVersion = 2
		plugin.Serve(&plugin.ServeConfig{
			HandshakeConfig: handshake,
			Plugins:         plugin.PluginSet{workerapi.PluginName: &workerapi.Plugin{Worker: w}},
			GRPCServer:      plugin.DefaultGRPCServer,
			Logger:          hclog.NewNullLogger(),
		})
	case "deletes its socket":
		path := listenInVain()
		os.Remove(path)
		fmt.Printf("1|1|unix|%s|grpc|\n", path)
		hang()
	case "writes malformed JSON":
		fmt.Fprintln(os.Stderr, `{"@message":5}`)
		fmt.Fprintln(os.Stderr, `{"@level":[],"@timestamp":{}}`)
	}
}

// listenInVain opens a socket that nobody serves.
func listenInVain() (path string) {
	path = filepath.Join(os.Getenv("PLUGIN_UNIX_SOCKET_DIR"), "plugin")
	if _, err := net.Listen("unix", path); err != nil {
		panic(err)
	}
	return path
}

// exit leaves with the code in the argument, and a farewell unless all is well.
func (w *fakeWorker) exit() {
	code, err := strconv.Atoi(w.argument)
	if err != nil {
		panic(err)
	}
	if code != 0 {
		workerapi.SayFarewell(workerapi.Farewell{Code: workerapi.ExitCode(code), Sentence: "The test wants " + w.argument + "."})
	}
	os.Exit(code)
}

func (w *fakeWorker) Configure(_ context.Context, c workerapi.Configuration) (workerapi.Configured, error) {
	w.configuration = c
	switch w.mode {
	case "refuses its configuration":
		return workerapi.Configured{}, &workerapi.ExitError{Code: workerapi.ExitSettings, Sentence: "The database is a cat."}
	case "tells its environment":
		return workerapi.Configured{Version: strings.Join(os.Environ(), "\n")}, nil
	case "tells its descriptors":
		return workerapi.Configured{Version: strings.Join(descriptors(), "\n")}, nil
	case "tells its limits":
		var core unix.Rlimit
		unix.Getrlimit(unix.RLIMIT_CORE, &core)
		comm, _ := os.ReadFile("/proc/self/comm")
		return workerapi.Configured{Version: fmt.Sprintf("core %d/%d group %v comm %s", core.Cur, core.Max,
			unix.Getpgrp() == os.Getpid(), comm)}, nil
	case "follows its supervisor":
		go func() {
			workerapi.AwaitOrphaned()
			os.Exit(0)
		}()
	}
	return workerapi.Configured{Version: strconv.Itoa(os.Getpid()), EverReady: true}, nil
}

func (w *fakeWorker) Activate(ctx context.Context) (workerapi.Epoch, error) {
	epoch := workerapi.Epoch{Activation: uint64(os.Getpid())}
	switch w.mode {
	case "panics":
		go panic("boom")
		hang()
	case "exits":
		w.exit()
	case "segfaults":
		fmt.Println(*(*int)(nil)) //nolint:staticcheck // the fault is the point
	case "aborts":
		debug.SetTraceback("crash")
		go panic("with a core, please")
		hang()
	case "kills itself":
		unix.Kill(os.Getpid(), unix.SIGKILL)
		hang()
	case "stops itself":
		go unix.Kill(os.Getpid(), unix.SIGSTOP)
	case "spins":
		for range 2 * runtime.GOMAXPROCS(0) {
			go spinInAHandler()
		}
	case "deadlocks":
		w.stuck.Lock()
	case "ignores all pleas":
		signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	case "leaves a grandchild", "leaves a grandchild in its own session":
		epoch.Activation = uint64(startGrandchild(w.mode != "leaves a grandchild"))
	case "prints huge lines":
		w.printHugeLines()
	case "closes its socket":
		go closeOwnSocket()
	case "takes the lock":
		_, err := workerapi.AcquireActive(w.configuration.StateDir)
		return epoch, err
	}
	return epoch, nil
}

var spins atomic.Int64

func spinInAHandler() {
	for {
		spins.Add(1)
	}
}

// printHugeLines prints on both descriptors and both variables more than any buffer on the way holds.
func (w *fakeWorker) printHugeLines() {
	line := []byte(strings.Repeat("x", longLine) + "\n")
	for range 10 {
		unix.Write(1, line)
		unix.Write(2, line)
		os.Stdout.Write(line)
		os.Stderr.Write(line)
	}
}

func startGrandchild(ownSession bool) int {
	grandchild := exec.Command("/proc/self/exe", "grandchild")
	grandchild.Stdout, grandchild.Stderr = os.NewFile(1, ""), os.NewFile(2, "")
	// It gets hold of the farewell pipe too, as a careless program's children do.
	grandchild.ExtraFiles = []*os.File{os.NewFile(workerapi.FarewellFD, "")}
	grandchild.SysProcAttr = &syscall.SysProcAttr{Setsid: ownSession}
	if err := grandchild.Start(); err != nil {
		panic(err)
	}
	return grandchild.Process.Pid
}

// closeOwnSocket makes go-plugin's server end in a process that lives on.
func closeOwnSocket() {
	sockets, _ := filepath.Glob(filepath.Join(os.Getenv("PLUGIN_UNIX_SOCKET_DIR"), "plugin*"))
	conn, err := grpc.NewClient("unix:"+sockets[0], grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		panic(err)
	}
	conn.Invoke(context.Background(), "/plugin.GRPCController/Shutdown", &emptypb.Empty{}, &emptypb.Empty{})
}

func (w *fakeWorker) Heartbeat(context.Context, workerapi.History) (workerapi.Heartbeat, error) {
	if w.mode == "floods stdout before Configure" {
		line := []byte(strings.Repeat("x", longLine) + "\n")
		for range 100 {
			unix.Write(1, line)
		}
	}
	w.stuck.Lock() // the work path
	defer w.stuck.Unlock()
	return workerapi.Heartbeat{Epoch: workerapi.Epoch{Activation: uint64(os.Getpid())}}, nil
}

func (w *fakeWorker) Stop(_ context.Context, r workerapi.StopRequest) error {
	switch w.mode {
	case "ignores all pleas":
	case "exits while draining":
		os.Exit(0)
	default:
		go func() {
			time.Sleep(r.Budget)
			os.Exit(0)
		}()
	}
	return nil
}

func (w *fakeWorker) Dump(context.Context) ([]byte, error) {
	stacks := make([]byte, 1<<20)
	return stacks[:runtime.Stack(stacks, true)], nil
}

// descriptors lists what this process has open.
func descriptors() []string {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		panic(err)
	}
	var open []string
	for _, entry := range entries {
		target, err := os.Readlink("/proc/self/fd/" + entry.Name())
		if err == nil { // not the one of this very list
			open = append(open, entry.Name()+" "+target)
		}
	}
	return open
}

// hang does nothing for ever. An empty select would be taken for a deadlock by a runtime without cgo, which then ends
// the process.
func hang() {
	for {
		time.Sleep(time.Hour)
	}
}
