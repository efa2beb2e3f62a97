package command

import (
	"fmt"
	"slices"
	"strings"
)

// Set is all commands of the bot. It does not change once made.
type Set struct {
	list   []*Definition // in the order of declaration
	byName map[string]*Definition
}

// NewSet makes a set. An error is a bug of a module: a bad definition, or a name taken twice.
func NewSet(definitions ...Definition) (*Set, error) {
	s := &Set{byName: make(map[string]*Definition)}
	for _, d := range definitions {
		if err := d.validate(); err != nil {
			return nil, err
		}
		s.list = append(s.list, &d)
		for _, name := range append([]string{d.Name}, d.Aliases...) {
			if s.byName[name] != nil {
				return nil, fmt.Errorf("command %s: the name %s is taken by %s", d.Name, name, s.byName[name].Name)
			}
			s.byName[name] = &d
		}
	}
	return s, nil
}

// Lookup finds a command by name or alias, whatever its case. Nil when there is none.
func (s *Set) Lookup(name string) *Definition { return s.byName[strings.ToLower(name)] }

// All lists the commands in the order of declaration.
func (s *Set) All() []*Definition { return slices.Clone(s.list) }
