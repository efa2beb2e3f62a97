package discordsim_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

func TestTheSixthMessageInFiveSecondsIsTooMany(t *testing.T) {
	club := openClub(t, discordsim.Config{})
	for left := 4; left >= 0; left-- {
		r := club.call("POST", club.messagesPath(), `{"content":"x"}`)
		if r.status != 200 || r.header.Get("X-RateLimit-Limit") != "5" || r.header.Get("X-RateLimit-Remaining") != strconv.Itoa(left) {
			t.Fatalf("got %d %v, want %d remaining", r.status, r.header, left)
		}
	}
	r := club.call("POST", club.messagesPath(), `{"content":"x"}`)
	r.wants(t, 429, 0)
	header, err := strconv.Atoi(r.header.Get("Retry-After"))
	body := r.body["retry_after"].(float64)
	if err != nil || header < 1 || header > 5 || body <= 0 || body > float64(header) {
		t.Errorf("Retry-After is %q, retry_after %v", r.header.Get("Retry-After"), body)
	}
	if r.body["global"] != false || r.header.Get("X-RateLimit-Scope") != "user" || r.header.Get("Via") != "1.1 google" {
		t.Errorf("got %s %v", r.raw, r.header)
	}
	reset, err := strconv.ParseFloat(r.header.Get("X-RateLimit-Reset"), 64)
	if err != nil || reset < float64(time.Now().Unix()) || r.header.Get("X-RateLimit-Reset-After") == "" || r.header.Get("Date") == "" {
		t.Errorf("the reset headers are %v", r.header)
	}
	other := club.call("POST", "/channels/"+club.Training.ID.String()+"/messages", `{"content":"x"}`)
	if other.status != 200 || other.header.Get("X-RateLimit-Bucket") != r.header.Get("X-RateLimit-Bucket") {
		t.Errorf("another channel got %d %v", other.status, other.header)
	}
	counters := club.Counters()
	if counters.RateLimited["user"] != 1 || counters.InvalidRequests != 1 || counters.Requests["POST /channels/{channel}/messages"] != 7 {
		t.Errorf("counters are %+v", counters)
	}
}

func TestTheFactorWidensTheLimits(t *testing.T) {
	club := openClub(t, discordsim.Config{Limits: discordsim.Limits{Factor: 2}})
	if r := club.call("POST", club.messagesPath(), `{"content":"x"}`); r.header.Get("X-RateLimit-Limit") != "10" {
		t.Errorf("the limit is %s, want 10", r.header.Get("X-RateLimit-Limit"))
	}
}

func TestTheGlobalLimitHasNoBucket(t *testing.T) {
	club := openClub(t, discordsim.Config{Limits: discordsim.Limits{Global: 2}})
	r := club.call("GET", "/users/@me", "")
	// On a slow machine the second may turn over in between.
	for tries := 0; r.status == 200 && tries < 50; tries++ {
		r = club.call("GET", "/users/@me", "")
	}
	r.wants(t, 429, 0)
	if r.body["global"] != true || r.header.Get("X-RateLimit-Global") != "true" || r.header.Get("X-RateLimit-Bucket") != "" || r.header.Get("Retry-After") != "1" {
		t.Errorf("got %s %v", r.raw, r.header)
	}
}

func TestInteractionCallbacksAreExempt(t *testing.T) {
	club := openClub(t, discordsim.Config{Limits: discordsim.Limits{Global: 1}})
	club.register(`{"name":"ping","description":"Ping"}`)
	for range 8 {
		in := club.slash("ping")
		r := club.respond(in, `{"type":4,"data":{"content":"pong"}}`)
		if r.status != 204 || r.header.Get("X-RateLimit-Bucket") != "" {
			t.Fatalf("got %d %v", r.status, r.header)
		}
	}
}

func TestTooManyInvalidRequestsEarnABan(t *testing.T) {
	cfg := discordsim.Config{Limits: discordsim.Limits{InvalidRequests: 3, BanFor: time.Hour}}
	club := openClub(t, cfg)
	club.SetToken("other")
	token := map[string][]string{"Authorization": {"Bot wrong"}}
	for range 4 {
		if r, err := club.try("GET", "/users/@me", "", token); err != nil || r.status != 401 {
			t.Fatalf("got %d and %v", r.status, err)
		}
	}
	r := club.call("GET", "/users/@me", "")
	if r.status != 429 || r.header.Get("Via") != "" || r.header.Get("Retry-After") != "3600" || r.body != nil {
		t.Errorf("got %d %v %s, want Cloudflare's ban", r.status, r.header, r.raw)
	}
}

func TestSharedLimitsAreNotInvalidRequests(t *testing.T) {
	club := openClub(t, discordsim.Config{})
	club.InjectREST(discordsim.RESTFault{Kind: discordsim.RESTLimited, Scope: "shared"})
	club.call("GET", "/users/@me", "").wants(t, 429, 40062)
	if got := club.Counters(); got.InvalidRequests != 0 || got.RateLimited["shared"] != 1 {
		t.Errorf("counters are %+v", got)
	}
}
