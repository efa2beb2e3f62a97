package discordsim

import (
	"bytes"
	"compress/gzip"
	_ "embed" // the description is part of the binary
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// packedSpec is Discord's own OpenAPI description (openapi/LICENSE says which).
//
//go:embed openapi/discord-openapi.json.gz
var packedSpec []byte

// specURL names the description inside the schema compiler; nothing is fetched.
const specURL = "mem:///discord-openapi.json"

// spec is the description with what was compiled of it so far. Schemas are compiled when they are first needed: all of
// them would cost more than anybody's start-up should.
type spec struct {
	// operations are by method and path without the parameters' names: "GET /channels/{}".
	operations map[string]*operation

	// mu guards the compiler and the compiled schemas.
	mu       sync.Mutex
	compiler *jsonschema.Compiler
	compiled map[string]*jsonschema.Schema
}

// operation is what the description says of one route.
type operation struct {
	// pointer leads to the operation, as a JSON pointer.
	pointer string
	params  []parameter
	// path are the pointers of the path parameters' schemas, in the order of the path.
	path  []string
	named map[string]string
	// body says that there is a schema for a JSON body.
	body bool
	// responses are the pointers of the schemas by status ("200", "4XX"); empty for an answer without a body.
	responses map[string]string
}

// parameter is a query parameter, or a part of the path.
type parameter struct {
	name     string
	where    string
	pointer  string
	required bool
	array    bool
}

var pathParameter = regexp.MustCompile(`\{[^}]*\}`)

// theSpec is read once per process, when the first request is checked.
var theSpec = sync.OnceValue(func() *spec {
	sp, err := readSpec(packedSpec)
	if err != nil {
		panic("discordsim: the embedded description cannot be read: " + err.Error())
	}
	return sp
})

func readSpec(packed []byte) (*spec, error) {
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(unpacked)
	if err != nil {
		return nil, err
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	if err := compiler.AddResource(specURL, doc); err != nil {
		return nil, err
	}
	sp := &spec{operations: map[string]*operation{}, compiler: compiler, compiled: map[string]*jsonschema.Schema{}}
	for path, item := range member(doc, "paths") {
		shared := items(item, "parameters")
		for method, raw := range item.(map[string]any) {
			if method == "parameters" {
				continue
			}
			pointer := "/paths/" + escape(path) + "/" + method
			sp.operations[operationKey(strings.ToUpper(method), path)] = readOperation(pointer, path, raw, shared)
		}
	}
	return sp, nil
}

func readOperation(pointer, path string, raw any, shared []any) *operation {
	op := &operation{pointer: pointer, responses: map[string]string{}, named: map[string]string{}}
	op.addParams(pointer+"/parameters", items(raw, "parameters"))
	op.addParams("/paths/"+escape(path)+"/parameters", shared)
	for _, name := range pathParameter.FindAllString(path, -1) {
		op.path = append(op.path, op.named[strings.Trim(name, "{}")])
	}
	_, op.body = member(member(raw, "requestBody"), "content")["application/json"]
	for status, answer := range member(raw, "responses") {
		op.responses[status] = ""
		at := pointer + "/responses/" + status
		if ref, is := answer.(map[string]any)["$ref"].(string); is {
			// The refusals are shared: they lie below /components/responses.
			op.responses[status] = strings.TrimPrefix(ref, "#") + "/content/application~1json/schema"
		} else if _, has := member(answer, "content")["application/json"]; has {
			op.responses[status] = at + "/content/application~1json/schema"
		}
	}
	return op
}

func (op *operation) addParams(pointer string, params []any) {
	for i, raw := range params {
		param := raw.(map[string]any)
		switch param["in"] {
		case "path":
			op.named[param["name"].(string)] = fmt.Sprintf("%s/%d/schema", pointer, i)
			continue
		case "query":
		default:
			continue
		}
		required, _ := param["required"].(bool)
		schema, _ := json.Marshal(param["schema"])
		op.params = append(op.params, parameter{
			name: param["name"].(string), where: "query " + param["name"].(string), pointer: fmt.Sprintf("%s/%d/schema", pointer, i), required: required,
			array: bytes.Contains(schema, []byte(`"array"`)),
		})
	}
}

func operationKey(method, path string) string {
	return method + " " + pathParameter.ReplaceAllString(path, "{}")
}

// member is an object inside an object; nil for none.
func member(value any, name string) map[string]any {
	object, _ := value.(map[string]any)
	inner, _ := object[name].(map[string]any)
	return inner
}

func items(value any, name string) []any {
	object, _ := value.(map[string]any)
	inner, _ := object[name].([]any)
	return inner
}

// escape writes a key as a part of a JSON pointer.
func escape(key string) string {
	return strings.ReplaceAll(strings.ReplaceAll(key, "~", "~0"), "/", "~1")
}

// schema compiles the schema a pointer leads to, once.
func (sp *spec) schema(pointer string) (*jsonschema.Schema, error) {
	sp.mu.Lock()
	defer sp.mu.Unlock()
	if found := sp.compiled[pointer]; found != nil {
		return found, nil
	}
	made, err := sp.compiler.Compile(specURL + "#" + (&url.URL{Path: pointer}).EscapedPath())
	if err != nil {
		return nil, err
	}
	sp.compiled[pointer] = made
	return made, nil
}

// check holds a value to a schema and returns what is wrong, one line each.
func (sp *spec) check(pointer, where string, value any) []string {
	schema, err := sp.schema(pointer)
	if err != nil {
		return []string{where + ": " + err.Error()}
	}
	err = schema.Validate(value)
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return nil
	}
	var lines []string
	for _, leaf := range leaves(invalid) {
		lines = append(lines, fmt.Sprintf("%s /%s: %s", where, strings.Join(leaf.InstanceLocation, "/"), leaf.ErrorKind.LocalizedString(english)))
	}
	return lines
}

var english = message.NewPrinter(language.English)

// leaves are the errors that have no cause of their own. Of a union only the alternative that came closest counts: the
// one whose errors lie deepest.
func leaves(e *jsonschema.ValidationError) []*jsonschema.ValidationError {
	if len(e.Causes) == 0 {
		return []*jsonschema.ValidationError{e}
	}
	path := e.ErrorKind.KeywordPath()
	union := len(path) > 0 && (path[len(path)-1] == "oneOf" || path[len(path)-1] == "anyOf")
	var all []*jsonschema.ValidationError
	for _, cause := range e.Causes {
		found := leaves(cause)
		switch {
		case !union:
			all = append(all, found...)
		case all == nil || closeness(found) > closeness(all):
			all = found
		}
	}
	return all
}

// closeness ranks alternatives of a union: a wrong type tag says that another alternative was meant.
func closeness(found []*jsonschema.ValidationError) int {
	deepest := 0
	for _, e := range found {
		deepest = max(deepest, len(e.InstanceLocation))
		if path := e.ErrorKind.KeywordPath(); len(path) > 0 {
			switch path[len(path)-1] {
			case "type", "const", "enum":
				deepest -= 2
			}
		}
	}
	return deepest*100 - len(found)
}

// checkRequest holds path, query and JSON body of a request to the description. The path's values are in their order.
func (sp *spec) checkRequest(op *operation, path []string, query url.Values, body json.RawMessage) []string {
	var lines []string
	for i, value := range path {
		if i < len(op.path) && op.path[i] != "" {
			lines = append(lines, sp.checkParam(parameter{where: "path", pointer: op.path[i]}, []string{value})...)
		}
	}
	for _, p := range op.params {
		values, sent := query[p.name]
		switch {
		case !sent && p.required:
			lines = append(lines, p.where+": missing")
		case sent:
			lines = append(lines, sp.checkParam(p, values)...)
		}
	}
	if !op.body || string(body) == "null" {
		return lines
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return append(lines, "body: "+err.Error())
	}
	return append(lines, sp.check(op.pointer+"/requestBody/content/application~1json/schema", "body", value)...)
}

// checkParam tries a query value in every form it could be meant in: the description types what the URL cannot.
func (sp *spec) checkParam(p parameter, values []string) []string {
	if p.array {
		list := make([]any, 0, len(values))
		for _, value := range values {
			list = append(list, value)
		}
		if len(values) == 1 && sp.check(p.pointer, "", values[0]) == nil {
			return nil
		}
		return sp.check(p.pointer, p.where, list)
	}
	text := values[0]
	problems := sp.check(p.pointer, p.where, text)
	if problems == nil {
		return nil
	}
	for _, form := range forms(text) {
		if sp.check(p.pointer, "", form) == nil {
			return nil
		}
	}
	return problems
}

// forms are what a text in a URL can stand for besides itself.
func forms(text string) []any {
	var all []any
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		all = append(all, json.Number(text))
	}
	switch text {
	case "true", "True", "1":
		all = append(all, true)
	case "false", "False", "0":
		all = append(all, false)
	}
	if text == "" {
		all = append(all, nil)
	}
	return all
}

// checkResponse holds an answer to the description.
func (sp *spec) checkResponse(op *operation, status int, body []byte) []string {
	code := strconv.Itoa(status)
	pointer, known := op.responses[code]
	if !known {
		pointer, known = op.responses[code[:1]+"XX"]
	}
	switch {
	case !known:
		return []string{"status " + code + " is not described"}
	case pointer == "" && len(body) > 0:
		return []string{"status " + code + " has a body"}
	case pointer == "":
		return nil
	case len(body) == 0:
		return []string{"status " + code + " has no body"}
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return []string{"answer: " + err.Error()}
	}
	return sp.check(pointer, "answer "+code, value)
}
