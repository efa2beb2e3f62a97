package sandbox

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

// How many characters of a message are shown where it is quoted, and in the log, which is narrow.
const (
	inQuote = 80
	inLog   = 48
)

// story turns what happens in the simulator into what the page shows.
type story struct {
	sim   *discordsim.Sim
	board *board

	// What follows belongs to the goroutine that tells the story.

	people   map[discordsim.ID]Person
	channels map[discordsim.ID]Channel
	// with says whose direct messages a channel holds.
	with map[discordsim.ID]discordsim.ID
	// asked are the latest slash commands: all of the last hour, and some older ones.
	asked map[discordsim.ID]question
	// using guards typed: what a member typed to use a slash command, until the story has told it.
	using sync.Mutex
	typed map[discordsim.ID]string

	// up says that the bot has a session and a connection, as far as the story has got; lost is when that ended, zero
	// before the first time and while it is up.
	up   bool
	lost time.Time
}

// question is what somebody asked, and when.
type question struct {
	quote Quote
	at    time.Time
}

func newStory(sim *discordsim.Sim, board *board) *story {
	return &story{
		sim: sim, board: board, with: map[discordsim.ID]discordsim.ID{}, asked: map[discordsim.ID]question{},
		typed: map[discordsim.ID]string{},
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
	s.up = s.sim.AwaitConnected(over) == nil
	s.readWorld()
	s.readCommands()
	for id := range s.channels {
		for _, m := range s.sim.Messages(id) {
			s.board.put(s.message(m))
		}
	}
	for id := range s.people {
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
		s.sent(what.Message)
	case discordsim.MessageEdited:
		s.edited(what.Message)
	case discordsim.MessageDeleted:
		s.board.take(what.Message.ID.String())
	case discordsim.InteractionSent:
		s.asks(what.Interaction)
	case discordsim.InteractionAcknowledged:
		s.acknowledged(what.Interaction)
	case discordsim.CommandsChanged:
		s.readCommands()
		s.board.note(LogGateway, "slash commands registered")
	case discordsim.Requested:
		if what.Status == 0 || what.Status >= 400 {
			s.board.note(LogGateway, "%s was answered with %s", what.Route, cmp.Or(statusText(what.Status), "a reset"))
		}
	case discordsim.Violated:
		s.board.note(LogGateway, "against Discord's rules: %s", what.What)
	case discordsim.Struck:
		if what.Fault.Kind == discordsim.Drop {
			s.down(r.At)
		}
		s.board.note(LogFault, "%s", faultText(what.Fault))
	default:
		s.link(r)
	}
}

func statusText(status int) string {
	if status == 0 {
		return ""
	}
	return fmt.Sprint(status)
}

// sent is a new message.
func (s *story) sent(m discordsim.Message) {
	shown := s.message(m)
	s.board.put(shown)
	switch {
	case m.Author.ID != s.sim.Bot().ID:
		s.board.note(LogIn, "%s %s: %s", shown.Author.Name, s.place(m), s.excerpt(m.Content, inLog))
	case shown.Thinking:
		// its acknowledgement says so
	default:
		s.answered(shown, m)
	}
}

// edited is a message that changed; the bot's deferred answers come this way.
func (s *story) edited(m discordsim.Message) {
	shown := s.message(m)
	before, known := s.board.message(shown.ID)
	if known && !before.Thinking {
		shown.Took = before.Took
	}
	shown.Edited = !known || !before.Thinking
	s.board.put(shown)
	if m.Author.ID != s.sim.Bot().ID {
		return
	}
	if known && before.Thinking && !shown.Thinking {
		s.answered(shown, m)
		return
	}
	s.board.note(LogOut, "edited a message %s: %s", s.place(m), s.excerpt(m.Content, inLog))
}

// answered notes what the bot said, and how long its asker waited.
func (s *story) answered(shown Message, m discordsim.Message) {
	if shown.Answers == nil || shown.Took == nil {
		s.board.note(LogOut, "said %s: %s", s.place(m), s.excerpt(m.Content, inLog))
		return
	}
	s.board.note(LogOut, "answered %s in %s: %s", shown.Answers.Author.Name, duration(*shown.Took), s.excerpt(m.Content, inLog))
}

func duration(ms float64) string {
	switch {
	case ms < 10:
		return fmt.Sprintf("%.1f ms", ms)
	case ms < 1000:
		return fmt.Sprintf("%.0f ms", ms)
	}
	return fmt.Sprintf("%.1f s", ms/1000)
}

// use lets a member use a slash command and keeps what was typed. It holds using all the while, so that the story,
// which hears of the command before use returns, waits for the text.
func (s *story) use(typed string, slash func() (discordsim.Interaction, error)) (discordsim.Interaction, error) {
	s.using.Lock()
	defer s.using.Unlock()
	in, err := slash()
	if err == nil {
		s.typed[in.ID] = typed
	}
	return in, err
}

// takeTyped is what was typed to begin an interaction; its name when it did not begin on the page.
func (s *story) takeTyped(in discordsim.Interaction) string {
	s.using.Lock()
	defer s.using.Unlock()
	typed, ok := s.typed[in.ID]
	delete(s.typed, in.ID)
	if !ok {
		return "/" + in.Name
	}
	return s.excerpt(typed, inQuote)
}

// asks is somebody who uses a slash command.
func (s *story) asks(in discordsim.Interaction) {
	who := s.person(in.User)
	q := question{quote: Quote{Author: who, Text: s.takeTyped(in), Used: true}, at: in.Begun}
	s.asked[in.ID] = q
	if len(s.asked) > keptMessages {
		for id, old := range s.asked {
			if in.Begun.Sub(old.at) > time.Hour {
				delete(s.asked, id)
			}
		}
	}
	s.board.note(LogIn, "%s used %s", who.Name, q.quote.Text)
}

func (s *story) acknowledged(in discordsim.Interaction) {
	if in.Response == discordsim.ResponseDeferred || in.Response == discordsim.ResponseDeferredUpdate {
		s.board.note(LogOut, "deferred its answer to /%s after %s", in.Name, duration(milliseconds(in.Acknowledged.Sub(in.Begun))))
	}
}

// link is what happens between the bot and the gateway.
func (s *story) link(r discordsim.Record) {
	switch what := r.What.(type) {
	case discordsim.Identified:
		s.board.note(LogGateway, "identified: a new session%s", s.awayFor(r.At))
	case discordsim.Resumed:
		s.board.note(LogGateway, "resumed: same session%s, %s replayed", s.awayFor(r.At), count(what.Replayed, "event"))
	case discordsim.Disconnected:
		s.disconnected(what, r.At)
	case discordsim.Disconnecting:
		s.down(r.At)
		s.board.note(LogGateway, "Discord closes the link: %d %s", what.Code, what.Reason)
	case discordsim.InvalidSessionSent:
		s.down(r.At)
		s.board.note(LogGateway, "op 9 sent%s", suffix(what.Resumable, ", resumable"))
	case discordsim.SessionEnded:
		s.down(r.At)
		s.board.note(LogGateway, "session over: %s", what.Why)
	case discordsim.PresenceChanged:
		s.board.note(LogGateway, "the bot shows itself as %s", what.Presence.Status)
	default:
		return
	}
	s.board.setGateway(s.gateway())
}

func (s *story) disconnected(what discordsim.Disconnected, at time.Time) {
	if what.Session != "" {
		s.down(at)
	}
	switch {
	case what.Lost:
		s.board.note(LogGateway, "link lost without a goodbye")
	case what.ByClient:
		s.board.note(LogGateway, "the bot closed the link: %d", what.Code)
	}
}

// down notes that the bot is not connected any more.
func (s *story) down(at time.Time) {
	if s.up {
		s.up, s.lost = false, at
	}
}

// awayFor says how long the bot was not connected, once it is again.
func (s *story) awayFor(now time.Time) string {
	s.up = true
	if s.lost.IsZero() {
		return ""
	}
	away := now.Sub(s.lost)
	s.lost = time.Time{}
	return " after " + duration(milliseconds(away))
}

// gateway counts what the simulator saw of the link. It may be called from any goroutine.
func (s *story) gateway() Gateway {
	counters := s.sim.Counters()
	return Gateway{
		Connected: s.sim.AwaitConnected(over) == nil, Identifies: counters.Identifies, Resumes: counters.Resumes,
		Presence: s.sim.Presence().Status,
	}
}

// over is a context that has ended: what awaits a condition with it only asks whether the condition holds.
var over = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

var mentionPattern = regexp.MustCompile(`<@!?([0-9]+)>`)

// excerpt is the beginning of a text on one line, with names for mentions.
func (s *story) excerpt(text string, most int) string {
	text = mentionPattern.ReplaceAllStringFunc(text, func(mention string) string {
		id, err := discordsim.ParseID(strings.Trim(mention, "<@!>"))
		if err != nil {
			return mention
		}
		return "@" + s.person(id).Name
	})
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}
