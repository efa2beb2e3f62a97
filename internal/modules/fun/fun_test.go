package fun_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/steadfast-bot/steadfast/internal/command"
	"github.com/steadfast-bot/steadfast/internal/effect"
	"github.com/steadfast-bot/steadfast/internal/modules/fun"
)

const bot = 99

// pat gives a headpat and returns the words.
func pat(t *testing.T, key string, who ...uint64) string {
	t.Helper()
	d := fun.Commands(func() uint64 { return bot })[0]
	people := map[string]command.Member{}
	for _, id := range who {
		people["member"] = command.Member{ID: id}
	}
	call := command.Slashed(command.Input{Key: key, Guild: 1, Author: command.Member{ID: 1}}, &d, nil, people)
	engine := command.Engine{Phases: direct{}}
	effects, err := engine.Run(t.Context(), call)
	if err != nil {
		t.Fatal(err)
	}
	message := effects[0].(effect.Answer).Message
	if len(message.Pings) != 0 {
		t.Errorf("%q pings somebody", message.Content)
	}
	return message.Content
}

func TestAHeadpatNamesBothAndPingsNobody(t *testing.T) {
	seen := map[string]bool{}
	for n := range 200 {
		got := pat(t, fmt.Sprint(n), 2)
		if !strings.Contains(got, "<@1>") || !strings.Contains(got, "<@2>") || strings.Contains(got, "%!") {
			t.Fatalf("got %q", got)
		}
		seen[got] = true
	}
	if len(seen) < 6 {
		t.Errorf("only %d different lines", len(seen))
	}
}

func TestTheSameCommandToldAgainSaysTheSame(t *testing.T) {
	first := pat(t, "7", 2)
	for range 10 {
		if again := pat(t, "7", 2); again != first {
			t.Errorf("first %q, then %q", first, again)
		}
	}
}

func TestOneselfTheBotAndNobodyGetAnAnswerOfTheirOwn(t *testing.T) {
	for _, c := range []struct {
		who  []uint64
		want string
	}{{[]uint64{1}, "own head"}, {[]uint64{bot}, "Thank you, <@1>"}, {nil, "everybody"}} {
		if got := pat(t, "1", c.who...); !strings.Contains(got, c.want) {
			t.Errorf("%v: %q", c.who, got)
		}
	}
}
