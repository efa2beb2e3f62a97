package incident_test

import (
	"testing"

	"github.com/steadfast-bot/steadfast/internal/incident"
)

const (
	aPanic = `{"level":"info","msg":"a stray line"}
panic: runtime error: invalid memory address or nil pointer dereference
[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x4a5b6c]

goroutine 34 gp=0xc0000061c0 m=3 mp=0xc000080008 [running]:
panic({0x9b2fc0?, 0xe5a8d0?})
	/usr/local/go/src/runtime/panic.go:860 +0x13a fp=0xc0001 sp=0xc0002 pc=0x1
runtime.panicmem(...)
	/usr/local/go/src/runtime/panic.go:336
github.com/steadfast-bot/steadfast/internal/modules/giveaway.(*Draw).Apply.func1(...)
	/src/internal/modules/giveaway/draw.go:51
github.com/steadfast-bot/steadfast/internal/modules/giveaway.(*Draw).Apply(0xc0000b4000, {0xa1b2c3, 0xc000012345}, 0x11?)
	/src/internal/modules/giveaway/draw.go:50 +0x1d
github.com/steadfast-bot/steadfast/internal/dispatch.(*Lane[...]).run(0xc0000b2000)
	/src/internal/dispatch/lane.go:90 +0x9c
created by github.com/steadfast-bot/steadfast/internal/dispatch.New in goroutine 1
	/src/internal/dispatch/lane.go:30 +0x8f

goroutine 1 [IO wait, 2 minutes]:
internal/poll.runtime_pollWait(0x7f3a, 0x72)
	/usr/local/go/src/runtime/netpoll.go:351 +0x85
main.main()
	/src/cmd/worker/main.go:30 +0x10
`
	aStall = `SIGQUIT: quit
PC=0x47f621 m=0 sigcode=0

goroutine 0 gp=0xe5c0e0 m=0 mp=0xe5cf60 [idle]:
runtime.futex(0xe5d0a0, 0x80, 0x0, 0x0, 0x0, 0x0)
	/usr/local/go/src/runtime/sys_linux_amd64.s:558 +0x21

goroutine 1 gp=0xc000002380 m=nil [select, 3 minutes]:
runtime.gopark(0xc000066f00?, 0x2?)
	/usr/local/go/src/runtime/proc.go:460 +0xce
github.com/steadfast-bot/steadfast/internal/worker.(*Worker).Run(0xc000130000)
	/src/internal/worker/worker.go:77 +0x131

goroutine 21 [sync.Mutex.Lock]:
internal/sync.runtime_SemacquireMutex(0xc0001?, 0x0?, 0x1?)
	/usr/local/go/src/runtime/sema.go:95 +0x25
sync.(*Mutex).Lock(...)
	/usr/local/go/src/sync/mutex.go:46
github.com/steadfast-bot/steadfast/internal/modules/rehearsal.deadlock(0xc000118000)
	/src/internal/modules/rehearsal/hang.go:20 +0x30
github.com/steadfast-bot/steadfast/internal/command.(*Set).Prepare(0xc0001)
	/src/internal/command/run.go:10 +0x30

goroutine 22 [runnable]:
github.com/steadfast-bot/steadfast/internal/gateway.(*Link).read(0xc0001)
	/src/internal/gateway/link.go:99 +0x30
`
	aDump = `goroutine 99 [running]:
runtime.Stack({0xc0, 0x1, 0x2}, 0x1)
	/usr/local/go/src/runtime/debug/stack.go:26 +0x5e
github.com/steadfast-bot/steadfast/internal/worker.(*Worker).Dump(0xc0001)
	/src/internal/worker/dump.go:9 +0x1

goroutine 7 [chan receive]:
github.com/steadfast-bot/steadfast/internal/rest.(*Client).wait(0xc0001)
	/src/internal/rest/wait.go:9 +0x1

goroutine 8 [runnable]:
github.com/steadfast-bot/steadfast/internal/dispatch.spin(...)
	/src/internal/dispatch/spin.go:9
`
)

func TestASignatureNamesTheCulprit(t *testing.T) {
	for _, row := range []struct {
		about    string
		incident incident.Incident
		stacks   string
		want     string
	}{
		{"a panic: its goroutine, from the fault outwards", incident.Incident{Kind: "crash", Exit: crashed}, aPanic,
			"crash: modules/giveaway.(*Draw).Apply < dispatch.(*Lane).run"},
		{"a stall: the handler that hangs, not who waits for work or merely runs", incident.Incident{Kind: "stall"}, aStall,
			"stall: modules/rehearsal.deadlock < command.(*Set).Prepare"},
		{"a dump: never who made it", incident.Incident{Kind: "stall"}, aDump, "stall: dispatch.spin"},
		{"no stacks: the exit code", incident.Incident{Kind: "crash", Exit: &incident.Exit{Code: 3}}, "", "crash: exit 3"},
		{"no stacks: the signal", incident.Incident{Kind: "oom", Exit: &incident.Exit{Code: -1, Signal: "SIGKILL", OOM: true}}, "", "oom: SIGKILL"},
		{"prints that are no stacks", incident.Incident{Kind: "crash", Exit: crashed}, "hello\n", "crash: exit 2"},
		{"a worker that lives", incident.Incident{Kind: "paused"}, "", "paused: alive"},
	} {
		if got := incident.Signature(row.incident, row.stacks); got != row.want {
			t.Errorf("%s: got %q, want %q", row.about, got, row.want)
		}
	}
}
