package command

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// DefaultPrefix is what members type before a command until their guild chooses another.
const DefaultPrefix = "!"

// Line is a message that calls a command at the prefix door, with its arguments still as typed.
type Line struct {
	Definition *Definition
	rest       string
}

// ParseLine reads a message. It is a command when it starts with the prefix, or with a mention of the bot, followed
// by a command's name; everything else is ordinary chat and gives ok == false.
func (s *Set) ParseLine(content, prefix string, bot uint64) (line Line, ok bool) {
	text, ok := cutAddress(content, prefix, bot)
	if !ok {
		return Line{}, false
	}
	name, rest := cutWord(text)
	d := s.Lookup(name)
	if d == nil {
		return Line{}, false
	}
	return Line{Definition: d, rest: rest}, true
}

// Addressed says whether a message could be a command at all. It is called for every message of a busy server, on
// the gateway's reading path: no allocation.
func Addressed(content []byte, prefix string, mentions [2]string) bool {
	if len(content) >= len(prefix) && string(content[:len(prefix)]) == prefix {
		return true
	}
	for _, m := range mentions {
		if len(content) >= len(m) && string(content[:len(m)]) == m {
			return true
		}
	}
	return false
}

// Mentions are the two ways a message can mention a user (Discord: "Message Formatting"; the second is deprecated
// and still typed by old clients).
func Mentions(user uint64) [2]string {
	id := strconv.FormatUint(user, 10)
	return [2]string{"<@" + id + ">", "<@!" + id + ">"}
}

func cutAddress(content, prefix string, bot uint64) (string, bool) {
	if text, ok := strings.CutPrefix(content, prefix); ok {
		return text, true
	}
	for _, m := range Mentions(bot) {
		if text, ok := strings.CutPrefix(content, m); ok {
			return strings.TrimLeftFunc(text, unicode.IsSpace), true
		}
	}
	return "", false
}

func cutWord(text string) (word, rest string) {
	end := strings.IndexFunc(text, unicode.IsSpace)
	if end < 0 {
		return text, ""
	}
	return text[:end], strings.TrimSpace(text[end:])
}

// argument is one argument as typed or as Discord sent it, before names are looked up.
type argument struct {
	option Option
	text   string
	member *Member // set when the event itself says who it is
}

// arguments matches a line's words to the options. A problem is for the member.
func (l Line) arguments() (args []argument, problem string) {
	rest := l.rest
	for i, o := range l.Definition.Options {
		var word string
		last := i == len(l.Definition.Options)-1
		if o.Kind == Text || last {
			word, rest = rest, ""
		} else {
			word, rest = cutArgument(rest)
		}
		word = strings.Trim(word, `"`)
		if word == "" {
			if o.Required {
				return nil, fmt.Sprintf("it needs a %s", o.Name)
			}
			continue
		}
		args = append(args, argument{option: o, text: word})
	}
	if rest != "" {
		return nil, "that is more than it takes"
	}
	return args, ""
}

// cutArgument takes one word, or a quoted one with spaces in it.
func cutArgument(text string) (word, rest string) {
	if strings.HasPrefix(text, `"`) {
		if end := strings.Index(text[1:], `"`); end >= 0 {
			return text[1 : end+1], strings.TrimSpace(text[end+2:])
		}
	}
	return cutWord(text)
}

// parseMention reads <@id>, <@!id> or a bare id.
func parseMention(text string) (id uint64, ok bool) {
	if inner, found := strings.CutPrefix(text, "<@"); found {
		inner, found = strings.CutSuffix(strings.TrimPrefix(inner, "!"), ">")
		if !found {
			return 0, false
		}
		text = inner
	}
	// A snowflake has at least 17 digits today; shorter numbers are names.
	if len(text) < 15 || len(text) > 20 {
		return 0, false
	}
	id, err := strconv.ParseUint(text, 10, 64)
	return id, err == nil && id != 0
}

// checkText holds a text argument to its length.
func checkText(o Option, text string) (problem string) {
	if o.MaxLength > 0 && utf8.RuneCountInString(text) > o.MaxLength {
		return fmt.Sprintf("%s may have %d characters; that was %d", o.Name, o.MaxLength, utf8.RuneCountInString(text))
	}
	return ""
}
