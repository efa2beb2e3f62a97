// Package discordsim is a Discord in memory: gateway and REST as the product's reference describes them, people who
// talk and click, rate limits, and faults by configuration. It leaves judging the bot to whoever watches it, and it
// imports nothing of the product, so that the two cannot share a mistake.
//
// A simulator is built with New, served with Serve (or Start, which does both on a free loopback port), filled with
// guilds, channels and people (AddGuild … or Demo), acted upon as a person (Say, Slash, Click), disturbed (SetFaults,
// Inject, InjectREST) and observed (Messages, Interaction, Counters, Subscribe, and the Await functions).
//
// One mutex guards the whole world; what is sent to a client is appended to its session's log under that mutex, so
// every session, every subscriber and every observer sees the same order. Each gateway connection has one reading and
// one writing goroutine, both waited for by Serve.
package discordsim
