// Command report turns the output of `go test -bench` on its standard input into the tables of docs/performance.md.
// .ci/bench calls it.
package main

import (
	"fmt"
	"os"

	"github.com/steadfast-bot/steadfast/internal/bench"
)

func main() {
	results, err := bench.Parse(os.Stdin)
	if err == nil {
		err = bench.Table(os.Stdout, bench.Rows(), results)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}
