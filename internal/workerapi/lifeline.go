package workerapi

import (
	"io"
	"os"
)

// AwaitOrphaned returns when the supervisor is gone: its end of the life-line pipe is closed, however it died. It is
// for a goroutine that lasts as long as the process, and must be called once at most, in a worker that
// LaunchedBySupervisor.
func AwaitOrphaned() {
	// Nothing is ever written: what ends the copy is the end of the pipe.
	_, _ = io.Copy(io.Discard, os.NewFile(LifelineFD, "life-line"))
}
