// Package workerproc deals with the operating system for the supervisor: it launches workers as go-plugin children,
// sees how they end, signals them, and keeps the state directory's locks and numbers. Apart from workerapi it is the
// only package that knows go-plugin and processes. It leaves to package supervisor when any of that happens, and to
// package incident what becomes of the evidence.
package workerproc
