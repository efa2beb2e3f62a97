package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"
)

const (
	// maxAttempts bounds the attempts under way at the same time. An attempt lasts 11 s at most (two dials and a
	// discovery) and starts at least 1 s after the one before.
	maxAttempts = 12
	// botAge is how long an answer of GET /gateway/bot may stand in for a new one before an IDENTIFY; its URL is
	// good for longer, until it stops working.
	botAge = 30 * time.Second
)

// plan is what one attempt to connect goes by; made by the link's goroutine and not changed afterwards.
type plan struct {
	resumeURL string // dialled first, unless mainFirst; empty to identify
	resuming  bool
	mainFirst bool
	bot       Bot
	botFresh  bool // young enough to identify with
}

// attempt is what came of a plan.
type attempt struct {
	conn *connection
	host string // where conn leads, or what failed
	bot  Bot    // set when it was asked for anew
	main bool   // conn leads to the main URL
	err  error
	// resumeFailed and mainFailed say that a dial of that URL failed on the way.
	resumeFailed, mainFailed bool
	why                      string // the sentence for err
}

// reach returns an open connection. It makes attempts on the schedule until one succeeds; one that hangs does not
// keep the next from starting, so a network that comes back is noticed within a gap. The error is the context's, or
// fatal.
func (l *Link) reach(ctx context.Context) (attempt, error) {
	trying, cancel := context.WithCancel(ctx)
	results := make(chan attempt)
	running := 0
	defer func() {
		cancel()
		for ; running > 0; running-- {
			if late := <-results; late.conn != nil {
				_ = late.conn.Close(false)
			}
		}
	}()
	timer := time.NewTimer(time.Until(l.schedule.due(time.Now(), l.random())))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return attempt{}, ctx.Err()
		case <-timer.C:
			now := time.Now()
			l.schedule = l.schedule.started(now)
			if running < maxAttempts {
				l.enter(Connecting)
				l.board.change(func(s *Status) { s.Attempts++ })
				p := l.plan(now, running)
				running++
				go func() { results <- l.try(trying, p) }()
			}
		case a := <-results:
			running--
			if err := l.review(a); err != nil || a.conn != nil {
				return a, err
			}
		}
		timer.Reset(time.Until(l.schedule.due(time.Now(), l.random())))
	}
}

// plan decides where the next attempt goes. While others are under way it begins with the URL that the last of them
// did not: when one host hangs, the other is not kept waiting for that to be sure.
func (l *Link) plan(now time.Time, running int) plan {
	session := l.intake.session
	return plan{
		resuming:  session.ID != "",
		resumeURL: session.ResumeURL,
		mainFirst: l.mainFirst != (running%2 == 1),
		bot:       l.bot,
		botFresh:  l.bot.URL != "" && now.Sub(l.botAt) < botAge,
	}
}

// review learns from an attempt. The error is fatal.
func (l *Link) review(a attempt) error {
	now := time.Now()
	if a.bot.URL != "" {
		l.bot, l.botAt = a.bot, now
	}
	if a.mainFailed && now.Sub(l.botAt) > botAge/2 {
		l.bot = Bot{} // the URL no longer works: ask again
	}
	if a.resumeFailed {
		l.mainFirst = true
	} else if a.mainFailed {
		l.mainFirst = false
	}
	if a.err == nil {
		return nil
	}
	if errors.Is(a.err, ErrTokenRefused) {
		return fatalError(401, l.config)
	}
	l.trouble(a.why)
	if hold := (*HoldError)(nil); errors.As(a.err, &hold) && l.intake.session.ID == "" {
		l.wait(hold.Until, hold.Why)
	}
	return nil
}

// try carries out a plan: the resume URL and the main one in the planned order, the second at once when the first
// fails. Without a session only the main one will do.
func (l *Link) try(ctx context.Context, p plan) attempt {
	var a attempt
	if !p.resuming || p.resumeURL == "" {
		l.tryMain(ctx, p, &a)
		return a
	}
	steps := []func(context.Context, plan, *attempt){l.tryResume, l.tryMain}
	if p.mainFirst {
		steps[0], steps[1] = steps[1], steps[0]
	}
	for _, step := range steps {
		if step(ctx, p, &a); a.conn != nil || ctx.Err() != nil || errors.Is(a.err, ErrTokenRefused) {
			break
		}
	}
	return a
}

// tryResume dials the session's own URL.
func (l *Link) tryResume(ctx context.Context, p plan, a *attempt) {
	l.dial(ctx, p.resumeURL, a)
	a.resumeFailed = a.conn == nil
}

// tryMain dials the URL that GET /gateway/bot names, asking for it first if need be.
func (l *Link) tryMain(ctx context.Context, p plan, a *attempt) {
	bot := p.bot
	if bot.URL == "" || !p.resuming && !p.botFresh {
		asking, cancel := context.WithTimeout(ctx, l.config.Timing.Discovery)
		defer cancel()
		var err error
		if bot, err = l.discovery.GatewayBot(asking); err != nil {
			a.err = fmt.Errorf("ask for the gateway's address: %w", err)
			a.why = fmt.Sprintf("Discord does not say where its gateway is: %v", err)
			return
		}
		a.bot = bot
	}
	l.dial(ctx, bot.URL, a)
	a.main, a.mainFailed = a.conn != nil, a.conn == nil
}

// dial opens one connection and leaves it, or the reason why not, in the attempt.
func (l *Link) dial(ctx context.Context, given string, a *attempt) {
	target, err := address(given, l.config.AllowPlaintext)
	if err != nil {
		a.err, a.why = err, err.Error()
		return
	}
	a.host = hostOf(target)
	conn := &connection{config: &l.config}
	if _, err := conn.Dial(ctx, target); err != nil {
		a.err, a.why = err, explain(a.host, err)
		return
	}
	a.conn, a.err, a.why = conn, nil, ""
}

// hostOf is a URL's host and port, for people.
func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return raw
	}
	return u.Host
}
