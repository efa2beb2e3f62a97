package workerapi

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"unicode/utf8"
)

// Farewell is what a worker says of its own end. The exit code alone is the verdict; the sentence tells people why.
type Farewell struct {
	Code     ExitCode `json:"code"`
	Sentence string   `json:"sentence"`
}

// farewellLimit keeps a farewell inside what a pipe takes in one write, so that it is there whole or not at all.
const farewellLimit = 4096

// WriteFarewell writes one farewell as a line of JSON. A sentence that would not fit is cut.
func WriteFarewell(w io.Writer, f Farewell) error {
	f.Sentence = strings.ToValidUTF8(f.Sentence, "�")
	line, err := json.Marshal(f)
	for err == nil && len(line)+1 > farewellLimit {
		f.Sentence = cut(f.Sentence, len(f.Sentence)*3/4)
		line, err = json.Marshal(f)
	}
	if err != nil {
		return err
	}
	_, err = w.Write(append(line, '\n'))
	return err
}

// cut keeps whole runes up to n bytes.
func cut(s string, n int) string {
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// ErrNoFarewell says that a worker left without a word: it was killed, or what it left is no farewell.
var ErrNoFarewell = errors.New("the worker left no farewell")

// ParseFarewell reads what a worker left.
func ParseFarewell(left []byte) (Farewell, error) {
	line, _, whole := strings.Cut(string(left), "\n")
	var f Farewell
	if !whole || json.Unmarshal([]byte(line), &f) != nil {
		return Farewell{}, ErrNoFarewell
	}
	return f, nil
}

var farewellOnce sync.Once

// SayFarewell writes the farewell into the pipe that the supervisor gave this process. Only the first call in a
// process says anything. Without a supervisor it returns an error.
func SayFarewell(f Farewell) (err error) {
	if !LaunchedBySupervisor() {
		return errors.New("no supervisor is there to hear a farewell")
	}
	farewellOnce.Do(func() {
		pipe := os.NewFile(FarewellFD, "farewell")
		err = errors.Join(WriteFarewell(pipe, f), pipe.Close())
	})
	return err
}
