package sandbox_test

import (
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/steadfast-bot/steadfast/internal/sandbox"
)

// busy occupies a loopback port whose successor is free, until the test ends.
func busy(t *testing.T) (addr string, port int) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().String(), l.Addr().(*net.TCPAddr).Port
}

func TestABusyDefaultAddressGivesWayToAFreePort(t *testing.T) {
	addr, port := busy(t)
	l, err := sandbox.Listen(addr, false)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	got := l.Addr().(*net.TCPAddr)
	if got.Port == port || !got.IP.IsLoopback() {
		t.Errorf("listens on %s, want another loopback port than %d", got, port)
	}
}

func TestTheNextFreePortIsTaken(t *testing.T) {
	_, port := busy(t)
	occupied := map[int]bool{port: true}
	next := func(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
	if l, err := net.Listen("tcp", next(port+1)); err == nil { // else somebody else has it, which is as good
		defer l.Close()
	}
	occupied[port+1] = true
	l, err := sandbox.Listen(next(port), false)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if got := l.Addr().(*net.TCPAddr).Port; occupied[got] || got < port || got > port+20 {
		t.Errorf("listens on port %d, want one of the 20 after %d that is free", got, port)
	}
}

func TestABusyChosenAddressIsOneSentence(t *testing.T) {
	addr, _ := busy(t)
	l, err := sandbox.Listen(addr, true)
	if err == nil {
		_ = l.Close()
		t.Fatal("a busy address was replaced although somebody chose it")
	}
	if text := err.Error(); !strings.Contains(text, addr) || strings.Contains(text, "\n") {
		t.Errorf("the sentence does not name the address: %s", text)
	}
}

func TestAFreeAddressIsUsedAsChosen(t *testing.T) {
	for _, addr := range []string{"127.0.0.1:0", "localhost:0"} {
		l, err := sandbox.Listen(addr, true)
		if err != nil {
			t.Fatal(err)
		}
		_ = l.Close()
	}
}

func TestAnAddressThatOthersCanReachIsRefused(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:5002", ":5002", "192.0.2.1:5002", "[::]:5002", "example.com:5002"} {
		if l, err := sandbox.Listen(addr, true); err == nil {
			_ = l.Close()
			t.Errorf("%s: listens where others can reach it", addr)
		} else if !strings.Contains(err.Error(), "loopback") {
			t.Errorf("%s: the sentence does not say why: %v", addr, err)
		}
	}
}

func TestWhatIsNoAddressIsExplained(t *testing.T) {
	for _, addr := range []string{"", "5002", "127.0.0.1", "127.0.0.1:http", "127.0.0.1:70000", "127.0.0.1:-1"} {
		if l, err := sandbox.Listen(addr, false); err == nil {
			_ = l.Close()
			t.Errorf("%q: accepted", addr)
		} else if !strings.Contains(err.Error(), "not an address for the sandbox") {
			t.Errorf("%q: %v", addr, err)
		}
	}
}
