package worker

import (
	"os"

	"github.com/steadfast-bot/steadfast/internal/workerapi"
)

// Exit ends the process: with a farewell and the verdict's code, or with ExitDone when there is no verdict.
func Exit(verdict *workerapi.ExitError) {
	if verdict == nil {
		os.Exit(int(workerapi.ExitDone))
	}
	// Without a supervisor nobody hears it; the code says enough.
	_ = workerapi.SayFarewell(workerapi.Farewell{Code: verdict.Code, Sentence: verdict.Sentence})
	os.Exit(int(verdict.Code))
}
