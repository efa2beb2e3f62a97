package discordsim

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// The component types that have rules here.
const (
	componentRow       = 1
	componentButton    = 2
	componentSelect    = 3
	componentTextInput = 4
	componentLabel     = 18
)

// component is what of a component matters to the rules and to clicking.
type component struct {
	Type        int               `json:"type"`
	ID          int               `json:"id"`
	CustomID    string            `json:"custom_id"`
	Label       string            `json:"label"`
	Style       int               `json:"style"`
	URL         string            `json:"url"`
	Disabled    bool              `json:"disabled"`
	Placeholder string            `json:"placeholder"`
	Options     []selectOption    `json:"options"`
	MinValues   *int              `json:"min_values"`
	MaxValues   *int              `json:"max_values"`
	MinLength   *int              `json:"min_length"`
	MaxLength   *int              `json:"max_length"`
	Required    *bool             `json:"required"`
	Components  []json.RawMessage `json:"components"`
	Component   json.RawMessage   `json:"component"`
	Accessory   json.RawMessage   `json:"accessory"`
}

type selectOption struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

// isSelect says whether a type is one of the five selects.
func isSelect(kind int) bool { return kind == componentSelect || kind >= 5 && kind <= 8 }

// componentCheck walks a tree of components and notes what breaks a rule.
type componentCheck struct {
	problems *formErrors
	seen     map[string]bool
	total    int
}

// checkComponents checks a message's components; v2 lifts the rule that the top level is rows.
func checkComponents(problems *formErrors, top []json.RawMessage, v2 bool) {
	check := &componentCheck{problems: problems, seen: map[string]bool{}}
	if !v2 && len(top) > 5 {
		problems.add("components", "BASE_TYPE_MAX_LENGTH", "Must be 5 or fewer in length.")
	}
	for i, raw := range top {
		path := fmt.Sprintf("components.%d", i)
		c, valid := check.read(raw, path)
		if valid && !v2 && c.Type != componentRow {
			problems.add(path+".type", "UNION_TYPE_CHOICES", "Value of field \"type\" must be one of (1,).")
		}
		check.walk(c, path)
	}
	if check.total > 40 {
		problems.add("components", "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", "The total number of components cannot exceed 40")
	}
}

func (k *componentCheck) read(raw json.RawMessage, path string) (component, bool) {
	var c component
	if json.Unmarshal(raw, &c) != nil || c.Type == 0 {
		k.problems.add(path, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
		return c, false
	}
	k.total++
	return c, true
}

func (k *componentCheck) walk(c component, path string) {
	k.limits(c, path)
	if c.Type == componentRow {
		k.row(c, path)
		return
	}
	for i, raw := range c.Components {
		below := fmt.Sprintf("%s.components.%d", path, i)
		if child, valid := k.read(raw, below); valid {
			k.walk(child, below)
		}
	}
	for name, raw := range map[string]json.RawMessage{"component": c.Component, "accessory": c.Accessory} {
		if raw == nil {
			continue
		}
		if child, valid := k.read(raw, path+"."+name); valid {
			k.walk(child, path+"."+name)
		}
	}
}

// row holds up to five buttons, or one select.
func (k *componentCheck) row(c component, path string) {
	width := 0
	for i, raw := range c.Components {
		below := fmt.Sprintf("%s.components.%d", path, i)
		child, valid := k.read(raw, below)
		width++
		if !valid {
			continue
		}
		if isSelect(child.Type) {
			width += 4
		}
		k.limits(child, below)
	}
	if width < 1 || width > 5 {
		k.problems.add(path+".components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
	}
}

func (k *componentCheck) limits(c component, path string) {
	needsID := isSelect(c.Type) || c.Type == componentTextInput || c.Type == componentButton && c.Style >= 1 && c.Style <= 4
	if needsID {
		k.customID(c.CustomID, path)
	}
	k.length(path+".placeholder", c.Placeholder, 150)
	switch c.Type {
	case componentButton:
		k.length(path+".label", c.Label, 80)
		if c.Style == 5 && c.URL == "" {
			k.problems.add(path+".url", "BASE_TYPE_REQUIRED", "This field is required")
		}
	case componentLabel:
		k.length(path+".label", c.Label, 45)
	case componentSelect:
		if len(c.Options) < 1 || len(c.Options) > 25 {
			k.problems.add(path+".options", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 25 in length.")
		}
		for i, o := range c.Options {
			k.length(fmt.Sprintf("%s.options.%d.label", path, i), o.Label, 100)
			k.length(fmt.Sprintf("%s.options.%d.value", path, i), o.Value, 100)
		}
	}
}

func (k *componentCheck) customID(id, path string) {
	switch {
	case id == "":
		k.problems.add(path+".custom_id", "BASE_TYPE_REQUIRED", "This field is required")
	case k.seen[id]:
		k.problems.add(path+".custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")
	}
	k.length(path+".custom_id", id, 100)
	k.seen[id] = true
}

func (k *componentCheck) length(path, text string, most int) {
	if utf8.RuneCountInString(text) > most {
		k.problems.add(path, "BASE_TYPE_MAX_LENGTH", fmt.Sprintf("Must be %d or fewer in length.", most))
	}
}

// numbered gives every component without an id one, counting from 1 through the whole tree, and what it leaves
// out its default, as Discord does.
func numbered(top []json.RawMessage) []json.RawMessage {
	next := 0
	out := make([]json.RawMessage, 0, len(top))
	for _, raw := range top {
		out = append(out, number(raw, &next))
	}
	return out
}

func number(raw json.RawMessage, next *int) json.RawMessage {
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		return raw
	}
	*next++
	if id := string(fields["id"]); id == "" || id == "0" {
		fields["id"] = mustJSON(*next)
	}
	fillIn(fields)
	var children []json.RawMessage
	if json.Unmarshal(fields["components"], &children) == nil {
		for i := range children {
			children[i] = number(children[i], next)
		}
		fields["components"] = mustJSON(list(children))
	}
	for _, name := range []string{"component", "accessory"} {
		if child, there := fields[name]; there {
			fields[name] = number(child, next)
		}
	}
	return mustJSON(fields)
}

// find looks for an interactive component in a message by its custom_id.
func find(top []json.RawMessage, customID string) (component, bool) {
	for _, raw := range top {
		var c component
		if json.Unmarshal(raw, &c) != nil {
			continue
		}
		if c.CustomID == customID {
			return c, true
		}
		below := c.Components
		if c.Accessory != nil {
			below = append(below, c.Accessory)
		}
		if c.Component != nil {
			below = append(below, c.Component)
		}
		if found, ok := find(below, customID); ok {
			return found, true
		}
	}
	return component{}, false
}
