package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
)

// maxBody is far above what most actions need, a message having at most 2,000 characters; maxUpload is for those with
// files, of which Discord takes 10 MiB, in base64.
const (
	maxBody   = 64 << 10
	maxUpload = 15 << 20
)

// contentPolicy lets the page load its own files and talk to its own server, and nothing else.
const contentPolicy = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// guarded refuses what a foreign page could make a browser send. The Host must be a loopback name, or a name that
// somebody else's DNS points at us would make their page the same origin as ours; what changes something must come
// from our own page (Origin) and be JSON, which no form can send.
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if problem := foreign(r); problem != "" {
			refuse(w, http.StatusForbidden, problem)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// foreign says what is wrong with where a request comes from; empty when nothing is.
func foreign(r *http.Request) string {
	if !loopback(hostname(r.Host)) {
		return "the sandbox answers on this machine's own names only, such as 127.0.0.1 or localhost"
	}
	if origin := r.Header.Get("Origin"); origin != "" {
		u, err := url.Parse(origin)
		if err != nil || u.Scheme != "http" || u.Host != r.Host {
			return "this came from another web page"
		}
	}
	if site := r.Header.Get("Sec-Fetch-Site"); r.Method == http.MethodPost && site != "" && site != "same-origin" {
		return "this came from another web page"
	}
	return ""
}

// hostname is a Host header without its port and brackets.
func hostname(host string) string {
	u := url.URL{Host: host}
	return u.Hostname()
}

// secured sets the headers that go with everything the page is made of.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// action makes a handler of a function that takes a JSON body and does something. What it answers is sent as JSON;
// what it refuses is a sentence for the person at the page.
func action[T any](do func(context.Context, T) (any, error)) http.HandlerFunc {
	return actionUpTo(maxBody, do)
}

// actionUpTo is an action whose body may be as large as limit.
func actionUpTo[T any](limit int64, do func(context.Context, T) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil || kind != "application/json" {
			refuse(w, http.StatusUnsupportedMediaType, "the sandbox takes application/json only")
			return
		}
		var ask T
		dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, limit))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&ask); err != nil {
			status, problem := unreadable(err)
			refuse(w, status, problem)
			return
		}
		if _, err := dec.Token(); !errors.Is(err, io.EOF) {
			refuse(w, http.StatusBadRequest, "the sandbox takes one JSON object at a time")
			return
		}
		answer, err := do(r.Context(), ask)
		if err != nil {
			refuse(w, http.StatusUnprocessableEntity, err.Error())
			return
		}
		reply(w, http.StatusOK, answer)
	}
}

func unreadable(err error) (status int, problem string) {
	if tooBig, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return http.StatusRequestEntityTooLarge, fmt.Sprintf("that is more than %d bytes", tooBig.Limit)
	}
	return http.StatusBadRequest, "that is not the JSON the sandbox expects: " + err.Error()
}

// refusal is what every refused request gets.
type refusal struct {
	Problem string `json:"problem"`
}

func refuse(w http.ResponseWriter, status int, problem string) {
	reply(w, status, refusal{problem})
}

func reply(w http.ResponseWriter, status int, answer any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer) // a browser that went away needs no answer
}
