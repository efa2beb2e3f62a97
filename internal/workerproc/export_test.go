package workerproc

// SetMemoryEvents puts another file in the place of the kernel's.
func SetMemoryEvents(l *Launcher, path string) { l.memoryEvents = path }

// RecordGeneration is what a launch does.
var RecordGeneration = recordGeneration

// Trim is what keeps a crash file within its limit.
var Trim = trim

// End is what a predecessor that does not leave comes to.
func (p *Predecessor) End(pid int) (bool, error) { return p.end(pid) }
