package gateway_test

import "os"

// clientOfAnotherProcess runs this binary as the other end of a test, if it was started as one.
func clientOfAnotherProcess() bool {
	if os.Getenv(floodVariable) != "" {
		flood()
		return true
	}
	return false
}
