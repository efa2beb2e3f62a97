package sandbox_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// request is a request as some program or page would send it.
type request struct {
	method, path, host, body string
	header                   map[string]string
}

// sends sends a request and returns its status and body.
func (r *room) sends(q request) (status int, body string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), q.method, r.url+q.path, strings.NewReader(q.body))
	if err != nil {
		r.t.Fatal(err)
	}
	if q.host != "" {
		req.Host = q.host
	}
	for name, value := range q.header {
		req.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return res.StatusCode, string(data)
}

func TestOnlyThisMachinesOwnNamesAreAnswered(t *testing.T) {
	r := open(t)
	for host, want := range map[string]int{
		"localhost:5002": 200, "127.0.0.1": 200, "127.8.8.8:5002": 200, "[::1]:5002": 200, "LOCALHOST": 200,
		"evil.example": 403, "evil.example:5002": 403, "192.168.1.4:5002": 403, "localhost.evil.example": 403, "0.0.0.0:5002": 403,
	} {
		for _, path := range []string{"/", "/sandbox/state"} {
			if status, body := r.sends(request{method: "GET", path: path, host: host}); status != want {
				t.Errorf("%s as %s: %d %s, want %d", path, host, status, body, want)
			}
		}
	}
	if status, _ := r.sends(request{method: "GET", path: "/sandbox/events", host: "evil.example"}); status != 403 {
		t.Errorf("the event stream answers a foreign name with %d", status)
	}
}

func TestOtherPagesCannotMakeABrowserAct(t *testing.T) {
	r := open(t)
	const body = `{"do":"kill"}`
	json := func(more map[string]string) map[string]string {
		header := map[string]string{"Content-Type": "application/json"}
		for name, value := range more {
			header[name] = value
		}
		return header
	}
	for _, c := range []struct {
		what string
		q    request
		want int
	}{
		{"another origin", request{header: json(map[string]string{"Origin": "https://evil.example"})}, 403},
		{"another port", request{header: json(map[string]string{"Origin": "http://127.0.0.1:1"})}, 403},
		{"another scheme", request{header: json(map[string]string{"Origin": "https" + strings.TrimPrefix(r.url, "http")})}, 403},
		{"no origin to speak of", request{header: json(map[string]string{"Origin": "null"})}, 403},
		{"fetch metadata", request{header: json(map[string]string{"Sec-Fetch-Site": "cross-site"})}, 403},
		{"a neighbour's fetch metadata", request{header: json(map[string]string{"Sec-Fetch-Site": "same-site"})}, 403},
		{"a form", request{header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}}, 415},
		{"text", request{header: map[string]string{"Content-Type": "text/plain"}}, 415},
		{"no type", request{}, 415},
	} {
		c.q.method, c.q.path, c.q.body = "POST", "/sandbox/fault", body
		if status, answer := r.sends(c.q); status != c.want {
			t.Errorf("%s: %d %s, want %d", c.what, status, answer, c.want)
		}
	}
	for _, method := range []string{"GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"} {
		if status, _ := r.sends(request{method: method, path: "/sandbox/fault", body: body, header: json(nil)}); status < 400 {
			t.Errorf("%s: %d", method, status)
		}
	}
	if did := r.worker.deeds(); len(did) != 0 {
		t.Errorf("all the same the worker felt %q", did)
	}
}

func TestOurOwnPageMayAct(t *testing.T) {
	r := open(t)
	status, answer := r.sends(request{method: "POST", path: "/sandbox/fault", body: `{"do":"kill"}`, header: map[string]string{
		"Content-Type": "application/json; charset=utf-8", "Origin": r.url, "Sec-Fetch-Site": "same-origin"}})
	if status != http.StatusOK || len(r.worker.deeds()) != 1 {
		t.Errorf("%d %s, the worker felt %q", status, answer, r.worker.deeds())
	}
}

func TestABodyThatIsNotWhatIsExpectedIsRefused(t *testing.T) {
	r := open(t)
	for body, want := range map[string]int{
		"":                                400,
		"kill":                            400,
		`{"do":7}`:                        400,
		`{"do":"kill","also":"freeze"}`:   400,
		`{"do":"kill"}{"do":"freeze"}`:    400,
		`"` + strings.Repeat("x", 70_000): 413,
	} {
		status, answer := r.sends(request{method: "POST", path: "/sandbox/fault", body: body,
			header: map[string]string{"Content-Type": "application/json"}})
		if status != want || !strings.Contains(answer, `"problem"`) {
			t.Errorf("%.40s: %d %s, want %d", body, status, answer, want)
		}
	}
	if did := r.worker.deeds(); len(did) != 0 {
		t.Errorf("all the same the worker felt %q", did)
	}
}
