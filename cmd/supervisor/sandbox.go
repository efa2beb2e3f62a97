package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"

	"github.com/steadfast-bot/steadfast/internal/config"
	"github.com/steadfast-bot/steadfast/internal/sandbox"
)

// runSandbox runs the product on the built-in Discord, with a state directory and a token of its own, whatever the
// environment says.
func runSandbox(settings config.Settings, stateDirChosen bool) error {
	listener, err := sandbox.Listen(settings.Sandbox.Addr, settings.Sandbox.Addr != config.DefaultSandboxAddr)
	if err != nil {
		return err
	}
	sim, err := sandbox.StartDiscord()
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer sim.Close()
	if !stateDirChosen {
		dir, err := os.MkdirTemp("", "steadfast-sandbox-")
		if err != nil {
			return errors.Join(err, listener.Close())
		}
		defer func() { _ = os.RemoveAll(dir) }() // it belongs to a Discord that is gone
		settings.StateDir, settings.Database = dir, "sqlite:steadfast.db"
	}
	settings.Discord = config.Discord{Token: sim.Token(), APIURL: sim.APIURL()}
	settings.Rehearsal = true
	s, cleanUp, err := assemble(settings)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer cleanUp()
	page := sandbox.New(sandbox.Config{Sim: sim, Worker: victim{s}, Listener: listener, Log: s.log.WithField("component", "sandbox")})
	fmt.Fprintf(os.Stderr, "\n  The sandbox is at %s\n  (its Discord: %s; its state: %s)\n  Ctrl-C ends it.\n\n", page.URL(), sim.APIURL(), settings.StateDir)

	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- page.Run(ctx) }()
	err = s.run(ctx)
	cancel()
	return errors.Join(err, <-served)
}

// victim is the worker as the sandbox's page sees it and disturbs it.
type victim struct{ s *service }

var _ sandbox.Worker = victim{}

// Snapshot says how it fares.
func (v victim) Snapshot() sandbox.Snapshot {
	now := v.s.Supervisor.Snapshot()
	out := sandbox.Snapshot{
		State: now.State.String(), Generation: now.Generation, PID: now.PID, Started: now.Since, LastBeat: now.HeartbeatAt,
		Verdict: now.Verdict.String(), Reason: now.Reason, Restarts: now.History.RestartsLastDay,
		LastCause: now.History.LastCause, LastOutage: now.History.LastOutage,
	}
	return out
}

// Kill is kill -9 from outside.
func (v victim) Kill() error { return v.signal(syscall.SIGKILL) }

// Freeze is SIGSTOP from outside.
func (v victim) Freeze() error { return v.signal(syscall.SIGSTOP) }

// Continue is SIGCONT from outside.
func (v victim) Continue() error { return v.signal(syscall.SIGCONT) }

func (v victim) signal(s syscall.Signal) error {
	pid := v.s.Supervisor.Snapshot().PID
	if pid == 0 {
		return errors.New("there is no worker right now")
	}
	return syscall.Kill(pid, s)
}
