package workerproc

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// LastGeneration is the highest number that a launch in this state directory ever had; 0 before the first.
//
// Every instant of a crash leaves the old number or the new one. Should the file be damaged from outside, the crash
// files and logs, which are named by generation, say how far it went.
func LastGeneration(stateDir string) (uint64, error) {
	content, err := os.ReadFile(generationPath(stateDir))
	if errors.Is(err, fs.ErrNotExist) {
		return highestNamed(stateDir), nil
	}
	if err != nil {
		return 0, fmt.Errorf("reading the last generation: %w", err)
	}
	last, err := strconv.ParseUint(string(bytes.TrimSpace(content)), 10, 64)
	if err != nil {
		return highestNamed(stateDir), nil
	}
	return last, nil
}

func generationPath(stateDir string) string { return filepath.Join(stateDir, "generation") }

// highestNamed is the highest number that begins a file's name in one of the directories with a file per generation.
func highestNamed(stateDir string) (highest uint64) {
	for _, dir := range []string{"crash", "logs"} {
		entries, err := os.ReadDir(filepath.Join(stateDir, dir))
		if err != nil {
			continue
		}
		for _, entry := range entries {
			name, _, _ := strings.Cut(entry.Name(), ".")
			if n, err := strconv.ParseUint(name, 10, 64); err == nil {
				highest = max(highest, n)
			}
		}
	}
	return highest
}

// recordGeneration raises the number on disk before the launch that uses it.
func recordGeneration(stateDir string, generation uint64) error {
	last, err := LastGeneration(stateDir)
	if err != nil {
		return err
	}
	if generation <= last {
		return nil
	}
	return writeFileAtomically(generationPath(stateDir), fmt.Appendf(nil, "%d\n", generation))
}

// writeFileAtomically leaves the old content or the new one, whatever happens meanwhile, power loss included. Its
// callers take turns: the name of the new file is fixed, so that a kill leaves no more than one.
func writeFileAtomically(path string, content []byte) error {
	temporary := path + ".new"
	file, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(temporary, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
