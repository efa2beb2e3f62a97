// Package bench measures the real programs against the simulator.
package bench
