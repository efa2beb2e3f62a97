package discordsim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// apiError is an answer that is a refusal.
type apiError struct {
	Status  int            `json:"-"`
	Message string         `json:"message"`
	Code    int            `json:"code"`
	Errors  map[string]any `json:"errors,omitempty"`
}

// Error makes an apiError an error.
func (e *apiError) Error() string { return fmt.Sprintf("%d %s (%d)", e.Status, e.Message, e.Code) }

// The refusals, with Discord's codes and words.
var (
	errUnauthorized      = &apiError{Status: http.StatusUnauthorized, Message: "401: Unauthorized"}
	errNotFound          = &apiError{Status: http.StatusNotFound, Message: "404: Not Found"}
	errMethodNotAllowed  = &apiError{Status: http.StatusMethodNotAllowed, Message: "405: Method Not Allowed"}
	errBlocked           = &apiError{Status: http.StatusForbidden, Message: "internal network error", Code: 40333}
	errUnknownApp        = &apiError{Status: http.StatusNotFound, Message: "Unknown Application", Code: 10002}
	errUnknownChannel    = &apiError{Status: http.StatusNotFound, Message: "Unknown Channel", Code: 10003}
	errUnknownGuild      = &apiError{Status: http.StatusNotFound, Message: "Unknown Guild", Code: 10004}
	errUnknownMember     = &apiError{Status: http.StatusNotFound, Message: "Unknown Member", Code: 10007}
	errUnknownMessage    = &apiError{Status: http.StatusNotFound, Message: "Unknown Message", Code: 10008}
	errUnknownUser       = &apiError{Status: http.StatusNotFound, Message: "Unknown User", Code: 10013}
	errUnknownWebhook    = &apiError{Status: http.StatusNotFound, Message: "Unknown Webhook", Code: 10015}
	errUnknownInteract   = &apiError{Status: http.StatusNotFound, Message: "Unknown interaction", Code: 10062}
	errUnknownCommand    = &apiError{Status: http.StatusNotFound, Message: "Unknown application command", Code: 10063}
	errTooManyCommands   = &apiError{Status: http.StatusBadRequest, Message: "Maximum number of application commands reached", Code: 30032}
	errDailyCommands     = &apiError{Status: http.StatusTooManyRequests, Message: "Max number of daily application command creates has been reached (200)", Code: 30034}
	errAcknowledged      = &apiError{Status: http.StatusBadRequest, Message: "Interaction has already been acknowledged.", Code: 40060}
	errMissingAccess     = &apiError{Status: http.StatusForbidden, Message: "Missing Access", Code: 50001}
	errNotYourMessage    = &apiError{Status: http.StatusForbidden, Message: "Cannot edit a message authored by another user", Code: 50005}
	errEmptyMessage      = &apiError{Status: http.StatusBadRequest, Message: "Cannot send an empty message", Code: 50006}
	errDMsClosed         = &apiError{Status: http.StatusForbidden, Message: "Cannot send messages to this user", Code: 50007}
	errMissingPermission = &apiError{Status: http.StatusForbidden, Message: "Missing Permissions", Code: 50013}
	errBadWebhookToken   = &apiError{Status: http.StatusUnauthorized, Message: "Invalid Webhook Token", Code: 50027}
	errBadJSON           = &apiError{Status: http.StatusBadRequest, Message: "The request body contains invalid JSON.", Code: 50109}
	errNeedsHistory      = &apiError{Status: http.StatusBadRequest, Message: "Cannot reply without permission to read message history", Code: 160002}
)

// formErrors collects what is wrong with a body, in Discord's nested shape.
type formErrors struct{ tree map[string]any }

// add notes a problem at a dotted path; array indexes are keys ("embeds.0.title").
func (f *formErrors) add(path, code, message string) {
	if f.tree == nil {
		f.tree = map[string]any{}
	}
	node := f.tree
	for key := range strings.SplitSeq(path, ".") {
		child, ok := node[key].(map[string]any)
		if !ok {
			child = map[string]any{}
			node[key] = child
		}
		node = child
	}
	problems, _ := node["_errors"].([]any)
	node["_errors"] = append(problems, map[string]string{"code": code, "message": message})
}

// refusal is the 50035 with everything noted; nil for no problem.
func (f *formErrors) refusal() *apiError {
	if f.tree == nil {
		return nil
	}
	return &apiError{Status: http.StatusBadRequest, Message: "Invalid Form Body", Code: 50035, Errors: f.tree}
}

// badForm is a 50035 with one problem.
func badForm(path, code, message string) *apiError {
	var f formErrors
	f.add(path, code, message)
	return f.refusal()
}

// below moves what is wrong with a part of a body to that part's place in the whole.
func (e *apiError) below(field string) *apiError {
	if e.Errors == nil {
		return e
	}
	moved := *e
	moved.Errors = map[string]any{field: e.Errors}
	return &moved
}

// decode reads a JSON body into a value; a wrong type is a 50035, a syntax error a 50109.
func decode(body json.RawMessage, into any) *apiError {
	err := json.Unmarshal(body, into)
	if err == nil {
		return nil
	}
	if wrong, ok := err.(*json.UnmarshalTypeError); ok {
		path := wrong.Field
		if path == "" {
			path = "_root"
		}
		return badForm(path, "BASE_TYPE_BAD_TYPE", "Value is of the wrong type.")
	}
	if !json.Valid(body) {
		return errBadJSON
	}
	return badForm("_root", "NUMBER_TYPE_COERCE", "Value is not a snowflake.")
}
