package worker

import (
	"context"

	"github.com/diamondburned/arikawa/v3/discord"

	"github.com/steadfast-bot/steadfast/internal/command"
	"github.com/steadfast-bot/steadfast/internal/rest"
)

// members looks people up for arguments that name them.
type members struct{ rest *rest.Client }

var _ command.Members = members{}

// searchLimit is enough to tell one match from several.
const searchLimit = 10

// Member returns command.ErrNoMember for a stranger.
func (m members) Member(ctx context.Context, guild, id uint64) (command.Member, error) {
	found, err := m.rest.Member(ctx, discord.GuildID(guild), discord.UserID(id))
	if failure, ok := rest.AsFailure(err); ok && failure.Status == 404 {
		return command.Member{}, command.ErrNoMember
	}
	return toMember(found), err
}

// Search returns members whose name begins with the text.
func (m members) Search(ctx context.Context, guild uint64, text string) ([]command.Member, error) {
	found, err := m.rest.SearchMembers(ctx, discord.GuildID(guild), text, searchLimit)
	out := make([]command.Member, 0, len(found))
	for _, f := range found {
		out = append(out, toMember(f))
	}
	return out, err
}

func toMember(m rest.Member) command.Member {
	return command.Member{ID: uint64(m.User.ID), Name: m.Name(), Bot: m.User.Bot}
}
