package worker

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"

	"github.com/steadfast-bot/steadfast/internal/command"
	"github.com/steadfast-bot/steadfast/internal/dispatch"
	"github.com/steadfast-bot/steadfast/internal/effect"
	"github.com/steadfast-bot/steadfast/internal/logging"
	"github.com/steadfast-bot/steadfast/internal/outbox"
)

// answerMessage takes a command from the prefix door to its answer.
func (a *activation) answerMessage(ctx context.Context, call command.Call, message uint64) error {
	origin := outbox.Origin{Key: call.Key, Channel: call.Channel, Message: message}
	return a.answer(ctx, origin, call, func(ctx context.Context) ([]effect.Effect, error) {
		refusal, err := a.engine.Guard(ctx, call)
		if err != nil {
			return nil, err
		}
		if refusal != nil {
			return effect.Text(refusal.Reason), nil
		}
		return a.engine.Run(ctx, call)
	})
}

// answer works out the effects and delivers them. A failure of the command, or its panic, is answered too: the
// member gets a short sentence with a code, the log the cause under that code.
func (a *activation) answer(ctx context.Context, origin outbox.Origin, call command.Call,
	work func(context.Context) ([]effect.Effect, error)) error {
	defer func() {
		if reason := recover(); reason != nil {
			_ = a.deliver(ctx, origin, a.apologise(call, fmt.Errorf("panic: %v", reason)))
			panic(reason) // the dispatcher's fence logs it with its stack
		}
	}()
	effects, err := work(ctx)
	if err != nil && ctx.Err() != nil && errors.Is(err, context.Cause(ctx)) {
		return err // we are stopping: the successor does it
	}
	if err != nil {
		return errors.Join(err, a.deliver(ctx, origin, a.apologise(call, err)))
	}
	return a.deliver(ctx, origin, effects)
}

func (a *activation) deliver(ctx context.Context, origin outbox.Origin, effects []effect.Effect) error {
	return dispatch.InPhase(ctx, dispatch.Send, func(ctx context.Context) error {
		return a.outbox.Deliver(ctx, origin, effects)
	})
}

// apologise words a failure for the member and logs its cause under the same code.
func (a *activation) apologise(call command.Call, cause error) []effect.Effect {
	code := incidentCode(call.Key)
	a.log.WithError(cause).WithField(logging.Incident, code).WithField(logging.Command, call.Definition.Name).
		WithField(logging.Event, call.Key).Error("a command failed")
	return effect.Text(fmt.Sprintf("Something went wrong on my side; nothing was done. If it happens again, tell the staff this code: `%s`", code))
}

// incidentCode is short enough to be read out, and the same for the same event.
func incidentCode(key string) string {
	sum := sha256.Sum256([]byte(key))
	alphabet := base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)
	return "inc-" + alphabet.EncodeToString(sum[:5])[:4]
}
