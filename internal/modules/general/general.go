// Package general holds the commands about the bot itself: help, ping and status.
package general

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/steadfast-bot/steadfast/internal/command"
	"github.com/steadfast-bot/steadfast/internal/effect"
)

const category = "General"

// Vitals is what the commands ask about the bot.
type Vitals interface {
	// GatewayLatency is the round trip of the last acknowledged gateway heartbeat; false before the first.
	GatewayLatency() (time.Duration, bool)
	// RESTRoundTrip makes one small REST call and times it.
	RESTRoundTrip(context.Context) (time.Duration, error)
	Report() Report
}

// Report is what status shows: the facts of this worker, and those its supervisor told it.
type Report struct {
	Version             string
	BotUpSince, UpSince time.Time // of the supervisor; of this worker
	Generation          uint64
	RestartsLastDay     int
	LastCause           string
	LastOutage          time.Duration
	Replayed            uint64
	Answered, Failed    uint64
	IdentifiesLeft      int // of Discord's session budget; negative when unknown
}

// Commands are the module's commands. Help lists the set that lookup returns, which is made after the modules.
func Commands(vitals Vitals, lookup func() *command.Set) []command.Definition {
	return []command.Definition{
		{
			Name: "help", Category: category, Summary: "What I can do, or how to use one command",
			Options: []command.Option{{Name: "command", Summary: "The command to explain", Kind: command.Text, MaxLength: 32}},
			Example: "ping", Where: command.Anywhere, Response: command.Private,
			Apply: func(_ context.Context, in command.Input, _ any) ([]effect.Effect, error) {
				return effect.Text(help(in, lookup())), nil
			},
		},
		{
			Name: "ping", Category: category, Summary: "How quick I am right now", Where: command.Anywhere,
			Prepare: func(ctx context.Context, _ command.Input) (any, error) { return vitals.RESTRoundTrip(ctx) },
			Apply: func(_ context.Context, in command.Input, facts any) ([]effect.Effect, error) {
				return effect.Text(ping(in, vitals, facts.(time.Duration))), nil
			},
		},
		{
			Name: "status", Category: category, Summary: "How I have been: uptime, restarts, what I answered", Where: command.Anywhere,
			Apply: func(_ context.Context, in command.Input, _ any) ([]effect.Effect, error) {
				return effect.Text(status(vitals.Report(), time.Now())), nil
			},
		},
	}
}

func ping(in command.Input, vitals Vitals, rest time.Duration) string {
	gateway := "not measured yet"
	if latency, ok := vitals.GatewayLatency(); ok {
		gateway = milliseconds(latency)
	}
	return fmt.Sprintf("Pong! Gateway %s · REST %s · waited in the queue %s.",
		gateway, milliseconds(rest), milliseconds(in.Started.Sub(in.Received)))
}

// help lists what this member can use here, or explains one command.
func help(in command.Input, set *command.Set) string {
	prefix := in.Prefix
	if in.Door == command.SlashDoor {
		prefix = "/"
	}
	if name := in.Args.Text("command"); name != "" {
		d := set.Lookup(strings.TrimPrefix(strings.TrimPrefix(name, in.Prefix), "/"))
		if d == nil {
			return fmt.Sprintf("I have no such command. `%shelp` lists them all.", prefix)
		}
		return explain(d, prefix)
	}
	var b strings.Builder
	last := ""
	for _, d := range set.All() {
		if !usable(d, in) {
			continue
		}
		if d.Category != last {
			fmt.Fprintf(&b, "**%s**\n", d.Category)
			last = d.Category
		}
		fmt.Fprintf(&b, "`%s` %s\n", d.Usage(prefix), d.Summary)
	}
	fmt.Fprintf(&b, "\n`%shelp command` explains one of them.", prefix)
	return limit(b.String())
}

func usable(d *command.Definition, in command.Input) bool {
	if in.Guild == 0 {
		return d.Where&command.DMs != 0
	}
	return d.Where&command.Guilds != 0
}

func explain(d *command.Definition, prefix string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "**%s** – %s\nUse: `%s`\n", d.Name, d.Summary, d.Usage(prefix))
	for _, o := range d.Options {
		need := "optional"
		if o.Required {
			need = "needed"
		}
		fmt.Fprintf(&b, "• `%s` (%s): %s\n", o.Name, need, o.Summary)
	}
	if d.Example != "" {
		fmt.Fprintf(&b, "Example: `%s%s %s`\n", prefix, d.Name, d.Example)
	}
	if len(d.Aliases) > 0 {
		fmt.Fprintf(&b, "Also: `%s`\n", strings.Join(d.Aliases, "`, `"))
	}
	return strings.TrimSpace(b.String())
}

func status(r Report, now time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "**Steadfast %s**\n", r.Version)
	fmt.Fprintf(&b, "Up %s; this worker (number %d) %s.\n", ago(now.Sub(r.BotUpSince)), r.Generation, ago(now.Sub(r.UpSince)))
	switch {
	case r.RestartsLastDay == 0:
		b.WriteString("No restart in the last 24 hours.\n")
	default:
		fmt.Fprintf(&b, "%d restart%s in the last 24 hours; the last: %s, away for %s, %d event%s replayed.\n",
			r.RestartsLastDay, plural(r.RestartsLastDay), r.LastCause, milliseconds(r.LastOutage), r.Replayed, plural(int(r.Replayed)))
	}
	fmt.Fprintf(&b, "Commands answered %d, failed %d.", r.Answered, r.Failed)
	if r.IdentifiesLeft >= 0 {
		fmt.Fprintf(&b, " Discord sessions left today: %d.", r.IdentifiesLeft)
	}
	return b.String()
}

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}

func milliseconds(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	case d < 10*time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return d.Round(time.Second).String()
}

// ago writes a span in its two largest units.
func ago(d time.Duration) string {
	d = max(d, 0).Round(time.Second)
	days, hours, minutes, seconds := int(d.Hours())/24, int(d.Hours())%24, int(d.Minutes())%60, int(d.Seconds())%60
	switch {
	case days > 0:
		return fmt.Sprintf("%d d %d h", days, hours)
	case hours > 0:
		return fmt.Sprintf("%d h %d min", hours, minutes)
	case minutes > 0:
		return fmt.Sprintf("%d min %d s", minutes, seconds)
	}
	return fmt.Sprintf("%d s", seconds)
}

// limit cuts at a line, so that the message is never refused for its length.
func limit(text string) string {
	if utf8.RuneCountInString(text) <= effect.MaxContent {
		return text
	}
	const more = "\n… `help command` explains any of them."
	runes := []rune(text)[:effect.MaxContent-utf8.RuneCountInString(more)]
	cut := string(runes)
	return cut[:strings.LastIndexByte(cut, '\n')] + more
}
