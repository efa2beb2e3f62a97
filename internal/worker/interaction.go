package worker

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/diamondburned/arikawa/v3/discord"
	agateway "github.com/diamondburned/arikawa/v3/gateway"

	"github.com/steadfast-bot/steadfast/internal/command"
	"github.com/steadfast-bot/steadfast/internal/dispatch"
	"github.com/steadfast-bot/steadfast/internal/effect"
	"github.com/steadfast-bot/steadfast/internal/gateway"
	"github.com/steadfast-bot/steadfast/internal/outbox"
)

const (
	// deferAfter is how long an interaction may go unanswered before it is acknowledged.
	deferAfter = 100 * time.Millisecond
	// lateAfter is the age from which Discord may have let go of it: acknowledged first, run only if that worked.
	lateAfter = 2 * time.Second
)

// slash is one slash command on its way.
type slash struct {
	a      *activation
	call   command.Call
	answer *outbox.Interaction
	late   bool

	once    sync.Once // Guard runs once, in whichever of the two tasks comes first to it
	refused bool      // Guard answered; read after once
	failure error     // Guard failed; read after once
}

// interactionTasks makes two tasks of a slash command: its turn in the lane, and the gate, which runs at once. The
// gate refuses what no queued event can change, and acknowledges what is not answered in time.
func (a *activation) interactionTasks(d gateway.Dispatch, event *agateway.InteractionCreateEvent) (turn, gate dispatch.Task, ok bool) {
	data, isCommand := event.Data.(*discord.CommandInteraction)
	if !isCommand {
		return turn, gate, false
	}
	definition := a.set.Lookup(data.Name)
	if definition == nil {
		return turn, gate, false
	}
	in := command.Input{
		Key: event.ID.String(), Guild: uint64(event.GuildID), Channel: uint64(event.ChannelID),
		Prefix: command.DefaultPrefix, Received: d.Received, Replayed: d.Replayed,
	}
	if sender := event.Sender(); sender != nil {
		in.Author = author(*sender, event.Member)
	}
	texts, people := options(definition, data)
	s := &slash{
		a: a, call: command.Slashed(in, definition, texts, people),
		answer: outbox.NewInteraction(a.rest, uint64(event.AppID), uint64(event.ID), event.Token, definition.Response == command.Private),
		late:   d.Replayed || time.Since(event.ID.Time()) > lateAfter,
	}
	turn = dispatch.Task{Sequence: d.Sequence, Lane: lane(in), Key: in.Key, Name: definition.Name, Run: s.turn}
	gate = dispatch.Task{Key: in.Key, Name: definition.Name, Run: s.gate}
	return turn, gate, true
}

// options sorts what Discord resolved by our types.
func options(d *command.Definition, data *discord.CommandInteraction) (texts map[string]string, people map[string]command.Member) {
	texts, people = map[string]string{}, map[string]command.Member{}
	for _, o := range data.Options {
		text := o.String()
		id, err := discord.ParseSnowflake(text)
		if o.Type != discord.UserOptionType {
			texts[o.Name] = text
			continue
		}
		if err != nil {
			continue
		}
		m := command.Member{ID: uint64(id)}
		if user, ok := data.Resolved.Users[discord.UserID(id)]; ok {
			member, inGuild := data.Resolved.Members[discord.UserID(id)]
			if inGuild {
				m = author(user, &member)
			} else {
				m = author(user, nil)
			}
		}
		people[o.Name] = m
	}
	return texts, people
}

func (s *slash) origin() outbox.Origin {
	return outbox.Origin{Key: s.call.Key, Channel: s.call.Channel, Interaction: s.answer}
}

// gate decides at once what needs no turn, then sees to it that Discord hears of us in time.
func (s *slash) gate(ctx context.Context) error {
	s.once.Do(func() { s.guard(ctx) })
	if s.refused || s.failure != nil {
		return nil
	}
	if !s.late {
		select {
		case <-s.answer.Answered():
			return nil
		case <-ctx.Done():
			return nil
		case <-time.After(time.Until(s.call.Received.Add(deferAfter))):
		}
	}
	err := dispatch.InPhase(ctx, dispatch.Send, s.answer.Defer)
	if errors.Is(err, outbox.ErrDead) {
		return nil // its turn tells the member
	}
	return err
}

// guard refuses, or lets the turn go on.
func (s *slash) guard(ctx context.Context) {
	s.failure = errGuard // should it panic
	refusal, err := s.a.engine.Guard(ctx, s.call)
	if err == nil && refusal != nil {
		s.refused = true
		err = dispatch.InPhase(ctx, dispatch.Send, func(ctx context.Context) error {
			return s.answer.Refuse(ctx, effect.Message{Content: refusal.Reason})
		})
	}
	s.failure = err
}

var errGuard = errors.New("the command's Guard panicked")

// turn runs the command when the lane has come to it.
func (s *slash) turn(ctx context.Context) error {
	s.once.Do(func() { s.guard(ctx) })
	if s.refused && s.failure == nil {
		return nil
	}
	if s.late { // nothing may be done for an interaction whose member was told "the application did not respond"
		err := dispatch.InPhase(ctx, dispatch.Send, s.answer.Defer)
		if errors.Is(err, outbox.ErrDead) {
			return s.missed(ctx)
		}
		if err != nil {
			return err
		}
	}
	s.call.Started = time.Now()
	return s.a.answer(ctx, s.origin(), s.call, func(ctx context.Context) ([]effect.Effect, error) {
		if s.failure != nil {
			return nil, s.failure
		}
		return s.a.engine.Run(ctx, s.call)
	})
}

// missed tells the member that the command was not run.
func (s *slash) missed(ctx context.Context) error {
	text := fmt.Sprintf("%s, I was away for a moment when you used `/%s`, so nothing happened. Please send it again.",
		s.call.Author.Mention(), s.call.Definition.Name)
	return s.a.deliver(ctx, outbox.Origin{Key: s.call.Key, Channel: s.call.Channel},
		[]effect.Effect{effect.Post{Channel: s.call.Channel, Message: effect.Message{Content: text}}})
}
