package discordsim

import (
	"context"
	"fmt"
	"strings"
)

// Await waits until a condition holds. It is asked at once and after everything that happens; it must not call the
// simulator.
func (s *Sim) Await(ctx context.Context, condition func(Counters) bool) error {
	return s.await(ctx, func() bool { return condition(s.counters) })
}

// await waits until a condition, asked under mu, holds.
func (s *Sim) await(ctx context.Context, condition func() bool) error {
	for {
		s.mu.Lock()
		met, changed := condition(), s.watch()
		s.mu.Unlock()
		if met {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Connected says whether a session of the bot is connected at this moment.
func (s *Sim) Connected() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.connected()
}

func (s *Sim) connected() bool {
	for _, sess := range s.sessions {
		if sess.conn != nil {
			return true
		}
	}
	return false
}

// AwaitConnected waits until a session of the bot is connected.
func (s *Sim) AwaitConnected(ctx context.Context) error {
	return s.await(ctx, s.connected)
}

// AwaitDisconnected waits until no session of the bot is connected.
func (s *Sim) AwaitDisconnected(ctx context.Context) error {
	return s.await(ctx, func() bool { return !s.connected() })
}

// AwaitIdentify waits until n sessions were started since the simulator was made.
func (s *Sim) AwaitIdentify(ctx context.Context, n int) error {
	return s.Await(ctx, func(c Counters) bool { return c.Readies >= n })
}

// AwaitResume waits until n resumes succeeded since the simulator was made.
func (s *Sim) AwaitResume(ctx context.Context, n int) error {
	return s.Await(ctx, func(c Counters) bool { return c.Resumes >= n })
}

// AwaitDelivered waits until every event of a connected session was handed to its connection's writer.
func (s *Sim) AwaitDelivered(ctx context.Context) error {
	return s.await(ctx, func() bool {
		for _, sess := range s.sessions {
			if sess.conn != nil && sess.conn.next <= sess.last {
				return false
			}
		}
		return true
	})
}

// AwaitMessage waits for the first message in a channel that matches, past ones and edits included. Ephemeral
// messages in the channel are looked at as they come.
func (s *Sim) AwaitMessage(ctx context.Context, channelID ID, matches func(Message) bool) (Message, error) {
	s.mu.Lock()
	sub := s.subscribe()
	var past []Message
	if c := s.channels[channelID]; c != nil {
		for _, m := range c.messages {
			past = append(past, *m)
		}
	}
	s.mu.Unlock()
	defer sub.Close()
	for _, m := range past {
		if matches(m) {
			return m, nil
		}
	}
	for {
		record, err := sub.Next(ctx)
		if err != nil {
			return Message{}, fmt.Errorf("awaiting a message in channel %s: %w", channelID, err)
		}
		var m Message
		switch what := record.What.(type) {
		case MessageSent:
			m = what.Message
		case MessageEdited:
			m = what.Message
		default:
			continue
		}
		if m.ChannelID == channelID && matches(m) {
			return m, nil
		}
	}
}

// AwaitAnswer waits for the bot's reply to a message: a message of the bot that refers to it.
func (s *Sim) AwaitAnswer(ctx context.Context, question Message) (Message, error) {
	return s.AwaitMessage(ctx, question.ChannelID, func(m Message) bool {
		return m.Author.ID == s.self.ID && m.Reference != nil && m.Reference.MessageID == question.ID
	})
}

// AwaitInteraction waits until an interaction satisfies a condition, and returns it as it is then.
func (s *Sim) AwaitInteraction(ctx context.Context, id ID, condition func(Interaction) bool) (Interaction, error) {
	var now Interaction
	err := s.await(ctx, func() bool {
		in := s.interactions[id]
		if in == nil {
			return false
		}
		now = s.interactionSnapshot(in)
		return condition(now)
	})
	return now, err
}

// Containing matches messages of the bot or anybody that contain a text.
func Containing(text string) func(Message) bool {
	return func(m Message) bool { return strings.Contains(m.Content, text) }
}
