package sandbox

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

// story turns what happens in the simulator into what the page shows.
type story struct {
	*surveyor
	tracer *tracer

	// What follows belongs to the goroutine that tells the story.

	// with says whose direct messages a channel holds.
	with map[discordsim.ID]discordsim.ID
	// asked are the latest commands, clicks and forms: all of the last hour, and some older ones.
	asked map[discordsim.ID]question
	// early are events of the gateway that came before what they are about.
	early map[string][]held
	// up says that the bot has a session and a connection, as far as the story has got; lost is when that ended, zero
	// before the first time and while it is up.
	up   bool
	lost time.Time

	using sync.Mutex // guards what follows
	// meant is what a member meant by an interaction begun on the page, until the story has told it.
	meant map[discordsim.ID]deed
	// pending are interactions without a first response.
	pending map[discordsim.ID]discordsim.Interaction
}

// deed is what a person did in words: used /headpat, pressed Join.
type deed struct{ verb, text string }

// question is what somebody asked, and when.
type question struct {
	quote Quote
	at    time.Time
}

func newStory(sim *discordsim.Sim, b *board) *story {
	return &story{
		surveyor: &surveyor{sim: sim, board: b}, tracer: newTracer(b),
		with: map[discordsim.ID]discordsim.ID{}, asked: map[discordsim.ID]question{},
		early: map[string][]held{}, meant: map[discordsim.ID]deed{}, pending: map[discordsim.ID]discordsim.Interaction{},
	}
}

// tell follows the simulator until ctx ends. What was said before is shown too.
func (s *story) tell(ctx context.Context, sub *discordsim.Subscription) {
	for {
		record, err := sub.Next(ctx)
		if err != nil {
			return
		}
		s.chapter(record)
	}
}

// begin shows the world as it stands.
func (s *story) begin() {
	s.up = s.sim.Connected()
	world := s.survey()
	s.readCommands()
	for id := range world.channels {
		for _, m := range s.sim.Messages(id) {
			s.board.put(s.message(m))
		}
	}
	for id := range world.people {
		if dm, ok := s.sim.DM(id); ok {
			for _, m := range s.sim.Messages(dm.ID) {
				s.board.put(s.message(m))
			}
		}
	}
}

// chapter is one happening.
func (s *story) chapter(r discordsim.Record) {
	switch what := r.What.(type) {
	case discordsim.MessageSent:
		s.sent(what.Message, r.At)
	case discordsim.MessageEdited:
		s.edited(what.Message, r.At)
	case discordsim.MessageDeleted:
		s.deleted(what.Message, r.At)
	case discordsim.ReactionAdded:
		s.reacted(what.Message, what.User, "reacted with "+what.Emoji, r.At)
	case discordsim.ReactionRemoved:
		s.reacted(what.Message, what.User, "took back "+what.Emoji, r.At)
	case discordsim.Dispatched:
		s.dispatched(what, r.At)
	case discordsim.Typing:
		s.types(what)
	case discordsim.InteractionSent:
		s.asks(what.Interaction, r.At)
	case discordsim.InteractionAcknowledged:
		s.acknowledged(what.Interaction, r.At)
	case discordsim.CommandsChanged:
		s.readCommands()
		s.board.note(LogGateway, "slash commands registered")
	case discordsim.Requested:
		s.requested(what, r.At)
	case discordsim.Violated:
		s.board.note(LogGateway, "against Discord's rules: %s", what.What)
	case discordsim.Struck:
		if what.Fault.Kind == discordsim.Drop {
			s.down(r.At, "the link is cut")
		}
		s.board.note(LogFault, "%s", faultText(what.Fault))
	default:
		s.link(r)
	}
}

// sent is a new message.
func (s *story) sent(m discordsim.Message, at time.Time) {
	id := m.ID.String()
	if m.Author.ID != s.sim.Bot().ID {
		line := fmt.Sprintf("%s %s: %s", s.author(m).Name, s.place(m), s.gist(m))
		s.tracer.begin(id, line, at, id, true)
		s.tracer.step(id, at, Step{Kind: StepPerson, Text: line, Message: id})
		s.release(id, id, at, true)
		s.board.put(s.message(m))
		s.board.noteOf(id, LogIn, line)
		return
	}
	trace := s.traceOf(m)
	if trace == "" {
		trace = id
		s.tracer.begin(id, "said "+s.place(m)+": "+s.gist(m), at, id, false)
	}
	s.tracer.owns(trace, id)
	s.tracer.owns(trace, nonceOf(m))
	s.release(trace, id, at, false)
	shown := s.message(m)
	s.board.put(shown)
	if shown.Thinking {
		return // its acknowledgement says so
	}
	s.answered(shown, m, at)
}

// traceOf is the story that a message of the bot belongs to.
func (s *story) traceOf(m discordsim.Message) string {
	ids := []string{m.ID.String()}
	if m.InteractionMetadata != nil {
		ids = append(ids, m.InteractionMetadata.ID.String())
	}
	if m.Referenced != nil {
		ids = append(ids, m.Referenced.ID.String())
	}
	return s.tracer.of(ids...)
}

// nonceOf is a message's nonce as a key; empty when it has none.
func nonceOf(m discordsim.Message) string {
	var nonce any
	if len(m.Nonce) == 0 || json.Unmarshal(m.Nonce, &nonce) != nil || nonce == nil {
		return ""
	}
	return nonceKey(nonce)
}

func nonceKey(nonce any) string { return fmt.Sprintf("nonce %v", nonce) }

// edited is a message that changed; the bot's deferred answers come this way.
func (s *story) edited(m discordsim.Message, at time.Time) {
	shown := s.message(m)
	before, known := s.board.message(shown.ID)
	if known && !before.Thinking {
		shown.Took = before.Took
	}
	shown.Edited = shown.Edited && (!known || !before.Thinking)
	s.board.put(shown)
	trace := s.tracer.of(shown.ID)
	if m.Author.ID != s.sim.Bot().ID {
		if known && before.Text != shown.Text {
			s.tracer.step(trace, at, Step{Kind: StepPerson, Text: "edited: " + s.gist(m), Message: shown.ID})
			s.board.noteOf(trace, LogIn, fmt.Sprintf("%s edited %s: %s", shown.Author.Name, s.place(m), s.gist(m)))
		}
		return
	}
	if known && before.Thinking && !shown.Thinking {
		s.answered(shown, m, at)
		return
	}
	s.tracer.step(trace, at, Step{Kind: StepAnswer, Text: "edited its message: " + s.gist(m), Message: shown.ID})
	s.board.noteOf(trace, LogOut, fmt.Sprintf("edited a message %s: %s", s.place(m), s.gist(m)))
}

func (s *story) deleted(m discordsim.Message, at time.Time) {
	id := m.ID.String()
	s.board.take(id)
	trace := s.tracer.of(id)
	s.tracer.step(trace, at, Step{Kind: StepPerson, Text: "the message was deleted"})
	s.board.noteOf(trace, LogGateway, fmt.Sprintf("a message of %s was deleted %s", s.author(m).Name, s.place(m)))
}

func (s *story) reacted(m discordsim.Message, user discordsim.ID, what string, at time.Time) {
	shown := s.message(m)
	if before, known := s.board.message(shown.ID); known {
		shown.Took = before.Took
	}
	s.board.put(shown)
	who, kind, step := s.person(user), LogIn, StepPerson
	if user == s.sim.Bot().ID {
		kind, step = LogOut, StepAnswer
	}
	s.tracer.step(shown.Trace, at, Step{Kind: step, Text: who.Name + " " + what, Message: shown.ID})
	s.board.noteOf(shown.Trace, kind, who.Name+" "+what+" "+s.place(m))
}

func (s *story) types(what discordsim.Typing) {
	t := Typist{User: what.User.String()}
	if _, ok := s.channel(what.Channel); ok {
		t.Channel = what.Channel.String()
	} else {
		t.With = s.partner(what.Channel).String()
	}
	s.board.tell("typing", t)
}

// answered notes what the bot said, and how long its asker waited.
func (s *story) answered(shown Message, m discordsim.Message, at time.Time) {
	line := fmt.Sprintf("said %s: %s", s.place(m), s.gist(m))
	if shown.Answers != nil && shown.Took != nil {
		line = fmt.Sprintf("answered %s in %s: %s", shown.Answers.Author.Name, duration(*shown.Took), s.gist(m))
	}
	trace := s.tracer.of(shown.ID)
	s.tracer.step(trace, at, Step{Kind: StepAnswer, Text: line, Message: shown.ID})
	s.board.noteOf(trace, LogOut, line)
}

// place says in words where a message is.
func (s *story) place(m discordsim.Message) string {
	if c, ok := s.channel(m.ChannelID); ok {
		return "in #" + c.Name
	}
	return "in a direct message"
}

// requested is a REST request after its answer: the step of a story when it is about something that one tells of.
func (s *story) requested(r discordsim.Requested, at time.Time) {
	bad := r.Status == 0 || r.Status >= 400
	outcome := cmp.Or(statusText(r.Status), "a reset")
	trace := s.tracer.of(subjects(r)...)
	if trace != "" {
		s.tracer.step(trace, at, Step{
			Kind: StepRequest, Text: r.Route + " → " + outcome, Took: milliseconds(r.Took), Detail: pretty(r.Body), Bad: bad,
		})
	}
	if bad {
		s.board.noteOf(trace, LogGateway, fmt.Sprintf("%s was answered with %s", r.Route, outcome))
	}
}

// subjects are the ids that a request names: those in its path, its nonce, and the message it replies to.
func subjects(r discordsim.Requested) []string {
	var ids []string
	for part := range strings.SplitSeq(r.Path, "/") {
		if len(part) > 15 { // ids and tokens; shorter parts are words
			ids = append(ids, part)
		}
	}
	var body struct {
		Nonce     any `json:"nonce"`
		Reference struct {
			Message string `json:"message_id"`
		} `json:"message_reference"`
	}
	if json.Unmarshal(r.Body, &body) == nil {
		ids = append(ids, body.Reference.Message)
		if body.Nonce != nil {
			ids = append(ids, nonceKey(body.Nonce))
		}
	}
	return ids
}

// maxDetail bounds what of a request is kept.
const maxDetail = 4000

// pretty is JSON as a person reads it.
func pretty(body json.RawMessage) string {
	var value any
	if len(body) == 0 || json.Unmarshal(body, &value) != nil {
		return ""
	}
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil || len(text) > maxDetail {
		return string(text[:min(len(text), maxDetail)]) + "…"
	}
	return string(text)
}

func statusText(status int) string {
	if status == 0 {
		return ""
	}
	return fmt.Sprint(status)
}
