package bench_test

import (
	"testing"
	"time"
)

// BenchmarkIdle leaves both programs alone on an idle server. "default" is how they are shipped: one heartbeat in 2 s,
// and everything else that stirs is in it too, so it is an upper bound of the heartbeat's share of a core. "busy" asks
// ten times as often, which shows what one heartbeat costs.
func BenchmarkIdle(b *testing.B) {
	b.Run("default", func(b *testing.B) { idle(b, 2*time.Second, 10*time.Second) })
	b.Run("busy", func(b *testing.B) { idle(b, 200*time.Millisecond, 4*time.Second) })
}

// idle watches for a while; b.N means nothing to it but how often.
func idle(b *testing.B, interval, watched time.Duration) {
	sim, _ := discord(b)
	p := launch(b, sim, options{cpu: -1, env: []string{
		"STEADFAST_HEARTBEAT_INTERVAL=" + interval.String(), "STEADFAST_HEARTBEAT_DEADLINE=" + min(interval, time.Second).String()}})
	pid := p.worker(0)
	settle()
	var polls, seconds float64
	var supervisor, worker time.Duration
	for range b.N {
		began, s, w := time.Now(), cpuTime(b, p.supervisor()), cpuTime(b, pid)
		time.Sleep(watched)
		supervisor += cpuTime(b, p.supervisor()) - s
		worker += cpuTime(b, pid) - w
		seconds += time.Since(began).Seconds()
		polls += float64(time.Since(began)) / float64(interval)
	}
	if p.worker(0) != pid {
		b.Fatal("the worker was replaced")
	}
	for name, spent := range map[string]time.Duration{"supervisor": supervisor, "worker": worker} {
		b.ReportMetric(100*spent.Seconds()/seconds, name+"-core-%")
		b.ReportMetric(float64(spent.Microseconds())/polls, name+"-µs/beat")
	}
	for name, of := range map[string]int{"supervisor": p.supervisor(), "worker": pid} {
		p.reportMemory(b, name, of)
	}
}

// reportMemory gives a program's resident memory, and the part of it that no file backs.
func (p *product) reportMemory(b *testing.B, name string, pid int) {
	b.ReportMetric(memory(b, pid, "VmRSS")/1e6, name+"-MB")
	b.ReportMetric(memory(b, pid, "RssAnon")/1e6, name+"-anon-MB")
}
