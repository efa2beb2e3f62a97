package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

// commandRequest is the body of POST /sandbox/command and /sandbox/autocomplete: a slash command, filled in field by
// field.
type commandRequest struct {
	place
	Name    string            `json:"name"`
	Options map[string]string `json:"options"`
	// Focused is the option that is being typed into.
	Focused string `json:"focused"`
}

// command uses a slash command as one of the members.
func (s *Server) command(_ context.Context, ask commandRequest) (any, error) {
	user, err := s.speaker(ask.As)
	if err != nil {
		return nil, err
	}
	reader := s.slasher()
	filled, err := reader.fill(ask.Name, ask.Options)
	if err != nil {
		return nil, err
	}
	return s.begin(user, ask.Channel, ask.Name, filled, reader.typed(ask.Name, ask.Options))
}

// begin sends a slash command.
func (s *Server) begin(user discordsim.ID, channel, name string, filled []filled, typed string) (any, error) {
	where, err := s.where(user, channel)
	if err != nil {
		return nil, err
	}
	options := make([]discordsim.Option, len(filled))
	for i, f := range filled {
		options[i] = discordsim.Arg(f.Name, f.Value)
	}
	in, err := s.story.use(deed{"used", typed}, func() (discordsim.Interaction, error) {
		return s.sim.Slash(user, where, name, options...)
	})
	return spoken{in.ID.String()}, err
}

// offer is the answer of POST /sandbox/autocomplete.
type offer struct {
	Choices []Choice `json:"choices"`
}

// autocomplete asks the bot what it offers for an option.
func (s *Server) autocomplete(ctx context.Context, ask commandRequest) (any, error) {
	user, err := s.speaker(ask.As)
	if err != nil {
		return nil, err
	}
	where, err := s.where(user, ask.Channel)
	if err != nil {
		return nil, err
	}
	options := make([]discordsim.Option, 0, len(ask.Options))
	for name, value := range ask.Options {
		options = append(options, discordsim.Arg(name, value))
	}
	in, err := s.sim.Autocomplete(user, where, ask.Name, ask.Focused, options...)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, acknowledgeWithin)
	defer cancel()
	in, err = s.sim.AwaitInteraction(ctx, in.ID, func(in discordsim.Interaction) bool { return !in.Acknowledged.IsZero() })
	if err != nil {
		return nil, errors.New("the bot offered nothing within 3 s")
	}
	out := offer{Choices: []Choice{}}
	if err := json.Unmarshal(in.Choices, &out.Choices); err != nil {
		return nil, fmt.Errorf("the bot's offers cannot be read: %w", err)
	}
	return out, nil
}

// componentRequest is the body of POST /sandbox/click and /sandbox/select.
type componentRequest struct {
	As      string   `json:"as"`
	Message string   `json:"message"`
	ID      string   `json:"id"`
	Values  []string `json:"values"`
	// Label says in words what is pressed, or what was chosen.
	Label string `json:"label"`
}

func (s *Server) click(_ context.Context, ask componentRequest) (any, error) {
	return s.component(ask, "pressed", func(user, message discordsim.ID) (discordsim.Interaction, error) {
		return s.sim.Click(user, message, ask.ID)
	})
}

func (s *Server) choose(_ context.Context, ask componentRequest) (any, error) {
	return s.component(ask, "chose", func(user, message discordsim.ID) (discordsim.Interaction, error) {
		return s.sim.Select(user, message, ask.ID, ask.Values...)
	})
}

func (s *Server) component(ask componentRequest, verb string, use func(user, message discordsim.ID) (discordsim.Interaction, error)) (any, error) {
	user, m, err := s.target(aboutMessage{As: ask.As, Message: ask.Message})
	if err != nil {
		return nil, err
	}
	in, err := s.story.use(deed{verb, ask.Label}, func() (discordsim.Interaction, error) { return use(user, m.ID) })
	return spoken{in.ID.String()}, err
}

// formRequest is the body of POST /sandbox/form.
type formRequest struct {
	As string `json:"as"`
	// Interaction is the one that showed the form.
	Interaction string              `json:"interaction"`
	Fields      map[string][]string `json:"fields"`
}

// submit sends a form that was filled in.
func (s *Server) submit(_ context.Context, ask formRequest) (any, error) {
	user, err := s.speaker(ask.As)
	if err != nil {
		return nil, err
	}
	id, err := parse(ask.Interaction, "interaction")
	if err != nil {
		return nil, err
	}
	shown, ok := s.sim.Interaction(id)
	if !ok || shown.User != user {
		return nil, errors.New("that form was shown to somebody else")
	}
	var form struct {
		Title string `json:"title"`
	}
	if err := json.Unmarshal(shown.Form, &form); err != nil {
		return nil, errors.New("this interaction showed no form")
	}
	in, err := s.story.use(deed{"sent", form.Title}, func() (discordsim.Interaction, error) {
		return s.sim.SubmitValues(id, ask.Fields)
	})
	return spoken{in.ID.String()}, err
}
