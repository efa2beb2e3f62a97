package incident

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// signatureFrames is how many frames of the culprit tell incidents apart.
const signatureFrames = 3

// Signature names the culprit in a few words that are the same for the same fault: the uppermost frames of our own
// code where there are stacks, else how the process ended. stacks is a panic, a SIGQUIT dump or what runtime.Stack
// gives; it may be empty.
func Signature(incident Incident, stacks string) string {
	if culprit := culprit(parseGoroutines(stacks), isPanic(stacks)); len(culprit) > 0 {
		return incident.Kind + ": " + strings.Join(culprit, " < ")
	}
	how := "alive"
	if exit := incident.Exit; exit != nil {
		how = cmp.Or(exit.Signal, fmt.Sprintf("exit %d", exit.Code))
	}
	return incident.Kind + ": " + how
}

// isPanic tells stacks that begin with their culprit from those of everybody.
func isPanic(stacks string) bool {
	for line := range strings.Lines(stacks) {
		if strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ") {
			return true
		}
		if strings.HasPrefix(line, "SIGQUIT: ") || strings.HasPrefix(line, "goroutine ") {
			return false
		}
	}
	return false
}

// goroutine is one of a dump.
type goroutine struct {
	state  string
	frames []string // innermost first
}

var (
	goroutineHeader = regexp.MustCompile(`^goroutine \d+(?: gp=\S+)?(?: m=\S+)?(?: mp=\S+)? \[([^\]]*)\]:?`)
	// A frame is a function with its arguments; its place follows on an indented line.
	frameLine = regexp.MustCompile(`^([^\s(][^\s]*?)\((?:0x[0-9a-f]+|\.\.\.|[{}?,_ ]|0x[0-9a-f]+\?)*\)$`)
	// Generic instances and closures of one function are one function.
	noise = regexp.MustCompile(`\[\.\.\.\]|\.func\d+(\.\d+)*|-range\d+|\.gowrap\d+`)
)

func parseGoroutines(stacks string) []goroutine {
	var all []goroutine
	for line := range strings.Lines(stacks) {
		line = strings.TrimRight(line, "\r\n")
		if header := goroutineHeader.FindStringSubmatch(line); header != nil {
			all = append(all, goroutine{state: header[1]})
			continue
		}
		if len(all) == 0 {
			continue
		}
		if frame := frameLine.FindStringSubmatch(line); frame != nil {
			last := &all[len(all)-1]
			last.frames = append(last.frames, noise.ReplaceAllString(frame[1], ""))
		}
	}
	return all
}

// culprit gives the frames that tell. Of a panic it is the first goroutine. Else it is the one deepest in the work:
// a command's module, then anything of ours that runs, then anything of ours that waits.
func culprit(all []goroutine, panicked bool) []string {
	if len(all) == 0 {
		return nil
	}
	if panicked {
		return telling(all[0].frames)
	}
	suspects := slices.DeleteFunc(slices.Clone(all), func(g goroutine) bool { return g.dumps() || !g.has(ours) })
	if len(suspects) == 0 {
		return nil
	}
	return telling(slices.MaxFunc(suspects, func(a, b goroutine) int {
		// MaxFunc gives the first of equals.
		return cmp.Compare(a.suspicion(), b.suspicion())
	}).frames)
}

const (
	ours    = "github.com/steadfast-bot/steadfast/"
	modules = ours + "internal/modules/"
)

func (g goroutine) has(prefix string) bool {
	return slices.ContainsFunc(g.frames, func(f string) bool { return strings.HasPrefix(f, prefix) })
}

// dumps is true for the goroutine that made the dump.
func (g goroutine) dumps() bool {
	return slices.ContainsFunc(g.frames, func(f string) bool { return strings.HasSuffix(f, ".Dump") || f == "runtime.Stack" })
}

func (g goroutine) suspicion() int {
	suspicion := 0
	if g.has(modules) {
		suspicion += 4
	}
	state, _, _ := strings.Cut(g.state, ",")
	switch state {
	case "running", "runnable":
		suspicion += 2
	case "sync.Mutex.Lock", "sync.RWMutex.Lock", "sync.RWMutex.RLock", "semacquire", "chan send":
		suspicion++
	}
	return suspicion
}

// telling leaves out the runtime and the standard library's locks, which are in every stack.
func telling(frames []string) []string {
	var kept []string
	for _, frame := range frames {
		switch {
		case strings.HasPrefix(frame, "runtime."), strings.HasPrefix(frame, "sync."), strings.HasPrefix(frame, "internal/"),
			frame == "panic", strings.HasPrefix(frame, "created by"):
			continue
		}
		frame = strings.TrimPrefix(strings.TrimPrefix(frame, ours), "internal/")
		if len(kept) > 0 && kept[len(kept)-1] == frame {
			continue
		}
		if kept = append(kept, frame); len(kept) == signatureFrames {
			break
		}
	}
	return kept
}
