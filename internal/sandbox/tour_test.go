package sandbox_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/steadfast-bot/steadfast/internal/sandbox"
)

// With STEADFAST_SCREENSHOTS=DIR the tour writes its pictures there:
//
//	STEADFAST_SCREENSHOTS=$PWD/docs go test -timeout 60s -run Tour ./internal/sandbox

// looksLike sets the width of the window and the colour scheme.
func (p *tab) looksLike(width, height int64, scheme string) {
	p.t.Helper()
	p.do(func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{
				{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
		return chromedp.Void{}, err
	}, chromedp.EmulateViewport(width, height))
	p.until(`document.documentElement.scrollWidth <= innerWidth`) // nothing sticks out
	p.until(`!document.getElementById("text").checkVisibility() || document.getElementById("text").getBoundingClientRect().bottom < innerHeight`)
}

// pictured takes a screenshot; it is kept when a directory was asked for.
func (p *tab) pictured(name string) {
	p.t.Helper()
	picture, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.t.Fatal(err)
	}
	if dir := os.Getenv("STEADFAST_SCREENSHOTS"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o644); err != nil {
			p.t.Fatal(err)
		}
	}
}

func TestATourInBothSchemesAndBothWidths(t *testing.T) {
	r := open(t)
	hire(t, r.sim)
	page := r.tabOn()
	r.worker.is(sandbox.Snapshot{State: "running", Generation: 1, PID: 4112, Verdict: "ok", Started: time.Now().Add(-3 * time.Minute), LastBeat: time.Now()})
	for _, said := range []struct {
		who  int
		text string
	}{{1, "Training at **six**. Bring `boots`, and @Esi."}, {2, "I have the *keys*"}, {3, "!headpat <@" + r.ada() + ">"}} {
		m, err := r.sim.Say(r.world.Members[said.who].ID, r.world.General.ID, said.text)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.sim.React(r.world.Members[4].ID, m.ID, "👍"); err != nil && said.who == 1 {
			t.Fatal(err)
		}
	}
	page.shows("with compliments from @Dov the Wall")
	page.types("/secret")
	page.shows("between us")
	page.opensMenu()
	r.worker.is(sandbox.Snapshot{State: "running", Generation: 2, PID: 4174, Verdict: "ok", Started: time.Now().Add(-9 * time.Second), LastBeat: time.Now(), Restarts: 1, LastCause: "was ended by signal SIGKILL", LastOutage: 38 * time.Millisecond})
	page.until(`document.getElementById("pill-text").textContent.includes("worker 2")`)
	page.looksLike(1280, 860, "light")
	page.pictured("sandbox-1280")

	page.clicks("Report")
	page.focuses(`e.name === "score"`)
	page.typesHere("3:1")
	page.looksLike(1280, 860, "dark")
	page.pictured("sandbox-form-dark")
	page.press("Escape", 27)

	page.do(chromedp.Click(`#log .log-out:last-of-type button, #log li:last-child button`))
	page.until(`document.querySelectorAll(".step").length > 2`)
	page.do(chromedp.SendKeys("#text", "/match"))
	page.press("Tab", 9)
	page.until(`document.querySelectorAll(".offers:not([hidden]) li").length === 4`)
	page.pictured("sandbox-event-dark")
	page.press("Escape", 27)
	page.press("Escape", 27)

	page.do(chromedp.Click("#tab-faults"), chromedp.Click("#standing-no_ack"))
	page.until(`!document.getElementById("broken").hidden`)
	page.looksLike(400, 800, "light")
	page.run(`document.querySelector('#views [data-show=control]').click()`)
	page.until(`document.getElementById("panel-faults").checkVisibility()`)
	page.pictured("sandbox-400-faults")
	page.run(`document.querySelector('#views [data-show=chat]').click()`)
	page.until(`document.getElementById("messages").checkVisibility()`)
	page.looksLike(400, 800, "dark")
	page.run(`document.getElementById("messages").scrollTop = 1e6`)
	page.pictured("sandbox-400")
	page.run(`document.querySelector('#views [data-show=places]').click()`)
	page.looksLike(400, 800, "light")
	page.complains("")
}
