package bench_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/steadfast-bot/steadfast/internal/bench"
)

const output = `goos: linux
BenchmarkKill-2   	      50	 174074803 ns/op	        15.4 p50-ms	        26.7 p99-ms
--- BENCH: BenchmarkKill-2
BenchmarkStream/one-way   	  300000	      8551 ns/op	  90000 events/s
BenchmarkKill-2   	      50	 174074803 ns/op	        50.4 p50-ms	        26.9 p99-ms
BenchmarkKill-2   	      50	 174074803 ns/op	        16.6 p50-ms	        26.8 p99-ms
BenchmarkBroken-2   	      50	 many ns/op
PASS
`

func TestTheOutputOfRunsIsReadPerMetric(t *testing.T) {
	got, err := bench.Parse(strings.NewReader(output))
	must(t, err)
	want := bench.Results{
		"BenchmarkKill":           {"ns/op": {174074803, 174074803, 174074803}, "p50-ms": {15.4, 50.4, 16.6}, "p99-ms": {26.7, 26.9, 26.8}},
		"BenchmarkStream/one-way": {"ns/op": {8551}, "events/s": {90000}},
		"BenchmarkBroken":         {},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTheTableSetsMediansBesideTheirBars(t *testing.T) {
	results, err := bench.Parse(strings.NewReader(output))
	must(t, err)
	limit := func(v float64) *float64 { return &v }
	var got strings.Builder
	must(t, bench.Table(&got, []bench.Row{
		{What: "Deaths"},
		{What: "median", Benchmark: "BenchmarkKill", Metric: "p50-ms", Unit: "ms", Decimals: 1, Bar: limit(40)},
		{What: "tail", Benchmark: "BenchmarkKill", Metric: "p99-ms", Unit: "ms", Bar: limit(26)},
		{What: "Streams"},
		{What: "speed", Benchmark: "BenchmarkStream/one-way", Metric: "events/s", Bar: limit(100_000), AtLeast: true},
		{What: "time", Benchmark: "BenchmarkStream/one-way", Metric: "ns/op", Divide: 1000, Unit: "µs", Decimals: 2},
		{What: "gone", Benchmark: "BenchmarkBroken", Metric: "ns/op", Bar: limit(1)},
	}, results))
	want := `### Deaths

| what | median | range | runs | bar | |
|---|--:|--:|--:|--:|---|
| median | 16.6 ms | 15.4 – 50.4 | 3 | ≤ 40.0 ms | kept |
| tail | 27 ms | 27 – 27 | 3 | ≤ 26 ms | **fell short** |

### Streams

| what | median | range | runs | bar | |
|---|--:|--:|--:|--:|---|
| speed | 90000 | 90000 – 90000 | 1 | ≥ 100000 | **fell short** |
| time | 8.55 µs | 8.55 – 8.55 | 1 |  |  |
| gone | – | – | 0 | ≤ 1 | **not measured** |
`
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Error(diff)
	}
}

func TestQuantilesAreNearestRanks(t *testing.T) {
	hundred := make([]int, 100)
	for i := range hundred {
		hundred[i] = 100 - i
	}
	for q, want := range map[float64]int{0: 1, 0.5: 50, 0.99: 99, 1: 100} {
		if got := bench.Quantile(hundred, q); got != want {
			t.Errorf("quantile %v is %d, want %d", q, got, want)
		}
	}
	if !slices.Equal(hundred[:2], []int{100, 99}) {
		t.Error("it sorted its argument")
	}
	if got := bench.Median([]int(nil)); got != 0 {
		t.Errorf("the median of nothing is %d", got)
	}
}
