package bench

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Row is one line of the table: a metric of a benchmark, and the bar it is held against.
type Row struct {
	// What is measured, for people; a Row without a Benchmark is a heading.
	What string
	// Benchmark is its name without the core count, Metric the unit that `go test -bench` prints behind the number.
	Benchmark, Metric string
	// Divide, unless it is zero, makes the metric's number one of Unit; Decimals is how many digits follow the point.
	Divide   float64
	Unit     string
	Decimals int
	// Bar is the limit; nil means that there is none. AtLeast makes it a lower one.
	Bar     *float64
	AtLeast bool
}

// Results holds what each benchmark printed, per metric, one value a run.
type Results map[string]map[string][]float64

// Parse reads the output of `go test -bench`, of any number of packages and runs. Lines that are no results are passed
// over, and so is a number that is none.
func Parse(r io.Reader) (Results, error) {
	results := Results{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name := withoutCores(fields[0])
		if results[name] == nil {
			results[name] = map[string][]float64{}
		}
		for i := 2; i+1 < len(fields); i += 2 {
			value, err := strconv.ParseFloat(fields[i], 64)
			if err != nil {
				break
			}
			results[name][fields[i+1]] = append(results[name][fields[i+1]], value)
		}
	}
	return results, lines.Err()
}

// withoutCores cuts the "-2" that go test appends to a name for GOMAXPROCS 2.
func withoutCores(name string) string {
	i := strings.LastIndexByte(name, '-')
	if i < 0 {
		return name
	}
	if _, err := strconv.Atoi(name[i+1:]); err != nil {
		return name
	}
	return name[:i]
}

// Table writes the rows as Markdown: the median over the runs, their range, the bar, and whether it is kept. A row that
// nothing was measured for says so, because a number that silently goes missing looks like one that is fine.
func Table(w io.Writer, rows []Row, results Results) error {
	var err error
	line := func(format string, args ...any) {
		if err == nil {
			_, err = fmt.Fprintf(w, format+"\n", args...)
		}
	}
	for i, row := range rows {
		if row.Benchmark == "" {
			if i > 0 {
				line("")
			}
			line("### %s\n\n| what | median | range | runs | bar | |\n|---|--:|--:|--:|--:|---|", row.What)
			continue
		}
		values := slices.Clone(results[row.Benchmark][row.Metric])
		if len(values) == 0 {
			line("| %s | – | – | 0 | %s | **not measured** |", row.What, row.bar())
			continue
		}
		slices.Sort(values)
		if row.Divide != 0 {
			for n := range values {
				values[n] /= row.Divide
			}
		}
		middle := Median(values)
		line("| %s | %s | %s – %s | %d | %s | %s |", row.What, row.show(middle), row.number(values[0]),
			row.number(values[len(values)-1]), len(values), row.bar(), row.verdict(middle))
	}
	return err
}

func (r Row) number(v float64) string { return strconv.FormatFloat(v, 'f', r.Decimals, 64) }

func (r Row) show(v float64) string {
	if r.Unit == "" {
		return r.number(v)
	}
	return r.number(v) + " " + r.Unit
}

func (r Row) bar() string {
	switch {
	case r.Bar == nil:
		return ""
	case r.AtLeast:
		return "≥ " + r.show(*r.Bar)
	default:
		return "≤ " + r.show(*r.Bar)
	}
}

func (r Row) verdict(v float64) string {
	switch {
	case r.Bar == nil:
		return ""
	case r.AtLeast && v >= *r.Bar, !r.AtLeast && v <= *r.Bar:
		return "kept"
	default:
		return "**fell short**"
	}
}

// Median is the middle value, of two middle ones the smaller; zero of none.
func Median[N cmp.Ordered](values []N) N { return Quantile(values, 0.5) }

// Quantile is the smallest value that at least the share q of all values does not exceed (the nearest rank).
func Quantile[N cmp.Ordered](values []N, q float64) N {
	if len(values) == 0 {
		var none N
		return none
	}
	sorted := slices.Sorted(slices.Values(values))
	rank := int(math.Ceil(q * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}
