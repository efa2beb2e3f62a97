package sandbox

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"syscall"
)

// portsToTry is how many ports after the default one are tried before any free port will do.
const portsToTry = 20

// Listen opens the sandbox's address. It is loopback only: the page has buttons that kill. When addr is busy, an
// address that a person chose is an error; the default one gives way to the next free port.
func Listen(addr string, chosen bool) (net.Listener, error) {
	host, port, err := split(addr)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", addr)
	switch {
	case err == nil:
		return listener, nil
	case !errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("the sandbox cannot listen on %s: %w", addr, reason(err))
	case chosen:
		return nil, fmt.Errorf("the sandbox cannot listen on %s: another program has that port; choose another one, or none to let the sandbox find one", addr)
	}
	for next := port + 1; next <= port+portsToTry && next <= 65535; next++ {
		if listener, err = net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(next))); err == nil {
			return listener, nil
		}
	}
	if listener, err = net.Listen("tcp", net.JoinHostPort(host, "0")); err != nil {
		return nil, fmt.Errorf("the sandbox found no free port on %s: %w", host, reason(err))
	}
	return listener, nil
}

func split(addr string) (host string, port int, err error) {
	host, text, err := net.SplitHostPort(addr)
	if err != nil {
		return "", 0, fmt.Errorf("%q is not an address for the sandbox: write it as 127.0.0.1:5002", addr)
	}
	port, err = strconv.Atoi(text)
	if err != nil || port < 0 || port > 65535 {
		return "", 0, fmt.Errorf("%q is not an address for the sandbox: the port is a number from 0 to 65535", addr)
	}
	if !loopback(host) {
		return "", 0, fmt.Errorf("%q is not an address for the sandbox: it has buttons that kill, so it listens on loopback only, for example 127.0.0.1:5002", addr)
	}
	return host, port, nil
}

// loopback says whether a host can only be reached from this machine.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// reason takes the address out of the error, which the sentence around it names already.
func reason(err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Err
	}
	return err
}
