package workerapi

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	workerv1 "github.com/steadfast-bot/steadfast/proto/worker/v1"
)

// ErrGone is wrapped by the error of a call that could not reach the worker: it has died, or closed its socket.
var ErrGone = errors.New("the worker cannot be reached")

// exitCodeTrailer carries the code of an ExitError; its sentence is the status message.
const exitCodeTrailer = "steadfast-exit-code"

// client is a worker at the other end of a connection.
type client struct {
	rpc workerv1.WorkerServiceClient
}

// NewClient gives the worker that serves at the other end of conn.
func NewClient(conn grpc.ClientConnInterface) Worker {
	return &client{rpc: workerv1.NewWorkerServiceClient(conn)}
}

func (c *client) Configure(ctx context.Context, configuration Configuration) (Configured, error) {
	var trailer metadata.MD
	answer, err := c.rpc.Configure(ctx, configurationToWire(configuration), grpc.Trailer(&trailer))
	return configuredFromWire(answer), fromStatus(ctx, "Configure", err, trailer)
}

func (c *client) Activate(ctx context.Context) (Epoch, error) {
	var trailer metadata.MD
	answer, err := c.rpc.Activate(ctx, &workerv1.ActivateRequest{}, grpc.Trailer(&trailer))
	return epochFromWire(answer.GetEpoch()), fromStatus(ctx, "Activate", err, trailer)
}

func (c *client) Heartbeat(ctx context.Context, history History) (Heartbeat, error) {
	var trailer metadata.MD
	answer, err := c.rpc.Heartbeat(ctx, historyToWire(history), grpc.Trailer(&trailer))
	if err != nil {
		return Heartbeat{}, fromStatus(ctx, "Heartbeat", err, trailer)
	}
	return heartbeatFromWire(answer), nil
}

func (c *client) Stop(ctx context.Context, request StopRequest) error {
	var trailer metadata.MD
	_, err := c.rpc.Stop(ctx, stopToWire(request), grpc.Trailer(&trailer))
	return fromStatus(ctx, "Stop", err, trailer)
}

func (c *client) Dump(ctx context.Context) ([]byte, error) {
	var trailer metadata.MD
	answer, err := c.rpc.Dump(ctx, &workerv1.DumpRequest{}, grpc.Trailer(&trailer))
	return answer.GetGoroutines(), fromStatus(ctx, "Dump", err, trailer)
}

// fromStatus turns a failed call into an error that callers can judge without knowing gRPC: an *ExitError as the
// worker gave it, context.DeadlineExceeded, context.Canceled, or ErrGone.
func fromStatus(ctx context.Context, call string, err error, trailer metadata.MD) error {
	if err == nil {
		return nil
	}
	s := status.Convert(err)
	switch s.Code() {
	case codes.DeadlineExceeded:
		return fmt.Errorf("worker: %s: %w", call, context.DeadlineExceeded)
	case codes.Canceled:
		if ctx.Err() != nil {
			return fmt.Errorf("worker: %s: %w", call, context.Canceled)
		}
		// Not we: the connection was closed under the call.
		return fmt.Errorf("worker: %s: %w (%s)", call, ErrGone, s.Message())
	case codes.Unavailable:
		return fmt.Errorf("worker: %s: %w (%s)", call, ErrGone, s.Message())
	}
	if values := trailer.Get(exitCodeTrailer); len(values) == 1 {
		if code, convErr := strconv.Atoi(values[0]); convErr == nil {
			return &ExitError{Code: ExitCode(code), Sentence: s.Message()}
		}
	}
	return fmt.Errorf("worker: %s: %s", call, s.Message())
}
