package inflight_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/steadfast-bot/steadfast/internal/inflight"
)

// opens opens the file of dir, as a process that has just become the active worker does.
func opens(t *testing.T, dir string) *inflight.Predecessor {
	t.Helper()
	left, err := inflight.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return left
}

// starts takes over without a word about the predecessor's death.
func starts(t *testing.T, left *inflight.Predecessor) *inflight.File {
	t.Helper()
	return startsWith(t, left, inflight.Inheritance{History: left.History})
}

func startsWith(t *testing.T, left *inflight.Predecessor, inheritance inflight.Inheritance) *inflight.File {
	t.Helper()
	file, err := left.Start(inheritance)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// left is what a successor would find.
func left(t *testing.T, file *inflight.File) inflight.Snapshot {
	t.Helper()
	snapshot, err := file.Left()
	if err != nil {
		t.Fatal(err)
	}
	return snapshot
}

func keys(items []inflight.Item) []string {
	var keys []string
	for _, item := range items {
		keys = append(keys, item.Key)
	}
	slices.Sort(keys)
	return keys
}

func pathIn(dir string) string { return filepath.Join(dir, inflight.Name) }

func writes(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func reads(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
