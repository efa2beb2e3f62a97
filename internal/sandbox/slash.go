package sandbox

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

// filled is an option with its value, as Discord's client would send it.
type filled struct {
	Name  string
	Type  discordsim.OptionType
	Value any
}

// slasher reads what a person typed as a slash command.
type slasher struct {
	commands []Command
	people   []Person
	channels []Channel
	roles    []Role
}

// parse reads `/name option:value option:value`. As in Discord's client, text before the first option belongs to the
// command's first one. What Discord's client would not let a person send is an error for that person.
func (s slasher) parse(text string) (name string, options []filled, err error) {
	typed := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(text), "/"))
	if typed == "" {
		return "", nil, fmt.Errorf("type the name of a command after the slash")
	}
	c, rest, found := s.command(typed)
	if !found {
		name, _, _ = strings.Cut(typed, " ")
		return "", nil, s.unknown(name)
	}
	given, err := c.split(rest)
	if err != nil {
		return "", nil, err
	}
	options, err = s.values(c, given)
	return c.Name, options, err
}

// fill reads a command that was filled in field by field. Fields that were left empty are not sent.
func (s slasher) fill(name string, given map[string]string) ([]filled, error) {
	c, rest, found := s.command(name)
	if !found || rest != "" {
		return nil, s.unknown(name)
	}
	for name := range given {
		if !slices.ContainsFunc(c.Options, func(o Option) bool { return o.Name == name }) {
			return nil, fmt.Errorf("/%s has no option %s", c.Name, name)
		}
	}
	return s.values(c, given)
}

// typed is what one would have typed to fill a command in like that.
func (s slasher) typed(name string, given map[string]string) string {
	text := "/" + name
	c, _, _ := s.command(name)
	for _, o := range c.Options {
		value := given[o.Name]
		if strings.TrimSpace(value) == "" {
			continue
		}
		for _, p := range s.people {
			if p.ID == value {
				value = p.Name
			}
		}
		for _, c := range s.channels {
			if c.ID == value {
				value = c.Name
			}
		}
		for _, r := range s.roles {
			if r.ID == value {
				value = r.Name
			}
		}
		text += " " + o.Name + ":" + value
	}
	return text
}

// values reads a command's options in their order.
func (s slasher) values(c Command, given map[string]string) (options []filled, err error) {
	for _, o := range c.Options {
		value, ok := given[o.Name]
		ok = ok && strings.TrimSpace(value) != ""
		if !ok && o.Required {
			return nil, fmt.Errorf("/%s needs %s: /%s %s:…", c.Name, o.Name, c.Name, o.Name)
		}
		if !ok {
			continue
		}
		meant, err := s.value(o, strings.TrimSpace(value))
		if err != nil {
			return nil, err
		}
		options = append(options, filled{o.Name, o.Type, meant})
	}
	return options, nil
}

// command finds the longest name that the text begins with: a subcommand's name has a space in it.
func (s slasher) command(typed string) (c Command, rest string, found bool) {
	for _, candidate := range s.commands {
		n := len(candidate.Name)
		if n < len(c.Name) || n > len(typed) || !strings.EqualFold(typed[:n], candidate.Name) {
			continue
		}
		if n == len(typed) || typed[n] == ' ' || typed[n] == '\n' {
			c, rest, found = candidate, typed[n:], true
		}
	}
	return c, rest, found
}

// unknown says that there is no such command, and which one was perhaps meant.
func (s slasher) unknown(name string) error {
	if len(s.commands) == 0 {
		return fmt.Errorf("there is no /%s: the bot has registered no slash commands yet", name)
	}
	near := s.near(strings.ToLower(name))
	if len(near) == 0 {
		return fmt.Errorf("there is no /%s: type / to see the commands there are", name)
	}
	return fmt.Errorf("there is no /%s: did you mean %s?", name, strings.Join(near, " or "))
}

// near are up to three commands that begin as the name does, or it as they do.
func (s slasher) near(name string) (near []string) {
	for _, c := range s.commands {
		if len(near) < 3 && (strings.HasPrefix(c.Name, name) || strings.HasPrefix(name, c.Name)) {
			near = append(near, "/"+c.Name)
		}
	}
	return near
}

var keyPattern = regexp.MustCompile(`(?:^|\s)([\p{Ll}\p{N}_-]{1,32}):`)

// split finds each option's text. Only the command's own option names count as such, so that a text may have colons.
func (c Command) split(text string) (map[string]string, error) {
	given := map[string]string{}
	var current string
	start := 0
	put := func(end int) error {
		value := strings.TrimSpace(text[start:end])
		if current == "" {
			if value == "" {
				return nil
			}
			first, err := c.first(value)
			if err != nil {
				return err
			}
			current = first
		}
		if _, twice := given[current]; twice {
			return fmt.Errorf("/%s got %s twice", c.Name, current)
		}
		if value == "" {
			return fmt.Errorf("say what %s is: /%s %s:…", current, c.Name, current)
		}
		given[current] = value
		return nil
	}
	for _, at := range keyPattern.FindAllStringSubmatchIndex(text, -1) {
		key := text[at[2]:at[3]]
		if !slices.ContainsFunc(c.Options, func(o Option) bool { return o.Name == key }) {
			continue
		}
		if err := put(at[0]); err != nil {
			return nil, err
		}
		current, start = key, at[1]
	}
	return given, put(len(text))
}

// first is the option that text without an option's name belongs to.
func (c Command) first(value string) (string, error) {
	if len(c.Options) == 0 {
		return "", fmt.Errorf("/%s takes no options", c.Name)
	}
	o := c.Options[0]
	if at := keyPattern.FindStringSubmatch(value); at != nil && o.Type != discordsim.OptionString {
		names := make([]string, len(c.Options))
		for i, o := range c.Options {
			names[i] = o.Name
		}
		return "", fmt.Errorf("/%s has no option %s: it has %s", c.Name, at[1], strings.Join(names, ", "))
	}
	return o.Name, nil
}

// value turns an option's text into the value of the option's type.
func (s slasher) value(o Option, text string) (any, error) {
	if len(o.Choices) > 0 {
		return pick(o, text)
	}
	switch o.Type {
	case discordsim.OptionString:
		if n := utf8.RuneCountInString(text); o.outside(float64(n)) {
			return nil, fmt.Errorf("%s has %d characters: it takes %s", o.Name, n, o.limits())
		}
		return mentions(text, s.people), nil
	case discordsim.OptionInteger, discordsim.OptionNumber:
		return number(o, text)
	case discordsim.OptionBoolean:
		switch strings.ToLower(text) {
		case "true", "yes", "on":
			return true, nil
		case "false", "no", "off":
			return false, nil
		}
		return nil, fmt.Errorf("%s is true or false, not %q", o.Name, text)
	case discordsim.OptionUser, discordsim.OptionMentionable:
		if p, ok := find(text, s.people); ok {
			return p.ID, nil
		}
		if id, ok := s.role(text); ok && o.Type == discordsim.OptionMentionable {
			return id, nil
		}
		return nil, fmt.Errorf("%s is a member: nobody here is called %q", o.Name, text)
	case discordsim.OptionRole:
		if id, ok := s.role(text); ok {
			return id, nil
		}
		return nil, fmt.Errorf("%s is a role: there is none called %q", o.Name, text)
	case discordsim.OptionChannel:
		name := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(text, "<"), "#"), ">")
		for _, c := range s.channels {
			if c.ID == name || strings.EqualFold(c.Name, name) {
				return c.ID, nil
			}
		}
		return nil, fmt.Errorf("%s is a channel: there is none called %q", o.Name, text)
	}
	return nil, fmt.Errorf("the sandbox cannot fill in %s yet: it is an option of Discord's type %d", o.Name, o.Type)
}

// role is the role that a text means: an id, a mention, or a name with or without @.
func (s slasher) role(text string) (id string, found bool) {
	name := strings.TrimPrefix(strings.TrimSuffix(strings.TrimPrefix(text, "<@&"), ">"), "@")
	for _, r := range s.roles {
		if r.ID == name || strings.EqualFold(r.Name, name) {
			return r.ID, true
		}
	}
	return "", false
}

func pick(o Option, text string) (any, error) {
	names := make([]string, len(o.Choices))
	for i, c := range o.Choices {
		if strings.EqualFold(c.Name, text) || strings.EqualFold(fmt.Sprint(c.Value), text) {
			return c.Value, nil
		}
		names[i] = c.Name
	}
	return nil, fmt.Errorf("%s is one of %s, not %q", o.Name, strings.Join(names, ", "), text)
}

func number(o Option, text string) (any, error) {
	n, err := strconv.ParseFloat(text, 64)
	whole, intErr := strconv.ParseInt(text, 10, 64)
	if err != nil || o.Type == discordsim.OptionInteger && intErr != nil {
		kind := "a number"
		if o.Type == discordsim.OptionInteger {
			kind = "a whole number"
		}
		return nil, fmt.Errorf("%s is %s, not %q", o.Name, kind, text)
	}
	if o.outside(n) {
		return nil, fmt.Errorf("%s is %s, not %s", o.Name, o.limits(), text)
	}
	if o.Type == discordsim.OptionInteger {
		return whole, nil
	}
	return n, nil
}

func (o Option) outside(n float64) bool {
	return o.Min != nil && n < *o.Min || o.Max != nil && n > *o.Max
}

// limits writes the option's range for a person.
func (o Option) limits() string {
	switch {
	case o.Min == nil:
		return fmt.Sprintf("at most %v", *o.Max)
	case o.Max == nil:
		return fmt.Sprintf("at least %v", *o.Min)
	}
	return fmt.Sprintf("%v to %v", *o.Min, *o.Max)
}
