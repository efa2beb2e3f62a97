package gateway

import (
	"fmt"
	"net"
	"net/url"
)

// address makes a dialable URL of what Discord gave: the protocol version and encoding are added to whatever path
// and query it has. Plain ws:// would send the token in clear text and is for loopback only.
func address(given string, allowPlaintext bool) (string, error) {
	u, err := url.Parse(given)
	if err != nil || u.Host == "" {
		return "", fmt.Errorf("the gateway URL %q is not a URL with a host", given)
	}
	switch {
	case u.Scheme == "wss":
	case u.Scheme == "ws" && (allowPlaintext || loopback(u.Hostname())):
	case u.Scheme == "ws":
		return "", fmt.Errorf("the gateway URL %q would send the token in clear text: ws:// is for loopback only", given)
	default:
		return "", fmt.Errorf("the gateway URL %q is neither wss:// nor ws://", given)
	}
	if u.Path == "" {
		u.Path = "/"
	}
	u.Fragment = ""
	query := u.Query()
	query.Set("v", "10")
	query.Set("encoding", "json")
	u.RawQuery = query.Encode()
	return u.String(), nil
}

// loopback reports whether a host never leaves this machine.
func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
