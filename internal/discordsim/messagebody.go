package discordsim

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// messageBody is what a client sends to create or edit a message, or to answer an interaction. Pointers tell "not
// sent" from "emptied".
type messageBody struct {
	Content         *string            `json:"content"`
	Nonce           json.RawMessage    `json:"nonce"`
	EnforceNonce    bool               `json:"enforce_nonce"`
	TTS             bool               `json:"tts"`
	Embeds          *[]json.RawMessage `json:"embeds"`
	AllowedMentions *AllowedMentions   `json:"allowed_mentions"`
	Reference       *referenceBody     `json:"message_reference"`
	Components      *[]json.RawMessage `json:"components"`
	Stickers        []ID               `json:"sticker_ids"`
	Flags           *int               `json:"flags"`
	Attachments     *[]attachmentBody  `json:"attachments"`
	Poll            json.RawMessage    `json:"poll"`
}

// referenceBody is the message_reference of a create.
type referenceBody struct {
	MessageID       ID    `json:"message_id"`
	FailIfNotExists *bool `json:"fail_if_not_exists"`
}

// attachmentBody describes a new file (its id is the n of files[n]) or one that is kept.
type attachmentBody struct {
	ID          ID     `json:"id"`
	Filename    string `json:"filename"`
	Description string `json:"description"`
}

// readMessage reads and checks a message. allowedFlags are those a client may set here.
func readMessage(req *request, raw json.RawMessage, allowedFlags int) (*messageBody, *apiError) {
	body := &messageBody{}
	if string(raw) != "null" {
		if bad := decode(raw, body); bad != nil {
			return nil, bad
		}
	}
	var problems formErrors
	body.check(&problems, len(req.files))
	if bad := problems.refusal(); bad != nil {
		return nil, bad
	}
	// Flags that cannot be set are ignored, as Discord does.
	if body.Flags != nil {
		*body.Flags &= allowedFlags
	}
	return body, nil
}

func (b *messageBody) check(problems *formErrors, files int) {
	if b.Content != nil && utf8.RuneCountInString(*b.Content) > 2000 {
		problems.add("content", "BASE_TYPE_MAX_LENGTH", "Must be 2000 or fewer in length.")
	}
	if nonce, valid := nonceText(b.Nonce); !valid {
		problems.add("nonce", "BASE_TYPE_BAD_TYPE", "Value must be a string or an integer.")
	} else if utf8.RuneCountInString(nonce) > maxNonce {
		problems.add("nonce", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
	}
	if len(b.Stickers) > 3 {
		problems.add("sticker_ids", "BASE_TYPE_MAX_LENGTH", "Must be 3 or fewer in length.")
	}
	if files > 10 || b.Attachments != nil && len(*b.Attachments) > 10 {
		problems.add("attachments", "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.")
	}
	if b.Embeds != nil {
		checkEmbeds(problems, *b.Embeds)
	}
	if b.Components != nil {
		checkComponents(problems, *b.Components, deref(b.Flags)&FlagComponentsV2 != 0)
	}
	b.AllowedMentions.check(problems)
	if deref(b.Flags)&FlagComponentsV2 != 0 && (deref(b.Content) != "" || b.Embeds != nil && len(*b.Embeds) > 0) {
		problems.add("flags", "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", "Content and embeds cannot be used with components v2.")
	}
}

// empty says whether the body holds nothing that could be shown.
func (b *messageBody) empty(files int) bool {
	return strings.TrimSpace(deref(b.Content)) == "" && len(deref(b.Embeds)) == 0 && len(deref(b.Components)) == 0 &&
		len(b.Stickers) == 0 && len(b.Poll) == 0 && files == 0
}

// fill writes what the body says into a message; what it does not mention stays.
func (s *Sim) fill(m *Message, c *channel, b *messageBody, req *request) {
	if b.Content != nil {
		m.Content = strings.TrimSpace(*b.Content)
	}
	if b.Embeds != nil {
		m.Embeds = embedsAsShown(*b.Embeds)
	}
	if b.Components != nil {
		m.Components = numbered(*b.Components)
	}
	m.Attachments = s.attachments(m, b, req)
	if len(m.Attachments) > 0 {
		m.Embeds, m.Components = linked(slices.Clone(m.Embeds), m.Attachments), linked(slices.Clone(m.Components), m.Attachments)
	}
	s.mentionsOf(m, c, m.Author.ID, b.AllowedMentions)
}

// attachments are those kept and those just uploaded. Without a list an edit keeps them all.
func (s *Sim) attachments(m *Message, b *messageBody, req *request) []Attachment {
	kept := m.Attachments
	described := map[string]attachmentBody{}
	if b.Attachments != nil {
		kept = nil
		for _, wanted := range *b.Attachments {
			described[fmt.Sprint(wanted.ID)] = wanted
			for _, old := range m.Attachments {
				if old.ID == wanted.ID {
					kept = append(kept, old)
				}
			}
		}
	}
	all := append([]Attachment(nil), kept...)
	for _, f := range req.files {
		number := strings.Trim(strings.TrimPrefix(strings.TrimPrefix(f.field, "files"), "file"), "[]")
		all = append(all, s.store(m.ChannelID, req.host, f, described[number]))
	}
	return all
}

func deref[T any](pointer *T) T {
	var zero T
	if pointer == nil {
		return zero
	}
	return *pointer
}
