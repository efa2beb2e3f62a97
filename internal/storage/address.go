package storage

import (
	"fmt"
	"path/filepath"
	"strings"
)

// Address says where a database is.
type Address struct {
	// Path is the absolute path of an SQLite file.
	Path string
}

// ParseAddress reads the database setting. "sqlite:PATH" is a file; a relative PATH lies in the state directory. What
// cannot be used is refused with ErrAddress and a sentence that says what to write instead.
func ParseAddress(setting, stateDir string) (Address, error) {
	scheme, rest, found := strings.Cut(setting, ":")
	switch {
	case !found:
		return Address{}, addressError("%q lacks its kind: write sqlite:PATH", setting)
	case scheme == "postgres" || scheme == "postgresql":
		// The rest may hold a password and is not repeated.
		return Address{}, addressError("PostgreSQL is not supported yet: write sqlite:PATH")
	case scheme != "sqlite":
		return Address{}, addressError("%q is not a kind of database known here: write sqlite:PATH", scheme)
	case rest == "" || strings.HasSuffix(rest, "/") || filepath.Base(rest) == "." || filepath.Base(rest) == "..":
		return Address{}, addressError("%q names no file: write sqlite:PATH", setting)
	case strings.Contains(rest, ":memory:") || strings.Contains(rest, "mode=memory"):
		return Address{}, addressError("a database in memory loses everything at each restart: write sqlite:PATH with a file on a disk")
	case strings.ContainsAny(rest, "?#\x00"):
		return Address{}, addressError("%q has parameters, and none can be set: write sqlite:PATH", setting)
	}
	if !filepath.IsAbs(rest) {
		rest = filepath.Join(stateDir, rest)
	}
	return Address{Path: filepath.Clean(rest)}, nil
}

func addressError(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrAddress}, args...)...)
}
