package outbox

import (
	"context"
	"errors"
	"time"

	"github.com/diamondburned/arikawa/v3/discord"

	"github.com/steadfast-bot/steadfast/internal/effect"
	"github.com/steadfast-bot/steadfast/internal/rest"
)

// Discord's times for an interaction ("Receiving and Responding"): the first response within 3 s, then 15 min.
const (
	tokenLife = 15 * time.Minute
	// ackBefore is how long we keep trying to acknowledge: past it Discord has let go, and the question is only
	// whether an earlier try was heard.
	ackBefore = 3500 * time.Millisecond
)

// ErrDead says that Discord no longer takes an answer to the interaction.
var ErrDead = errors.New("the interaction can no longer be answered")

// Interaction is the one answer of an interaction in the making: none, deferred, given. An answer waits for a
// deferral that is under way, so that the two can't overtake each other.
type Interaction struct {
	api     Discord
	app     discord.AppID
	id      discord.InteractionID
	token   string
	private bool

	answered chan struct{} // closed once there is an answer, or never will be

	turn         chan struct{} // one token: held during every call to Discord, and to touch what follows
	acknowledged bool
	dead         bool
}

// NewInteraction tracks an interaction. Private is what the command declares of its first response.
func NewInteraction(api Discord, app, id uint64, token string, private bool) *Interaction {
	return &Interaction{
		api: api, app: discord.AppID(app), id: discord.InteractionID(id), token: token, private: private,
		answered: make(chan struct{}), turn: make(chan struct{}, 1),
	}
}

// take waits for the turn; a nil error must be followed by give.
func (i *Interaction) take(ctx context.Context) error {
	select {
	case i.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (i *Interaction) give() { <-i.turn }

// Answered is closed once the answer was given, or can't be any more.
func (i *Interaction) Answered() <-chan struct{} { return i.answered }

func (i *Interaction) born() time.Time { return i.id.Time() }

// Defer acknowledges the interaction ("thinking…") unless it was already. ErrDead: Discord let go of it before
// anybody acknowledged it.
func (i *Interaction) Defer(ctx context.Context) error {
	if err := i.take(ctx); err != nil {
		return err
	}
	defer i.give()
	if i.acknowledged || i.dead {
		return i.deadness()
	}
	_, err := i.acknowledge(ctx, rest.Response{Type: rest.RespondDefer, Message: rest.Message{Flags: i.flags()}})
	return err
}

// Answer gives the answer, as the first response or, when there was one, in its place. ErrDead: it has to go another
// way.
func (i *Interaction) Answer(ctx context.Context, m effect.Message) error {
	if err := i.take(ctx); err != nil {
		return err
	}
	defer i.give()
	body := toREST(m)
	body.Flags |= i.flags()
	if !i.acknowledged && !i.dead {
		heard, err := i.acknowledge(ctx, rest.Response{Type: rest.RespondMessage, Message: body})
		if err != nil || heard {
			return i.finish(err)
		}
	}
	if i.dead || time.Since(i.born()) > tokenLife {
		return i.finish(ErrDead)
	}
	err := retry(ctx, func(ctx context.Context) error {
		_, err := i.api.EditOriginal(ctx, i.app, i.token, body)
		return err
	})
	switch {
	case rest.OutcomeOf(err) == rest.Garbled:
		err = nil
	case isGone(err):
		i.dead, err = true, ErrDead
	}
	return i.finish(err)
}

// Refuse gives a private answer whatever the command declares: refusals are nobody else's business.
func (i *Interaction) Refuse(ctx context.Context, m effect.Message) error {
	if err := i.take(ctx); err != nil {
		return err
	}
	if !i.acknowledged {
		i.private = true
	}
	i.give()
	return i.Answer(ctx, m)
}

// acknowledge sends a first response until its fate is known. heard says that this very response is what Discord
// took; without it (another was first, or an unknown try was) the interaction is merely acknowledged, and the answer
// goes by edit. Called with the turn held.
func (i *Interaction) acknowledge(ctx context.Context, r rest.Response) (heard bool, err error) {
	trying, cancel := context.WithDeadlineCause(ctx, i.born().Add(ackBefore), errTooLate)
	defer cancel()
	if trying.Err() == nil {
		err = retry(trying, func(ctx context.Context) error { return i.api.Respond(ctx, i.id, i.token, r) })
	} else {
		err = context.Cause(trying)
	}
	switch {
	case err == nil, rest.OutcomeOf(err) == rest.Garbled:
		i.acknowledged = true
		return true, nil
	case rest.IsCode(err, rest.CodeAlreadyAnswered):
		i.acknowledged = true
		return false, nil
	case rest.IsCode(err, rest.CodeUnknownInteraction), errors.Is(err, errTooLate):
		return false, i.lookUp(ctx)
	}
	return false, err
}

var errTooLate = errors.New("the 3 s for a first response are over")

// lookUp asks whether an earlier try, of ours or of a predecessor, was heard after all.
func (i *Interaction) lookUp(ctx context.Context) error {
	err := retry(ctx, func(ctx context.Context) error {
		_, err := i.api.Original(ctx, i.app, i.token)
		return err
	})
	switch {
	case err == nil, rest.OutcomeOf(err) == rest.Garbled:
		i.acknowledged = true
		return nil
	case isGone(err):
		i.dead = true
		return i.finish(ErrDead)
	}
	return err
}

// isGone recognises that there is nothing under an interaction's token (any more).
func isGone(err error) bool {
	failure, ok := rest.AsFailure(err)
	return ok && failure.Outcome == rest.Refused && (failure.Status == 404 || failure.Status == 401)
}

// finish closes Answered unless err leaves the answer open.
func (i *Interaction) finish(err error) error {
	if err == nil || errors.Is(err, ErrDead) {
		select {
		case <-i.answered:
		default:
			close(i.answered)
		}
	}
	return err
}

func (i *Interaction) deadness() error {
	if i.dead {
		return ErrDead
	}
	return nil
}

func (i *Interaction) flags() int {
	if i.private {
		return rest.FlagEphemeral
	}
	return 0
}

// instead is what a dead interaction's channel gets to read in place of the answer: the answer itself if it was for
// everybody, else only that it was done.
func (i *Interaction) instead(m effect.Message) effect.Message {
	if !i.private {
		return m
	}
	return effect.Message{Content: "Done. (Discord no longer let me show the answer privately.)"}
}
