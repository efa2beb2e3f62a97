package storage_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

func TestTheDatabaseSettingNamesAFile(t *testing.T) {
	for setting, want := range map[string]string{
		"sqlite:/var/lib/bot/bot.db":     "/var/lib/bot/bot.db",
		"sqlite:steadfast.db":            "/state/steadfast.db",
		"sqlite:../elsewhere/x.db":       "/elsewhere/x.db",
		"sqlite:/odd names/50% é.db":     "/odd names/50% é.db",
		"sqlite:/a/./b//c.db":            "/a/b/c.db",
		"sqlite:///var/lib/bot/bot.db":   "/var/lib/bot/bot.db",
		"sqlite:/dir:with:colons/bot.db": "/dir:with:colons/bot.db",
	} {
		got, err := storage.ParseAddress(setting, "/state")
		if err != nil || got.Path != want {
			t.Errorf("%q: got %q, %v; want %q", setting, got.Path, err, want)
		}
	}
}

func TestASettingThatCannotBeUsedIsRefusedWithWhatToWrite(t *testing.T) {
	for setting, part := range map[string]string{
		"":                                  "sqlite:PATH",
		"/var/lib/bot.db":                   "lacks its kind",
		"sqlite:":                           "names no file",
		"sqlite:/var/lib/":                  "names no file",
		"sqlite:.":                          "names no file",
		"sqlite::memory:":                   "loses everything",
		"sqlite:file::memory:?cache=shared": "loses everything",
		"sqlite:/x.db?mode=memory":          "loses everything",
		"sqlite:/x.db?_pragma=synchronous":  "parameters",
		"mysql://root:hunter2@db/bot":       "not a kind of database known here",
		"postgres://bot:hunter2@db/bot":     "not supported yet",
		"postgresql://bot:hunter2@db/bot":   "not supported yet",
	} {
		_, err := storage.ParseAddress(setting, "/state")
		switch {
		case !errors.Is(err, storage.ErrAddress):
			t.Errorf("%q: got %v", setting, err)
		case !strings.Contains(err.Error(), part) || !strings.Contains(err.Error(), "sqlite:PATH"):
			t.Errorf("%q: %q does not say %q and what to write", setting, err, part)
		case strings.Contains(err.Error(), "hunter2"):
			t.Errorf("%q: the password is in %q", setting, err)
		}
	}
}
