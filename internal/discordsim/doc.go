// Package discordsim is a Discord in memory: gateway and REST as the product's reference describes them, people who
// talk and click, permissions, rate limits, and faults by configuration. It leaves judging the bot to whoever watches
// it, and it imports nothing of the product, so that the two cannot share a mistake. docs/sandbox.md lists what is
// simulated, by which source, and what is left out.
//
// A simulator is built with New, served with Serve (or Start, which does both on a free loopback port), filled with
// guilds, channels and people (AddGuild … or Demo), acted upon as a person (Say, Slash, Click, React), disturbed
// (SetFaults, Inject, InjectREST) and observed (Messages, Interaction, Counters, Subscribe, and the Await functions).
//
// Requests and answers are held to Discord's own OpenAPI description after the client has its answer: what the bot
// under test breaks is a violation, what others break is listed per client, what we break is a mismatch.
//
// One mutex guards the whole world; what is sent to a client is appended to its session's log under that mutex, so
// every session, every subscriber and every observer sees the same order. Each gateway connection has one reading and
// one writing goroutine, and each checked request one, all waited for by Serve.
package discordsim
