package sandbox

import (
	"fmt"
	"strings"
	"time"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

// link is what happens between the bot and the gateway.
func (s *story) link(r discordsim.Record) {
	switch what := r.What.(type) {
	case discordsim.Identified:
		s.back(r.At, "the bot identified: a new session")
		s.board.note(LogGateway, "identified: a new session%s", s.awayFor(r.At))
	case discordsim.Resumed:
		s.back(r.At, "the bot resumed its session: "+count(what.Replayed, "event")+" replayed")
		s.board.note(LogGateway, "resumed: same session%s, %s replayed", s.awayFor(r.At), count(what.Replayed, "event"))
	case discordsim.Disconnected:
		s.disconnected(what, r.At)
	case discordsim.Disconnecting:
		s.down(r.At, "Discord closed the link")
		s.board.note(LogGateway, "Discord closes the link: %d %s", what.Code, what.Reason)
	case discordsim.InvalidSessionSent:
		s.down(r.At, "Discord called the session invalid")
		s.board.note(LogGateway, "op 9 sent%s", suffix(what.Resumable, ", resumable"))
	case discordsim.SessionEnded:
		s.down(r.At, "the session ended")
		s.board.note(LogGateway, "session over: %s", what.Why)
	case discordsim.GuildChanged:
		s.survey()
		return
	case discordsim.PresenceChanged:
		s.board.note(LogGateway, "the bot shows itself as %s", what.Presence.Status)
	default:
		return
	}
	s.board.setGateway(s.gateway())
}

func (s *story) disconnected(what discordsim.Disconnected, at time.Time) {
	if what.Session != "" {
		s.down(at, "the link was lost")
	}
	switch {
	case what.Lost:
		s.board.note(LogGateway, "link lost without a goodbye")
	case what.ByClient:
		s.board.note(LogGateway, "the bot closed the link: %d", what.Code)
	}
}

// held is an event of the gateway whose message or interaction the story has not told yet: the simulator sends first
// and tells then.
type held struct {
	at   time.Time
	step Step
}

// maxHeld bounds how many events are held; those of messages that are never told of are forgotten.
const maxHeld = 1000

// dispatched is an event that got its number in the bot's session. That the bot hears of its own messages too is no
// part of a story.
func (s *story) dispatched(d discordsim.Dispatched, at time.Time) {
	if m, ok := s.sim.Message(d.About); ok && m.Author.ID == s.sim.Bot().ID && !strings.HasPrefix(d.Event, "MESSAGE_REACTION") {
		return
	}
	text := fmt.Sprintf("%s sent to the bot as number %d", d.Event, d.Seq)
	if !s.up {
		text = fmt.Sprintf("%s waits for the bot, which is away, as number %d", d.Event, d.Seq)
	}
	step, id := Step{Kind: StepGateway, Text: text, Bad: !s.up}, d.About.String()
	if trace := s.tracer.of(id); trace != "" {
		s.tracer.step(trace, at, step)
		return
	}
	if len(s.early) > maxHeld {
		clear(s.early)
	}
	s.early[id] = append(s.early[id], held{at, step})
}

// release tells of the events that were held for a message or an interaction. A person's event that was sent to nobody
// is remarkable.
func (s *story) release(trace, id string, at time.Time, person bool) {
	for _, h := range s.early[id] {
		s.tracer.step(trace, h.at, h.step)
	}
	if person && len(s.early[id]) == 0 {
		s.tracer.step(trace, at, Step{Kind: StepGateway, Text: "the bot has no session that hears of this", Bad: true})
	}
	delete(s.early, id)
}

// down notes that the bot is not connected any more.
func (s *story) down(at time.Time, why string) {
	if s.up {
		s.up, s.lost = false, at
		s.tracer.meanwhile(at, Step{Kind: StepLink, Text: why, Bad: true})
	}
}

func (s *story) back(at time.Time, how string) {
	s.tracer.meanwhile(at, Step{Kind: StepLink, Text: how})
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
	requests := 0
	for _, n := range counters.Requests {
		requests += n
	}
	return Gateway{
		Connected: s.sim.Connected(), Identifies: counters.Identifies, Resumes: counters.Resumes, Replayed: counters.Replayed,
		Requests: requests, Violations: counters.Violations, Presence: s.sim.Presence().Status,
	}
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
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
