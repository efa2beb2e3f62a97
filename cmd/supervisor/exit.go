package main

import (
	"errors"

	"github.com/steadfast-bot/steadfast/internal/config"
	"github.com/steadfast-bot/steadfast/internal/workerapi"
	"github.com/steadfast-bot/steadfast/internal/workerproc"
)

// Exit codes of the command line, beside the worker's (sysexits).
const (
	exitFailed  = 1
	exitUsage   = 2
	exitRefused = 5
)

// exitCode is the class of an error.
func exitCode(err error) int {
	var running *workerproc.SupervisorRunningError
	var setting *config.Error
	var exit *workerapi.ExitError
	switch {
	case errors.As(err, &running):
		return exitRefused
	case errors.As(err, &setting):
		return int(workerapi.ExitSettings)
	case errors.As(err, &exit):
		return int(exit.Code)
	}
	return exitFailed
}

// sentence is what a person gets to read: without the cause, which is in the log.
func sentence(err error) string {
	var exit *workerapi.ExitError
	if errors.As(err, &exit) {
		return exit.Sentence
	}
	return err.Error()
}
