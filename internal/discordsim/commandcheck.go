package discordsim

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"
)

// chatName is Discord's rule for names of commands and options that are typed.
// It is compiled when first asked for: its tables of letters cost a megabyte, also in a program that never asks.
var chatName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[-_'\p{L}\p{N}\p{Devanagari}\p{Thai}]{1,32}$`)
})

// maxCommandText is how long name, descriptions and values of one command may be together.
const maxCommandText = 8000

// overLimit says whether there are too many commands of a type.
func overLimit(commands []*Command) *apiError {
	most := map[int]int{CommandChat: 100, CommandUser: 15, CommandMessage: 15, CommandEntryPoint: 1}
	count := map[int]int{}
	for _, c := range commands {
		count[c.Type]++
		if count[c.Type] > most[c.Type] {
			return errTooManyCommands
		}
	}
	return nil
}

// checkCommands checks a list of commands for a bulk overwrite.
func checkCommands(problems *formErrors, commands []Command) {
	seen := map[string]bool{}
	for i := range commands {
		path := fmt.Sprint(i)
		commands[i].check(problems, path+".")
		key := fmt.Sprint(commands[i].Type, commands[i].Name)
		if seen[key] {
			problems.add(path+".name", "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique")
		}
		seen[key] = true
	}
}

// check notes what is wrong with a command; the path ends in a dot or is empty. No type means a chat command.
func (c *Command) check(problems *formErrors, path string) {
	if c.Type == 0 {
		c.Type = CommandChat
	}
	switch c.Type {
	case CommandChat:
		checkTyped(problems, path, c.Name, c.Description)
	case CommandUser, CommandMessage, CommandEntryPoint:
		if n := utf8.RuneCountInString(c.Name); n < 1 || n > 32 {
			problems.add(path+"name", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 32 in length.")
		}
		if c.Description != "" && c.Type != CommandEntryPoint {
			problems.add(path+"description", "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION", "Context menu commands cannot have description")
		}
		if len(c.Options) > 0 {
			problems.add(path+"options", "APPLICATION_COMMAND_CONTEXT_MENU_OPTIONS", "Context menu commands cannot have options")
		}
	default:
		problems.add(path+"type", "BASE_TYPE_CHOICES", "Value must be one of {1, 2, 3, 4}.")
	}
	checkOptions(problems, path+"options", c.Options, 0)
	if c.textLength() > maxCommandText {
		problems.add(path+"name", "APPLICATION_COMMAND_TOO_LARGE", "Command exceeds maximum size (8000)")
	}
}

func checkTyped(problems *formErrors, path, name, description string) {
	if !chatName().MatchString(name) || name != strings.ToLower(name) {
		problems.add(path+"name", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
	}
	if n := utf8.RuneCountInString(description); n < 1 || n > 100 {
		problems.add(path+"description", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
	}
}

// checkOptions checks one level: 0 is the command's, 1 a group's, 2 a subcommand's.
func checkOptions(problems *formErrors, path string, options []CommandOption, level int) {
	if len(options) > 25 {
		problems.add(path, "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
	}
	seen := map[string]bool{}
	optional := false
	for i, o := range options {
		at := fmt.Sprintf("%s.%d", path, i)
		checkTyped(problems, at+".", o.Name, o.Description)
		if seen[o.Name] {
			problems.add(at+".name", "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", "Option name already exists")
		}
		seen[o.Name] = true
		nested := o.Type == OptionSubcommand || o.Type == OptionGroup
		switch {
		case o.Type < OptionSubcommand || o.Type > OptionAttachment:
			problems.add(at+".type", "BASE_TYPE_CHOICES", "Value must be one of {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}.")
		case nested && (level == 2 || o.Type == OptionGroup && level > 0):
			problems.add(at+".type", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Sub-command option types can only be nested one level deep")
		case !nested && o.Required && optional:
			problems.add(at, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", "Required options must be placed before non-required options")
		}
		optional = optional || !nested && !o.Required
		o.checkChoices(problems, at)
		below := 2
		if o.Type == OptionGroup {
			below = 1
		}
		checkOptions(problems, at+".options", o.Options, below)
	}
}

func (o CommandOption) checkChoices(problems *formErrors, path string) {
	if len(o.Choices) > 25 {
		problems.add(path+".choices", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
	}
	if o.Autocomplete && len(o.Choices) > 0 {
		problems.add(path+".autocomplete", "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_CHOICES", "Autocomplete cannot be used with choices")
	}
	for i, choice := range o.Choices {
		if n := utf8.RuneCountInString(choice.Name); n < 1 || n > 100 {
			problems.add(fmt.Sprintf("%s.choices.%d.name", path, i), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
		}
	}
}

// textLength is what counts for maxCommandText.
func (c *Command) textLength() int {
	return utf8.RuneCountInString(c.Name) + utf8.RuneCountInString(c.Description) + optionsText(c.Options)
}

func optionsText(options []CommandOption) int {
	n := 0
	for _, o := range options {
		n += utf8.RuneCountInString(o.Name) + utf8.RuneCountInString(o.Description) + optionsText(o.Options)
		for _, choice := range o.Choices {
			n += utf8.RuneCountInString(choice.Name) + len(choice.Value)
		}
	}
	return n
}
