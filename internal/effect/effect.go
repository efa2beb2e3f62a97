// Package effect holds what a command wants to happen on Discord, as data: a command returns effects and does
// nothing itself, so that its changes and its effects can be one commit. How an effect reaches Discord, once, is the
// outbox's business.
//
// The types are ours and import nothing: they are stored, and must outlive any library's idea of a message.
package effect

// Effect is one thing that should happen on Discord. The set is closed.
type Effect interface{ isEffect() }

// Answer is the one answer of a command: the interaction's response, or the reply to its message.
type Answer struct {
	Message Message
}

// Post is a message in a channel that answers nobody.
type Post struct {
	Channel uint64
	Message Message
}

func (Answer) isEffect() {}
func (Post) isEffect()   {}

// Message is what people get to read. Nobody is pinged by it unless Pings names them: allowed_mentions is always
// sent, so that user text can never ping.
type Message struct {
	// Content is Markdown as Discord reads it, at most MaxContent characters.
	Content string
	// Pings are the users that mentions in Content may ping.
	Pings []uint64
}

// MaxContent is the longest content of a message, in characters (Discord: "Create Message").
const MaxContent = 2000

// Text is an Answer of plain content.
func Text(content string) []Effect {
	return []Effect{Answer{Message: Message{Content: content}}}
}
