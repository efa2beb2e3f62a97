package sandbox_test

import (
	"os"
	"testing"

	"github.com/chromedp/chromedp"
)

func TestLook(t *testing.T) {
	r := open(t)
	hire(t, r.sim)
	page := r.tabOn()
	shot := func(name string) {
		picture, err := chromedp.Run(page.ctx, chromedp.CaptureScreenshot())
		if err != nil {
			t.Fatal(err)
		}
		_ = os.WriteFile("/tmp/look-"+name+".png", picture, 0o644)
	}
	page.types("!ping")
	page.shows("You said !ping")
	page.types("/menu")
	page.shows("Who is in?")
	shot("menu")
	page.do(chromedp.SendKeys("#text", "/match"))
	page.press("Tab", 9)
	page.until(`!document.getElementById("command").hidden`)
	shot("command")
	page.press("Escape", 27)
	page.do(chromedp.Click(`#tab-faults`))
	shot("faults")
	page.do(chromedp.Click(`#tab-worker`))
	page.do(chromedp.Click(`#log .log-in button`))
	page.until(`document.querySelectorAll(".step").length > 2`)
	shot("trace")
	page.complains("")
}
