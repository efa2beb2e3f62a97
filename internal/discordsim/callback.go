package discordsim

import (
	"encoding/json"
	"net/http"
	"time"
)

// callbackBody is the body of an interaction's first response.
type callbackBody struct {
	Type ResponseType    `json:"type"`
	Data json.RawMessage `json:"data"`
}

// postCallback takes the first response: within the deadline and only once.
func (s *Sim) postCallback(req *request) (response, *apiError) {
	id, bad := req.id("interaction")
	if bad != nil {
		return refuse(bad)
	}
	in := s.interactions[id]
	if in == nil || in.Token != req.params["token"] {
		return refuse(errUnknownInteract)
	}
	in.Callbacks++
	now := time.Now()
	if !in.Acknowledged.IsZero() {
		s.counters.DoubleAcknowledgements++
		s.touch()
		return refuse(errAcknowledged)
	}
	if now.Sub(in.Begun) > s.cfg.AcknowledgeWithin {
		s.counters.LateAcknowledgements++
		s.touch()
		return refuse(errUnknownInteract)
	}
	var body callbackBody
	if bad := decode(req.body, &body); bad != nil {
		return refuse(bad)
	}
	if body.Data == nil {
		body.Data = json.RawMessage("null")
	}
	if !in.accepts(body.Type) {
		return refuse(badForm("type", "INTERACTION_RESPONSE_TYPE_INVALID", "This response type is not possible for this interaction."))
	}
	if bad := s.respond(in, body, req); bad != nil {
		return refuse(bad.below("data"))
	}
	in.Acknowledged, in.Response = now, body.Type
	s.observe(InteractionAcknowledged{s.interactionSnapshot(in)})
	if req.flag("with_response") {
		return response{http.StatusOK, s.callbackResult(in)}, nil
	}
	return noContent()
}

// accepts says which first responses an interaction can have.
func (in *interaction) accepts(kind ResponseType) bool {
	switch kind {
	case ResponseMessage, ResponseDeferred:
		return in.Type != InteractionAutocomplete
	case ResponseDeferredUpdate, ResponseUpdate:
		return in.source != 0
	case ResponseChoices:
		return in.Type == InteractionAutocomplete
	case ResponseForm:
		return in.Type == InteractionCommand || in.Type == InteractionComponent
	}
	return false
}

// respond carries a first response out.
func (s *Sim) respond(in *interaction, body callbackBody, req *request) *apiError {
	switch body.Type {
	case ResponseMessage:
		return s.respondMessage(in, body.Data, req)
	case ResponseDeferred:
		var data struct {
			Flags int `json:"flags"`
		}
		if bad := decode(body.Data, &data); bad != nil {
			return bad
		}
		m := s.answerMessage(in, data.Flags&FlagEphemeral|FlagLoading)
		s.post(s.channels[in.Channel], m)
		in.original, in.Ephemeral = m.ID, m.Ephemeral()
	case ResponseDeferredUpdate:
		in.original = in.source
	case ResponseUpdate:
		source := s.messages[in.source]
		if source == nil {
			return errUnknownMessage
		}
		inner := *req
		inner.body = body.Data
		if _, bad := s.edit(&inner, s.channels[in.Channel], source, onlyUsers); bad != nil {
			return bad
		}
		in.original, in.updated = in.source, true
	case ResponseChoices:
		return in.respondChoices(body.Data)
	case ResponseForm:
		return in.respondForm(body.Data)
	}
	return nil
}

func (s *Sim) respondMessage(in *interaction, data json.RawMessage, req *request) *apiError {
	body, bad := readMessage(req, data, settableFlags|FlagEphemeral)
	if bad != nil {
		return bad
	}
	if body.empty(len(req.files)) {
		return errEmptyMessage
	}
	m := s.answerMessage(in, deref(body.Flags))
	s.fillAnswer(m, in, body, req)
	s.post(s.channels[in.Channel], m)
	in.original, in.Ephemeral = m.ID, m.Ephemeral()
	return nil
}

// answerMessage is a message of the bot that belongs to an interaction.
func (s *Sim) answerMessage(in *interaction, flags int) *Message {
	m := &Message{
		ChannelID: in.Channel, Author: s.self, Flags: flags, ApplicationID: s.self.ID, WebhookID: s.self.ID,
		InteractionMetadata: s.metadata(in),
	}
	if in.Type == InteractionCommand {
		m.Type = MessageSlashCommand
	}
	if flags&FlagEphemeral != 0 {
		m.To = in.User
	}
	return m
}

// onlyUsers is whom a message of an interaction pings unless the bot says otherwise.
var onlyUsers = &AllowedMentions{Parse: []string{"users"}}

func (s *Sim) fillAnswer(m *Message, in *interaction, body *messageBody, req *request) {
	if body.AllowedMentions == nil {
		body.AllowedMentions = onlyUsers
	}
	s.fill(m, s.channels[in.Channel], body, req)
}

func (in *interaction) respondChoices(data json.RawMessage) *apiError {
	var body struct {
		Choices []struct {
			Name  string          `json:"name"`
			Value json.RawMessage `json:"value"`
		} `json:"choices"`
	}
	if bad := decode(data, &body); bad != nil {
		return bad
	}
	if len(body.Choices) > 25 {
		return badForm("choices", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
	}
	in.Choices = mustJSON(list(body.Choices))
	return nil
}

func (in *interaction) respondForm(data json.RawMessage) *apiError {
	var body struct {
		CustomID   string            `json:"custom_id"`
		Title      string            `json:"title"`
		Components []json.RawMessage `json:"components"`
	}
	if bad := decode(data, &body); bad != nil {
		return bad
	}
	var problems formErrors
	if len(body.CustomID) < 1 || len(body.CustomID) > 100 {
		problems.add("custom_id", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
	}
	if len(body.Title) < 1 || len([]rune(body.Title)) > 45 {
		problems.add("title", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 45 in length.")
	}
	if len(body.Components) < 1 || len(body.Components) > 5 {
		problems.add("components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
	}
	checkComponents(&problems, body.Components, true)
	if bad := problems.refusal(); bad != nil {
		return bad
	}
	in.Form = data
	return nil
}

// callbackResult is the body of a callback with with_response.
type callbackResult struct {
	Interaction callbackInteraction `json:"interaction"`
	Resource    *callbackResource   `json:"resource,omitempty"`
}

type callbackInteraction struct {
	ID        ID              `json:"id"`
	Type      InteractionType `json:"type"`
	MessageID ID              `json:"response_message_id,omitempty"`
	Loading   *bool           `json:"response_message_loading,omitempty"`
	Ephemeral *bool           `json:"response_message_ephemeral,omitempty"`
}

type callbackResource struct {
	Type    ResponseType `json:"type"`
	Message *Message     `json:"message,omitempty"`
}

func (s *Sim) callbackResult(in *interaction) callbackResult {
	result := callbackResult{
		Interaction: callbackInteraction{ID: in.ID, Type: in.Type},
		Resource:    &callbackResource{Type: in.Response},
	}
	if m := s.messages[in.original]; m != nil {
		loading, ephemeral := m.Loading(), m.Ephemeral()
		result.Interaction.MessageID, result.Interaction.Loading, result.Interaction.Ephemeral = m.ID, &loading, &ephemeral
		shown := s.restMessage(m)
		result.Resource.Message = &shown
	}
	return result
}
