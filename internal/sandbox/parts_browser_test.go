package sandbox_test

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

// opensMenu types /menu and waits for the message with everything on it.
func (p *tab) opensMenu() {
	p.t.Helper()
	p.types("/menu")
	p.shows("Who is in?")
}

// clicks presses the button that is called so.
func (p *tab) clicks(label string) {
	p.t.Helper()
	p.until(fmt.Sprintf(`(() => { const b = [...document.querySelectorAll("main button, dialog button")].findLast((b) => b.innerText === %q && !b.disabled); b?.click(); return !!b; })()`, label))
}

// focuses waits until the element with the focus satisfies a condition about it, called e.
func (p *tab) focuses(condition string) {
	p.t.Helper()
	p.until(`((e) => ` + condition + `)(document.activeElement)`)
}

func TestAButtonChangesItsMessage(t *testing.T) {
	r := open(t)
	hire(t, r.sim)
	page := r.tabOn()
	page.opensMenu()
	page.until(`document.querySelector(".embed-fields").innerText.includes("Harbour field")`)
	page.until(`getComputedStyle(document.querySelector(".embed")).borderLeftColor === "rgb(230, 126, 34)"`)
	page.clicks("Join")
	page.shows("Ada is in.")
	page.until(`document.querySelectorAll("#messages .embed").length === 1`)
	page.until(`document.querySelector(".component.secondary").disabled`)
	page.complains("")
}

func TestSelectsAreChosenFromByKeyboardAlone(t *testing.T) {
	r := open(t)
	hire(t, r.sim)
	page := r.tabOn()
	page.opensMenu()
	for _, c := range []struct {
		label string
		keys  func()
		want  string
	}{
		{"Your position", func() { page.press("ArrowDown", 40); page.press("Enter", 13) }, "position is df"},
		{"Who drives", func() {
			page.press("ArrowDown", 40)
			page.press("Enter", 13)
			page.press("ArrowDown", 40)
			page.press("Enter", 13)
			page.press("Tab", 9)
			page.focuses(`e.innerText === "Done"`)
			page.run(`document.activeElement.click()`)
		}, "drivers is " + r.ada() + "+" + r.world.Members[1].ID.String()},
		{"Which squad", func() { page.typesHere("tryout"); page.press("Enter", 13) }, "squad is " + r.world.Tryout.ID.String()},
		{"Where to announce it", func() { page.typesHere("match"); page.press("Enter", 13) }, "room is " + r.world.Matchday.ID.String()},
	} {
		page.until(fmt.Sprintf(`(() => { const b = document.querySelector('[aria-label=%q]'); b?.focus(); return !!b; })()`, c.label))
		page.press("ArrowDown", 40)
		page.until(`document.querySelector(".picker")`)
		c.keys()
		page.shows(c.want)
	}
	page.complains("")
}

func TestAFormIsFilledInAndEscapeLeavesIt(t *testing.T) {
	r := open(t)
	hire(t, r.sim)
	page := r.tabOn()
	page.types("/ask")
	page.until(`document.querySelector("dialog[open] h2")?.innerText === "Report of the match"`)
	page.press("Escape", 27)
	page.until(`!document.querySelector("dialog[open]")`)
	page.focuses(`e.id === "text"`)
	page.types("/ask")
	page.focuses(`e.name === "score"`)
	page.typesHere("3:1")
	page.press("Tab", 9)
	page.focuses(`e.name === "notes"`)
	page.typesHere("we won")
	page.clicks("Submit")
	page.shows(`Ada wrote 3:1 and "we won"`)
	page.shows("Only you can see this.")
	page.until(`!document.querySelector("dialog[open]")`)
	page.complains("")
}

func TestAnEphemeralAnswerIsSeenByItsOwnerAloneAndCanBeDismissed(t *testing.T) {
	r := open(t)
	hire(t, r.sim)
	page := r.tabOn()
	page.types("/secret")
	page.shows("between us")
	page.do(choose("me", r.world.Members[4].ID))
	page.hides("between us")
	page.do(choose("me", r.world.Members[0].ID))
	page.shows("between us")
	page.clicks("Dismiss")
	page.hides("between us")
	page.complains("")
}

func TestADeferredAnswerThinksAndOneThatNeverComesIsSaidSo(t *testing.T) {
	r := open(t)
	b := hire(t, r.sim)
	page := r.tabOn()
	page.types("/slow")
	page.shows("is thinking")
	close(b.finish)
	page.shows("thought it over")
	page.hides("is thinking")
	page.types("/never")
	page.shows("Steadfast did not respond in time.")
	page.complains("")
}

func TestACommandIsFilledInFieldByField(t *testing.T) {
	r := open(t)
	hire(t, r.sim)
	page := r.tabOn()
	page.types("/match") // it needs options, so that Enter opens its form
	page.until(`!document.getElementById("command").hidden`)
	page.typesHere("harbour u")
	page.until(`document.querySelectorAll(".offers:not([hidden]) li").length === 1`) // the bot's own offers
	page.press("ArrowDown", 40)
	page.press("Enter", 13)
	page.press("Tab", 9)
	page.typesHere("cle")
	page.until(`document.querySelector(".offers:not([hidden]) li")?.innerText.includes("Cleo")`)
	page.press("Tab", 9) // takes the first offer and goes on
	page.typesHere("12")
	page.press("Tab", 9)
	page.run(`document.activeElement.value = "true"`)
	page.press("Tab", 9)
	page.typesHere("coach")
	page.press("Tab", 9)
	page.typesHere("matchday")
	page.press("Tab", 9)
	page.typesHere("away white")
	page.press("Enter", 13)
	page.shows(fmt.Sprintf("booked captain=%s home=true kit=white opponent=harbour-united players=12 squad=%s where=%s",
		r.world.Members[2].ID, r.world.Coach.ID, r.world.Matchday.ID))
	page.until(`document.activeElement.id === "text"`)
	page.complains("")
}

func TestPeopleReplyEditDeleteAndReact(t *testing.T) {
	r := open(t)
	hire(t, r.sim)
	page := r.tabOn()
	page.types("first word")
	page.shows("first word")
	page.sent()
	page.press("ArrowUp", 38) // edits what one said last
	page.focuses(`e.value === "first word"`)
	page.typesHere("s")
	page.press("Enter", 13)
	page.shows("first words")
	page.shows("(edited)")
	page.point("first words")
	page.press("r", 82)
	page.until(`document.getElementById("about").innerText.includes("Replying to Ada")`)
	page.types("and an answer")
	page.until(`document.querySelector("#messages .answers")?.innerText.includes("Ada first words")`)
	page.point("first words")
	page.do(chromedp.Click(`#messages [data-action=react]`))
	page.do(chromedp.Click(`.emoji button`))
	page.until(`document.querySelector("#messages .reaction[aria-pressed=true]")?.innerText === "👍 1"`)
	page.do(chromedp.Click(`#messages .reaction`))
	page.until(`!document.querySelector("#messages .reaction")`)
	page.point("first words")
	page.press("Delete", 46)
	page.hides("first words")
	page.until(`document.querySelector("#messages .answers").innerText === "Ada (deleted)"`)
	page.until(`document.querySelectorAll("#messages > li").length === 1`)
	page.complains("")
}

func TestWhoeverTypesIsSeenTyping(t *testing.T) {
	r := open(t)
	hire(t, r.sim)
	page := r.tabOn()
	page.types("!type")
	page.until(`document.getElementById("typing").textContent === "Steadfast is typing…"`)
	if err := r.sim.Type(r.world.Members[1].ID, r.world.General.ID); err != nil {
		t.Fatal(err)
	}
	page.until(`document.getElementById("typing").textContent === "Steadfast, Coach Bo are typing…"`)
	if _, err := r.sim.Say(r.world.Members[1].ID, r.world.General.ID, "done"); err != nil {
		t.Fatal(err)
	}
	page.until(`document.getElementById("typing").textContent === "Steadfast is typing…"`)
	page.sent()
	sub := r.sim.Subscribe()
	defer sub.Close()
	page.do(chromedp.SendKeys("#text", "hm"))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		record, err := sub.Next(ctx)
		if err != nil {
			t.Fatal("the bot does not hear that Ada types")
		}
		if typing, ok := record.What.(discordsim.Typing); ok && typing.User == r.world.Members[0].ID {
			break
		}
	}
	page.complains("")
}

// pictureFile writes a small picture and returns its path.
func pictureFile(t *testing.T) string {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 320, 180))
	for y := range 180 {
		for x := range 320 {
			img.Set(x, y, color.RGBA{uint8(20 + y/2), uint8(110 + x/4), uint8(120 - y/3), 255})
		}
	}
	path := filepath.Join(t.TempDir(), "pitch.png")
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if err := png.Encode(out, img); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAPictureIsAttachedAndShown(t *testing.T) {
	r := open(t)
	page := r.tabOn()
	page.do(chromedp.SetUploadFiles("#attach", []string{pictureFile(t)}, chromedp.NodeReady))
	page.until(`document.getElementById("files").innerText.includes("pitch.png")`)
	page.types("our pitch")
	page.until(`document.querySelector("#messages img.attached")?.naturalWidth === 320`)
	page.until(`document.getElementById("files").hidden`)
	page.complains("")
}

func TestALineOfTheLogLeadsToTheWholeStoryOfItsEvent(t *testing.T) {
	r := open(t)
	hire(t, r.sim)
	page := r.tabOn()
	page.types("!follow me")
	page.shows("You said !follow me")
	page.do(chromedp.Click(`#log .log-in button`))
	page.until(`["person", "gateway", "request", "answer"].every((k) => document.querySelector(".step-" + k))`)
	page.until(`document.querySelector(".step-gateway").innerText.includes("MESSAGE_CREATE sent to the bot as number")`)
	page.until(`document.querySelector(".step-request").innerText.includes("POST /channels/{channel}/messages → 200")`)
	page.until(`document.querySelector(".step-request pre").textContent.includes("You said !follow me")`)
	page.do(chromedp.Click("#tab-worker"), chromedp.Click(`#log .log-out button`))
	page.until(`document.querySelector(".trace-head").innerText.includes("!follow me")`) // the answer belongs to the same story
	page.complains("")
}

func TestAThousandMessagesAreFewElementsAndOneCanScrollToTheFirst(t *testing.T) {
	r := open(t)
	for i := range 1000 {
		if _, err := r.sim.Say(r.world.Members[i%5].ID, r.world.General.ID, fmt.Sprintf("message %d of many", i)); err != nil {
			t.Fatal(err)
		}
	}
	page := r.tabOn()
	page.shows("message 999 of many")
	page.until(`document.querySelectorAll("#messages > li").length <= 200`)
	page.types("one more")
	page.shows("one more")
	ms, err := chromedp.Run(page.ctx, chromedp.Evaluate[float64](`(() => {
		const go = (i) => document.querySelectorAll("#places input")[i].click();
		const began = performance.now();
		go(1);
		go(0);
		document.getElementById("messages").offsetHeight; // the layout is part of it
		return performance.now() - began;
	})()`))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("leaving the channel and coming back takes %.0f ms", ms)
	if ms > 300 {
		t.Errorf("showing the channel again takes %.0f ms", ms)
	}
	page.point("one more")
	page.press("Home", 36)
	page.until(`document.activeElement.innerText.includes("message 0 of many")`)
	page.until(`document.querySelectorAll("#messages > li").length <= 200 && !document.getElementById("newest").hidden`)
	page.do(chromedp.Click("#newest"))
	page.until(`document.querySelector("#messages > li:last-child").innerText.includes("one more")`)
	page.complains("")
}

func TestServersHaveTheirOwnChannelsAndMembers(t *testing.T) {
	r := open(t)
	page := r.tabOn()
	page.until(`document.querySelectorAll(".guild").length >= 3`)
	page.until(`document.getElementById("people").innerText.includes("Captain")`)
	page.do(chromedp.Click(fmt.Sprintf(`.guild[data-value=%q]`, r.world.Harbour.ID.String())))
	page.until(fmt.Sprintf(`document.querySelector("#places input").value === %q`, r.world.HarbourLobby.ID.String()))
	page.do(chromedp.Click(`.guild[data-value=dm]`))
	page.types("psst")
	page.shows("psst")
	page.do(chromedp.Click(fmt.Sprintf(`.guild[data-value=%q]`, r.world.Guild.ID.String())))
	page.hides("psst")
	page.do(choose("me", r.world.Members[1].ID)) // the coach sees the staff's channel
	page.until(fmt.Sprintf(`document.getElementById("place-%s")`, r.world.Staff.ID))
	page.do(choose("me", r.world.Members[5].ID))
	page.until(fmt.Sprintf(`!document.getElementById("place-%s")`, r.world.Staff.ID))
	page.complains("")
}

func TestEveryFaultIsSetAndHealedFromThePage(t *testing.T) {
	r := open(t)
	hire(t, r.sim)
	page := r.tabOn()
	page.do(chromedp.Click("#tab-faults"), chromedp.Click("#standing-no_ack"))
	page.until(`!document.getElementById("broken").hidden && document.getElementById("broken-text").textContent === "no heartbeat ACK"`)
	page.run(`document.getElementById("rest-kind").value = "status"`)
	page.do(chromedp.Click(".rest-form button"))
	page.until(`document.querySelectorAll("#rest-list li").length === 1`)
	if f := r.sim.Faults(); !f.NoACK || len(r.sim.RESTFaults()) != 1 {
		t.Errorf("in force: %+v", f)
	}
	page.do(chromedp.Click("#heal"))
	page.until(`document.getElementById("broken").hidden && !document.getElementById("standing-no_ack").checked`)
	if f := r.sim.Faults(); f.NoACK || len(r.sim.RESTFaults()) != 0 {
		t.Errorf("still in force: %+v", f)
	}
	page.complains("")
}

// sent waits until the message box is empty again.
func (p *tab) sent() {
	p.t.Helper()
	p.until(`document.getElementById("text").value === ""`)
}

// run runs a line of script.
func (p *tab) run(script string) {
	p.t.Helper()
	p.until("(() => { " + script + "; return true; })()")
}

// typesHere types into what has the focus.
func (p *tab) typesHere(text string) {
	p.t.Helper()
	p.do(chromedp.KeyEvent(text))
}

// point gives the focus to the message with a text.
func (p *tab) point(text string) {
	p.t.Helper()
	p.until(fmt.Sprintf(`(() => { const m = [...document.querySelectorAll("#messages > li")].find((m) => m.querySelector(".text")?.innerText.includes(%q)); m?.focus(); return !!m; })()`, text))
}

// hides waits until no message has a text.
func (p *tab) hides(text string) {
	p.t.Helper()
	p.until(fmt.Sprintf(`![...document.querySelectorAll("#messages li")].some((m) => m.innerText.includes(%q))`, strings.TrimSpace(text)))
}
