package discordsim

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
)

// maxBody is the largest request Discord takes.
const maxBody = 25 << 20

// request is a REST request after routing.
type request struct {
	method string
	host   string
	path   string
	route  *route
	params map[string]string
	query  url.Values
	header http.Header
	// body is the JSON body, also when it came as payload_json; null when there was none.
	body  json.RawMessage
	files []file
}

// file is an uploaded part.
type file struct {
	field string
	name  string
	kind  string
	// content is not copied when it is stored.
	content []byte
}

// id is a path parameter that is a snowflake; one that is not gets Discord's 50035.
func (r *request) id(name string) (ID, *apiError) {
	id, err := ParseID(r.params[name])
	if err != nil {
		return 0, badForm(name+"_id", "NUMBER_TYPE_COERCE", "Value \""+r.params[name]+"\" is not snowflake.")
	}
	return id, nil
}

// flag is a boolean query parameter; Discord takes true, True and 1.
func (r *request) flag(name string) bool {
	switch r.query.Get(name) {
	case "true", "True", "1":
		return true
	}
	return false
}

// readBody takes the body in any of the three forms Discord accepts.
func (r *request) readBody(from *http.Request) *apiError {
	r.body = json.RawMessage("null")
	data, err := io.ReadAll(http.MaxBytesReader(nil, from.Body, maxBody))
	if err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return errTooLarge
		}
		return errBadJSON
	}
	if len(data) == 0 {
		return nil
	}
	kind, params, err := mime.ParseMediaType(from.Header.Get("Content-Type"))
	switch {
	case err != nil:
	case kind == "application/json":
		r.body = data
		if !json.Valid(data) {
			return errBadJSON
		}
		return nil
	case kind == "multipart/form-data":
		return r.readParts(data, params["boundary"])
	case kind == "application/x-www-form-urlencoded":
		return r.readForm(data)
	}
	return badForm("_root", "CONTENT_TYPE_INVALID", "Expected \"Content-Type\" header to be one of {'application/json'}.")
}

// readParts takes payload_json and every part whose name begins with "file": libraries differ in the rest of it.
func (r *request) readParts(data []byte, boundary string) *apiError {
	reader := multipart.NewReader(bytes.NewReader(data), boundary)
	for {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return badForm("_root", "MULTIPART_INVALID", "The multipart body cannot be read.")
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return badForm("_root", "MULTIPART_INVALID", "The multipart body ends too early.")
		}
		switch name := part.FormName(); {
		case name == "payload_json":
			r.body = content
			if !json.Valid(content) {
				return errBadJSON
			}
		case strings.HasPrefix(name, "file"):
			r.files = append(r.files, file{name, part.FileName(), part.Header.Get("Content-Type"), content})
			if len(content) > maxAttachment {
				return errTooLarge
			}
		}
	}
}

func (r *request) readForm(data []byte) *apiError {
	values, err := url.ParseQuery(string(data))
	if err != nil {
		return badForm("_root", "FORM_INVALID", "The form cannot be read.")
	}
	fields := map[string]string{}
	for key := range values {
		fields[key] = values.Get(key)
	}
	r.body = mustJSON(fields)
	return nil
}

// response is what a route answers: a status and a JSON body, or no body at all when it is nil.
type response struct {
	status int
	body   any
}

func ok(body any) (response, *apiError)        { return response{http.StatusOK, body}, nil }
func refuse(e *apiError) (response, *apiError) { return response{}, e }
func noContent() (response, *apiError)         { return response{http.StatusNoContent, nil}, nil }
