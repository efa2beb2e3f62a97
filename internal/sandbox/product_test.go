package sandbox_test

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"

	"github.com/chromedp/chromedp"
)

var pageAddress = regexp.MustCompile(`The sandbox is at (http://\S+)`)

// runProduct builds and starts `supervisor run --sandbox` and returns its page's address; the test's end stops it.
func runProduct(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("chromium is not installed here (apt-get install chromium)")
	}
	bin := t.TempDir()
	build := exec.Command("go", "build", "-tags", "grpcnotrace", "-o", bin, "github.com/steadfast-bot/steadfast/cmd/...")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the programs: %v\n%s", err, out)
	}
	program := exec.Command(filepath.Join(bin, "supervisor"), "run", "--sandbox")
	program.Env = []string{"STEADFAST_SANDBOX_ADDR=127.0.0.1:0", "HOME=" + t.TempDir()}
	program.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	said, err := program.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	address, ended := make(chan string, 1), make(chan struct{})
	go func() {
		defer close(ended)
		defer close(address)
		for lines := bufio.NewScanner(said); lines.Scan(); {
			if found := pageAddress.FindStringSubmatch(lines.Text()); found != nil {
				address <- found[1]
			}
		}
	}()
	t.Cleanup(func() {
		_ = program.Process.Signal(syscall.SIGTERM)
		<-ended
		if err := program.Wait(); err != nil {
			t.Logf("the supervisor ended with %v", err)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	select {
	case url, ok := <-address:
		if !ok {
			t.Fatal("the supervisor ended at once")
		}
		return url
	case <-ctx.Done():
		t.Fatal("the supervisor does not say where its page is")
	}
	return ""
}

func TestTheRealProductAnswersIsKilledAndAnswersAgain(t *testing.T) {
	page := tabAt(t, runProduct(t))
	page.until(`document.getElementById("pill").className.includes("good")`)
	page.until(`document.querySelector("#log").innerText.includes("slash commands registered")`)
	pats := func(n int) {
		t.Helper()
		page.types("!headpat @ada")
		page.until(answered("!headpat @Ada", n))
		page.sent()
		page.types("/headpat")
		page.until(answered("used /headpat", n))
		page.sent()
	}
	pats(1)
	page.do(chromedp.Click(`#quick [data-do=kill]`))
	page.until(`document.getElementById("pill-text").textContent.includes("worker 2")`)
	pats(2)
	page.until(`document.getElementById("facts").innerText.includes("1 identified, 1 resumed")`)
	page.do(chromedp.SendKeys("#text", "/headpat"))
	page.press("Tab", 9) // with its options, field by field
	page.focuses(`e.getAttribute("role") === "combobox" && !!e.closest("#command")`)
	page.typesHere("cleo")
	page.press("Enter", 13)
	page.until(answered("used /headpat member:Cleo", 1))
	page.complains("")
}

// answered is the condition that the bot answered what is quoted so, so many times.
func answered(quoted string, n int) string {
	return `[...document.querySelectorAll("#messages > li:not(.thinking) .answers")].filter((a) => a.innerText.includes("` + quoted + `")).length >= ` + string(rune('0'+n))
}
