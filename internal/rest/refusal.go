package rest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// longestMessage bounds what of Discord's message goes into errors and logs.
const longestMessage = 1000

// errorBody is Discord's shape of a refusal.
type errorBody struct {
	Code    int             `json:"code"`
	Message string          `json:"message"`
	Errors  json.RawMessage `json:"errors"`
}

// refusal is the code and the sentence of an answer that says no.
func refusal(a answer, j judgement) (code int, sentence string) {
	var said errorBody
	_ = json.Unmarshal(a.body, &said) // what cannot be read stays empty
	switch {
	case j.banned:
		return 0, whyBanned
	case a.status >= 300 && a.status < 400:
		return 0, "answered with a redirect, which is not followed; is the API URL right?"
	case said.Message == "":
		return said.Code, http.StatusText(a.status)
	}
	sentence = said.Message
	if details := flatten(said.Errors); len(details) > 0 {
		sentence += ": " + strings.Join(details, "; ")
	}
	return said.Code, shorten(sentence)
}

// message is what an answer that is no refusal says for itself.
func message(a answer) string {
	var said errorBody
	if json.Unmarshal(a.body, &said) == nil && said.Message != "" {
		return shorten(said.Message)
	}
	return http.StatusText(a.status)
}

func shorten(text string) string {
	if len(text) <= longestMessage {
		return text
	}
	return strings.ToValidUTF8(text[:longestMessage], "") + "…"
}

// flatten turns Discord's tree of errors into "field.0.name: message" lines, sorted by field.
func flatten(tree json.RawMessage) []string {
	var lines []string
	var walk func(path string, node json.RawMessage, depth int)
	walk = func(path string, node json.RawMessage, depth int) {
		var fields map[string]json.RawMessage
		if depth > 20 || json.Unmarshal(node, &fields) != nil {
			return
		}
		var own []struct {
			Message string `json:"message"`
		}
		if json.Unmarshal(fields["_errors"], &own) == nil {
			for _, e := range own {
				lines = append(lines, fmt.Sprintf("%s: %s", path, e.Message))
			}
		}
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			if name != "_errors" {
				walk(strings.TrimPrefix(path+"."+name, "."), fields[name], depth+1)
			}
		}
	}
	walk("", tree, 0)
	return lines
}
