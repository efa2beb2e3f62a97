package bench_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Two things about the worker cannot be had from outside: its waiting for Discord's limits, which would cap commands at
// 50 a second, has no setting because nobody should ever switch it off; and nobody else needs to know its allocations.
// So the worker of the stream benchmarks is the product's, built with two files laid over it.
const (
	limited   = "rest.New(rest.Config{"
	unlimited = limited + "NoLimits: true, "
)

// probed builds that worker, once.
func probed(tb testing.TB) (worker string) {
	tb.Helper()
	worker = filepath.Join(scratch, "probed-worker")
	probedOnce.Do(func() {
		root, err := filepath.Abs(filepath.Join("..", ".."))
		must(tb, err)
		probe, err := filepath.Abs(filepath.Join("testdata", "probe.go.txt"))
		must(tb, err)
		replaced := map[string]string{filepath.Join(root, "cmd", "worker", "probe.go"): probe}
		original, changed := withoutLimits(tb, root)
		replaced[original] = changed
		overlay, err := json.Marshal(map[string]any{"Replace": replaced})
		must(tb, err)
		file := filepath.Join(scratch, "overlay.json")
		must(tb, os.WriteFile(file, overlay, 0o600))
		build(tb, worker, "-overlay", file, "-ldflags", "-X main.probePath="+probeFile(), "./cmd/worker")
	})
	return worker
}

var probedOnce sync.Once

func probeFile() string { return filepath.Join(scratch, "probe") }

// withoutLimits writes a copy of the one file of internal/worker that makes the REST client.
func withoutLimits(tb testing.TB, root string) (original, changed string) {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join(root, "internal", "worker", "*.go"))
	must(tb, err)
	for _, path := range files {
		content, err := os.ReadFile(path)
		must(tb, err)
		switch bytes.Count(content, []byte(limited)) {
		case 0:
			continue
		case 1:
		default:
			tb.Fatalf("%s says %s more than once", path, limited)
		}
		if original != "" {
			tb.Fatalf("both %s and %s say %s", original, path, limited)
		}
		original, changed = path, filepath.Join(scratch, "unlimited.go")
		must(tb, os.WriteFile(changed, bytes.Replace(content, []byte(limited), []byte(unlimited), 1), 0o600))
	}
	if original == "" {
		tb.Fatalf("no file of internal/worker says %s: tell probe_test.go how the REST client is made now", limited)
	}
	return original, changed
}

// counts are what the probe tells.
type counts struct{ objects, bytes, collections uint64 }

// ask has a probed worker tell its counts.
func ask(tb testing.TB, pid int) (c counts) {
	tb.Helper()
	_ = os.Remove(probeFile())
	must(tb, syscall.Kill(pid, syscall.SIGUSR1))
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		text, err := os.ReadFile(probeFile())
		if err == nil {
			_, err = fmt.Sscan(string(text), &c.objects, &c.bytes, &c.collections)
			must(tb, err)
			return c
		}
		if time.Now().After(deadline) {
			tb.Fatalf("the probe does not answer: %v", err)
		}
	}
}

// profileDir names where CPU profiles of the worker go; profiles are taken when it is set.
const profileDir = "STEADFAST_BENCH_PROFILES"

// profile takes a CPU profile of a probed worker until the returned function is called.
func profile(tb testing.TB, pid int, name string) (end func()) {
	tb.Helper()
	dir := os.Getenv(profileDir)
	if dir == "" {
		return func() {}
	}
	must(tb, syscall.Kill(pid, syscall.SIGUSR2))
	return func() {
		must(tb, syscall.Kill(pid, syscall.SIGUSR2))
		time.Sleep(500 * time.Millisecond) // it is written by another process
		content, err := os.ReadFile(probeFile() + ".pprof")
		must(tb, err)
		must(tb, os.WriteFile(filepath.Join(dir, name+".pprof"), content, 0o600))
	}
}
