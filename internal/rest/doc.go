// Package rest makes every call to Discord's REST interface, and decides when a call may leave: one queue per
// rate-limit bucket, the global limit, bans, and the count of invalid requests. It never repeats a call whose fate
// it does not know; what to do then is its caller's business, and [Failure] says all that is known. A 429 is another
// matter: nothing happened, so the call waits as long as it was told and leaves again, first in its queue.
//
// Of arikawa it uses the id types only, not api.Client. That client repeats POSTs blindly, waits on absolute clocks,
// ignores what a 429 says, keeps every interaction token as the key of a limit, and turns a message that was created
// into an error when its answer does not fit arikawa's types. With retries and limiter switched off, what is left is a
// JSON encoder whose bodies lack enforce_nonce, contexts and integration_types: not worth the dependency.
//
// Decisions apart from deeds: bucket, window, strikes and judge are values that tests drive with times of their
// own; limiter keeps the queues around them; Client does the talking.
package rest
