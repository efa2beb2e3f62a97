package bench_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/steadfast-bot/steadfast/internal/bench"
)

// cpuTime is what a process has computed so far, in user and kernel mode, to the nanosecond: its CPU clock, whose
// number is made of its id (clock_getcpuclockid(3): the complement of the pid, and 2 for the scheduler's count).
func cpuTime(tb testing.TB, pid int) time.Duration {
	tb.Helper()
	var spent unix.Timespec
	must(tb, unix.ClockGettime(int32(^pid<<3|2), &spent))
	return time.Duration(spent.Nano())
}

// memory reads a size from /proc/PID/status, in bytes: VmRSS, RssAnon, RssFile.
func memory(tb testing.TB, pid int, key string) float64 {
	tb.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	must(tb, err)
	for line := range strings.Lines(string(status)) {
		name, value, _ := strings.Cut(line, ":")
		if name != key {
			continue
		}
		kilobytes, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 64)
		must(tb, err)
		return kilobytes * 1024
	}
	tb.Fatalf("no %s in the status of process %d", key, pid)
	return 0
}

// cores are those that this process may use.
func cores(tb testing.TB) (list []int) {
	tb.Helper()
	var set unix.CPUSet
	must(tb, unix.SchedGetaffinity(0, &set))
	for cpu := range 1024 {
		if set.IsSet(cpu) {
			list = append(list, cpu)
		}
	}
	return list
}

// apart moves this process, with the simulator in it, to the first core until the end of the benchmark, and names
// another one for the programs that are measured. On a machine with one core nobody moves, and it says so.
func apart(tb testing.TB) (theirs int) {
	tb.Helper()
	all := cores(tb)
	if len(all) < 2 {
		tb.Log("one core only: the simulator shares it with what is measured")
		return all[0]
	}
	var before unix.CPUSet
	must(tb, unix.SchedGetaffinity(0, &before))
	confine(tb, only(all[0]))
	tb.Cleanup(func() { confine(tb, &before) })
	return all[1]
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

// samples are durations of one kind.
type samples []time.Duration

// report gives the median and the 99th percentile, in milliseconds, under names that end in -ms.
func (s samples) report(b *testing.B, prefix string) {
	if len(s) == 0 {
		b.Fatalf("nothing was measured for %q", prefix)
	}
	b.ReportMetric(milliseconds(bench.Quantile(s, 0.5)), prefix+"p50-ms")
	b.ReportMetric(milliseconds(bench.Quantile(s, 0.99)), prefix+"p99-ms")
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
