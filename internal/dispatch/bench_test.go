package dispatch_test

import (
	"context"
	"strconv"
	"testing"

	"github.com/steadfast-bot/steadfast/internal/dispatch"
)

func BenchmarkSkip(b *testing.B) {
	d := dispatch.New(dispatch.Config{Capacity: 1})
	b.ReportAllocs()
	sequence := int64(0)
	for b.Loop() {
		sequence++
		d.Skip(sequence)
	}
}

func TestSkipAllocatesNothing(t *testing.T) {
	d := dispatch.New(dispatch.Config{Capacity: 2})
	d.Submit(dispatch.Task{Sequence: 1, Run: idle}) // one is open
	sequence := int64(1)
	if got := testing.AllocsPerRun(1000, func() { sequence++; d.Skip(sequence) }); got != 0 {
		t.Errorf("%v allocations", got)
	}
}

// BenchmarkSubmitToDone is a task's whole way through the house, b.N tasks over so many lanes.
func BenchmarkSubmitToDone(b *testing.B) {
	for _, lanes := range []int{1, 16, 256} {
		b.Run(strconv.Itoa(lanes)+"lanes", func(b *testing.B) {
			names := make([]string, lanes)
			for i := range names {
				names[i] = strconv.Itoa(i)
			}
			d := dispatch.New(dispatch.Config{Capacity: 1 << 14})
			ctx, cancel := context.WithCancel(b.Context())
			ended := make(chan error, 1)
			go func() { ended <- d.Run(ctx) }()
			last := make(chan struct{})
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				task := dispatch.Task{Sequence: int64(i + 1), Lane: names[i%lanes], Run: idle}
				if i == b.N-1 {
					task.Run = func(context.Context) error { close(last); return nil }
				}
				for !d.Submit(task) {
					<-d.Room()
				}
			}
			<-last
			b.StopTimer()
			cancel()
			<-ended
		})
	}
}
