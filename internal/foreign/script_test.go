package foreign_test

import "strings"

// What every bot here does, whatever library it is written with. The discord.js bot says the same in its own file.
//
//	!ping (in a channel or a DM)   replies "pong"
//	!headpat @somebody             replies that the author pats them (only the Go bots: it is what BenchmarkBesideOthers asks)
//	/slow                          defers, edits the answer to "done at last", follows up with "one more thing"
//	/quiet                         answers "only for you", ephemerally
//	/panel                         answers "choose" with the button "go" and the select "shade"
//	go                             updates its message to "pressed", without components
//	shade                          answers "shade: " and what was chosen
//	/form                          shows the form "sheet" with the field "nick"
//	sheet                          answers "nick: " and what was written
//	/pick shade:                   completes among the shades; answers "picked " and the shade
const (
	ping        = "!ping"
	pong        = "pong"
	headpat     = "!headpat "
	slowEdited  = "done at last"
	slowMore    = "one more thing"
	quietText   = "only for you"
	panelText   = "choose"
	buttonGo    = "go"
	pressedText = "pressed"
	selectShade = "shade"
	shadeText   = "shade: "
	formSheet   = "sheet"
	formTitle   = "A sheet"
	fieldNick   = "nick"
	nickText    = "nick: "
	pickedText  = "picked "
)

// reply is what a bot replies to a message; empty for nothing.
func reply(author, content string) string {
	if content == ping {
		return pong
	}
	if who, is := strings.CutPrefix(content, headpat); is {
		return "<@" + author + "> gives " + who + " a gentle headpat. Well played!"
	}
	return ""
}

var shades = []string{"red", "green", "grey"}

// shadesLike are the shades that begin with what was typed.
func shadesLike(typed string) []string {
	var like []string
	for _, shade := range shades {
		if strings.HasPrefix(shade, typed) {
			like = append(like, shade)
		}
	}
	return like
}

// commandNames are the commands a bot registers, in their order; pick alone has an option.
var commandNames = []string{"slow", "quiet", "panel", "form", "pick"}

// The variables that tell a bot's process what to do.
const (
	envBot   = "FOREIGN_BOT"   // which library
	envAPI   = "FOREIGN_API"   // the REST base, http://host:port/api/v10
	envToken = "FOREIGN_TOKEN" // the bot's token, without "Bot "
)

// What a bot's process writes on stdout, a line each: readyLine once it hears events, troubleLine and what its library
// complained of.
const (
	readyLine   = "ready "
	troubleLine = "trouble "
)
