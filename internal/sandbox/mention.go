package sandbox

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// mentions turns every @name of somebody known into the mention that Discord's own client would send. The longest
// name wins, so that "@Dov the Wall" is not "@Dov" and two words.
func mentions(text string, people []Person) string {
	var out strings.Builder
	previous := ' '
	for rest := text; rest != ""; {
		if rest[0] == '@' && !wordRune(previous) {
			if who, length := named(rest[1:], people); length > 0 {
				out.WriteString("<@" + who.ID + ">")
				rest, previous = rest[1+length:], '>'
				continue
			}
		}
		r, size := utf8.DecodeRuneInString(rest)
		out.WriteString(rest[:size])
		rest, previous = rest[size:], r
	}
	return out.String()
}

// named finds the longest name that the text begins with and that ends where a word ends.
func named(text string, people []Person) (who Person, length int) {
	for _, p := range people {
		for _, alias := range p.aliases {
			if len(alias) <= length || len(alias) > len(text) || !strings.EqualFold(text[:len(alias)], alias) {
				continue
			}
			if next, _ := utf8.DecodeRuneInString(text[len(alias):]); len(alias) == len(text) || !wordRune(next) {
				who, length = p, len(alias)
			}
		}
	}
	return who, length
}

func wordRune(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r)
}

// find is the person that a slash command's option means: an id, a mention, or a name with or without @.
func find(text string, people []Person) (Person, bool) {
	name := strings.ToLower(strings.TrimPrefix(strings.TrimSpace(text), "@"))
	id := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(name, "<@"), "!"), ">")
	i := slices.IndexFunc(people, func(p Person) bool { return p.ID == id || slices.Contains(p.aliases, name) })
	if i < 0 {
		return Person{}, false
	}
	return people[i], true
}
