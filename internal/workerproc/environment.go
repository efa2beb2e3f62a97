package workerproc

import (
	"slices"
	"strings"
)

// inherited are the variables that a worker gets from its supervisor's environment: what the Go runtime, the resolver,
// TLS and proxies read. Everything else stays behind, above all the token, our own settings (they come by Configure)
// and what a process manager addresses to the supervisor alone (NOTIFY_SOCKET, WATCHDOG_*, LISTEN_*, INVOCATION_ID,
// JOURNAL_STREAM).
var inherited = []string{
	"PATH", "HOME", "USER", "LOGNAME", "TMPDIR",
	"TZ", "ZONEINFO", "LANG", "LANGUAGE",
	"SSL_CERT_FILE", "SSL_CERT_DIR",
	"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy",
	"RES_OPTIONS", "LOCALDOMAIN",
	"GODEBUG", "GOGC", "GOMEMLIMIT", "GOMAXPROCS", "GORACE", "GOCOVERDIR",
}

// workerEnvironment is what a worker sees of host. A panic writes the stacks of all goroutines, whatever the host says.
func workerEnvironment(host []string) []string {
	var env []string
	for _, variable := range host {
		name, _, _ := strings.Cut(variable, "=")
		if slices.Contains(inherited, name) || strings.HasPrefix(name, "LC_") {
			env = append(env, variable)
		}
	}
	return append(env, "GOTRACEBACK=all")
}
