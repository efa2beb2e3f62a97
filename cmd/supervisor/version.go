package main

import (
	"fmt"
	"runtime"

	"github.com/steadfast-bot/steadfast/internal/build"
)

// versionVerb says which version this is.
type versionVerb struct{}

// Run prints it.
func (versionVerb) Run() error {
	_, err := fmt.Printf("steadfast %s (%s %s/%s)\n", build.Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
