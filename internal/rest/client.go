package rest

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/sirupsen/logrus"
)

const (
	defaultTimeout = 10 * time.Second
	defaultGlobal  = 50
	// sendsPerCall: after so many 429s in a row something is wrong with our picture of the limits.
	sendsPerCall = 5
	project      = "https://github.com/steadfast-bot/steadfast"
)

// Field names of this package's log lines.
const (
	fieldRoute = "route"
	fieldScope = "scope"
	fieldWait  = "wait"
)

// Config is what a Client needs to know.
type Config struct {
	// APIURL is the base of every call, for example https://discord.com/api/v10.
	APIURL string
	// Token is the bot token without "Bot ".
	Token string
	// Version of the product, for the User-Agent.
	Version string
	// Transport sends the requests; nil is one tuned for Discord.
	Transport http.RoundTripper
	// Timeout is for one request from its leaving to the last byte of its answer, queueing not included;
	// 0 is 10 seconds.
	Timeout time.Duration
	// GlobalPerSecond is the bot's global limit; 0 is Discord's usual 50.
	GlobalPerSecond int
	// NoLimits switches waiting for buckets and for the global limit off, for benchmarks.
	NoLimits bool
	// Log gets bans, limits and the like; nil is silence.
	Log *logrus.Entry
}

// Client calls Discord. It is safe for concurrent use, starts no goroutine, and is done when its calls are. Every
// call waits as long as the limits ask for, unless ctx has a deadline that they would outlast: then it fails at once.
type Client struct {
	base      string
	baseErr   error // what is wrong with the base
	token     string
	userAgent string
	transport http.RoundTripper
	timeout   time.Duration
	tooSlow   error // why a request is given up after timeout
	log       *logrus.Entry
	limiter   *limiter
	seed      maphash.Seed
}

// New makes a client. A base URL that is none is reported by every call.
func New(cfg Config) *Client {
	c := &Client{
		base:      strings.TrimRight(cfg.APIURL, "/"),
		baseErr:   checkBase(cfg.APIURL),
		token:     cfg.Token,
		userAgent: fmt.Sprintf("DiscordBot (%s, %s)", project, cmp.Or(cfg.Version, "dev")),
		transport: cfg.Transport,
		timeout:   cmp.Or(cfg.Timeout, defaultTimeout),
		log:       cfg.Log,
		limiter:   newLimiter(cmp.Or(cfg.GlobalPerSecond, defaultGlobal), cfg.NoLimits),
		seed:      maphash.MakeSeed(),
	}
	c.tooSlow = fmt.Errorf("no answer within %v: %w", c.timeout, context.DeadlineExceeded)
	if c.transport == nil {
		c.transport = newTransport()
	}
	if c.log == nil {
		silent := logrus.New()
		silent.SetOutput(io.Discard)
		c.log = logrus.NewEntry(silent)
	}
	return c
}

func checkBase(base string) error {
	u, err := url.Parse(base)
	switch {
	case err != nil:
		return errors.New("the API URL is not a URL")
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return errors.New("the API URL must begin with https:// or http:// and name a host")
	case u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		return errors.New("the API URL must be a scheme, a host and a path, nothing else")
	}
	return nil
}

// Close closes idle connections, which would otherwise live for another minute and a half.
func (c *Client) Close() {
	if t, ok := c.transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// Status is how the traffic stands.
func (c *Client) Status() Status {
	var s Status
	c.limiter.status(&s)
	return s
}

// do makes a call: it waits until the call may leave, sends it, and reads the answer into out. A 429 is the only
// answer after which it is sent again, since only there is it known that nothing happened and when it may.
func (c *Client) do(ctx context.Context, call call, out reply) error {
	body, err := encode(call.body)
	if err != nil {
		return &Failure{Outcome: NotSent, Route: call.name(), Message: "the request cannot be encoded", Err: c.scrub(err, call)}
	}
	if c.baseErr != nil {
		return &Failure{Outcome: NotSent, Route: call.name(), Err: c.baseErr}
	}
	var limited *Failure
	for sends := 1; ; sends++ {
		ticket, err := c.limiter.enter(ctx, call, limited != nil)
		if err != nil {
			return c.notEntered(err, call, limited)
		}
		answer := c.send(ctx, call, body)
		judgement := answer.judge()
		spacing := c.limiter.exit(ticket, judgement, answer.took)
		c.report(call, judgement, spacing)
		failure := c.failure(call, answer, judgement, out)
		if failure == nil {
			return nil
		}
		if !judgement.limited || sends == sendsPerCall {
			return failure
		}
		limited = failure
	}
}

// notEntered is the failure of a call that was not let through: the 429 it had before, if any, for that says more.
func (c *Client) notEntered(err error, call call, limited *Failure) error {
	if limited != nil {
		return limited
	}
	f := &Failure{Outcome: NotSent, Route: call.name()}
	var long *tooLong
	if errors.As(err, &long) {
		f.Message, f.RetryAfter = long.why, long.wait
	} else {
		f.Message, f.Err = "gave up while waiting for the rate limit", c.scrub(err, call)
	}
	return f
}

// report logs what changes how we may call Discord.
func (c *Client) report(call call, j judgement, spacing bool) {
	if !j.banned && !j.limited && !spacing {
		return
	}
	log := c.log.WithField(fieldRoute, call.name())
	switch {
	case j.banned:
		log.WithField(fieldWait, j.retry).Error("Discord (Cloudflare) turns this address away")
	case j.global:
		log.WithField(fieldWait, j.retry).Warn("the global rate limit was hit")
	case j.limited:
		log.WithFields(logrus.Fields{fieldWait: j.retry, fieldScope: j.scope}).Warn("a rate limit was hit")
	}
	if spacing {
		log.Error("thousands of requests were refused within 10 minutes; requests are spaced now, lest this address be banned")
	}
}

func encode(body any) ([]byte, error) {
	if body == nil {
		return nil, nil
	}
	return json.Marshal(body)
}

// scrub makes an error safe to print: its text without the token, nor that of the call's interaction.
func (c *Client) scrub(err error, call call) error {
	return &cause{text: c.scrubText(err.Error(), call), err: err}
}

func (c *Client) scrubText(text string, call call) string {
	const gone = "[redacted]"
	text = strings.ReplaceAll(text, c.base+call.path, call.route)
	for _, secret := range []string{call.secret, url.PathEscape(call.secret), c.token} {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, gone)
		}
	}
	return text
}
