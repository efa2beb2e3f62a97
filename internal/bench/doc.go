// Package bench measures the real programs against the simulator: its benchmarks give the numbers of
// docs/performance.md, and Table sets them beside the bars they should stay under. It judges no test by a clock: whether
// a number is good enough is read from the table, not asserted.
//
// The programs run as they are shipped, but for one thing: the worker of the stream benchmarks is built with its own
// waiting for Discord's limits switched off and with a probe that tells its allocations (see testdata/probe.go.txt).
// Time of a processor is always that of the measured process alone, read from its CPU clock.
package bench
