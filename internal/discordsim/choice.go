package discordsim

import (
	"fmt"
	"slices"
)

// The selects whose choices are not written in the message.
const (
	componentUserSelect        = 5
	componentRoleSelect        = 6
	componentMentionableSelect = 7
	componentChannelSelect     = 8
)

// chosen checks what a person chose in a select as Discord's client does, and finds the objects behind chosen ids.
func (s *Sim) chosen(c *channel, user ID, sel component, values []string) (*resolved, error) {
	least, most := 1, 1
	set(&least, sel.MinValues)
	set(&most, sel.MaxValues)
	if len(values) < least || len(values) > most {
		return nil, fmt.Errorf("the select %q takes %d to %d values, not %d", sel.CustomID, least, most, len(values))
	}
	if sel.Type == componentSelect {
		for _, value := range values {
			if !slices.ContainsFunc(sel.Options, func(o selectOption) bool { return o.Value == value }) {
				return nil, fmt.Errorf("%q is not among the options of %q", value, sel.CustomID)
			}
		}
		return nil, nil
	}
	objects := &resolved{}
	for _, value := range values {
		id, err := ParseID(value)
		if err != nil || !s.resolveChoice(objects, c, user, sel.Type, id) {
			return nil, fmt.Errorf("%q cannot be chosen in %q", value, sel.CustomID)
		}
	}
	return objects, nil
}

// resolveChoice adds the object of an id; false when there is none of a kind the select takes.
func (s *Sim) resolveChoice(objects *resolved, c *channel, user ID, kind int, id ID) bool {
	g := s.guilds[c.GuildID]
	if (kind == componentUserSelect || kind == componentMentionableSelect) && s.users[id] != nil {
		s.resolveUser(objects, c, id)
		return true
	}
	if (kind == componentRoleSelect || kind == componentMentionableSelect) && g != nil && g.role(id) != nil {
		put(&objects.Roles, id, *g.role(id))
		return true
	}
	if other := s.channels[id]; kind == componentChannelSelect && other != nil && other.GuildID == c.GuildID && g != nil {
		put(&objects.Channels, id, other.form(s.permissions(user, other)))
		return true
	}
	return false
}

// put adds to a map that may not exist yet.
func put[T any](into *map[string]T, id ID, value T) { putKey(into, id.String(), value) }

func putKey[T any](into *map[string]T, key string, value T) {
	if *into == nil {
		*into = map[string]T{}
	}
	(*into)[key] = value
}
