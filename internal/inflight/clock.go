package inflight

import (
	"os"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// Now is CLOCK_BOOTTIME: how long ago the machine was booted, sleep included. All times in this package are such, and
// the same in all processes until the next boot.
func Now() time.Duration {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &now); err != nil {
		panic("inflight: no CLOCK_BOOTTIME: " + err.Error()) // Linux has had it since 2.6.39
	}
	return time.Duration(now.Nano())
}

// bootID names the present boot of the machine.
func bootID() (string, error) {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return strings.TrimSpace(string(id)), err
}

// clock is CLOCK_BOOTTIME without the system call that asking for it costs. Between two calls of set it does not
// count the machine's sleep.
type clock struct {
	base   time.Time
	offset atomic.Int64
}

func (c *clock) start(now time.Duration) {
	c.base = time.Now()
	c.offset.Store(int64(now))
}

func (c *clock) now() int64 { return c.offset.Load() + int64(time.Since(c.base)) }

func (c *clock) set(now time.Duration) { c.offset.Store(int64(now) - int64(time.Since(c.base))) }
