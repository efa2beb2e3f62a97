package inflight_test

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/steadfast-bot/steadfast/internal/inflight"
)

func benchFile(b *testing.B) *inflight.File {
	b.Helper()
	left, err := inflight.Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	file, err := left.Start(inflight.Inheritance{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	return file
}

// reportCPU adds what the operations cost this process: the clock on the wall runs for everybody on a shared machine.
func reportCPU(b *testing.B) func() {
	b.Helper()
	used := func() time.Duration {
		var usage unix.Rusage
		if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
			b.Fatal(err)
		}
		return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	}
	before := used()
	return func() { b.ReportMetric(float64(used()-before)/float64(b.N), "cpu-ns/op") }
}

const benchKey = "1234567890123456789" // a message's id

func BenchmarkEnterLeave(b *testing.B) {
	file := benchFile(b)
	defer reportCPU(b)()
	for b.Loop() {
		slot := file.Enter(inflight.GatewayEvent, benchKey, 1)
		slot.Leave()
	}
}

func BenchmarkEnterMarkLeaveParallel(b *testing.B) {
	file := benchFile(b)
	defer reportCPU(b)()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			slot := file.Enter(inflight.OutboxRow, benchKey, 1)
			slot.Mark(inflight.Tried)
			slot.Leave()
		}
	})
}

// BenchmarkClock is the part of Enter that asks the time.
func BenchmarkClock(b *testing.B) {
	defer reportCPU(b)()
	for start := time.Now(); b.Loop(); {
		_ = time.Since(start)
	}
}

func BenchmarkLane(b *testing.B) {
	for b.Loop() {
		inflight.Lane(benchKey)
	}
}

func BenchmarkStandingWithOneSuspect(b *testing.B) {
	left, err := inflight.Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	file, err := left.Start(inflight.Inheritance{History: inflight.History{Records: []inflight.Record{{Key: "a"}}}})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		file.Standing(benchKey)
	}
}

func BenchmarkBeginEnd(b *testing.B) {
	bucket := benchFile(b).Bucket(1)
	for b.Loop() {
		bucket.Begin()
		bucket.End()
	}
}

func BenchmarkTriedSettled(b *testing.B) {
	file := benchFile(b)
	for row := int64(1); b.Loop(); row++ {
		file.Tried(row, time.Second)
		file.Settled(row)
	}
}

func BenchmarkSaveRest(b *testing.B) {
	for name, size := range map[string]int{"4 KiB": 4 << 10, "full": inflight.MaxRest} {
		b.Run(name, func(b *testing.B) {
			file, blob := benchFile(b), make([]byte, size)
			for b.Loop() {
				if err := file.SaveRest(blob); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkSuccession is what a respawn pays: read what is there, judge, start.
func BenchmarkSuccession(b *testing.B) {
	for name, suspects := range map[string]bool{"nobody in flight": false, "50 suspects, on the disk": true} {
		b.Run(name, func(b *testing.B) {
			dir := b.TempDir()
			b.ReportAllocs()
			for range b.N { // each leaves a mapping behind, so b.Loop would make too many
				left, err := inflight.Open(dir)
				if err != nil {
					b.Fatal(err)
				}
				history, _ := inflight.Judge(left.History, left.Death(inflight.Unseen))
				file, err := left.Start(inflight.Inheritance{History: history})
				if err != nil {
					b.Fatal(err)
				}
				for i := range 50 {
					if suspects {
						file.Enter(inflight.GatewayEvent, string(rune('a'+i)), 0)
					}
				}
			}
		})
	}
}
