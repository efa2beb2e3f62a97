package sandbox_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
	"github.com/steadfast-bot/steadfast/internal/sandbox"
)

// The page is driven in Debian's chromium.

// tab is the page in a real browser.
type tab struct {
	t        *testing.T
	ctx      context.Context
	problems chan string
}

// tabOn opens the room's page in a browser, or skips the test where there is none.
func (r *room) tabOn() *tab {
	r.t.Helper()
	return tabAt(r.t, r.url)
}

// tabAt opens the page at an address in a browser, or skips the test where there is none.
func tabAt(t *testing.T, address string) *tab {
	t.Helper()
	program, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed here (apt-get install chromium)")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.UserDataDir(t.TempDir()))
	if os.Getuid() == 0 {
		options = append(options, chromedp.NoSandbox) // chromium's own sandbox refuses root
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	page := &tab{t: t, ctx: ctx, problems: make(chan string, 100)}
	page.do(chromedp.EmulateViewport(1280, 800))
	page.watchConsole()
	page.do(chromedp.Navigate(address), chromedp.Query("#people input", chromedp.NodeReady))
	return page
}

// watchConsole collects what the page complains of: scripts that fail, and what the policy blocked.
func (p *tab) watchConsole() {
	console := chromedp.Console(p.ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for message, err := range console {
			if err != nil {
				return
			}
			select {
			case p.problems <- fmt.Sprintf("%+v", message):
			default:
			}
		}
	}()
	p.t.Cleanup(func() {
		_ = chromedp.Cancel(p.ctx)
		<-ended
	})
}

func (p *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, steps...); err != nil {
		p.t.Fatal(err)
	}
}

// until waits for a condition in the page's own words.
func (p *tab) until(condition string) {
	p.t.Helper()
	if _, err := chromedp.Run(p.ctx, chromedp.Poll[bool]("!!("+condition+")")); err != nil {
		html, _ := chromedp.Run(p.ctx, chromedp.Evaluate[string](`document.body.innerText`))
		p.t.Fatalf("the page never came to %s: %v\n%s", condition, err, html)
	}
}

// shows waits for a message with a text.
func (p *tab) shows(text string) {
	p.t.Helper()
	p.until(fmt.Sprintf(`[...document.querySelectorAll("#messages li")].some((m) => m.innerText.includes(%q))`, text))
}

// types writes into the message box and presses Enter, the key itself and not a line break.
func (p *tab) types(text string) {
	p.t.Helper()
	p.do(chromedp.SendKeys("#text", text))
	p.press("Enter", 13)
}

func (p *tab) press(key string, code int64) {
	p.t.Helper()
	for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeRawKeyDown, input.DispatchKeyEventTypeKeyUp} {
		_, err := chromedp.Call(p.ctx, input.DispatchKeyEvent, input.DispatchKeyEventParams{
			Type: kind, Key: key, Code: key, WindowsVirtualKeyCode: code})
		if err != nil {
			p.t.Fatal(err)
		}
	}
}

// choose picks a person to speak as, or a channel.
func choose(group string, id discordsim.ID) chromedp.Action[chromedp.Void] {
	return chromedp.Click(fmt.Sprintf(`label[for="%s-%s"]`, group, id))
}

// complains fails the test for whatever the console said that is not expected.
func (p *tab) complains(expected string) {
	p.t.Helper()
	for {
		select {
		case problem := <-p.problems:
			if expected == "" || !strings.Contains(problem, expected) {
				p.t.Errorf("the console says %s", problem)
			}
		default:
			return
		}
	}
}

func TestTypeBeAnsweredKillTypeAgainBeAnswered(t *testing.T) {
	r := open(t)
	b := connect(t, r.sim, nil)
	r.worker.is(sandbox.Snapshot{State: "running", Generation: 1, PID: 41, Verdict: "ok"})
	r.worker.onKill = func() {
		b.die()
		b.start()
		r.worker.is(sandbox.Snapshot{State: "running", Generation: 2, PID: 42, Verdict: "ok", Restarts: 1})
	}
	page := r.tabOn()
	page.types("!ping")
	page.shows("You said !ping")
	page.do(chromedp.Click(`#quick [data-do=kill]`))
	page.until(`document.getElementById("pill-text").textContent.includes("worker 2")`)
	page.types("!ping once more")
	page.shows("You said !ping once more")
	page.until(`document.getElementById("facts").innerText.includes("1 identified, 1 resumed")`)
	page.until(`document.getElementById("text").value === ""`)
	page.complains("")
}

func TestThePageSpeaksAsWhomeverItIsTold(t *testing.T) {
	r := open(t)
	connect(t, r.sim, nil)
	page := r.tabOn()
	page.do(choose("me", r.world.Members[2].ID), choose("place", r.world.Matchday.ID))
	page.types("!headpat @ada")
	page.shows("You said !headpat @Ada")
	said := r.sim.Messages(r.world.Matchday.ID)
	if said[0].Author.ID != r.world.Members[2].ID || said[0].Content != "!headpat <@"+r.ada()+">" {
		t.Errorf("it said %+v", said[0])
	}
	page.complains("")
}

func TestMarkupOfAMessageIsTextAndNeverADocument(t *testing.T) {
	r := open(t)
	page := r.tabOn()
	page.types(`**bold** and ` + "`code`" + ` <img src=x onerror=alert(1)><b id=evil>x</b>`)
	page.shows(`<img src=x onerror=alert(1)>`)
	page.until(`document.querySelector("#messages .text b")?.textContent === "bold"`)
	page.until(`document.querySelector("#messages .text code")?.textContent === "code"`)
	page.until(`!document.getElementById("evil") && !document.querySelector("#messages img")`)
	page.complains("")
}

func TestSlashCommandsAreOfferedAndTheirPrivateAnswersMarked(t *testing.T) {
	r := open(t)
	b := connect(t, r.sim, func(b *bot, in interaction) { b.respond(in, 4, "a secret pat", 64) })
	b.register(headpat)
	page := r.tabOn()
	page.do(chromedp.SendKeys("#text", "/he"))
	page.until(`document.querySelector("#suggestions li")?.innerText.includes("/headpat")`)
	page.press("Tab", 9)
	page.until(`document.activeElement.getAttribute("role") === "combobox" && document.querySelector("#command label").innerText === "member *"`)
	page.do(chromedp.SendKeys("#command input", "cl"))
	page.until(`document.querySelector("#command .offers li")?.innerText.includes("Cleo")`)
	page.press("ArrowDown", 40)
	page.press("Enter", 13)
	page.until(`document.querySelector("#command input").value === "Cleo"`)
	page.press("Enter", 13)
	page.shows("Only you can see this.")
	page.do(choose("me", r.world.Members[4].ID))
	page.until(`!document.getElementById("messages").innerText.includes("a secret pat")`)
	page.complains("")
}

func TestThePageExplainsWhatItCannotSendAndKeepsTheText(t *testing.T) {
	r := open(t)
	page := r.tabOn()
	page.types("/pong")
	page.until(`document.getElementById("problem").textContent.includes("there is no /pong")`)
	page.until(`document.getElementById("text").value === "/pong"`)
	page.complains("422")
}
