package discordsim

import (
	"encoding/json"
	"errors"
	"fmt"
)

// formData is the data of a submitted form.
type formData struct {
	CustomID   string `json:"custom_id"`
	Components []any  `json:"components"`
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
	Values   []string `json:"values,omitempty"`
}

// Submit lets the person to whom an interaction showed a form fill it in. Fields are named by their custom_id; those
// not named are left empty.
func (s *Sim) Submit(interactionID ID, fields map[string]string) (Interaction, error) {
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
	data := formData{CustomID: form.CustomID}
	for _, raw := range numbered(form.Components) {
		var c component
		if err := json.Unmarshal(raw, &c); err != nil {
			return Interaction{}, fmt.Errorf("the form cannot be read: %w", err)
		}
		entry, err := c.submitted(fields)
		if err != nil {
			return Interaction{}, err
		}
		data.Components = append(data.Components, entry)
	}
	var source *Message
	if in.source != 0 {
		source = s.messages[in.source]
	}
	return s.begin(InteractionForm, s.channels[in.Channel], in.User, form.CustomID, data, source), nil
}

// submitted is a form's row or label as it comes back, with the values in it.
func (c component) submitted(fields map[string]string) (any, error) {
	inner := c.Components
	if c.Type == componentLabel {
		inner = []json.RawMessage{c.Component}
	}
	var filled []formField
	for _, raw := range inner {
		var field component
		if err := json.Unmarshal(raw, &field); err != nil {
			return nil, fmt.Errorf("the form cannot be read: %w", err)
		}
		value, given := fields[field.CustomID]
		if required := field.Required == nil || *field.Required; required && value == "" {
			return nil, fmt.Errorf("the field %q must be filled in", field.CustomID)
		}
		out := formField{Type: field.Type, ID: field.ID, CustomID: field.CustomID}
		if field.Type == componentTextInput {
			out.Value = &value
		} else if given {
			out.Values = []string{value}
		}
		filled = append(filled, out)
	}
	if c.Type != componentLabel {
		return formRow{Type: c.Type, ID: c.ID, Components: filled}, nil
	}
	return formLabel{Type: c.Type, ID: c.ID, Component: filled[0]}, nil
}
