package gateway_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	arikawa "github.com/diamondburned/arikawa/v3/gateway"
	"github.com/steadfast-bot/steadfast/internal/gateway"
)

const linkVariable = "STEADFAST_TEST_LINK"

// clientOfAnotherProcess runs this binary as the other end of a test, if it was started as one.
func clientOfAnotherProcess() bool {
	switch {
	case os.Getenv(floodVariable) != "":
		flood()
	case os.Getenv(linkVariable) != "":
		linkUntilEOF(os.Getenv(linkVariable))
	default:
		return false
	}
	return true
}

// linkUntilEOF runs a link with the real sockets and timings, and tells each change of state, until stdin ends. At
// each line of stdin it sends something.
func linkUntilEOF(url string) {
	told := json.NewEncoder(os.Stdout)
	config := gateway.Config{
		Token: "t", AllowPlaintext: true, Session: gateway.Session{ID: "old", ResumeURL: url, Sequence: 1},
		OnState: func(s gateway.Status) { _ = told.Encode(s) },
	}
	link := gateway.New(config, newSink(), &fakeDiscovery{bot: gateway.Bot{URL: url}}, &fakeBudget{}, &fakeKeeper{})
	done := make(chan error, 1)
	go func() { done <- link.Run(context.Background()) }()
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		_ = link.Send(context.Background(), &arikawa.UpdatePresenceCommand{})
	}
	_ = link.Close(context.Background(), gateway.CloseOptions{})
	<-done
}

// ip executes a command of ip(8) and skips the test when this machine does not allow it.
func ip(t *testing.T, arguments string) {
	t.Helper()
	out, err := exec.Command("ip", strings.Fields(arguments)...).CombinedOutput()
	if err != nil {
		t.Skipf("needs network namespaces: ip %s: %v %s", arguments, err, out)
	}
}

func TestADeadLinkIsNoticedInTwelveSecondsAndResumedTwoAfterItIsBack(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root for a network namespace")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("needs ip(8) (iproute2) for a network namespace")
	}
	for i, story := range []struct { // two: as many run at once on a machine with two cores
		name           string
		ours, underWay bool
	}{
		{"idle, our end goes down", true, false},
		{"data under way, the other end goes down", false, true},
	} {
		t.Run(story.name, func(t *testing.T) {
			t.Parallel()
			blackHole(t, i, story.ours, story.underWay)
		})
	}
}

// blackHole plays the story on one pair of interfaces. Data under way puts keepalive off; it is sent just before
// keepalive would have ended it, which is the worst moment.
func blackHole(t *testing.T, number int, ours, underWay bool) {
	id := fmt.Sprintf("sf%d%d", os.Getpid()%100000, number)
	subnet := fmt.Sprintf("10.213.%d", os.Getpid()%120*2+number)
	ip(t, "netns add "+id)
	t.Cleanup(func() { _ = exec.Command("ip", "netns", "del", id).Run() })
	ip(t, fmt.Sprintf("link add %sh type veth peer name %sn netns %s", id, id, id))
	t.Cleanup(func() { _ = exec.Command("ip", "link", "del", id+"h").Run() })
	ip(t, fmt.Sprintf("addr add %s.1/24 dev %sh", subnet, id))
	ip(t, fmt.Sprintf("link set %sh up", id))
	ip(t, fmt.Sprintf("-n %s addr add %s.2/24 dev %sn", id, subnet, id))
	ip(t, fmt.Sprintf("-n %s link set %sn up", id, id))
	cut := fmt.Sprintf("link set %sh ", id)
	if ours {
		cut = fmt.Sprintf("-n %s link set %sn ", id, id)
	}

	server := newServer(t)
	l, err := net.Listen("tcp", subnet+".1:0")
	if err != nil {
		t.Fatal(err)
	}
	listening := make(chan struct{})
	go func() { defer close(listening); server.listen(l) }()
	playing, stop := context.WithCancel(context.Background())
	resumed := make(chan struct{})
	go func() { defer close(resumed); resumeEverybody(playing, server) }()
	states, in, end := linkInNamespace(t, id, "ws://"+l.Addr().String())
	t.Cleanup(func() { end(); stop(); l.Close(); <-listening; <-resumed })

	until(t, states, isReady)
	ip(t, cut+"down")
	down := time.Now()
	if underWay {
		time.Sleep(4700 * time.Millisecond)
		if _, err := io.WriteString(in, "send\n"); err != nil {
			t.Fatal(err)
		}
	}
	s := until(t, states, func(s gateway.Status) bool { return s.State != gateway.Ready })
	noticed := time.Since(down)
	if noticed > 12*time.Second {
		t.Errorf("noticed after %v", noticed)
	}
	time.Sleep(1500 * time.Millisecond) // real processes: let dials hang
	ip(t, cut+"up")
	up := time.Now()
	until(t, states, isReady)
	back := time.Since(up)
	if back > 2*time.Second {
		t.Errorf("resumed %v after the link was back", back)
	}
	t.Logf("noticed after %v (%s), resumed %v after the link was back", noticed, s.LastError, back)
}

// resumeEverybody answers every connection that comes.
func resumeEverybody(ctx context.Context, server *server) {
	var peers sync.WaitGroup
	defer peers.Wait()
	for {
		select {
		case p := <-server.peers:
			peers.Go(func() { resumePeer(ctx, p) })
		case <-ctx.Done():
			return
		}
	}
}

func resumePeer(ctx context.Context, p *peer) {
	p.hello(41250 * time.Millisecond)
	for {
		select {
		case m := <-p.in:
			if m.Op == 6 {
				p.send(`{"op":0,"t":"RESUMED","s":null,"d":{}}`)
			}
		case <-p.gone:
			return
		case <-ctx.Done():
			p.closes(0)
			<-p.gone
			return
		}
	}
}

// linkInNamespace starts this binary in a namespace as a link to a URL.
func linkInNamespace(t *testing.T, namespace, url string) (<-chan gateway.Status, io.Writer, func()) {
	t.Helper()
	child := exec.Command("ip", "netns", "exec", namespace, os.Args[0])
	child.Env = append(os.Environ(), linkVariable+"="+url)
	child.Stderr = os.Stderr
	in, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	states := make(chan gateway.Status, 1000)
	read := make(chan struct{})
	go func() {
		defer close(read)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			var s gateway.Status
			if json.Unmarshal(lines.Bytes(), &s) == nil {
				states <- s
			}
		}
	}()
	return states, in, func() {
		in.Close()
		<-read
		_ = child.Wait()
	}
}
