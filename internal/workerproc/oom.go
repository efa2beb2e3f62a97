package workerproc

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// memoryEventsPath is the file in which the kernel counts the OOM kills of our own control group, which is the
// worker's too. Empty without cgroup v2: then an OOM kill looks like any SIGKILL.
func memoryEventsPath() string {
	membership, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(membership)) {
		if group, ok := strings.CutPrefix(strings.TrimSpace(line), "0::"); ok {
			return filepath.Join("/sys/fs/cgroup", group, "memory.events")
		}
	}
	return ""
}

// readOOMKills is how many processes of the group were OOM-killed so far; 0 when the kernel does not say.
func readOOMKills(path string) int {
	events, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(events)) {
		if value, ok := strings.CutPrefix(line, "oom_kill "); ok {
			kills, err := strconv.Atoi(strings.TrimSpace(value))
			if err != nil {
				return 0
			}
			return kills
		}
	}
	return 0
}
