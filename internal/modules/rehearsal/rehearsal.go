// Package rehearsal holds commands that misbehave on purpose, so that people can watch the bot come back. They are
// registered in the sandbox and in tests only.
package rehearsal

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/steadfast-bot/steadfast/internal/command"
	"github.com/steadfast-bot/steadfast/internal/effect"
)

// Commands are the module's commands.
func Commands() []command.Definition {
	misbehave := func(name, summary string, do func()) command.Definition {
		return command.Definition{
			Name: name, Category: "Rehearsal", Summary: summary, Where: command.Anywhere,
			Apply: func(context.Context, command.Input, any) ([]effect.Effect, error) {
				do()
				return effect.Text("Nothing happened; that is a surprise."), nil
			},
		}
	}
	return []command.Definition{
		misbehave("rehearse-panic", "A handler that panics: costs one event", func() { panic("rehearsed panic") }),
		misbehave("rehearse-crash", "A crash outside any handler: costs the process", crash),
		misbehave("rehearse-deadlock", "A handler that waits for itself for ever", deadlock),
		misbehave("rehearse-spin", "A handler that burns a core for ever", spin),
	}
}

// crash panics where nothing recovers.
func crash() {
	done := make(chan struct{})
	go func() {
		defer close(done)
		panic("rehearsed crash")
	}()
	<-done
}

// deadlock takes a lock twice. Its name is what the dump of a stall has to show.
func deadlock() {
	var mu sync.Mutex
	mu.Lock()
	mu.Lock()
}

// spin never returns. The counter is atomic so that no compiler can leave the loop out.
func spin() {
	var turns atomic.Uint64
	for {
		turns.Add(1)
	}
}
