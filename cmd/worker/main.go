// Command worker is the bot. It does nothing by itself: supervisor starts it, configures it over its wire and tells
// it when to act on Discord.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/steadfast-bot/steadfast/internal/build"
	"github.com/steadfast-bot/steadfast/internal/worker"
	"github.com/steadfast-bot/steadfast/internal/workerapi"
)

func main() {
	w := worker.New(build.Version(), worker.Exit)
	if workerapi.LaunchedBySupervisor() {
		terminate := make(chan os.Signal, 1)
		signal.Notify(terminate, syscall.SIGTERM)
		go func() { <-terminate; w.Terminated() }()
		go func() { workerapi.AwaitOrphaned(); w.Orphaned() }()
	}
	err := workerapi.Serve(w)
	var verdict *workerapi.ExitError
	if !errors.As(err, &verdict) {
		verdict = &workerapi.ExitError{Code: workerapi.ExitTemporary, Sentence: err.Error()}
	}
	if !workerapi.LaunchedBySupervisor() {
		fmt.Fprintln(os.Stderr, verdict.Sentence)
	}
	worker.Exit(verdict)
}
