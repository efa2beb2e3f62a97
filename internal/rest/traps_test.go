package rest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/diamondburned/arikawa/v3/discord"

	"github.com/steadfast-bot/steadfast/internal/rest"
)

// These tests are the rows of reference/discord.md §6.3: what arikawa's client gets wrong. Of row 39 the multipart half has
// nothing to stand on before files are sent; row 42 is about a helper we have no equivalent of.

func TestTrap32NothingIsSentAgainAfterAFailure(t *testing.T) {
	for name, answer := range map[string]func(*http.Request) (*http.Response, error){
		"500":       always(500, nil, "{}"),
		"502":       always(502, nil, "<html>"),
		"reset":     func(*http.Request) (*http.Response, error) { return nil, errReset },
		"retryable": always(503, headers("Retry-After", "1"), "{}"),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, f := talksTo(answer)
				err := post(t, c)
				if rest.OutcomeOf(err) != rest.Unknown || err == nil {
					t.Errorf("got %v", err)
				}
				equal(t, "sent", len(f.requests()), 1)
			})
		})
	}
}

func TestTrap33AHeaderThatMakesNoSenseFailsNothing(t *testing.T) {
	for _, bad := range []string{"0.5", "soon", "-1", "NaN", "Inf", "1e300", ""} {
		c, f := talksTo(always(200, headers(
			"Retry-After", bad, "X-RateLimit-Limit", bad, "X-RateLimit-Remaining", bad, "X-RateLimit-Reset-After", bad, "X-RateLimit-Reset", bad,
			"X-RateLimit-Bucket", "b"), posted))
		for range 3 {
			if err := post(t, c); err != nil {
				t.Errorf("%q: %v", bad, err)
			}
		}
		equal(t, "sent", len(f.requests()), 3)
	}
}

func TestTrap34A429IsObeyedToTheLetter(t *testing.T) {
	for name, row := range map[string]struct {
		header http.Header
		body   string
		want   time.Duration
		strike int
	}{
		"the body is longer":      {headers("Retry-After", "1"), fmt.Sprintf(limitedBody, 1.75, false), 1750 * time.Millisecond, 1},
		"the header is longer":    {headers("Retry-After", "2"), fmt.Sprintf(limitedBody, 1.2, false), 2 * time.Second, 1},
		"the header has a point":  {headers("Retry-After", "0.5"), `{}`, 500 * time.Millisecond, 1},
		"the header is a date":    {headers("Retry-After", "Sat, 01 Jan 2000 00:00:30 GMT"), `{}`, 30 * time.Second, 1},
		"remaining is not zero":   {merge(bucketOf("5", "4", "1"), "Retry-After", "3"), `{}`, 3 * time.Second, 1},
		"shared is no strike":     {merge(bucketOf("5", "4", "1"), "Retry-After", "3", "X-RateLimit-Scope", "shared"), `{}`, 3 * time.Second, 0},
		"Discord's clock is off":  {merge(bucketOf("5", "0", "4"), "Retry-After", "4", "X-RateLimit-Reset", "1.5"), `{}`, 4*time.Second + 10*time.Millisecond, 1},
		"it only names its reset": {bucketOf("5", "4", "6"), `{}`, 6 * time.Second, 1},
		"it says nothing":         {headers("X-RateLimit-Scope", "user"), `{}`, time.Second, 1},
		"global":                  {headers("Retry-After", "7", "X-RateLimit-Scope", "global"), `{}`, 7 * time.Second, 1},
		"global, by the body":     {headers("Retry-After", "7"), fmt.Sprintf(limitedBody, 7, true), 7 * time.Second, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, f := talksTo(inTurn(says(429, row.header, row.body), says(200, nil, posted)))
				start := time.Now()
				done := make(chan error, 1)
				go func() { done <- post(t, c) }()
				synctest.Wait()
				equal(t, "global", !c.Status().GlobalUntil.IsZero(), strings.HasPrefix(name, "global"))
				if err := <-done; err != nil {
					t.Error(err)
				}
				equal(t, "waited", time.Since(start), row.want)
				equal(t, "sent", len(f.requests()), 2)
				equal(t, "strikes", c.Status().Invalid, row.strike)
			})
		})
	}
}

func merge(h http.Header, pairs ...string) http.Header {
	for name, values := range headers(pairs...) {
		h[name] = values
	}
	return h
}

func TestTrap34AHopelessSeriesOf429sEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, f := talksTo(always(429, headers("Retry-After", "1"), fmt.Sprintf(limitedBody, 1, false)))
		failure, _ := rest.AsFailure(post(t, c))
		if failure == nil || failure.Outcome != rest.Refused || failure.RetryAfter != time.Second || failure.Status != 429 {
			t.Errorf("got %v", failure)
		}
		equal(t, "sent", len(f.requests()), 5)
	})
}

func TestTrap34A429LongerThanTheCallsTimeComesBackAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := talksTo(always(429, headers("Retry-After", "60"), fmt.Sprintf(limitedBody, 60, false)))
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		start := time.Now()
		failure, _ := rest.AsFailure(c.Respond(ctx, 1, "tok", rest.Response{Type: rest.RespondDefer}))
		if failure == nil || failure.Outcome != rest.Refused || failure.RetryAfter != time.Minute {
			t.Errorf("got %v", failure)
		}
		equal(t, "waited", time.Since(start), 0)
	})
}

func TestTrap34ACallBackFromA429GoesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turn := inTurn(says(429, headers("Retry-After", "2"), "{}"), says(204, nil, ""))
		c, f := talksTo(func(req *http.Request) (*http.Response, error) {
			time.Sleep(100 * time.Millisecond)
			return turn(req)
		})
		var all sync.WaitGroup
		for i := range 3 {
			all.Go(func() {
				time.Sleep(time.Duration(i) * time.Millisecond)
				_ = c.DeleteMessage(t.Context(), channel, discord.MessageID(i+1))
			})
		}
		all.Wait()
		equal(t, "requests", f.requests(), []string{
			"DELETE /api/channels/6/messages/1 @ 0s",
			"DELETE /api/channels/6/messages/1 @ 2.1s",
			"DELETE /api/channels/6/messages/2 @ 2.2s",
			"DELETE /api/channels/6/messages/3 @ 2.2s",
		})
	})
}

func TestTrap35MemoryDoesNotGrowWithInteractions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := talksTo(func(req *http.Request) (*http.Response, error) {
			if req.Method == "POST" {
				return reply(204, nil, ""), nil
			}
			return reply(200, bucketOf("5", "4", "2"), posted), nil
		})
		most := 0
		for i := range 5000 {
			token := fmt.Sprint("token-", i)
			if err := c.Respond(t.Context(), discord.InteractionID(i+1), token, rest.Response{Type: rest.RespondDefer}); err != nil {
				t.Fatal(err)
			}
			if _, err := c.EditOriginal(t.Context(), 1, token, rest.Message{Content: "x"}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(100 * time.Millisecond)
			most = max(most, c.Status().Buckets)
		}
		if most > 700 { // ten a second, swept every minute
			t.Errorf("%d buckets", most)
		}
		time.Sleep(time.Hour)
		equal(t, "buckets afterwards", c.Status().Buckets, 0)
	})
}

func TestTrap35MethodsHaveLimitsOfTheirOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := talksTo(func(req *http.Request) (*http.Response, error) {
			h := bucketOf("1", "0", "60")
			h.Set("X-RateLimit-Bucket", req.Method)
			return reply(200, h, posted), nil
		})
		start := time.Now()
		_ = c.EditMessage(t.Context(), channel, 1, rest.Message{})
		_ = c.DeleteMessage(t.Context(), channel, 1)
		equal(t, "waited", time.Since(start), 0)
	})
}

func TestTrap36AHangingRequestDoesNotBlockItsChannel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var count atomic.Int32
		c, _ := talksTo(func(req *http.Request) (*http.Response, error) {
			n := count.Add(1)
			if n == 2 {
				<-req.Context().Done()
				return nil, req.Context().Err()
			}
			return reply(200, bucketOf("5", fmt.Sprint(5-n), "30"), posted), nil
		})
		_ = post(t, c)
		var hung error
		go func() { hung = post(t, c) }()
		synctest.Wait()
		start := time.Now()
		if err := post(t, c); err != nil {
			t.Error(err)
		}
		equal(t, "waited", time.Since(start), 0)
		time.Sleep(time.Minute)
		synctest.Wait()
		if rest.OutcomeOf(hung) != rest.Unknown || !strings.Contains(fmt.Sprint(hung), "no answer within 10s") {
			t.Errorf("the hanging one said %v", hung)
		}
	})
}

func TestTrap37CancellingAQueuedCallLetsNobodyPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int32
		c, _ := talksTo(func(*http.Request) (*http.Response, error) {
			most.Store(max(most.Load(), now.Add(1)))
			defer now.Add(-1)
			time.Sleep(time.Second)
			return reply(200, bucketOf("1", "1", "0.1"), posted), nil
		})
		var all sync.WaitGroup
		for i := range 30 {
			all.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				if i%3 == 1 {
					time.AfterFunc(time.Duration(i)*100*time.Millisecond, cancel)
				}
				defer cancel()
				_, err := c.CreateMessage(ctx, channel, rest.Message{Content: "x"})
				if err != nil && !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		equal(t, "at once", most.Load(), 1)
	})
}
