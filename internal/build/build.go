// Package build says which build this is.
package build

import (
	"runtime/debug"
)

// version is set by the linker (see Makefile).
var version string

// Version is the release's name, or where the build came from.
func Version() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}
