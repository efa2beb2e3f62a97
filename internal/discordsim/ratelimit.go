package discordsim

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"net/http"
	"strconv"
	"time"
)

// limitClass is the limit of a group of routes: so many requests per window for each top-level resource.
type limitClass struct {
	name   string
	limit  int
	window time.Duration
	// major are the path parameters that separate buckets.
	major []string
}

// The limits. Create message and webhooks are what is observed on Discord; the others are plausible.
var (
	limitNone          = limitClass{}
	limitRead          = limitClass{"read", 50, time.Second, nil}
	limitGatewayBot    = limitClass{"gateway-bot", 2, 5 * time.Second, nil}
	limitOpenDM        = limitClass{"open-dm", 10, 10 * time.Second, nil}
	limitReadMessages  = limitClass{"read-messages", 5, time.Second, []string{"channel"}}
	limitCreateMessage = limitClass{"create-message", 5, 5 * time.Second, []string{"channel"}}
	limitEditMessage   = limitClass{"edit-message", 5, 5 * time.Second, []string{"channel"}}
	limitDeleteMessage = limitClass{"delete-message", 5, time.Second, []string{"channel"}}
	limitChannel       = limitClass{"channel", 10, 10 * time.Second, []string{"channel"}}
	limitReactions     = limitClass{"reactions", 10, 3 * time.Second, []string{"channel"}}
	limitPins          = limitClass{"pins", 5, 5 * time.Second, []string{"channel"}}
	limitThreads       = limitClass{"threads", 10, 10 * time.Second, []string{"channel"}}
	limitMember        = limitClass{"member", 10, 10 * time.Second, []string{"guild"}}
	limitMe            = limitClass{"me", 2, time.Minute, nil}
	limitTyping        = limitClass{"typing", 5, 5 * time.Second, []string{"channel"}}
	limitGuild         = limitClass{"guild", 10, 10 * time.Second, []string{"guild"}}
	limitWebhook       = limitClass{"webhook", 5, 2 * time.Second, []string{"application", "token"}}
	limitCommands      = limitClass{"commands", 5, 20 * time.Second, []string{"guild"}}
)

// hash names the bucket as X-RateLimit-Bucket does: by the class, without the resource.
func (c limitClass) hash() string {
	sum := sha256.Sum256([]byte(c.name))
	return hex.EncodeToString(sum[:16])
}

// describe writes the headers of a bucket. Reset is a point in time, after how long it will be.
func (c limitClass) describe(header http.Header, limit, left int, reset time.Time, after time.Duration) {
	header.Set("X-RateLimit-Bucket", c.hash())
	header.Set("X-RateLimit-Limit", strconv.Itoa(limit))
	header.Set("X-RateLimit-Remaining", strconv.Itoa(left))
	header.Set("X-RateLimit-Reset", strconv.FormatFloat(float64(reset.UnixMilli())/1000, 'f', 3, 64))
	header.Set("X-RateLimit-Reset-After", strconv.FormatFloat(after.Seconds(), 'f', 3, 64))
}

// bucket is a fixed window that begins with its first request.
type bucket struct {
	used   int
	resets time.Time
}

// limiter holds every rate limit.
type limiter struct {
	cfg     Limits
	buckets map[string]*bucket
	// global windows are one for the bot and one for whoever sends no token.
	global      map[bool]*bucket
	invalid     slidingWindow
	bannedUntil time.Time
	// memberLists is when each guild's whole member list was asked for last (op 8).
	memberLists map[ID]time.Time
}

func newLimiter(cfg Limits) limiter {
	return limiter{
		cfg: cfg, buckets: map[string]*bucket{}, global: map[bool]*bucket{true: {}, false: {}},
		invalid:     slidingWindow{limit: cfg.InvalidRequests, window: cfg.InvalidWindow},
		memberLists: map[ID]time.Time{},
	}
}

func (l *limiter) off() bool { return l.cfg.Off }

// spend takes one request from a bucket; false when there is none left.
func (b *bucket) spend(limit int, window time.Duration, now time.Time) bool {
	if !now.Before(b.resets) {
		b.used, b.resets = 0, now.Add(window)
	}
	if b.used >= limit {
		return false
	}
	b.used++
	return true
}

// maxBuckets is when expired buckets are thrown away; interaction tokens make new ones for ever.
const maxBuckets = 4096

func (l *limiter) bucket(key string, now time.Time) *bucket {
	if b := l.buckets[key]; b != nil {
		return b
	}
	if len(l.buckets) >= maxBuckets {
		for other, b := range l.buckets {
			if !now.Before(b.resets) {
				delete(l.buckets, other)
			}
		}
	}
	b := &bucket{}
	l.buckets[key] = b
	return b
}

// limit applies the global limit and the bucket's. It returns the headers for the answer, or the 429.
func (s *Sim) limit(req *request) (http.Header, *answer) {
	header := http.Header{}
	if s.limits.off() {
		return header, nil
	}
	now := time.Now()
	if !req.route.unmetered {
		global := s.limits.global[s.authorized(req)]
		if !global.spend(s.cfg.Limits.Global, time.Second, now) {
			return nil, tooManyRequests(header, "global", global.resets.Sub(now))
		}
	}
	class := req.route.limit
	if class.limit == 0 {
		return header, nil
	}
	key := class.name
	for _, param := range class.major {
		key += "/" + req.params[param]
	}
	allowed := max(1, int(math.Round(float64(class.limit)*s.cfg.Limits.Factor)))
	b := s.limits.bucket(key, now)
	fits := b.spend(allowed, class.window, now)
	left := b.resets.Sub(now)
	class.describe(header, allowed, allowed-b.used, b.resets, left)
	if !fits {
		return nil, tooManyRequests(header, "user", left)
	}
	return header, nil
}

// tooManyRequests is a 429 of Discord's. The header's Retry-After is an integer, the body's a float.
func tooManyRequests(header http.Header, scope string, wait time.Duration) *answer {
	header.Set("X-RateLimit-Scope", scope)
	header.Set("Retry-After", wholeSeconds(wait))
	if scope == "global" {
		header.Set("X-RateLimit-Global", "true")
	}
	body := map[string]any{
		"message": "You are being rate limited.", "retry_after": math.Ceil(wait.Seconds()*1000) / 1000,
		"global": scope == "global",
	}
	if scope == "shared" {
		body["message"], body["code"] = "The resource is being rate limited.", 40062
	}
	return response{http.StatusTooManyRequests, body}.answer(header)
}

func wholeSeconds(d time.Duration) string {
	return strconv.Itoa(int(math.Ceil(d.Seconds())))
}
