package lifecycle

import (
	"fmt"
	"time"
)

// Policy is the numbers that decisions depend on.
type Policy struct {
	// Immediate respawns without delay after any death. Refused tokens are waited for all the same.
	Immediate bool

	// Tokens is how many deaths after running are answered at once; one comes back per TokenEvery of running.
	Tokens     int
	TokenEvery time.Duration
	// BackoffFirst doubles with every respawn that had to wait, up to BackoffCap; JitterPart of it is chance.
	BackoffFirst, BackoffCap time.Duration
	JitterPart               float64
	// StableAfter of running, all deaths before are forgotten.
	StableAfter time.Duration

	// More than EarlyDeaths before running within EarlyWindow, or more than Deaths of any kind within DeathWindow,
	// are a crash loop.
	EarlyDeaths int
	EarlyWindow time.Duration
	Deaths      int
	DeathWindow time.Duration

	// StartTimeout covers launch, handshake and Configure.
	StartTimeout time.Duration
	// StopBudget is given to handlers and sends at a stop, HandOverBudget at a hand-over, RefusalGrace to a worker that refused
	// Configure or Activate to exit by itself. StopGrace after the budget, SIGKILL follows.
	StopBudget, HandOverBudget, RefusalGrace, StopGrace time.Duration
	// DumpRPC is the deadline of the RPC Dump, DumpQuit what SIGQUIT may take after it; then SIGKILL.
	DumpRPC, DumpQuit time.Duration

	// TokenTries refusals of the same token, spread evenly over TokenSpan, end the supervisor if the state directory
	// ever saw READY; otherwise the first does.
	TokenTries int
	TokenSpan  time.Duration

	// MemoryPause lies between two hand-overs because of memory, so that a limit set too low costs little.
	MemoryPause time.Duration
}

// DefaultPolicy is DESIGN.md §4.
func DefaultPolicy() Policy {
	return Policy{
		Tokens:         10,
		TokenEvery:     10 * time.Second,
		BackoffFirst:   time.Second,
		BackoffCap:     time.Minute,
		JitterPart:     0.2,
		StableAfter:    10 * time.Minute,
		EarlyDeaths:    5,
		EarlyWindow:    time.Minute,
		Deaths:         30,
		DeathWindow:    time.Hour,
		StartTimeout:   10 * time.Second,
		StopBudget:     time.Second,
		HandOverBudget: 50 * time.Millisecond,
		RefusalGrace:   time.Second,
		StopGrace:      time.Second,
		DumpRPC:        time.Second,
		DumpQuit:       3 * time.Second,
		TokenTries:     3,
		TokenSpan:      15 * time.Minute,
		MemoryPause:    10 * time.Minute,
	}
}

// Validate refuses numbers with which the machine could spin or never end, in one sentence.
func (p Policy) Validate() error {
	durations := []struct {
		name string
		d    time.Duration
	}{
		{"token interval", p.TokenEvery}, {"first delay", p.BackoffFirst}, {"stable time", p.StableAfter},
		{"window of early deaths", p.EarlyWindow}, {"window of deaths", p.DeathWindow}, {"start timeout", p.StartTimeout},
		{"stop budget", p.StopBudget}, {"hand-over budget", p.HandOverBudget}, {"grace after a refusal", p.RefusalGrace},
		{"grace after a stop", p.StopGrace}, {"deadline of a dump", p.DumpRPC}, {"time for SIGQUIT", p.DumpQuit},
		{"span of token tries", p.TokenSpan}, {"pause between hand-overs because of memory", p.MemoryPause},
	}
	for _, d := range durations {
		if d.d <= 0 {
			return fmt.Errorf("the %s must be more than 0, not %v", d.name, d.d)
		}
	}
	switch {
	case p.BackoffCap < p.BackoffFirst:
		return fmt.Errorf("the longest delay (%v) must not be shorter than the first (%v)", p.BackoffCap, p.BackoffFirst)
	case p.JitterPart < 0 || p.JitterPart >= 1:
		return fmt.Errorf("the jitter must be at least 0 and less than 1, not %v", p.JitterPart)
	case p.Tokens < 0 || p.TokenTries < 1:
		return fmt.Errorf("the respawn tokens must be at least 0 (are %d), the tries of a token at least 1 (are %d)", p.Tokens, p.TokenTries)
	case p.EarlyDeaths < 1 || p.EarlyDeaths >= maxDeaths || p.Deaths < 1 || p.Deaths >= maxDeaths:
		return fmt.Errorf("the deaths that make a crash loop must lie between 1 and %d, not %d and %d", maxDeaths-1, p.EarlyDeaths, p.Deaths)
	}
	return nil
}
