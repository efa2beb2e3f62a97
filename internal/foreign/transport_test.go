package foreign_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"sync"
	"testing"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

// tap stands before a simulator and notes with what query its gateway is dialled.
type tap struct {
	*httptest.Server
	mu      sync.Mutex
	queries []url.Values
}

func newTap(t *testing.T) (*tap, *discordsim.Sim) {
	t.Helper()
	tapped := &tap{}
	tapped.Server = httptest.NewUnstartedServer(nil)
	sim := discordsim.ForTest(t, discordsim.Config{PublicAddr: tapped.Listener.Addr().String()})
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: sim.Addr()})
	tapped.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "" {
			tapped.mu.Lock()
			tapped.queries = append(tapped.queries, r.URL.Query())
			tapped.mu.Unlock()
		}
		proxy.ServeHTTP(w, r)
	})
	tapped.Start()
	t.Cleanup(tapped.Close)
	return tapped, sim
}

func (p *tap) dialled() []url.Values {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.queries
}

// Each library is spoken to as it asks by default: only disgo wants its transport compressed.
func TestEachLibraryGetsTheTransportItAsksFor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name              string
		bot               func(t *testing.T) *exec.Cmd
		version, compress string
	}{
		{"discordgo", func(t *testing.T) *exec.Cmd { return goBot(t, "discordgo") }, "9", ""},
		{"disgo", func(t *testing.T) *exec.Cmd { return goBot(t, "disgo") }, "10", "zstd-stream"},
		{"arikawa", func(t *testing.T) *exec.Cmd { return goBot(t, "arikawa") }, "9", ""},
		{"discord.js", discordJS, "10", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			before, sim := newTap(t)
			world := sim.Demo()
			p := startAt(t, c.bot(t), before.URL+"/api/v10", sim.Token(), -1)
			p.awaitReady()
			k := &talk{T: t, sim: sim, world: world, ada: world.Members[1].ID}
			k.hears()
			p.stop()
			dialled := before.dialled()
			if len(dialled) != 1 {
				t.Fatalf("the gateway was dialled %d times", len(dialled))
			}
			query := dialled[0]
			if query.Get("v") != c.version || query.Get("encoding") != "json" || query.Get("compress") != c.compress {
				t.Errorf("the gateway was dialled with %v", query)
			}
		})
	}
}
