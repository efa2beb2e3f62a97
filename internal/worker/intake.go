package worker

import (
	"context"
	"time"

	"github.com/diamondburned/arikawa/v3/discord"
	agateway "github.com/diamondburned/arikawa/v3/gateway"

	"github.com/steadfast-bot/steadfast/internal/command"
	"github.com/steadfast-bot/steadfast/internal/dispatch"
	"github.com/steadfast-bot/steadfast/internal/gateway"
	"github.com/steadfast-bot/steadfast/internal/logging"
)

// intake is where the link's events become tasks. It stands on the reading path: it looks, queues, and does no work.
type intake struct{ a *activation }

var _ gateway.Sink = intake{}

// The dispatches that mean something to us.
const (
	typeReady       = "READY"
	typeMessage     = "MESSAGE_CREATE"
	typeInteraction = "INTERACTION_CREATE"
)

// Handles names them.
func (in intake) Handles(eventType string) bool {
	return eventType == typeReady || eventType == typeMessage || eventType == typeInteraction
}

// Wants looks into a message before it is decoded: most of a busy server is chat, and decoding all of it would cost
// more than everything else together.
func (in intake) Wants(eventType string, data gateway.Data) bool {
	if eventType != typeMessage {
		return true
	}
	content := data.Text("content")
	return command.Addressed(content, command.DefaultPrefix, in.a.mentions)
}

// Deliver queues an event; false when there is no room.
func (in intake) Deliver(d gateway.Dispatch) bool {
	switch event := d.Event.(type) {
	case *agateway.ReadyEvent:
		in.a.bot.Store(uint64(event.User.ID)) // as good as always what the token says
	case *agateway.MessageCreateEvent:
		if task, ok := in.a.messageTask(d, event); ok {
			return in.a.dispatcher.Submit(task)
		}
	case *agateway.InteractionCreateEvent:
		if task, gate, ok := in.a.interactionTasks(d, event); ok {
			if !in.a.dispatcher.Submit(task) {
				return false
			}
			in.a.dispatcher.Submit(gate) // without room for it the lane does its work
			return true
		}
	case nil:
		in.a.log.WithError(d.Err).WithField(logging.Event, d.Type).Warn("an event could not be decoded")
	}
	in.a.dispatcher.Skip(d.Sequence)
	return true
}

// Skip passes an event nobody handles.
func (in intake) Skip(sequence int64) { in.a.dispatcher.Skip(sequence) }

// Room tells when half the queue is free again.
func (in intake) Room() <-chan struct{} { return in.a.dispatcher.Room() }

// LowWater is the sequence up to which everything is done.
func (in intake) LowWater() int64 { return in.a.dispatcher.LowWater() }

// messageTask makes a task of a message that calls a command.
func (a *activation) messageTask(d gateway.Dispatch, event *agateway.MessageCreateEvent) (dispatch.Task, bool) {
	bot := a.bot.Load()
	if event.Author.Bot || event.WebhookID.IsValid() || uint64(event.Author.ID) == bot {
		return dispatch.Task{}, false // bots don't command bots: two of them would never stop
	}
	line, ok := a.set.ParseLine(event.Content, command.DefaultPrefix, bot)
	if !ok {
		return dispatch.Task{}, false
	}
	in := command.Input{
		Key: event.ID.String(), Guild: uint64(event.GuildID), Channel: uint64(event.ChannelID),
		Author: author(event.Author, event.Member), Prefix: command.DefaultPrefix,
		Received: d.Received, Replayed: d.Replayed,
	}
	mentioned := make([]command.Member, 0, len(event.Mentions))
	for _, m := range event.Mentions {
		mentioned = append(mentioned, author(m.User, m.Member))
	}
	call := command.Typed(in, line, mentioned)
	return dispatch.Task{
		Sequence: d.Sequence, Lane: lane(in), Key: in.Key, Name: call.Definition.Name,
		Run: func(ctx context.Context) error {
			call.Started = time.Now()
			return a.answerMessage(ctx, call, uint64(event.ID))
		},
	}, true
}

// lane keeps a channel's events in order; a DM's lane is its person's.
func lane(in command.Input) string {
	if in.Guild == 0 {
		return "user " + discord.Snowflake(in.Author.ID).String()
	}
	return "channel " + discord.Snowflake(in.Channel).String()
}

func author(user discord.User, member *discord.Member) command.Member {
	m := command.Member{ID: uint64(user.ID), Name: user.DisplayOrUsername(), Bot: user.Bot}
	if member != nil && member.Nick != "" {
		m.Name = member.Nick
	}
	return m
}
