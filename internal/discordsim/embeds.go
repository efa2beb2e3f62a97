package discordsim

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// embedBody is what of an embed has a limit.
type embedBody struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	Footer      struct {
		Text string `json:"text"`
	} `json:"footer"`
	Author struct {
		Name string `json:"name"`
	} `json:"author"`
	Fields []struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	} `json:"fields"`
}

const (
	maxEmbeds     = 10
	maxEmbedsText = 6000
)

// checkEmbeds notes what breaks a limit. Texts are measured trimmed, as Discord does.
func checkEmbeds(problems *formErrors, embeds []json.RawMessage) {
	if len(embeds) > maxEmbeds {
		problems.add("embeds", "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.")
	}
	total := 0
	for i, raw := range embeds {
		path := fmt.Sprintf("embeds.%d", i)
		var e embedBody
		if json.Unmarshal(raw, &e) != nil {
			problems.add(path, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
			continue
		}
		measure := func(field, text string, most int, required bool) {
			n := utf8.RuneCountInString(strings.TrimSpace(text))
			total += n
			switch {
			case n > most:
				problems.add(path+"."+field, "BASE_TYPE_MAX_LENGTH", fmt.Sprintf("Must be %d or fewer in length.", most))
			case n == 0 && required:
				problems.add(path+"."+field, "BASE_TYPE_REQUIRED", "This field is required")
			}
		}
		measure("title", e.Title, 256, false)
		measure("description", e.Description, 4096, false)
		measure("footer.text", e.Footer.Text, 2048, false)
		measure("author.name", e.Author.Name, 256, false)
		if len(e.Fields) > 25 {
			problems.add(path+".fields", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
		}
		for j, field := range e.Fields {
			measure(fmt.Sprintf("fields.%d.name", j), field.Name, 256, true)
			measure(fmt.Sprintf("fields.%d.value", j), field.Value, 1024, true)
		}
	}
	if total > maxEmbedsText {
		problems.add("embeds", "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000")
	}
}

// embedsAsShown are embeds the way Discord gives them back: the type is always there, and always rich.
func embedsAsShown(embeds []json.RawMessage) []json.RawMessage {
	shown := make([]json.RawMessage, 0, len(embeds))
	for _, raw := range embeds {
		var fields map[string]json.RawMessage
		if json.Unmarshal(raw, &fields) != nil {
			continue
		}
		fields["type"] = json.RawMessage(`"rich"`)
		shown = append(shown, mustJSON(fields))
	}
	return shown
}
