package rest

import (
	"bytes"
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"time"
)

const (
	// longest is the longest wait we believe: bans last hours, resources are limited for up to a day.
	longest = 24 * time.Hour
	// banGuess is how long a ban lasts that does not say so, limitGuess a 429.
	banGuess   = 10 * time.Minute
	limitGuess = time.Second
)

// fate is what became of a request on its way.
type fate int

const (
	answered fate = iota
	notSent
	lost
)

// judgement is what one answer (or the lack of one) means for the calls to come.
type judgement struct {
	fate   fate
	status int
	bucket string  // Discord's name of the bucket
	limits *limits // nil: nothing was said
	// limited is a 429: the same call may leave after retry. If global, so may all; if banned, nobody may before.
	limited, global, banned bool
	globalLimit             int // what Discord says the global limit is; 0: nothing
	scope                   string
	retry                   time.Duration
	invalid                 bool // it counts towards a ban
}

// judge reads an answer. Headers that make no sense are as good as absent: they never turn a success into a failure.
func judge(status int, header http.Header, body []byte, now time.Time) judgement {
	j := judgement{status: status, bucket: header.Get("X-RateLimit-Bucket"), limits: readLimits(header)}
	said := readLimited(body)
	retry, _ := retryAfter(header, now)
	retry = max(retry, said.after)
	cloudflare := !said.discord && j.limits == nil && j.bucket == "" && header.Get("Via") == "" &&
		header.Get("X-RateLimit-Scope") == ""
	switch {
	case (status == http.StatusTooManyRequests || status == http.StatusForbidden) && cloudflare:
		j.banned, j.invalid, j.retry = true, true, retry
		if j.retry == 0 {
			j.retry = banGuess
		}
	case status == http.StatusTooManyRequests:
		j.limited, j.retry, j.scope = true, retry, header.Get("X-RateLimit-Scope")
		j.global = header.Get("X-RateLimit-Global") == "true" || j.scope == "global" || said.global
		j.invalid = j.scope != "shared"
		if j.global && j.limits != nil { // then they speak of the global limit
			j.globalLimit, j.limits, j.bucket = j.limits.limit, nil, ""
		}
		if j.retry == 0 && j.limits != nil {
			j.retry = j.limits.after
		}
		if j.retry == 0 {
			j.retry = limitGuess
		}
	default:
		j.invalid = status == http.StatusUnauthorized || status == http.StatusForbidden
		j.retry = retry
	}
	return j
}

// limitedBody is what the body of a 429 says.
type limitedBody struct {
	discord bool // it is a JSON object, which is what Discord answers
	after   time.Duration
	global  bool
}

func readLimited(body []byte) limitedBody {
	var said struct {
		RetryAfter json.RawMessage `json:"retry_after"`
		Global     bool            `json:"global"`
	}
	if !bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) || !json.Valid(body) {
		return limitedBody{}
	}
	_ = json.Unmarshal(body, &said) // a field of another type is as good as absent
	after, _ := seconds(string(bytes.Trim(said.RetryAfter, `"`)))
	return limitedBody{true, min(after, longest), said.Global}
}

// readLimits is nil unless the headers say how much is left until when.
func readLimits(header http.Header) *limits {
	limit, err := strconv.Atoi(header.Get("X-RateLimit-Limit"))
	if err != nil || limit < 1 {
		return nil
	}
	remaining, err := strconv.Atoi(header.Get("X-RateLimit-Remaining"))
	if err != nil || remaining < 0 {
		return nil
	}
	after, ok := seconds(header.Get("X-RateLimit-Reset-After"))
	if !ok {
		return nil
	}
	mark, _ := seconds(header.Get("X-RateLimit-Reset"))
	return &limits{limit: limit, remaining: min(remaining, limit), after: min(after, longest), mark: mark}
}

// retryAfter reads the header: seconds, whole or not, or a date.
func retryAfter(header http.Header, now time.Time) (time.Duration, bool) {
	text := header.Get("Retry-After")
	if d, ok := seconds(text); ok {
		return min(d, longest), true
	}
	if at, err := http.ParseTime(text); err == nil && at.After(now) {
		return min(at.Sub(now), longest), true
	}
	return 0, false
}

// seconds reads a number of seconds that is neither negative nor absurd.
func seconds(text string) (time.Duration, bool) {
	s, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(s) || s < 0 || s > math.MaxInt64/float64(2*time.Second) {
		return 0, false
	}
	return time.Duration(math.Round(s*1000)) * time.Millisecond, true
}
