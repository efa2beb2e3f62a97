package workerproc

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"

	"golang.org/x/sys/unix"

	"github.com/steadfast-bot/steadfast/internal/supervisor"
	"github.com/steadfast-bot/steadfast/internal/workerapi"
)

// launchFailure is what is known of a launch that came to nothing.
type launchFailure struct {
	worker    string
	timeout   time.Duration
	cause     error // go-plugin's
	givenUp   error // why the caller gave up; nil when he did not
	timedOut  bool
	neverRan  bool
	firstLine string
	exit      *supervisor.Exit // nil when it did not end by itself
}

// err is the failure in one sentence. Only what a restart cannot mend is an ExitError.
func (f launchFailure) err() error {
	version, shook := protocolOf(f.firstLine)
	var exit *workerapi.ExitError
	switch {
	case f.givenUp != nil:
		return &supervisor.LaunchError{Sentence: "The launch of the worker was given up.", Cause: f.givenUp}
	case f.neverRan && errors.As(f.cause, &exit):
		return exit
	case f.neverRan:
		return &supervisor.LaunchError{
			Sentence: fmt.Sprintf("The worker %s could not be started.", f.worker), Cause: f.cause}
	case shook && version != workerapi.ProtocolVersion:
		return settingsError(nil,
			"The worker %s speaks version %d of the pair's protocol and this supervisor version %d; install both from one release.",
			f.worker, version, workerapi.ProtocolVersion)
	case f.firstLine != "" && !shook:
		return &supervisor.LaunchError{Exit: f.exit, Sentence: fmt.Sprintf(
			"The worker %s printed %s on its standard output before its handshake; nothing may print there.",
			f.worker, strconv.Quote(short(f.firstLine)))}
	case f.exit != nil:
		return &supervisor.LaunchError{Exit: f.exit, Sentence: f.endedBeforeHandshake()}
	case f.timedOut:
		return &supervisor.LaunchError{Sentence: fmt.Sprintf(
			"The worker %s did not shake hands within %s.", f.worker, f.timeout)}
	}
	return &supervisor.LaunchError{
		Sentence: fmt.Sprintf("The worker %s did not shake hands.", f.worker), Cause: f.cause}
}

func (f launchFailure) endedBeforeHandshake() string {
	if f.exit.Farewell != "" {
		return f.exit.Farewell
	}
	sentence := fmt.Sprintf("The worker %s ended before its handshake (%s)", f.worker, describeExit(*f.exit))
	if said := firstWords(f.exit.CrashFile); said != "" {
		sentence += " and said: " + said
	}
	return sentence + "."
}

// protocolOf reads a handshake line: CORE|VERSION|NETWORK|ADDRESS|…
func protocolOf(line string) (version int, ok bool) {
	fields := strings.Split(line, "|")
	if len(fields) < 4 || fields[0] != "1" {
		return 0, false
	}
	version, err := strconv.Atoi(fields[1])
	return version, err == nil
}

// firstWords is the first line of a crash file, which of a panic is the reason.
func firstWords(path string) string {
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close()
	scanner := bufio.NewScanner(file)
	for scanner.Scan() {
		if line := strings.TrimSpace(scanner.Text()); line != "" {
			return short(line)
		}
	}
	return ""
}

// short keeps a foreign line printable and inside a sentence.
func short(line string) string {
	line = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, line)
	const limit = 160
	if runes := []rune(line); len(runes) > limit {
		return string(runes[:limit]) + "…"
	}
	return line
}

// describeExit names the end of a process in a few words.
func describeExit(exit supervisor.Exit) string {
	switch {
	case exit.OOM:
		return "killed by the kernel for want of memory"
	case exit.Signal != 0:
		return "killed by " + signalName(exit.Signal)
	}
	return fmt.Sprintf("exit code %d", exit.Code)
}

func signalName(signal syscall.Signal) string {
	if name := unix.SignalName(signal); name != "" {
		return name
	}
	return fmt.Sprintf("signal %d", int(signal))
}
