package foreign_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// goBots are the bots that live in this very test binary: it is started again with envBot set.
var goBots = map[string]func(context.Context, account) error{
	"discordgo": runDiscordgo,
	"disgo":     runDisgo,
	"arikawa":   runArikawa,
	"nothing":   runNothing,
}

// account is what a bot is given.
type account struct{ api, token string }

// host is the simulator's host and port.
func (a account) host() string {
	_, rest, _ := strings.Cut(a.api, "://")
	host, _, _ := strings.Cut(rest, "/")
	return host
}

func TestMain(m *testing.M) {
	if name := os.Getenv(envBot); name != "" {
		os.Exit(beBot(name))
	}
	code := m.Run()
	removePrograms()
	os.Exit(code)
}

// beBot is the whole process of a bot. It ends when its stdin does: its parent is gone, or wants it to go.
func beBot(name string) int {
	run, known := goBots[name]
	if !known {
		fmt.Fprintf(os.Stderr, "there is no bot named %q\n", name)
		return 2
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	if err := run(ctx, account{api: os.Getenv(envAPI), token: os.Getenv(envToken)}); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		return 1
	}
	return 0
}

const notClosed = "the library did not close its connection within 2 s"

// leave ends a connection, in bounded time: a library that hangs then (disgo's races can make it) is the library's trouble.
func leave(goodbye func()) {
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		goodbye()
	}()
	select {
	case <-gone:
	case <-time.After(2 * time.Second):
		sayTrouble(notClosed)
	}
}

// runNothing is a bot that does nothing: what this test binary itself costs in memory.
func runNothing(ctx context.Context, _ account) error {
	sayReady("nothing")
	<-ctx.Done()
	return nil
}

var stdout sync.Mutex

// sayReady tells the parent that the bot is there, and what it is called.
func sayReady(library string) { sayLine(readyLine, library) }

// sayTrouble tells the parent what the library complained of.
func sayTrouble(text string) { sayLine(troubleLine, text) }

func sayLine(kind, text string) {
	stdout.Lock()
	defer stdout.Unlock()
	fmt.Println(kind + strings.ReplaceAll(text, "\n", " "))
}

// check says what went wrong with an answer; the parent then misses it.
func check(err error) {
	if err != nil {
		sayTrouble(err.Error())
	}
}
