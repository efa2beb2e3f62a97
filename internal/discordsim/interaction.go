package discordsim

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"
)

// InteractionType says what a person did.
type InteractionType int

// The interaction types.
const (
	InteractionCommand      InteractionType = 2
	InteractionComponent    InteractionType = 3
	InteractionAutocomplete InteractionType = 4
	InteractionForm         InteractionType = 5
)

// ResponseType is the type of an interaction's first response.
type ResponseType int

// The first responses.
const (
	ResponsePong           ResponseType = 1
	ResponseMessage        ResponseType = 4
	ResponseDeferred       ResponseType = 5
	ResponseDeferredUpdate ResponseType = 6
	ResponseUpdate         ResponseType = 7
	ResponseChoices        ResponseType = 8
	ResponseForm           ResponseType = 9
)

// Interaction is a snapshot of what became of an interaction.
type Interaction struct {
	ID      ID
	Type    InteractionType
	Channel ID
	Guild   ID
	User    ID
	// Name is the command's name, or the custom_id of a component or form.
	Name string
	// Token is what the answers are sent with.
	Token string
	Begun time.Time

	// Acknowledged is when the first response came; zero for not (yet). Response is its type.
	Acknowledged time.Time
	Response     ResponseType
	Ephemeral    bool
	// Original is the answer as it is now, "thinking…" included; nil when there is none (any more).
	Original *Message
	// Answered says that the person sees an answer: a message that is not "thinking…", an update, a form or choices.
	Answered bool
	// FollowUps are further messages of this interaction.
	FollowUps []Message
	// Form is the form that was shown; Choices what autocompletion offered.
	Form    json.RawMessage
	Choices json.RawMessage
	// Callbacks counts first responses that were tried, Edits the edits of Original.
	Callbacks int
	Edits     int
}

// Unanswered says that the person was told the application did not respond.
func (i Interaction) Unanswered(after time.Duration) bool {
	return i.Acknowledged.IsZero() && time.Since(i.Begun) > after
}

// interaction is an Interaction with its messages by id.
type interaction struct {
	Interaction
	original  ID
	followUps []ID
	// source is the message a component or form belongs to.
	source ID
	// trigger is the interaction that showed the form of which this one is the answer.
	trigger *InteractionMetadata
	// updated: a type 7 or an edit changed the source message.
	updated bool
}

func newInteractionToken(id ID) string {
	secret := make([]byte, 48)
	rand.Read(secret)
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "interaction:%d:%x", id, secret))
}

// begin makes an interaction, sends it to the bot and remembers it.
func (s *Sim) begin(kind InteractionType, c *channel, user ID, name string, data any, source *Message) Interaction {
	now := time.Now()
	in := &interaction{Interaction: Interaction{
		ID: s.ids.next(now), Type: kind, Channel: c.ID, Guild: c.GuildID, User: user, Name: name, Begun: now,
	}}
	in.Token = newInteractionToken(in.ID)
	if source != nil {
		in.source = source.ID
	}
	s.interactions[in.ID] = in
	s.byToken[in.Token] = in
	s.forgetInteractions(now)
	s.dispatch(audience{guild: c.GuildID, lane: c.ID, about: in.ID, outside: true}, "INTERACTION_CREATE", s.interactionEvent(in, c, data, source))
	snapshot := s.interactionSnapshot(in)
	s.observe(InteractionSent{snapshot})
	return snapshot
}

// maxInteractions is when interactions with a dead token are forgotten, with what only they lead to.
const maxInteractions = 100_000

func (s *Sim) forgetInteractions(now time.Time) {
	if len(s.interactions) < maxInteractions || now.Sub(s.forgotInteractions) < time.Minute {
		return
	}
	s.forgotInteractions = now
	for id, in := range s.interactions {
		if now.Sub(in.Begun) <= s.cfg.TokenLifetime {
			continue
		}
		delete(s.interactions, id)
		delete(s.byToken, in.Token)
		for _, own := range append(in.followUps, in.original) {
			if m := s.messages[own]; m != nil && m.Ephemeral() {
				delete(s.messages, own)
			}
		}
	}
}

// interactionSnapshot is an interaction as it is now.
func (s *Sim) interactionSnapshot(in *interaction) Interaction {
	shown := in.Interaction
	if m := s.messages[in.original]; m != nil {
		copied := *m
		shown.Original = &copied
	}
	for _, id := range in.followUps {
		if m := s.messages[id]; m != nil {
			shown.FollowUps = append(shown.FollowUps, *m)
		}
	}
	switch in.Response {
	case ResponseMessage, ResponseDeferred:
		shown.Answered = shown.Original != nil && !shown.Original.Loading()
	case ResponseUpdate, ResponseForm, ResponseChoices:
		shown.Answered = true
	case ResponseDeferredUpdate:
		shown.Answered = in.updated || len(shown.FollowUps) > 0
	}
	return shown
}

// Interaction is what became of an interaction; false for an unknown one.
func (s *Sim) Interaction(id ID) (Interaction, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := s.interactions[id]
	if in == nil {
		return Interaction{}, false
	}
	return s.interactionSnapshot(in), true
}

// interactionEvent is the payload of INTERACTION_CREATE. Fields that only some clients read are all there.
type interactionEvent struct {
	ID                  ID                `json:"id"`
	ApplicationID       ID                `json:"application_id"`
	Type                InteractionType   `json:"type"`
	Token               string            `json:"token"`
	Version             int               `json:"version"`
	Data                any               `json:"data"`
	GuildID             ID                `json:"guild_id,omitempty"`
	Guild               *interactionGuild `json:"guild,omitempty"`
	ChannelID           ID                `json:"channel_id"`
	Channel             any               `json:"channel"`
	Member              *Member           `json:"member,omitempty"`
	User                *User             `json:"user,omitempty"`
	Message             *Message          `json:"message,omitempty"`
	AppPermissions      Permissions       `json:"app_permissions"`
	Locale              string            `json:"locale"`
	GuildLocale         string            `json:"guild_locale,omitempty"`
	Entitlements        []string          `json:"entitlements"`
	Owners              map[string]string `json:"authorizing_integration_owners"`
	Context             int               `json:"context"`
	AttachmentSizeLimit int               `json:"attachment_size_limit"`
}

type interactionGuild struct {
	ID       ID       `json:"id"`
	Locale   string   `json:"locale"`
	Features []string `json:"features"`
}

func (s *Sim) interactionEvent(in *interaction, c *channel, data any, source *Message) interactionEvent {
	const locale = "en-US"
	event := interactionEvent{
		ID: in.ID, ApplicationID: s.self.ID, Type: in.Type, Token: in.Token, Version: 1, Data: data,
		ChannelID: c.ID, AppPermissions: s.permissions(s.self.ID, c), Locale: locale, Entitlements: []string{},
		Owners: s.owners(in), AttachmentSizeLimit: 10 << 20,
	}
	if source != nil {
		shown := s.restMessage(source)
		event.Message = &shown
	}
	if c.Type == ChannelDM {
		user := s.users[in.User].User
		event.User, event.Channel, event.Context = &user, c.Channel, 1
		return event
	}
	g := s.guilds[c.GuildID]
	if g.byUser[s.self.ID] == nil {
		event.AppPermissions = everyonePermissions
	}
	member := *g.byUser[in.User]
	permissions := s.permissions(in.User, c)
	member.Permissions = &permissions
	event.GuildID, event.GuildLocale, event.Member, event.Channel = g.ID, locale, &member, c.form(permissions)
	event.Guild = &interactionGuild{ID: g.ID, Locale: locale, Features: []string{}}
	return event
}

// metadata is what a message says of the interaction it answers.
func (s *Sim) metadata(in *interaction) *InteractionMetadata {
	data := &InteractionMetadata{
		ID: in.ID, Type: int(in.Type), User: s.users[in.User].User, Owners: s.owners(in), Triggering: in.trigger,
	}
	if in.Type == InteractionComponent {
		data.InteractedMessage = in.source
	}
	return data
}

// owners says by whom the application was installed: the guild, or (in a DM) the bot itself; in a guild without the
// bot, the user.
func (s *Sim) owners(in *interaction) map[string]string {
	switch {
	case in.Guild == 0:
		return map[string]string{"0": "0"}
	case s.guilds[in.Guild].byUser[s.self.ID] == nil:
		return map[string]string{"1": in.User.String()}
	}
	return map[string]string{"0": in.Guild.String()}
}

// onlyByUser says whether only the user installed the application, which bounds its answers.
func (s *Sim) onlyByUser(in *interaction) bool {
	_, byGuild := s.owners(in)["0"]
	return !byGuild
}
