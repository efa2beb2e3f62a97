package rest

import (
	"encoding/json"
	"time"

	"github.com/diamondburned/arikawa/v3/discord"
)

// Flags of a message that a bot may set.
const (
	FlagSuppressEmbeds        = 1 << 2
	FlagEphemeral             = 1 << 6 // interaction responses only
	FlagSuppressNotifications = 1 << 12
)

// Message is what a bot says: a new message, the newest state of one (edits send every field), or the message of an
// interaction response.
type Message struct {
	Content    string
	Embeds     []Embed
	Components []Component
	// Mentions is always sent; its zero value notifies nobody.
	Mentions Mentions
	Flags    int

	// ReplyTo makes a new message a reply. It is posted even if that message has been deleted.
	ReplyTo discord.MessageID
	// Nonce, at most 25 characters, makes creating idempotent for a few minutes: enforce_nonce is sent with it.
	// Edits and interaction responses know no nonce.
	Nonce string
}

// Mentions says whom a message may notify.
type Mentions struct {
	// Parse may hold "users", "roles", "everyone": all of that kind found in the text.
	Parse []string
	Users []discord.UserID
	Roles []discord.RoleID
	// RepliedUser notifies the author of the message replied to.
	RepliedUser bool
}

// Embed is a card in a message.
type Embed struct {
	Title       string       `json:"title,omitempty"`
	Description string       `json:"description,omitempty"`
	URL         string       `json:"url,omitempty"`
	Color       int          `json:"color,omitempty"`
	Timestamp   time.Time    `json:"timestamp,omitzero"`
	Author      *EmbedAuthor `json:"author,omitempty"`
	Footer      *EmbedFooter `json:"footer,omitempty"`
	Image       *EmbedImage  `json:"image,omitempty"`
	Thumbnail   *EmbedImage  `json:"thumbnail,omitempty"`
	Fields      []EmbedField `json:"fields,omitempty"`
}

// EmbedAuthor is the line above an embed's title.
type EmbedAuthor struct {
	Name    string `json:"name"`
	URL     string `json:"url,omitempty"`
	IconURL string `json:"icon_url,omitempty"`
}

// EmbedFooter is the line below an embed.
type EmbedFooter struct {
	Text    string `json:"text"`
	IconURL string `json:"icon_url,omitempty"`
}

// EmbedImage is a picture in an embed.
type EmbedImage struct {
	URL string `json:"url"`
}

// EmbedField is a titled paragraph in an embed.
type EmbedField struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Inline bool   `json:"inline,omitempty"`
}

// ComponentType is Discord's number for a kind of component.
type ComponentType int

// The kinds of component a bot uses.
const (
	ActionRow    ComponentType = 1
	Button       ComponentType = 2
	StringSelect ComponentType = 3
	TextInput    ComponentType = 4
	UserSelect   ComponentType = 5
	Label        ComponentType = 18
)

// Styles of buttons and text inputs.
const (
	ButtonPrimary   = 1
	ButtonSecondary = 2
	ButtonSuccess   = 3
	ButtonDanger    = 4
	ButtonLink      = 5
	InputShort      = 1
	InputParagraph  = 2
)

// Component is a button, a select, a field of a form, or what holds them; which fields count depends on Type.
type Component struct {
	Type        ComponentType  `json:"type"`
	CustomID    string         `json:"custom_id,omitempty"`
	Style       int            `json:"style,omitempty"`
	Label       string         `json:"label,omitempty"`
	Description string         `json:"description,omitempty"`
	URL         string         `json:"url,omitempty"`
	Emoji       *Emoji         `json:"emoji,omitempty"`
	Disabled    bool           `json:"disabled,omitempty"`
	Placeholder string         `json:"placeholder,omitempty"`
	Value       string         `json:"value,omitempty"`
	Options     []SelectOption `json:"options,omitempty"`
	MinValues   *int           `json:"min_values,omitempty"`
	MaxValues   int            `json:"max_values,omitempty"`
	MinLength   int            `json:"min_length,omitempty"`
	MaxLength   int            `json:"max_length,omitempty"`
	Required    *bool          `json:"required,omitempty"`
	// Components are those of a row; Component is the one of a Label.
	Components []Component `json:"components,omitempty"`
	Component  *Component  `json:"component,omitempty"`
}

// Emoji is a unicode emoji (Name only) or a custom one.
type Emoji struct {
	ID   discord.EmojiID `json:"id,omitempty"`
	Name string          `json:"name,omitempty"`
}

// SelectOption is a line of a select.
type SelectOption struct {
	Label       string `json:"label"`
	Value       string `json:"value"`
	Description string `json:"description,omitempty"`
	Emoji       *Emoji `json:"emoji,omitempty"`
	Default     bool   `json:"default,omitempty"`
}

// Posted is what is worth knowing of a message of ours. The rest of Discord's answer is not decoded: nothing in it
// may make a message that exists look like one that does not.
type Posted struct {
	ID        discord.MessageID `json:"id"`
	ChannelID discord.ChannelID `json:"channel_id"`
}

// ResponseType is the kind of first answer to an interaction.
type ResponseType int

// The first answers Discord knows.
const (
	RespondMessage     ResponseType = 4
	RespondDefer       ResponseType = 5 // "thinking…"; of its message only FlagEphemeral counts
	RespondDeferUpdate ResponseType = 6 // components: nothing visible yet
	RespondUpdate      ResponseType = 7 // components: the message they are on
	RespondChoices     ResponseType = 8
	RespondForm        ResponseType = 9
)

// Response is the first answer to an interaction. Message is used by types 4, 5 and 7, Choices by 8, Form by 9.
type Response struct {
	Type    ResponseType
	Message Message
	Choices []Choice
	Form    Form
}

// Choice is a value offered for an option.
type Choice struct {
	Name  string `json:"name"`
	Value any    `json:"value"`
}

// Form is a dialog box with fields.
type Form struct {
	CustomID   string      `json:"custom_id"`
	Title      string      `json:"title"`
	Components []Component `json:"components"`
}

// mentionsBody is allowed_mentions on the wire. Parse is always there: without it Discord parses everything.
type mentionsBody struct {
	Parse       []string         `json:"parse"`
	Users       []discord.UserID `json:"users,omitempty"`
	Roles       []discord.RoleID `json:"roles,omitempty"`
	RepliedUser bool             `json:"replied_user"`
}

type referenceBody struct {
	MessageID       discord.MessageID `json:"message_id"`
	FailIfNotExists bool              `json:"fail_if_not_exists"`
}

// createBody is a new message on the wire; empty parts are left out.
type createBody struct {
	Content      string         `json:"content,omitempty"`
	Embeds       []Embed        `json:"embeds,omitempty"`
	Components   []Component    `json:"components,omitempty"`
	Mentions     mentionsBody   `json:"allowed_mentions"`
	Flags        int            `json:"flags,omitempty"`
	Nonce        string         `json:"nonce,omitempty"`
	EnforceNonce bool           `json:"enforce_nonce,omitempty"`
	Reference    *referenceBody `json:"message_reference,omitempty"`
}

// editBody is the newest state of a message on the wire; an empty part is sent, so that it becomes empty there too.
type editBody struct {
	Content    string       `json:"content"`
	Embeds     []Embed      `json:"embeds"`
	Components []Component  `json:"components"`
	Mentions   mentionsBody `json:"allowed_mentions"`
	Flags      *int         `json:"flags,omitempty"`
}

func (m Mentions) body() mentionsBody {
	b := mentionsBody(m)
	if b.Parse == nil {
		b.Parse = []string{}
	}
	return b
}

func (m Message) create() createBody {
	b := m.response()
	b.Nonce, b.EnforceNonce = m.Nonce, m.Nonce != ""
	if m.ReplyTo.IsValid() {
		b.Reference = &referenceBody{MessageID: m.ReplyTo}
	}
	return b
}

// response is the message of a callback: that schema has neither nonce nor reference.
func (m Message) response() createBody {
	return createBody{
		Content: m.Content, Embeds: m.Embeds, Components: m.Components, Mentions: m.Mentions.body(), Flags: m.Flags,
	}
}

func (m Message) edit() editBody {
	b := editBody{Content: m.Content, Embeds: m.Embeds, Components: m.Components, Mentions: m.Mentions.body()}
	if b.Embeds == nil {
		b.Embeds = []Embed{}
	}
	if b.Components == nil {
		b.Components = []Component{}
	}
	// FlagEphemeral was fixed by the first answer; of the others only this one can be edited.
	if flags := m.Flags & FlagSuppressEmbeds; flags != 0 {
		b.Flags = &flags
	}
	return b
}

// MarshalJSON is the body of the callback. It has no data where its type wants none.
func (r Response) MarshalJSON() ([]byte, error) {
	body := struct {
		Type ResponseType `json:"type"`
		Data any          `json:"data,omitempty"`
	}{Type: r.Type}
	switch r.Type {
	case RespondMessage:
		body.Data = r.Message.response()
	case RespondUpdate:
		body.Data = r.Message.edit()
	case RespondDefer:
		if flags := r.Message.Flags & FlagEphemeral; flags != 0 {
			body.Data = map[string]int{"flags": flags}
		}
	case RespondChoices:
		choices := r.Choices
		if choices == nil {
			choices = []Choice{}
		}
		body.Data = map[string][]Choice{"choices": choices}
	case RespondForm:
		body.Data = r.Form
	}
	return json.Marshal(body)
}
