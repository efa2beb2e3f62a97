package workerproc_test

import (
	"context"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/steadfast-bot/steadfast/internal/supervisor"
	"github.com/steadfast-bot/steadfast/internal/workerapi"
	"github.com/steadfast-bot/steadfast/internal/workerproc"
)

// BenchmarkLife is what the pair's machinery adds to an outage: kill -9 → exit seen, and launch → first answer.
func BenchmarkLife(b *testing.B) {
	p := benchPair(b)
	var seen, answered time.Duration
	n := 0
	for b.Loop() {
		n++
		begin := time.Now()
		process, err := p.Launch(b.Context(), supervisor.LaunchSpec{Generation: uint64(n)})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := process.Configure(context.Background(), workerapi.Configuration{}); err != nil {
			b.Fatal(err)
		}
		answered += time.Since(begin)
		begin = time.Now()
		syscall.Kill(process.PID(), syscall.SIGKILL)
		<-process.Exited()
		seen += time.Since(begin)
		process.Close()
	}
	b.ReportMetric(float64(answered.Microseconds())/float64(n), "µs-launch-to-answer")
	b.ReportMetric(float64(seen.Microseconds())/float64(n), "µs-kill-to-exited")
}

// BenchmarkHeartbeat is one beat over the wire.
func BenchmarkHeartbeat(b *testing.B) {
	p := benchPair(b)
	process, err := p.Launch(b.Context(), supervisor.LaunchSpec{Generation: 1})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := process.Heartbeat(context.Background(), workerapi.History{}); err != nil {
			b.Fatal(err)
		}
	}
	process.Kill()
	process.Close()
}

func benchPair(b *testing.B) *workerproc.Launcher {
	b.Helper()
	stateDir, err := workerproc.PrepareStateDir(filepath.Join(b.TempDir(), "state"))
	if err != nil {
		b.Fatal(err)
	}
	launcher, err := workerproc.NewLauncher(workerproc.Config{
		StateDir: stateDir, Worker: testBinary(b), Args: []string{"fakeworker", ""}, Log: quietLog(),
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { launcher.Close() })
	return launcher
}
