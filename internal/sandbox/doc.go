// Package sandbox is the chat page of `supervisor run --sandbox`: it shows the simulated Discord in a browser, lets a
// person speak as its members and disturb the bot, and says how the worker fares. It leaves being a Discord to
// discordsim, and the worker's life to supervisor, of which it only asks: how is it, kill it, freeze it.
//
// One goroutine (Run) follows the simulator and the worker and keeps the View, the picture that every browser shows.
// A browser that opens the event stream gets the whole View first and then each change to it, in one order; one that
// reads too slowly is cut off and gets the whole View again when it comes back. So a page can never be wrong for long.
package sandbox
