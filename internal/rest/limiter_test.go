package rest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/diamondburned/arikawa/v3/discord"
	"github.com/google/go-cmp/cmp"

	"github.com/steadfast-bot/steadfast/internal/rest"
)

const (
	channel     = discord.ChannelID(6)
	posted      = `{"id":"5","channel_id":"6"}`
	cloudflare  = "<html><title>Access denied | discord.com used Cloudflare to restrict access</title></html>"
	limitedBody = `{"message":"You are being rate limited.","retry_after":%v,"global":%v}`
)

// fake is a Discord that answers with what a test says; it lives in a bubble.
type fake struct {
	answer func(*http.Request) (*http.Response, error)

	mu    sync.Mutex
	start time.Time
	log   []string // "METHOD path @ when", in order of arrival
}

func (f *fake) RoundTrip(req *http.Request) (*http.Response, error) {
	f.mu.Lock()
	f.log = append(f.log, fmt.Sprintf("%s %s @ %v", req.Method, req.URL.Path, time.Since(f.start)))
	f.mu.Unlock()
	return f.answer(req)
}

func (f *fake) requests() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.log...)
}

func talksTo(answer func(*http.Request) (*http.Response, error)) (*rest.Client, *fake) {
	f := &fake{answer: answer, start: time.Now()}
	return rest.New(rest.Config{APIURL: "http://discord.test/api", Token: "secret-token", Transport: f}), f
}

func always(status int, header http.Header, body string) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) { return reply(status, header, body), nil }
}

// inTurn gives one answer after the other, the last for ever.
func inTurn(answers ...func() *http.Response) func(*http.Request) (*http.Response, error) {
	var mu sync.Mutex
	return func(*http.Request) (*http.Response, error) {
		mu.Lock()
		defer mu.Unlock()
		next := answers[0]
		if len(answers) > 1 {
			answers = answers[1:]
		}
		return next(), nil
	}
}

func says(status int, header http.Header, body string) func() *http.Response {
	return func() *http.Response { return reply(status, header, body) }
}

func headers(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
	}
	return h
}

func bucketOf(limit, remaining, after string) http.Header {
	return headers("X-RateLimit-Bucket", "b", "X-RateLimit-Limit", limit, "X-RateLimit-Remaining", remaining, "X-RateLimit-Reset-After", after)
}

func equal[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func post(t *testing.T, c *rest.Client) error {
	_, err := c.CreateMessage(t.Context(), channel, rest.Message{Content: "x"})
	return err
}

func TestAFullBucketIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, f := talksTo(inTurn(says(200, bucketOf("2", "1", "3"), posted), says(200, bucketOf("2", "0", "3"), posted)))
		for range 3 {
			if err := post(t, c); err != nil {
				t.Fatal(err)
			}
		}
		equal(t, "requests", f.requests(), []string{
			"POST /api/channels/6/messages @ 0s",
			"POST /api/channels/6/messages @ 0s",
			"POST /api/channels/6/messages @ 3.01s",
		})
	})
}

func TestACallThatWouldWaitPastItsDeadlineFailsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, f := talksTo(always(200, bucketOf("1", "0", "5"), posted))
		if err := post(t, c); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		start := time.Now()
		_, err := c.CreateMessage(ctx, channel, rest.Message{Content: "x"})
		failure, ok := rest.AsFailure(err)
		if !ok || failure.Outcome != rest.NotSent || failure.RetryAfter != 5*time.Second+10*time.Millisecond {
			t.Errorf("got %v", err)
		}
		equal(t, "waited", time.Since(start), 0)
		equal(t, "requests", len(f.requests()), 1)
	})
}

func TestABucketIsFirstComeFirstServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var served []string
		c, _ := talksTo(func(req *http.Request) (*http.Response, error) {
			served = append(served, req.URL.Path)
			time.Sleep(time.Second)
			return reply(204, bucketOf("1", "0", "1"), ""), nil
		})
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				time.Sleep(time.Duration(i) * time.Millisecond)
				if err := c.DeleteMessage(t.Context(), channel, discord.MessageID(100+i)); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		for i, path := range served {
			if want := fmt.Sprintf("/api/channels/6/messages/%d", 100+i); path != want {
				t.Errorf("request %d was %s, want %s", i, path, want)
			}
		}
	})
}

func TestChannelsDoNotWaitForEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := talksTo(always(200, bucketOf("1", "0", "5"), posted))
		start := time.Now()
		for i := range 10 {
			if _, err := c.CreateMessage(t.Context(), discord.ChannelID(i+1), rest.Message{Content: "x"}); err != nil {
				t.Fatal(err)
			}
		}
		equal(t, "waited", time.Since(start), 0)
	})
}

func TestTheGlobalLimitIsKeptBeforeDiscordSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, f := talksTo(always(204, nil, ""))
		start := time.Now()
		var all sync.WaitGroup
		for i := range 200 {
			all.Go(func() { _ = c.DeleteMessage(t.Context(), discord.ChannelID(i+1), 1) })
		}
		all.Wait()
		equal(t, "200 calls took", time.Since(start), 3*time.Second)
		perSecond := map[string]int{}
		for _, r := range f.requests() {
			perSecond[r[strings.Index(r, "@"):]]++
		}
		equal(t, "each second", perSecond, map[string]int{"@ 0s": 50, "@ 1s": 50, "@ 2s": 50, "@ 3s": 50})
	})
}

func TestInteractionsAreExemptFromTheGlobalLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := talksTo(func(req *http.Request) (*http.Response, error) {
			if strings.Contains(req.URL.Path, "/channels/") {
				return reply(429, headers("X-RateLimit-Global", "true", "Retry-After", "60"), fmt.Sprintf(limitedBody, 60, true)), nil
			}
			return reply(204, nil, ""), nil
		})
		go func() { _ = post(t, c) }()
		synctest.Wait()
		if c.Status().GlobalUntil.IsZero() {
			t.Error("the status does not show the global limit")
		}
		start := time.Now()
		for i := range 100 {
			if err := c.Respond(t.Context(), discord.InteractionID(i+1), fmt.Sprint("token", i), rest.Response{Type: rest.RespondDefer}); err != nil {
				t.Fatal(err)
			}
		}
		equal(t, "waited", time.Since(start), 0)
	})
}

func TestAGlobal429HoldsAllCallsAsLongAsItSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, f := talksTo(inTurn(
			says(429, headers("X-RateLimit-Global", "true", "Retry-After", "2"), fmt.Sprintf(limitedBody, 2.5, true)),
			says(204, nil, "")))
		go func() { _ = c.DeleteMessage(t.Context(), 1, 1) }()
		synctest.Wait()
		if err := c.DeleteMessage(t.Context(), 2, 2); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		got := f.requests()
		slices.Sort(got) // between channels there is no order
		equal(t, "requests", got, []string{
			"DELETE /api/channels/1/messages/1 @ 0s", "DELETE /api/channels/1/messages/1 @ 2.5s", "DELETE /api/channels/2/messages/2 @ 2.5s",
		})
	})
}

func TestAGlobalLimitThatDiscordNamesIsTakenOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, f := talksTo(inTurn(
			says(429, merge(bucketOf("2", "0", "1"), "X-RateLimit-Global", "true", "Retry-After", "1"), fmt.Sprintf(limitedBody, 1, true)),
			says(200, nil, posted)))
		var all sync.WaitGroup
		for i := range 7 {
			all.Go(func() {
				time.Sleep(time.Duration(i) * time.Millisecond)
				_, _ = c.CreateMessage(t.Context(), discord.ChannelID(i+1), rest.Message{})
			})
		}
		all.Wait()
		perSecond := map[string]int{}
		for _, r := range f.requests() {
			perSecond[r[strings.Index(r, "@"):]]++
		}
		equal(t, "each second", perSecond, map[string]int{"@ 0s": 1, "@ 1s": 2, "@ 2s": 2, "@ 3s": 2, "@ 4s": 1})
	})
}

func TestABanIsRecognisedAndCallsAreTurnedAwayWithASentence(t *testing.T) {
	for _, status := range []int{403, 429} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, f := talksTo(inTurn(
					says(status, headers("Retry-After", "3600", "Content-Type", "text/html", "Server", "cloudflare"), cloudflare),
					says(200, nil, posted)))
				start := time.Now()
				if err := post(t, c); rest.OutcomeOf(err) != rest.Refused {
					t.Errorf("the first call said %v", err)
				}
				equal(t, "banned until", c.Status().BannedUntil.Sub(start), time.Hour)
				err := c.Respond(t.Context(), 1, "tok", rest.Response{Type: rest.RespondDefer})
				failure, _ := rest.AsFailure(err)
				if failure == nil || failure.Outcome != rest.NotSent || failure.RetryAfter != time.Hour || !strings.Contains(err.Error(), "banned this address") {
					t.Errorf("the second call said %v", err)
				}
				time.Sleep(time.Hour - 5*time.Second) // the rest is short enough to wait for
				if err := post(t, c); err != nil {
					t.Error(err)
				}
				equal(t, "requests", f.requests(), []string{
					"POST /api/channels/6/messages @ 0s", "POST /api/channels/6/messages @ 1h0m0s",
				})
				equal(t, "still banned", c.Status().BannedUntil.IsZero(), true)
			})
		})
	}
}

func TestARefusalByDiscordIsNoBan(t *testing.T) {
	for name, answer := range map[string]*http.Response{
		"JSON":             reply(403, nil, `{"message":"Missing Access","code":50001}`),
		"through Google":   reply(403, headers("Via", "1.1 google"), "<html>"),
		"with its buckets": reply(403, bucketOf("5", "4", "1"), "<html>"),
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := talksTo(func(*http.Request) (*http.Response, error) { return answer, nil })
			if err := post(t, c); rest.OutcomeOf(err) != rest.Refused {
				t.Error(err)
			}
			if s := c.Status(); !s.BannedUntil.IsZero() || s.Invalid != 1 {
				t.Errorf("status %+v", s)
			}
		})
	}
}

func TestInvalidRequestsAreCountedAndSlowUsDownLongBeforeABan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, f := talksTo(always(403, nil, `{"message":"Missing Access","code":50001}`))
		ctx, cancel := context.WithTimeout(t.Context(), 25*time.Minute)
		defer cancel()
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				for ctx.Err() == nil {
					_ = c.Respond(ctx, discord.InteractionID(i+1), fmt.Sprint(i), rest.Response{Type: rest.RespondDefer})
					sleep(ctx, time.Millisecond)
				}
			})
		}
		worst := 0
		for ctx.Err() == nil {
			worst = max(worst, c.Status().Invalid)
			sleep(ctx, time.Second)
		}
		all.Wait()
		if worst < 5000 || worst > 9500 {
			t.Errorf("%d invalid requests within 10 minutes", worst)
		}
		t.Logf("at most %d within 10 minutes, %d in all", worst, len(f.requests()))
	})
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

func TestCancellingAWaitingCallSendsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, f := talksTo(always(200, bucketOf("1", "0", "5"), posted))
		_ = post(t, c)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, err := c.CreateMessage(ctx, channel, rest.Message{Content: "x"})
		if rest.OutcomeOf(err) != rest.NotSent || !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		equal(t, "requests", len(f.requests()), 1)
		s := c.Status()
		equal(t, "queued and under way", [2]int{s.Queued, s.UnderWay}, [2]int{})
	})
}

func TestWithLimitsOffNothingWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{answer: always(200, bucketOf("1", "0", "60"), posted)}
		c := rest.New(rest.Config{APIURL: "http://discord.test", Transport: f, NoLimits: true})
		start := time.Now()
		for range 1000 {
			if err := post(t, c); err != nil {
				t.Fatal(err)
			}
		}
		equal(t, "took", time.Since(start), 0)
	})
}

func TestIdleBucketsAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := talksTo(always(200, bucketOf("5", "4", "5"), posted))
		for i := range 100 {
			_, _ = c.CreateMessage(t.Context(), discord.ChannelID(i+1), rest.Message{Content: "x"})
		}
		equal(t, "buckets", c.Status().Buckets, 100)
		time.Sleep(time.Hour)
		equal(t, "buckets an hour later", c.Status().Buckets, 0)
	})
}

// at sends a request for a channel after so long, and tells what became of it.
func at(after time.Duration, c *rest.Client, in discord.ChannelID) chan error {
	done := make(chan error, 1)
	go func() {
		time.Sleep(after)
		_, err := c.CreateMessage(context.Background(), in, rest.Message{Content: "x"})
		done <- err
	}()
	return done
}

func TestAQueueThatMustWaitDoesNotHoldTheGate(t *testing.T) {
	for name, row := range map[string]struct {
		second *http.Response // the answer after which channel 1 must wait, while its next call is first at the gate
		want   []string
	}{
		"a call comes back from a 429": {reply(429, merge(bucketOf("5", "3", "9"), "Retry-After", "5"), "{}"), []string{"1 @ 7.1s", "1 @ 8.2s"}},
		"others used the bucket up":    {reply(200, bucketOf("5", "0", "5"), posted), []string{"1 @ 9.11s"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fake{start: time.Now()}
				c := rest.New(rest.Config{APIURL: "http://discord.test", Transport: f, GlobalPerSecond: 1})
				var count atomic.Int32
				f.answer = func(*http.Request) (*http.Response, error) {
					time.Sleep(100 * time.Millisecond)
					if count.Add(1) == 2 {
						return row.second, nil
					}
					return reply(200, bucketOf("5", "4", "9"), posted), nil
				}
				learnt := at(0, c, 1)
				meets := at(2*time.Second, c, 1)
				atGate := at(2*time.Second+50*time.Millisecond, c, 1)
				other := at(2*time.Second+60*time.Millisecond, c, 2)
				for _, done := range []chan error{learnt, meets, atGate, other} {
					if err := <-done; err != nil {
						t.Error(err)
					}
				}
				want := []string{"1 @ 0s", "1 @ 2s", "2 @ 3.1s"}
				got := f.requests()
				for i := range got {
					got[i] = strings.NewReplacer("POST /channels/", "", "/messages", "").Replace(got[i])
				}
				equal(t, "requests", got, append(want, row.want...))
			})
		})
	}
}

func TestRequestsUnderWayCountInTheBucketTheyTurnOutToBeIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var count atomic.Int32
		c, f := talksTo(func(*http.Request) (*http.Response, error) {
			n := int(count.Add(1))
			time.Sleep(time.Duration(n) * time.Second)
			if n == 1 {
				return reply(200, nil, posted), nil // a route without limits, it seems
			}
			return reply(200, bucketOf("3", fmt.Sprint(max(0, 4-n)), "60"), posted), nil
		})
		first := at(0, c, 1)
		<-first
		all := []chan error{at(0, c, 1), at(time.Millisecond, c, 1), at(2*time.Millisecond, c, 1), at(3*time.Second, c, 1)}
		for _, done := range all {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		got := f.requests()
		// Answer 2 says that 2 of 3 are left, while two more are under way: none is free for the last.
		equal(t, "the last request", got[len(got)-1], "POST /api/channels/1/messages @ 1m5.012s")
	})
}

func TestWhoeverWaitedForACallThatBelongsElsewhereGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var posts atomic.Int32
		c, f := talksTo(func(req *http.Request) (*http.Response, error) {
			h := bucketOf("1", "0", "1")
			if req.Method == "POST" {
				if posts.Add(1) > 1 {
					time.Sleep(5 * time.Second)
					h.Set("X-RateLimit-Bucket", "another")
				}
			}
			return reply(200, h, posted), nil
		})
		edit := func() {
			if err := c.EditMessage(t.Context(), 1, 5, rest.Message{}); err != nil {
				t.Error(err)
			}
		}
		<-at(0, c, 1)
		edit()
		time.Sleep(time.Minute) // both are known to share a bucket now
		done := at(0, c, 1)
		time.Sleep(time.Second)
		edit()
		<-done
		got := f.requests()
		equal(t, "the edit", got[len(got)-1], "PATCH /api/channels/1/messages/5 @ 1m5s")
	})
}
