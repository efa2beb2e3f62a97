package rest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/diamondburned/arikawa/v3/discord"
	"pgregory.net/rapid"

	"github.com/steadfast-bot/steadfast/internal/rest"
)

// honest is a Discord that says the truth about its limits: fixed windows that begin with their first request. It
// is a RoundTripper, so that it can live in a bubble. Requests take their time on the way there and back.
type honest struct {
	limit  int
	span   time.Duration
	global int    // per second; 0 is none
	marks  string // how X-RateLimit-Reset is written: "exact", "whole", "none"
	hashes map[string]string
	shared bool // two of the routes are in one bucket

	mu      sync.Mutex
	windows map[string]*span
	told    map[string]bool // of these windows the client has had an answer
	second  span
	refused []string
	most    int // requests under way at once
	now     int
}

// trip is the fate of one request on its way.
type trip struct {
	there, back time.Duration
	lost        bool // the answer never arrives
}

type span struct {
	ends  time.Time
	count int
}

var errReset = errors.New("connection reset by peer")

func (h *honest) RoundTrip(req *http.Request) (*http.Response, error) {
	h.mu.Lock()
	way, _ := req.Context().Value(trip{}).(trip)
	h.now++
	h.most = max(h.most, h.now)
	h.mu.Unlock()
	defer func() { h.mu.Lock(); h.now--; h.mu.Unlock() }()
	if err := travel(req.Context(), way.there); err != nil {
		return nil, err
	}
	resp, key := h.serve(req)
	if err := travel(req.Context(), way.back); err != nil {
		return nil, err
	}
	if way.lost {
		return nil, errReset
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.told[key] = true
	return resp, nil
}

func travel(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// take counts a request in a window and says whether it was one too many.
func (s *span) take(now time.Time, limit int, length time.Duration) (ok bool) {
	if !now.Before(s.ends) {
		*s = span{ends: now.Add(length)}
	}
	s.count++
	return s.count <= limit
}

// serve answers. A refusal is held against the client unless it was never told of that bucket, its first request
// having been lost.
func (h *honest) serve(req *http.Request) (*http.Response, string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	parts := strings.Split(req.URL.Path, "/")
	channel, method := parts[2], req.Method
	key := h.hashes[method] + channel
	w := h.windows[key]
	if w == nil {
		w = &span{}
		h.windows[key] = w
	}
	status := 200
	if h.global > 0 && !h.second.take(now, h.global, time.Second) {
		status = 429
		h.refused = append(h.refused, "global "+now.Format(time.StampMilli))
	}
	if !w.take(now, h.limit, h.span) {
		status = 429
		if h.told[key] {
			h.refused = append(h.refused, key+" "+now.Format(time.StampMilli))
		}
	}
	header := http.Header{}
	header.Set("X-RateLimit-Bucket", h.hashes[method])
	header.Set("X-RateLimit-Limit", strconv.Itoa(h.limit))
	header.Set("X-RateLimit-Remaining", strconv.Itoa(max(0, h.limit-w.count)))
	header.Set("X-RateLimit-Reset-After", fmt.Sprintf("%.3f", math.Floor(w.ends.Sub(now).Seconds()*1000)/1000))
	switch h.marks {
	case "exact":
		header.Set("X-RateLimit-Reset", fmt.Sprintf("%.3f", float64(w.ends.UnixMilli())/1000))
	case "whole":
		header.Set("X-RateLimit-Reset", strconv.FormatInt(w.ends.Unix()+1, 10))
	}
	return reply(status, header, `{"id":"5","channel_id":"6"}`), key
}

func reply(status int, header http.Header, body string) *http.Response {
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body))}
}

// wish is one call somebody makes.
type wish struct {
	at      time.Duration
	method  string
	channel discord.ChannelID
	gives   time.Duration // up after; 0 is never
	way     trip
}

func (w wish) make(c *rest.Client) error {
	ctx := context.WithValue(context.Background(), trip{}, w.way)
	if w.gives > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, w.gives)
		defer cancel()
	}
	switch w.method {
	case "PATCH":
		return c.EditMessage(ctx, w.channel, 7, rest.Message{Content: "x"})
	case "DELETE":
		return c.DeleteMessage(ctx, w.channel, 7)
	}
	_, err := c.CreateMessage(ctx, w.channel, rest.Message{Content: "x"})
	return err
}

func TestAnHonestDiscordNeverHasToAnswer429(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h, usual := drawDiscord(rt)
		wishes := rapid.SliceOfN(rapid.Custom(drawWish(usual)), 1, 60).Draw(rt, "wishes")
		var wrong string
		synctest.Test(t, func(*testing.T) {
			c := rest.New(rest.Config{APIURL: "http://discord.test", Token: "t", Transport: h, GlobalPerSecond: h.global})
			if h.shared { // that routes share a bucket can only be known from their first answers
				for _, method := range []string{"POST", "PATCH", "DELETE"} {
					if err := (wish{method: method, channel: 9}).make(c); err != nil {
						wrong = err.Error()
					}
					time.Sleep(10 * time.Second)
				}
			}
			start := time.Now()
			var all sync.WaitGroup
			for i, w := range wishes {
				all.Go(func() {
					time.Sleep(w.at + time.Duration(i)*time.Microsecond) // no two at once: the order is to be the same again
					err := w.make(c)
					if w.gives == 0 && err != nil && !errors.Is(err, errReset) && !strings.Contains(err.Error(), "no answer within") {
						h.mu.Lock()
						wrong = err.Error()
						h.mu.Unlock()
					}
				})
			}
			all.Wait()
			if took, most := time.Since(start), 8*time.Second+time.Duration(len(wishes))*(h.span+7*time.Second); took > most {
				wrong = fmt.Sprintf("took %v, more than one after the other would (%v)", took, most)
			}
			if s := c.Status(); s.UnderWay != 0 || s.Queued != 0 {
				wrong = fmt.Sprintf("left behind: %+v", s)
			}
		})
		if len(h.refused) > 0 || wrong != "" {
			rt.Fatalf("refused %v, wrong %q", h.refused, wrong)
		}
	})
}

func drawDiscord(t *rapid.T) (*honest, *rapid.Generator[trip]) {
	millis := func(most int) *rapid.Generator[time.Duration] {
		return rapid.Map(rapid.IntRange(0, most), func(n int) time.Duration { return time.Duration(n) * time.Millisecond })
	}
	h := &honest{
		limit:   rapid.IntRange(1, 6).Draw(t, "limit"),
		span:    rapid.SampledFrom([]time.Duration{250 * time.Millisecond, time.Second, 2500 * time.Millisecond, 5 * time.Second}).Draw(t, "span"),
		global:  rapid.SampledFrom([]int{1, 4, 1000}).Draw(t, "global"),
		marks:   rapid.SampledFrom([]string{"exact", "whole", "none"}).Draw(t, "marks"),
		windows: map[string]*span{}, told: map[string]bool{},
		hashes: map[string]string{"POST": "h1", "PATCH": "h2", "DELETE": "h3"},
	}
	if h.shared = rapid.Bool().Draw(t, "shared"); h.shared {
		h.hashes["PATCH"] = "h1"
	}
	usual := rapid.SampledFrom([]int{10, 300, 3000}).Draw(t, "delay")
	return h, rapid.Custom(func(t *rapid.T) trip {
		return trip{
			there: millis(usual).Draw(t, "there"), back: millis(usual).Draw(t, "back"),
			lost: rapid.IntRange(0, 9).Draw(t, "lost") == 9,
		}
	})
}

func drawWish(usual *rapid.Generator[trip]) func(t *rapid.T) wish {
	return func(t *rapid.T) wish {
		w := wish{
			at:      time.Duration(rapid.IntRange(0, 8000).Draw(t, "at")) * time.Millisecond,
			method:  rapid.SampledFrom([]string{"POST", "PATCH", "DELETE"}).Draw(t, "method"),
			channel: discord.ChannelID(rapid.IntRange(1, 2).Draw(t, "channel")),
			way:     usual.Draw(t, "way"),
		}
		if rapid.IntRange(0, 5).Draw(t, "hasty") == 5 {
			w.gives = time.Duration(rapid.IntRange(1, 3000).Draw(t, "gives")) * time.Millisecond
		}
		return w
	}
}
