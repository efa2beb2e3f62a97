// Package foreign lets other people's Discord libraries (discordgo, disgo, arikawa and discord.js, unmodified) live on
// the simulator, so that its truth does not rest on our own reading of Discord's documentation. It has only tests: no
// product code imports it, and no library in it is a dependency of the product.
//
// The same small bot is written once for every library and runs as a process of its own; the tests talk to it as a
// member would. What the libraries say of payloads they cannot decode fails the tests, except for deviations that are
// listed by name with their reason.
package foreign
