package discordsim

import (
	"maps"
	"slices"
)

// Dialled says which gateway URL a client used.
type Dialled string

// The two gateway URLs.
const (
	DialledMain   Dialled = "main"
	DialledResume Dialled = "resume"
)

// maxViolationTexts bounds how many violations are kept in words; all are counted.
const maxViolationTexts = 100

// Counters is what the simulator counted since it was made.
type Counters struct {
	// Dials counts gateway dials per URL, refused ones too.
	Dials map[Dialled]int
	// Identifies counts op 2 on connections without a session; Readies those that were answered with READY.
	Identifies int
	Readies    int
	// ResumeAttempts = Resumes + ResumesRefused (op 9) + those answered with a close code.
	ResumeAttempts int
	Resumes        int
	ResumesRefused int
	// ResumedFrom holds the sequence number of each successful resume; Replayed sums what they had missed.
	ResumedFrom []uint64
	Replayed    int
	// Takeovers counts resumes of a session whose old connection was, as far as the server had noticed, still there.
	Takeovers       int
	InvalidSessions int
	Heartbeats      int
	PresenceUpdates int
	TokenResets     int
	// ClientCloses counts the close codes clients sent.
	ClientCloses map[int]int
	// Duplicated counts events delivered twice by a fault.
	Duplicated int
	// Reordered counts events that were held back by a fault, so that others overtook them.
	Reordered int

	// Requests counts REST requests per route, for example "POST /channels/{channel}/messages".
	Requests map[string]int
	// Statuses counts REST answers per status; 0 is a reset connection.
	Statuses map[int]int
	// RateLimited counts 429s per scope: user, global, shared, and cloudflare.
	RateLimited map[string]int
	// InvalidRequests counts 401, 403 and 429 (shared ones excepted).
	InvalidRequests int
	// NonceHits counts creates that were answered with an earlier message.
	NonceHits int
	// DoubleAcknowledgements counts 40060, LateAcknowledgements 10062 of interactions that exist.
	DoubleAcknowledgements int
	LateAcknowledgements   int

	// Violations counts what a client must not do; the first 100 are kept in words.
	Violations     int
	ViolationTexts []string
	// Foreign are requests of other clients (by User-Agent) that break Discord's OpenAPI description.
	Foreign map[string]ForeignViolations
	// Mismatches counts where our own answers break that description, which is the simulator's mistake.
	Mismatches    int
	MismatchTexts []string
}

// ForeignViolations are what one client's requests break of the description; the first 100 are kept in words, each once.
type ForeignViolations struct {
	Count int
	Texts []string
}

func newCounters() Counters {
	return Counters{
		Dials: map[Dialled]int{}, ClientCloses: map[int]int{}, Requests: map[string]int{}, Statuses: map[int]int{},
		RateLimited: map[string]int{},
	}
}

func (c Counters) clone() Counters {
	c.Dials, c.ClientCloses = maps.Clone(c.Dials), maps.Clone(c.ClientCloses)
	c.Requests, c.Statuses, c.RateLimited = maps.Clone(c.Requests), maps.Clone(c.Statuses), maps.Clone(c.RateLimited)
	c.MismatchTexts, c.Foreign = slices.Clone(c.MismatchTexts), maps.Clone(c.Foreign)
	for client, foreign := range c.Foreign {
		foreign.Texts = slices.Clone(foreign.Texts)
		c.Foreign[client] = foreign
	}
	c.ResumedFrom, c.ViolationTexts = slices.Clone(c.ResumedFrom), slices.Clone(c.ViolationTexts)
	return c
}

// Counters is a snapshot of all counters. It waits for the checks of requests that are already answered.
func (s *Sim) Counters() Counters {
	for {
		s.mu.Lock()
		if s.checking == 0 {
			defer s.mu.Unlock()
			return s.counters.clone()
		}
		changed := s.watch()
		s.mu.Unlock()
		<-changed
	}
}
