// Package supervisor is the loop that owns the worker's life: it launches workers, polls their heartbeats and carries
// out, in order, what package lifecycle decides. It leaves every decision to lifecycle and health, processes and
// go-plugin to workerproc, and evidence on disk to incident.
package supervisor
