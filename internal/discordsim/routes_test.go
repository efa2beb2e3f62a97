package discordsim_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

var parameter = regexp.MustCompile(`\{([^}]*)\}`)

// fillPath writes values into a route's pattern.
func fillPath(pattern string, value func(name string) string) string {
	return parameter.ReplaceAllStringFunc(pattern, func(p string) string {
		return url.PathEscape(value(strings.Trim(p, "{}")))
	})
}

// real are ids that exist in a club, by the names that patterns give them.
func (c *club) real() map[string]string {
	c.t.Helper()
	m := c.say("hello")
	c.empower(discordsim.AllPermissions)
	hook := c.call("POST", "/channels/"+c.General.ID.String()+"/webhooks", `{"name":"News"}`)
	invite := c.call("POST", "/channels/"+c.General.ID.String()+"/invites", `{}`)
	command := c.call("POST", c.commandsPath(), `{"name":"known","description":"K"}`)
	in := c.slash("known")
	return map[string]string{
		"application": c.Bot().ID.String(), "guild": c.Guild.ID.String(), "channel": c.General.ID.String(), "message": m.ID.String(),
		"user": c.World.Members[3].ID.String(), "role": c.Tryout.ID.String(), "overwrite": c.Tryout.ID.String(), "emoji": "👍",
		"command": command.text("id"), "interaction": in.ID.String(), "token": in.Token, "code": invite.text("code"),
		"hook": hook.text("id"), "hook token": hook.text("token"),
	}
}

// A handler that panicked would show as a connection that ends without an answer; an answer of the wrong shape fails
// in the club's cleanup.
func TestEveryRouteAnswersAnyBodyWithAnErrorOrAResult(t *testing.T) {
	bodies := []string{"", "null", "{}", "[]", `"x"`, "5", `{"name":5,"content":{},"type":"x","messages":"x","roles":7,"user_ids":{},"recipient_id":"x","components":[5],"embeds":[null],"permission_overwrites":[5],"parent_id":"x","data":[]}`, `[null]`, `[{"id":"5","position":1}]`}
	for _, name := range discordsim.Routes() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			club := openClub(t, unlimited())
			ids := club.real()
			method, pattern, _ := strings.Cut(name, " ")
			path := fillPath(pattern, func(name string) string { return ids[name] })
			for _, body := range bodies {
				r, err := club.try(method, path, body, nil)
				if err != nil {
					t.Fatalf("%s: %v", body, err)
				}
				if r.status >= 500 || r.status == 405 {
					t.Errorf("%s: got %d %s", body, r.status, r.raw)
				}
			}
		})
	}
}

func TestWhatDoesNotExistIsUnknown(t *testing.T) {
	club := openClub(t, unlimited())
	club.empower(discordsim.AllPermissions)
	for _, name := range discordsim.Routes() {
		method, pattern, _ := strings.Cut(name, " ")
		if !parameter.MatchString(pattern) {
			continue
		}
		for _, id := range []string{"5", "x"} {
			r := club.call(method, fillPath(pattern, func(string) string { return id }), "{}")
			if r.status != 404 && r.status != 400 && r.status != 401 {
				t.Errorf("%s with %s: got %d %s", name, id, r.status, r.raw)
			}
			if r.status == 404 && r.code() == 0 {
				t.Errorf("%s with %s: the route itself is unknown", name, id)
			}
		}
	}
}

func TestEveryRouteButTheOpenOnesNeedsTheToken(t *testing.T) {
	club := openClub(t, unlimited())
	ids := club.real()
	for _, name := range discordsim.Routes() {
		method, pattern, _ := strings.Cut(name, " ")
		open := pattern == "/gateway" || strings.Contains(pattern, "{token}")
		r, err := club.try(method, fillPath(pattern, func(name string) string { return ids[name] }), "{}", map[string][]string{"Authorization": {"Bot wrong"}})
		if err != nil {
			t.Fatal(err)
		}
		if (r.status == 401) == open {
			t.Errorf("%s without a token: got %d %s", name, r.status, r.raw)
		}
	}
}

func TestAWebhooksRoutesWorkWithItsOwnIds(t *testing.T) {
	club := openClub(t, unlimited())
	ids := club.real()
	ids["application"], ids["token"] = ids["hook"], ids["hook token"]
	said := club.call("POST", "/webhooks/"+ids["hook"]+"/"+ids["hook token"]+"?wait=true", `{"content":"news"}`)
	ids["message"] = said.text("id")
	for _, name := range []string{
		"GET /webhooks/{application}/{token}/messages/{message}", "PATCH /webhooks/{application}/{token}/messages/{message}",
		"GET /webhooks/{application}/{token}", "PATCH /webhooks/{application}/{token}", "GET /webhooks/{application}",
		"DELETE /webhooks/{application}/{token}/messages/{message}", "DELETE /webhooks/{application}/{token}",
	} {
		method, pattern, _ := strings.Cut(name, " ")
		r := club.call(method, fillPath(pattern, func(name string) string { return ids[name] }), `{"content":"olds","name":"Olds"}`)
		if r.status >= 300 {
			t.Errorf("%s: got %d %s", name, r.status, r.raw)
		}
	}
}
