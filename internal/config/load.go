package config

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/knadh/koanf/parsers/toml/v2"
	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/providers/structs"
	"github.com/knadh/koanf/v2"
)

// Sources is what settings are loaded from. Nothing else is looked at.
type Sources struct {
	// File is a TOML file that must exist. Empty: FileName in the working directory, if it is there.
	File string
	// Environ is the environment, as os.Environ gives it.
	Environ []string
	// Flags are values by key (state_dir, discord.api_url), as typed.
	Flags map[string]string
}

// FileName is the settings file that is read when none is named.
const FileName = "steadfast.toml"

// Error is a setting that cannot be used: where it came from, what is wrong, what to do.
type Error struct {
	Key, Origin, Problem string
}

// Error is one sentence.
func (e *Error) Error() string {
	if e.Key == "" {
		return fmt.Sprintf("settings: %s (%s)", e.Problem, e.Origin)
	}
	if e.Origin == "" {
		return fmt.Sprintf("setting %s: %s", e.Key, e.Problem)
	}
	return fmt.Sprintf("setting %s: %s (from %s)", e.Key, e.Problem, e.Origin)
}

// Load reads the settings: defaults, file, environment, flags, each over the one before. The error is an *Error.
func Load(from Sources) (Settings, error) {
	l := loader{k: koanf.New("."), origins: map[string]string{}}
	if err := l.k.Load(structs.Provider(Default(), "koanf"), nil); err != nil {
		return Settings{}, fmt.Errorf("default settings: %w", err)
	}
	for _, step := range []func(Sources) error{l.file, l.environment, l.flags} {
		if err := step(from); err != nil {
			return Settings{}, err
		}
	}
	var s Settings
	for _, key := range Keys() { // one at a time, so that an unfit value is told by its key
		if err := l.decode(key, &s); err != nil {
			return Settings{}, err
		}
	}
	l.derive(&s, from.Environ)
	return s, l.validate(s)
}

// loader carries the merged values and where each came from.
type loader struct {
	k       *koanf.Koanf
	origins map[string]string
}

// merge lays values (by key) over what is there.
func (l *loader) merge(values map[string]any, origin func(key string) string) error {
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if !slices.Contains(Keys(), key) {
			return &Error{Key: key, Origin: origin(key), Problem: "there is no such setting" + suggest(key, Keys())}
		}
		l.origins[key] = origin(key)
	}
	return l.k.Load(confmap.Provider(values, "."), nil)
}

func (l *loader) file(from Sources) error {
	path := from.File
	if path == "" {
		path = FileName
	}
	read := koanf.New(".")
	err := read.Load(file.Provider(path), toml.Parser())
	switch {
	case errors.Is(err, fs.ErrNotExist) && from.File == "":
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return &Error{Origin: path, Problem: "there is no such file"}
	case errors.Is(err, fs.ErrPermission):
		return &Error{Origin: path, Problem: "the file may not be read by this user"}
	case err != nil:
		return &Error{Origin: path, Problem: "not valid TOML: " + strings.TrimPrefix(err.Error(), "toml: ")}
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		absolute = path
	}
	return l.merge(read.All(), func(string) string { return absolute })
}

func (l *loader) environment(from Sources) error {
	known := map[string]string{}
	for _, key := range Keys() {
		known[EnvName(key)] = key
	}
	values := map[string]any{}
	for _, entry := range from.Environ {
		name, value, _ := strings.Cut(entry, "=")
		key, ok := known[name]
		switch {
		case ok && value != "":
			values[key] = value
		case !ok && strings.HasPrefix(name, envPrefix):
			return &Error{Key: name, Origin: "the environment",
				Problem: "there is no such setting" + suggest(name, slices.Collect(maps.Keys(known)))}
		}
	}
	return l.merge(values, func(key string) string { return "the environment, " + EnvName(key) })
}

func (l *loader) flags(from Sources) error {
	values := map[string]any{}
	for key, value := range from.Flags {
		if value != "" {
			values[key] = value
		}
	}
	return l.merge(values, func(key string) string {
		return "the command line, --" + strings.NewReplacer("_", "-", ".", "-").Replace(key)
	})
}
