package discordsim

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"
)

// apiError is an answer that is a refusal.
type apiError struct {
	Status  int            `json:"-"`
	Message string         `json:"message"`
	Code    int            `json:"code"`
	Errors  map[string]any `json:"errors,omitempty"`
	// RetryAfter is how many seconds to wait, of refusals that pass.
	RetryAfter float64 `json:"retry_after,omitempty"`
	Global     *bool   `json:"global,omitempty"`
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
	errUnknownRole       = &apiError{Status: http.StatusNotFound, Message: "Unknown Role", Code: 10011}
	errUnknownInvite     = &apiError{Status: http.StatusNotFound, Message: "Unknown Invite", Code: 10006}
	errUnknownOverwrite  = &apiError{Status: http.StatusNotFound, Message: "Unknown Overwrite", Code: 10009}
	errUnknownEmoji      = &apiError{Status: http.StatusBadRequest, Message: "Unknown Emoji", Code: 10014}
	errUnknownBan        = &apiError{Status: http.StatusNotFound, Message: "Unknown Ban", Code: 10026}
	errUnknownOverrides  = &apiError{Status: http.StatusNotFound, Message: "Unknown application command permissions", Code: 10066}
	errNotForBots        = &apiError{Status: http.StatusForbidden, Message: "Bots cannot use this endpoint", Code: 20001}
	errTooManyPins       = &apiError{Status: http.StatusBadRequest, Message: "Maximum number of pins reached for the channel (250)", Code: 30003}
	errTooManyRoles      = &apiError{Status: http.StatusBadRequest, Message: "Maximum number of guild roles reached (250)", Code: 30005}
	errTooManyWebhooks   = &apiError{Status: http.StatusBadRequest, Message: "Maximum number of webhooks reached (15)", Code: 30007}
	errTooManyReactions  = &apiError{Status: http.StatusBadRequest, Message: "Maximum number of reactions reached (20)", Code: 30010}
	errTooManyChannels   = &apiError{Status: http.StatusBadRequest, Message: "Maximum number of guild channels reached (500)", Code: 30013}
	errNotInVoice        = &apiError{Status: http.StatusBadRequest, Message: "Target user is not connected to voice.", Code: 40032}
	errTooManyFollowUps  = &apiError{Status: http.StatusBadRequest, Message: "Maximum number of follow up messages reached", Code: 40094}
	errTooLarge          = &apiError{Status: http.StatusRequestEntityTooLarge, Message: "Request entity too large", Code: 40005}
	errDMChannel         = &apiError{Status: http.StatusBadRequest, Message: "Cannot execute action on a DM channel", Code: 50003}
	errNotText           = &apiError{Status: http.StatusBadRequest, Message: "Cannot send messages in a non-text channel", Code: 50008}
	errBulkCount         = &apiError{Status: http.StatusBadRequest, Message: "Provided too few or too many messages to delete. Must provide at least 2 and at most 100 messages to delete", Code: 50016}
	errSystemMessage     = &apiError{Status: http.StatusForbidden, Message: "Cannot execute action on a system message", Code: 50021}
	errWrongChannelType  = &apiError{Status: http.StatusBadRequest, Message: "Cannot execute action on this channel type", Code: 50024}
	errInvalidRole       = &apiError{Status: http.StatusBadRequest, Message: "Invalid Role", Code: 50028}
	errBulkTooOld        = &apiError{Status: http.StatusBadRequest, Message: "A message provided was too old to bulk delete", Code: 50034}
	errArchived          = &apiError{Status: http.StatusBadRequest, Message: "This thread is archived", Code: 50083}
	errNoMutualGuild     = &apiError{Status: http.StatusForbidden, Message: "Cannot send messages to this user due to having no mutual guilds", Code: 50278}
	errHasThread         = &apiError{Status: http.StatusBadRequest, Message: "A thread has already been created for this message", Code: 160004}
	errBulkBanFailed     = &apiError{Status: http.StatusBadRequest, Message: "Failed to ban users", Code: 500000}
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

// errSlowmode and errOldEdits are refusals that pass; after how long is filled in.
var (
	errSlowmode = &apiError{Status: http.StatusTooManyRequests, Message: "This action cannot be performed due to slowmode rate limit", Code: 20016}
	errOldEdits = &apiError{Status: http.StatusTooManyRequests, Message: "Maximum number of edits to messages older than 1 hour reached. Try again later.", Code: 30046}
)

// in is the refusal with the time after which it is worth trying again.
func (e *apiError) in(wait time.Duration) *apiError {
	timed, global := *e, false
	timed.Global = &global
	timed.RetryAfter = math.Ceil(wait.Seconds()*1000) / 1000
	return &timed
}

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
