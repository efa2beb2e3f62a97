package discordsim

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// formData is the data of a submitted form.
type formData struct {
	CustomID   string    `json:"custom_id"`
	Components []any     `json:"components"`
	Resolved   *resolved `json:"resolved,omitempty"`
}

type formRow struct {
	Type       int         `json:"type"`
	ID         int         `json:"id"`
	Components []formField `json:"components"`
}

type formLabel struct {
	Type      int       `json:"type"`
	ID        int       `json:"id"`
	Component formField `json:"component"`
}

type formField struct {
	Type     int      `json:"type"`
	ID       int      `json:"id"`
	CustomID string   `json:"custom_id"`
	Value    *string  `json:"value,omitempty"`
	Values   []string `json:"values,omitzero"`
}

// Submit is SubmitValues with one value per field.
func (s *Sim) Submit(interactionID ID, fields map[string]string) (Interaction, error) {
	values := map[string][]string{}
	for field, value := range fields {
		values[field] = []string{value}
	}
	return s.SubmitValues(interactionID, values)
}

// SubmitValues lets the person to whom an interaction showed a form fill it in. Fields are named by their custom_id;
// those not named are left empty.
func (s *Sim) SubmitValues(interactionID ID, fields map[string][]string) (Interaction, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := s.interactions[interactionID]
	if in == nil || in.Form == nil {
		return Interaction{}, errors.New("this interaction showed no form")
	}
	var form struct {
		CustomID   string            `json:"custom_id"`
		Components []json.RawMessage `json:"components"`
	}
	if err := json.Unmarshal(in.Form, &form); err != nil {
		return Interaction{}, fmt.Errorf("the form cannot be read: %w", err)
	}
	c := s.channels[in.Channel]
	data := formData{CustomID: form.CustomID}
	fill := formFiller{sim: s, channel: c, user: in.User, fields: fields}
	for _, raw := range numbered(form.Components) {
		entry, err := fill.entry(raw)
		if err != nil {
			return Interaction{}, err
		}
		if entry != nil {
			data.Components = append(data.Components, entry)
		}
	}
	if !fill.resolved.empty() {
		data.Resolved = &fill.resolved
	}
	var source *Message
	if in.source != 0 {
		source = s.messages[in.source]
	}
	begun := s.begin(InteractionForm, c, in.User, form.CustomID, data, source)
	s.interactions[begun.ID].trigger = s.metadata(in)
	return begun, nil
}

// formFiller turns what a person filled in into what the bot gets.
type formFiller struct {
	sim      *Sim
	channel  *channel
	user     ID
	fields   map[string][]string
	resolved resolved
}

// entry is a form's row or label as it comes back, with the values in it. A text between them comes back as its type
// and id alone.
func (f *formFiller) entry(raw json.RawMessage) (any, error) {
	var c component
	if err := json.Unmarshal(raw, &c); err != nil {
		return nil, fmt.Errorf("the form cannot be read: %w", err)
	}
	inner := c.Components
	switch c.Type {
	case componentLabel:
		inner = []json.RawMessage{c.Component}
	case componentRow:
	default:
		return map[string]int{"type": c.Type, "id": c.ID}, nil
	}
	var filled []formField
	for _, raw := range inner {
		var field component
		if err := json.Unmarshal(raw, &field); err != nil {
			return nil, fmt.Errorf("the form cannot be read: %w", err)
		}
		out, err := f.field(field)
		if err != nil {
			return nil, err
		}
		filled = append(filled, out)
	}
	if c.Type == componentRow {
		return formRow{Type: c.Type, ID: c.ID, Components: filled}, nil
	}
	return formLabel{Type: c.Type, ID: c.ID, Component: filled[0]}, nil
}

// field fills one field in, as far as Discord's client would allow.
func (f *formFiller) field(field component) (formField, error) {
	values := f.fields[field.CustomID]
	given := len(values) > 0 && values[0] != ""
	if required := field.Required == nil || *field.Required; required && !given {
		return formField{}, fmt.Errorf("the field %q must be filled in", field.CustomID)
	}
	out := formField{Type: field.Type, ID: field.ID, CustomID: field.CustomID}
	if field.Type == componentTextInput {
		value := ""
		if given {
			value = values[0]
		}
		n := utf8.RuneCountInString(value)
		if given && (n < deref(field.MinLength) || field.MaxLength != nil && n > *field.MaxLength) {
			return out, fmt.Errorf("the field %q does not take %d characters", field.CustomID, n)
		}
		out.Value = &value
		return out, nil
	}
	if !given {
		out.Values = []string{}
		return out, nil
	}
	out.Values = values
	if !isSelect(field.Type) {
		return out, nil
	}
	objects, err := f.sim.chosen(f.channel, f.user, field, values)
	if objects != nil {
		f.resolved.merge(objects)
	}
	return out, err
}

// merge takes over the objects of another field.
func (r *resolved) merge(other *resolved) {
	for id, value := range other.Users {
		putKey(&r.Users, id, value)
	}
	for id, value := range other.Members {
		putKey(&r.Members, id, value)
	}
	for id, value := range other.Roles {
		putKey(&r.Roles, id, value)
	}
	for id, value := range other.Channels {
		putKey(&r.Channels, id, value)
	}
}

// empty says whether nothing was resolved.
func (r *resolved) empty() bool {
	return len(r.Users)+len(r.Members)+len(r.Roles)+len(r.Channels)+len(r.Messages) == 0
}
