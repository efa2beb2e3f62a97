package bench

// Rows are what docs/performance.md tells, in its order. The bars are those of the issue "the pair".
func Rows() []Row {
	bar := func(v float64) *float64 { return &v }
	return []Row{
		{What: "From nothing to a session"},
		{What: "exec of `supervisor run`, new state directory → READY, median", Benchmark: "BenchmarkStart/new", Metric: "p50-ms", Unit: "ms", Decimals: 1},
		{What: "the same, 99th percentile", Benchmark: "BenchmarkStart/new", Metric: "p99-ms", Unit: "ms", Decimals: 1},
		{What: "exec of `supervisor run`, a session waiting → RESUMED, median", Benchmark: "BenchmarkStart/again", Metric: "p50-ms", Unit: "ms", Decimals: 1},
		{What: "the same, 99th percentile", Benchmark: "BenchmarkStart/again", Metric: "p99-ms", Unit: "ms", Decimals: 1},
		{What: "launch of the worker → first heartbeat that finds it well (asked 50 ms after Activate), median", Benchmark: "BenchmarkStart/new", Metric: "beat-p50-ms", Unit: "ms", Decimals: 1},

		{What: "kill -9 of the worker → RESUMED"},
		{What: "all of it, median", Benchmark: "BenchmarkKill", Metric: "p50-ms", Unit: "ms", Decimals: 1, Bar: bar(40)},
		{What: "all of it, 99th percentile", Benchmark: "BenchmarkKill", Metric: "p99-ms", Unit: "ms", Decimals: 1, Bar: bar(40)},
		{What: "of it: kill → the supervisor has reaped it, median", Benchmark: "BenchmarkKill", Metric: "noticed-p50-ms", Unit: "ms", Decimals: 1},
		{What: "then: spawn, handshake, Configure", Benchmark: "BenchmarkKill", Metric: "configured-p50-ms", Unit: "ms", Decimals: 1},
		{What: "then: Activate (lock, database, epoch)", Benchmark: "BenchmarkKill", Metric: "activated-p50-ms", Unit: "ms", Decimals: 1},
		{What: "then: dial", Benchmark: "BenchmarkKill", Metric: "dialled-p50-ms", Unit: "ms", Decimals: 1},
		{What: "then: Hello, RESUME, RESUMED", Benchmark: "BenchmarkKill", Metric: "session-p50-ms", Unit: "ms", Decimals: 1},
		{What: "launch → first answer, with a worker that does nothing (internal/workerproc)", Benchmark: "BenchmarkLife", Metric: "µs-launch-to-answer", Divide: 1000, Unit: "ms", Decimals: 1},
		{What: "kill → reaped, the same (internal/workerproc)", Benchmark: "BenchmarkLife", Metric: "µs-kill-to-exited", Divide: 1000, Unit: "ms", Decimals: 1},

		{What: "Heartbeat"},
		{What: "supervisor, idle, one heartbeat in 2 s: share of a core", Benchmark: "BenchmarkIdle/default", Metric: "supervisor-core-%", Unit: "%", Decimals: 3, Bar: bar(0.1)},
		{What: "worker, idle, one heartbeat in 2 s: share of a core", Benchmark: "BenchmarkIdle/default", Metric: "worker-core-%", Unit: "%", Decimals: 3, Bar: bar(0.1)},
		{What: "supervisor, five a second: CPU of each", Benchmark: "BenchmarkIdle/busy", Metric: "supervisor-µs/beat", Unit: "µs"},
		{What: "worker, five a second: CPU of each", Benchmark: "BenchmarkIdle/busy", Metric: "worker-µs/beat", Unit: "µs"},
		{What: "beats back to back, both ends (internal/workerproc)", Benchmark: "BenchmarkHeartbeat", Metric: "ns/op", Divide: 1000, Unit: "µs", Decimals: 2},

		{What: "Events that nobody handles, on one core"},
		{What: "CPU of the worker, each", Benchmark: "BenchmarkStream/ignored", Metric: "cpu-µs/event", Unit: "µs", Decimals: 2, Bar: bar(3)},
		{What: "events a second", Benchmark: "BenchmarkStream/ignored", Metric: "events/s", Bar: bar(100_000), AtLeast: true},
		{What: "allocations, each", Benchmark: "BenchmarkStream/ignored", Metric: "allocs/event", Decimals: 2},
		{What: "bytes allocated, each", Benchmark: "BenchmarkStream/ignored", Metric: "B/event", Unit: "B"},
		{What: "chat alone: CPU", Benchmark: "BenchmarkStream/chat", Metric: "cpu-µs/event", Unit: "µs", Decimals: 2},
		{What: "presence, typing and member updates alone: CPU", Benchmark: "BenchmarkStream/others", Metric: "cpu-µs/event", Unit: "µs", Decimals: 2},
		{What: "gateway alone, without a kernel: CPU (internal/gateway)", Benchmark: "BenchmarkIgnoredEvent/memory", Metric: "cpu-ns/op", Divide: 1000, Unit: "µs", Decimals: 2},
		{What: "gateway alone, over a socket: CPU (internal/gateway)", Benchmark: "BenchmarkIgnoredEvent/socket", Metric: "cpu-ns/op", Divide: 1000, Unit: "µs", Decimals: 2},
		{What: "dispatch alone (internal/dispatch)", Benchmark: "BenchmarkSkip", Metric: "ns/op", Divide: 1000, Unit: "µs", Decimals: 2},

		{What: "Commands, on one core, limits off"},
		{What: "one in a hundred of the stream: CPU of the worker, each", Benchmark: "BenchmarkStream/mixed", Metric: "cpu-µs/command", Unit: "µs", Bar: bar(400)},
		{What: "allocations, each", Benchmark: "BenchmarkStream/mixed", Metric: "allocs/command"},
		{What: "bytes allocated, each", Benchmark: "BenchmarkStream/mixed", Metric: "B/command", Unit: "B"},
		{What: "that stream: events a second", Benchmark: "BenchmarkStream/mixed", Metric: "events/s"},
		{What: "nothing but typed commands: CPU of the worker, each", Benchmark: "BenchmarkStream/typed", Metric: "cpu-µs/command", Unit: "µs"},
		{What: "nothing but slash commands: CPU of the worker, each", Benchmark: "BenchmarkStream/slash", Metric: "cpu-µs/command", Unit: "µs"},
		{What: "slash commands: allocations, each", Benchmark: "BenchmarkStream/slash", Metric: "allocs/command"},
		{What: "one at a time on a quiet server: CPU of the worker, each", Benchmark: "BenchmarkStream/alone", Metric: "cpu-µs/command", Unit: "µs"},
		{What: "typed → answered, one at a time, median", Benchmark: "BenchmarkStream/alone", Metric: "answer-p50-ms", Unit: "ms", Decimals: 2},
		{What: "dispatch alone, one lane (internal/dispatch)", Benchmark: "BenchmarkSubmitToDone/1lanes", Metric: "ns/op", Divide: 1000, Unit: "µs", Decimals: 2},
		{What: "dispatch alone, 256 lanes (internal/dispatch)", Benchmark: "BenchmarkSubmitToDone/256lanes", Metric: "ns/op", Divide: 1000, Unit: "µs", Decimals: 2},
		{What: "a message decoded (internal/gateway)", Benchmark: "BenchmarkHandledEvent", Metric: "ns/op", Divide: 1000, Unit: "µs", Decimals: 2},
		{What: "a REST call without a network, limits on (internal/rest)", Benchmark: "BenchmarkCreateMessage/limits", Metric: "ns/op", Divide: 1000, Unit: "µs", Decimals: 2},

		{What: "Memory"},
		{What: "supervisor, idle, resident", Benchmark: "BenchmarkIdle/default", Metric: "supervisor-MB", Unit: "MB", Decimals: 1, Bar: bar(20)},
		{What: "of it anonymous", Benchmark: "BenchmarkIdle/default", Metric: "supervisor-anon-MB", Unit: "MB", Decimals: 1},
		{What: "supervisor after 50 respawns, resident", Benchmark: "BenchmarkKill", Metric: "supervisor-MB", Unit: "MB", Decimals: 1, Bar: bar(20)},
		{What: "of it anonymous", Benchmark: "BenchmarkKill", Metric: "supervisor-anon-MB", Unit: "MB", Decimals: 1},
		{What: "worker, idle, resident", Benchmark: "BenchmarkIdle/default", Metric: "worker-MB", Unit: "MB", Decimals: 1},
		{What: "of it anonymous", Benchmark: "BenchmarkIdle/default", Metric: "worker-anon-MB", Unit: "MB", Decimals: 1},
	}
}
