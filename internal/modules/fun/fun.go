// Package fun holds the commands that are for fun only.
package fun

import (
	"context"
	"fmt"
	"hash/fnv"

	"github.com/steadfast-bot/steadfast/internal/command"
	"github.com/steadfast-bot/steadfast/internal/effect"
)

const category = "Fun"

// The lines for a headpat. %[1]s pats, %[2]s is patted.
var headpats = []string{
	"%[1]s gives %[2]s a gentle headpat. Well played!",
	"%[2]s receives a warm headpat from %[1]s.",
	"Pat, pat. %[1]s thinks %[2]s is doing great.",
	"%[1]s pats %[2]s on the head. The whole bench nods.",
	"A headpat for %[2]s, with compliments from %[1]s!",
	"%[1]s reaches over and pats %[2]s. Spirits: lifted.",
}

// Commands are the module's commands. Bot is the bot's own user id, known once it is ready.
func Commands(bot func() uint64) []command.Definition {
	return []command.Definition{{
		Name: "headpat", Aliases: []string{"pat"}, Category: category, Summary: "Give somebody a warm headpat",
		Options: []command.Option{{Name: "member", Summary: "Who gets it; nobody named: the whole team", Kind: command.Person}},
		Example: "@ada", Where: command.Guilds, Response: command.Public,
		Apply: func(_ context.Context, in command.Input, _ any) ([]effect.Effect, error) {
			return effect.Text(headpat(in, bot())), nil
		},
	}}
}

func headpat(in command.Input, bot uint64) string {
	who, named := in.Args.Member("member")
	switch {
	case !named:
		return fmt.Sprintf("%s hands out headpats to everybody in reach. Team spirit!", in.Author.Mention())
	case who.ID == in.Author.ID:
		return "One's own head is for thinking. Ask a team-mate for a pat, they'll gladly do it."
	case who.ID == bot:
		return fmt.Sprintf("Oh! Thank you, %s. I'll remember that one.", in.Author.Mention())
	}
	return fmt.Sprintf(headpats[pick(in.Key, len(headpats))], in.Author.Mention(), who.Mention())
}

// pick chooses by the event's key, so that the same command told again says the same.
func pick(key string, n int) int {
	h := fnv.New32a()
	h.Write([]byte(key))
	return int(h.Sum32() % uint32(n))
}
