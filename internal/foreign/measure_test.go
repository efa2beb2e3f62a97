package foreign_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// cpuTime is the CPU time of processes so far.
func cpuTime(tb testing.TB, pids []int) (sum time.Duration) {
	tb.Helper()
	for _, pid := range pids {
		var spent unix.Timespec
		must(tb, unix.ClockGettime(int32(^pid<<3|2), &spent))
		sum += time.Duration(spent.Nano())
	}
	return sum
}

// memory reads a size from /proc/PID/status, in MB: VmRSS or RssAnon.
func memory(tb testing.TB, pid int, key string) float64 {
	tb.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	must(tb, err)
	for line := range strings.Lines(string(status)) {
		if name, value, _ := strings.Cut(line, ":"); name == key {
			kilobytes, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 64)
			must(tb, err)
			return kilobytes * 1024 / 1e6
		}
	}
	tb.Fatalf("no %s in the status of process %d", key, pid)
	return 0
}

// apart keeps this process, and the simulator in it, to one core until the test ends, and returns another one for what
// is measured.
func apart(tb testing.TB) (theirs int) {
	tb.Helper()
	var before, ours unix.CPUSet
	must(tb, unix.SchedGetaffinity(0, &before))
	theirs = -1
	for cpu := range 1024 {
		switch {
		case !before.IsSet(cpu):
		case ours.Count() == 0:
			ours.Set(cpu)
		case theirs < 0:
			theirs = cpu
		}
	}
	if theirs < 0 {
		tb.Log("one core only: the simulator shares it with what is measured")
		return theirs
	}
	confine(tb, &ours)
	tb.Cleanup(func() { confine(tb, &before) })
	return theirs
}

// confine moves every thread there is; later ones are made by these and inherit it.
func confine(tb testing.TB, set *unix.CPUSet) {
	tb.Helper()
	threads, err := filepath.Glob("/proc/self/task/*")
	must(tb, err)
	for _, thread := range threads {
		tid, err := strconv.Atoi(filepath.Base(thread))
		must(tb, err)
		if err := unix.SchedSetaffinity(tid, set); err != nil && err != unix.ESRCH {
			tb.Fatal(err)
		}
	}
}

// pinned starts a process on one core: a child inherits what its starting thread may use. Negative: on any.
func pinned(tb testing.TB, cpu int, start func() error) {
	tb.Helper()
	if cpu < 0 {
		must(tb, start())
		return
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, set unix.CPUSet
	must(tb, unix.SchedGetaffinity(0, &before))
	set.Set(cpu)
	must(tb, unix.SchedSetaffinity(0, &set))
	err := start()
	must(tb, unix.SchedSetaffinity(0, &before))
	must(tb, err)
}
