// Package sandbox is the chat page of `supervisor run --sandbox`: it shows the simulated Discord in a browser, lets a
// person speak as its members and disturb the bot, and says how the worker fares. It leaves being a Discord to
// discordsim, and the worker's life to supervisor, of which it only asks: how is it, kill it, freeze it.
//
// One goroutine (Run) follows the simulator and the worker and keeps the View, the picture that every browser shows.
// A browser that opens the event stream gets the whole View first and then each change to it, in one order; one that
// reads too slowly is cut off and gets the whole View again when it comes back. So a page can never be wrong for long.
//
// The same goroutine tells the story of each event (Trace): what a person did, what the gateway sent, what the bot
// asked of the REST API, and the answer, so that a line of the log can be followed to its end. The page itself is
// plain HTML, CSS and ES modules under page/, without a build step; it may load nothing but itself.
package sandbox
