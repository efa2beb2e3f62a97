package sandbox

import (
	"time"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

// acknowledgeWithin is how long Discord waits for the first response before it tells the person that none came.
const acknowledgeWithin = 3 * time.Second

// noticePrefix begins the id of what Discord itself tells a person, which is no message of its.
const noticePrefix = "unanswered-"

// use lets a member begin an interaction and keeps what it means in words. It holds using all the while, so that the
// story, which hears of the interaction before use returns, waits for the words.
func (s *story) use(d deed, begin func() (discordsim.Interaction, error)) (discordsim.Interaction, error) {
	s.using.Lock()
	defer s.using.Unlock()
	in, err := begin()
	if err == nil {
		s.meant[in.ID] = d
	}
	return in, err
}

// takeDeed is what a person did to begin an interaction; its bare name when it did not begin on the page.
func (s *story) takeDeed(in discordsim.Interaction) deed {
	s.using.Lock()
	defer s.using.Unlock()
	s.pending[in.ID] = in
	d, ok := s.meant[in.ID]
	delete(s.meant, in.ID)
	switch {
	case ok:
		return deed{d.verb, s.excerpt(d.text, inQuote)}
	case in.Type == discordsim.InteractionComponent:
		return deed{"used", in.Name}
	case in.Type == discordsim.InteractionForm:
		return deed{"sent", in.Name}
	}
	return deed{"used", "/" + in.Name}
}

// asks is somebody who uses a command, a button, a select or a form.
func (s *story) asks(in discordsim.Interaction, at time.Time) {
	if in.Type == discordsim.InteractionAutocomplete {
		return // a line for every key somebody presses would drown the rest
	}
	who, d, id := s.person(in.User), s.takeDeed(in), in.ID.String()
	q := question{quote: Quote{Author: who, Text: d.text, Verb: d.verb}, at: in.Begun}
	s.asked[in.ID] = q
	if len(s.asked) > keptMessages {
		for id, old := range s.asked {
			if in.Begun.Sub(old.at) > time.Hour {
				delete(s.asked, id)
			}
		}
	}
	line := who.Name + " " + d.verb + " " + d.text
	s.tracer.begin(id, line, at, "", true)
	s.tracer.owns(id, in.Token)
	s.tracer.step(id, at, Step{Kind: StepPerson, Text: line})
	s.release(id, id, at, true)
	s.board.noteOf(id, LogIn, line)
}

func (s *story) acknowledged(in discordsim.Interaction, at time.Time) {
	s.using.Lock()
	delete(s.pending, in.ID)
	s.using.Unlock()
	if in.Type == discordsim.InteractionAutocomplete {
		return
	}
	id := in.ID.String()
	news := Acknowledged{ID: id, User: in.User.String()}
	took := duration(milliseconds(in.Acknowledged.Sub(in.Begun)))
	switch in.Response {
	case discordsim.ResponseDeferred, discordsim.ResponseDeferredUpdate:
		s.tracer.step(id, at, Step{Kind: StepAnswer, Text: "deferred its answer: thinking…"})
		s.board.noteOf(id, LogOut, "deferred its answer to "+s.asked[in.ID].quote.Text+" after "+took)
	case discordsim.ResponseForm:
		news.Form = in.Form
		s.tracer.step(id, at, Step{Kind: StepAnswer, Text: "showed a form"})
		s.board.noteOf(id, LogOut, "showed "+s.person(in.User).Name+" a form after "+took)
	}
	s.board.tell("ack", news)
}

// sweep tells people whom the bot did not answer in time, as Discord does. It may be called from any goroutine.
func (s *story) sweep(now time.Time) {
	s.using.Lock()
	var late []discordsim.Interaction
	for id, in := range s.pending {
		if now.Sub(in.Begun) <= acknowledgeWithin {
			continue
		}
		delete(s.pending, id)
		if in, ok := s.sim.Interaction(id); ok && in.Acknowledged.IsZero() {
			late = append(late, in)
		}
	}
	s.using.Unlock()
	for _, in := range late {
		s.unanswered(in, now)
	}
}

func (s *story) unanswered(in discordsim.Interaction, now time.Time) {
	id, bot := in.ID.String(), s.atlas.Load().Bot
	notice := Message{
		ID: noticePrefix + id, Only: in.User.String(), Author: bot, At: now.UnixMilli(), Notice: true, Trace: id,
		Text: bot.Name + " did not respond in time.",
	}
	if in.Guild == 0 {
		notice.With = in.User.String()
	} else {
		notice.Channel = in.Channel.String()
	}
	s.board.put(notice)
	s.board.tell("ack", Acknowledged{ID: id, User: in.User.String(), Failed: true})
	s.tracer.step(id, now, Step{Kind: StepAnswer, Text: "nothing within 3 s: the person is told so", Bad: true})
	s.board.noteOf(id, LogOut, "did not respond to "+s.person(in.User).Name+" within 3 s")
}
