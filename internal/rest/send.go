package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// bodyLimit is the longest answer we read; the longest Discord sends us is a list of 130 commands of 8,000 characters.
const bodyLimit = 8 << 20

// answer is what came back, or did not.
type answer struct {
	status  int // 0: nothing came back
	header  http.Header
	body    []byte
	bodyErr error // the body broke off, or was too long
	err     error // why nothing came back
	sent    bool  // without an answer: it may have left
	took    time.Duration
}

func (a answer) judge() judgement {
	switch {
	case a.status != 0:
		return judge(a.status, a.header, a.body, time.Now())
	case a.sent:
		return judgement{fate: lost}
	default:
		return judgement{fate: notSent}
	}
}

// send makes one request. It goes past http.Client, which would follow redirects with our token and put the URL,
// with an interaction's token in it, into its errors.
func (c *Client) send(ctx context.Context, call call, body []byte) answer {
	ctx, cancel := context.WithTimeoutCause(ctx, c.timeout, c.tooSlow)
	defer cancel()
	trace, mayHaveLeft := traced()
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, trace), call.method, c.base+call.path, reader(body))
	if err != nil {
		return answer{err: err}
	}
	req.Header.Set("User-Agent", c.userAgent)
	if !call.interaction {
		req.Header.Set("Authorization", "Bot "+c.token)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if ctx.Err() != nil {
		return answer{err: context.Cause(ctx)}
	}
	start := time.Now()
	resp, err := c.transport.RoundTrip(req)
	took := time.Since(start)
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return answer{err: err, sent: mayHaveLeft(), took: took}
	}
	a := answer{status: resp.StatusCode, header: resp.Header, took: took}
	a.body, a.bodyErr = readBody(resp.Body)
	return a
}

// traced watches whether a request may have left: it has not as long as the transport is still looking for a
// connection. A transport that does not say so gets no such credit.
func traced() (*httptrace.ClientTrace, func() (mayHaveLeft bool)) {
	var looking, found atomic.Bool
	trace := &httptrace.ClientTrace{
		GetConn: func(string) { looking.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { found.Store(true) },
	}
	return trace, func() bool { return !looking.Load() || found.Load() }
}

func reader(body []byte) io.Reader {
	if body == nil {
		return nil
	}
	return bytes.NewReader(body)
}

var errTooLong = errors.New("the answer is too long")

// readBody reads all of it, so that the connection can be used again, and closes it.
func readBody(from io.ReadCloser) ([]byte, error) {
	defer from.Close()
	body, err := io.ReadAll(io.LimitReader(from, bodyLimit+1))
	if len(body) > bodyLimit {
		return nil, errTooLong
	}
	return body, err
}

// failure is nil if the call did what it should; out then holds its answer.
func (c *Client) failure(call call, a answer, j judgement, out reply) *Failure {
	f := &Failure{Route: call.name(), Status: a.status, RetryAfter: j.retry}
	switch {
	case a.status == 0:
		f.Err = c.scrub(a.err, call)
		if !a.sent {
			f.Outcome = NotSent
		}
	case a.status < 300:
		return c.garbled(f, call, a, out)
	case a.status >= 500 || a.status == http.StatusRequestTimeout:
		f.Outcome, f.Message = Unknown, c.scrubText(message(a), call)
	default:
		f.Outcome = Refused
		f.Code, f.Message = refusal(a, j)
		f.Message = c.scrubText(f.Message, call)
	}
	return f
}

// garbled is nil if the answer of a call that was done can be read.
func (c *Client) garbled(f *Failure, call call, a answer, out reply) *Failure {
	if out == nil {
		return nil
	}
	f.Outcome = Garbled
	if a.bodyErr != nil {
		f.Err = c.scrub(a.bodyErr, call)
		return f
	}
	if err := json.Unmarshal(a.body, out); err != nil {
		f.Err = c.scrub(err, call)
		return f
	}
	if !out.complete() {
		f.Message = "the answer lacks what was asked for"
		return f
	}
	return nil
}
