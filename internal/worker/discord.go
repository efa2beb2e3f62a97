package worker

import (
	"context"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/steadfast-bot/steadfast/internal/dispatch"
	"github.com/steadfast-bot/steadfast/internal/gateway"
	"github.com/steadfast-bot/steadfast/internal/rest"
)

// discovery asks GET /gateway/bot for the link.
type discovery struct{ rest *rest.Client }

var _ gateway.Discovery = discovery{}

// GatewayBot translates the REST client's failures into what the link acts on.
func (d discovery) GatewayBot(ctx context.Context) (gateway.Bot, error) {
	bot, err := d.rest.GatewayBot(ctx)
	switch {
	case rest.IsTokenRefused(err):
		return gateway.Bot{}, gateway.ErrTokenRefused
	case err != nil:
		if until := d.rest.Status().BannedUntil; until.After(time.Now()) {
			return gateway.Bot{}, &gateway.HoldError{Until: until, Why: "Cloudflare turns this address away"}
		}
		return gateway.Bot{}, err
	}
	limit := bot.SessionStartLimit
	return gateway.Bot{
		URL: bot.URL, Shards: bot.Shards, Remaining: limit.Remaining, Total: limit.Total,
		ResetAfter: limit.ResetAfter, MaxConcurrency: limit.MaxConcurrency,
	}, nil
}

// phases runs a command's functions under the dispatcher's deadlines.
type phases struct{}

func (phases) Guard(ctx context.Context, f func(context.Context) error) error {
	return dispatch.InPhase(ctx, dispatch.Guard, f)
}

func (phases) Prepare(ctx context.Context, f func(context.Context) error) error {
	return dispatch.InPhase(ctx, dispatch.Prepare, f)
}

func (phases) Apply(ctx context.Context, f func(context.Context) error) error {
	return dispatch.InPhase(ctx, dispatch.Apply, f)
}

// botOf reads the bot's user id out of its token, whose first part is that id in base64: a process that resumes sees
// no READY. 0 when the token is of another shape.
func botOf(token string) uint64 {
	first, _, _ := strings.Cut(token, ".")
	text, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(first, "="))
	if err != nil {
		return 0
	}
	id, err := strconv.ParseUint(string(text), 10, 64)
	if err != nil {
		return 0
	}
	return id
}
