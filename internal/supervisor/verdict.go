package supervisor

import (
	"errors"
	"fmt"
	"strings"

	"github.com/steadfast-bot/steadfast/internal/health"
	"github.com/steadfast-bot/steadfast/internal/lifecycle"
	"github.com/steadfast-bot/steadfast/internal/workerapi"

	"golang.org/x/sys/unix"
)

var gatewayNames = map[workerapi.GatewayState]string{
	workerapi.GatewayClosed:      "closed",
	workerapi.GatewayConnecting:  "connecting",
	workerapi.GatewayIdentifying: "identifying",
	workerapi.GatewayResuming:    "resuming",
	workerapi.GatewayReady:       "ready",
	workerapi.GatewayWaiting:     "waiting",
	workerapi.GatewayCongested:   "congested",
}

// facts translates an answered heartbeat for health.
func facts(hb workerapi.Heartbeat) health.Facts {
	f := health.Facts{
		Answered: true,
		Gateway: health.Gateway{
			Ready:    hb.Gateway.State == workerapi.GatewayReady,
			State:    gatewayNames[hb.Gateway.State],
			Trouble:  hb.Gateway.LastError,
			AckAge:   hb.Gateway.AckAge,
			Interval: hb.Gateway.Interval,
			StateAge: hb.Gateway.StateAge,
		},
		Work:        health.Work{OldestQueued: hb.Queue.OldestAge, OldestRunning: -1, SinceFinished: hb.Queue.SinceFinished},
		Awaiting:    map[workerapi.WaitingFor]health.Awaited{workerapi.WaitingForDiscord: health.Discord, workerapi.WaitingForDisk: health.Disk}[hb.WaitingFor],
		AwaitingWhy: hb.WaitingWhy,
		Storage:     health.Storage{LastWriteTook: hb.Database.LastWriteTook, Trouble: hb.Database.Trouble},
		OutboxAge:   hb.Outbox.OldestAge,
		Resident:    hb.Process.Resident,
	}
	if hb.Queue.Length == 0 {
		f.Work.OldestQueued = -1
	}
	if h := hb.OldestHandler; h != nil {
		f.Work.OldestRunning, f.Work.Handler, f.Work.Phase, f.Work.Overrun = h.Age, h.Name, h.Phase, h.Overrun
	}
	return f
}

var classes = map[workerapi.ExitCode]lifecycle.Class{
	workerapi.ExitDone:         lifecycle.Done,
	workerapi.ExitTemporary:    lifecycle.Temporary,
	workerapi.ExitTokenRefused: lifecycle.TokenRefused,
	workerapi.ExitSettings:     lifecycle.Settings,
}

func classOf(code workerapi.ExitCode) lifecycle.Class {
	if c, ok := classes[code]; ok {
		return c
	}
	return lifecycle.Crash
}

// judgeExit gives the class of an exit and the sentence about it: the worker's own farewell where it left one.
func judgeExit(e Exit) (lifecycle.Class, string) {
	class, sentence := classOf(e.Code), fmt.Sprintf("exited with code %d", e.Code)
	switch {
	case e.OOM:
		class, sentence = lifecycle.OOM, "was killed by the kernel for want of memory"
	case e.Signal != 0:
		class, sentence = lifecycle.Crash, "was ended by signal "+signalName(e)
	}
	if farewell := strings.TrimSpace(e.Farewell); farewell != "" {
		sentence = farewell
	}
	return class, sentence
}

func signalName(e Exit) string {
	if name := unix.SignalName(e.Signal); name != "" {
		return name
	}
	return fmt.Sprintf("%d", int(e.Signal))
}

// judgeLaunch does the same for a launch that came to nothing, whatever broke it.
func judgeLaunch(err error) (lifecycle.Class, string, *Exit) {
	var failed *LaunchError
	if errors.As(err, &failed) && failed.Exit != nil {
		class, sentence := judgeExit(*failed.Exit)
		if failed.Exit.Farewell == "" {
			sentence = failed.Sentence
		}
		return class, sentence, failed.Exit
	}
	if class, sentence, ok := byCode(err); ok {
		return class, sentence, nil
	}
	if failed != nil {
		return lifecycle.Crash, failed.Sentence, nil
	}
	return lifecycle.Crash, "could not be launched: " + err.Error(), nil
}

// judgeToken does the same for a token's source.
func judgeToken(err error) (lifecycle.Class, string) {
	if class, sentence, ok := byCode(err); ok {
		return class, sentence
	}
	return lifecycle.Temporary, "the bot token could not be read: " + err.Error()
}

func byCode(err error) (lifecycle.Class, string, bool) {
	var coded *workerapi.ExitError
	if !errors.As(err, &coded) {
		return 0, "", false
	}
	return classOf(coded.Code), coded.Sentence, true
}
