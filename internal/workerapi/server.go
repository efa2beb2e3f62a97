package workerapi

import (
	"context"
	"errors"
	"strconv"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	workerv1 "github.com/steadfast-bot/steadfast/proto/worker/v1"
)

// server answers calls from the wire with a worker.
type server struct {
	workerv1.UnimplementedWorkerServiceServer

	worker          Worker
	beforeConfigure func()
}

func (s *server) Configure(ctx context.Context, r *workerv1.ConfigureRequest) (*workerv1.ConfigureResponse, error) {
	if s.beforeConfigure != nil {
		s.beforeConfigure()
	}
	configured, err := s.worker.Configure(ctx, configurationFromWire(r))
	if err != nil {
		return nil, toStatus(ctx, err)
	}
	return configuredToWire(configured), nil
}

func (s *server) Activate(ctx context.Context, _ *workerv1.ActivateRequest) (*workerv1.ActivateResponse, error) {
	epoch, err := s.worker.Activate(ctx)
	if err != nil {
		return nil, toStatus(ctx, err)
	}
	return &workerv1.ActivateResponse{Epoch: epochToWire(epoch)}, nil
}

func (s *server) Heartbeat(ctx context.Context, r *workerv1.HeartbeatRequest) (*workerv1.HeartbeatResponse, error) {
	heartbeat, err := s.worker.Heartbeat(ctx, historyFromWire(r))
	if err != nil {
		return nil, toStatus(ctx, err)
	}
	return heartbeatToWire(heartbeat), nil
}

func (s *server) Stop(ctx context.Context, r *workerv1.StopRequest) (*workerv1.StopResponse, error) {
	if err := s.worker.Stop(ctx, stopFromWire(r)); err != nil {
		return nil, toStatus(ctx, err)
	}
	return &workerv1.StopResponse{}, nil
}

func (s *server) Dump(ctx context.Context, _ *workerv1.DumpRequest) (*workerv1.DumpResponse, error) {
	stacks, err := s.worker.Dump(ctx)
	if err != nil {
		return nil, toStatus(ctx, err)
	}
	return &workerv1.DumpResponse{Goroutines: stacks}, nil
}

// toStatus is the inverse of the client's fromStatus.
func toStatus(ctx context.Context, err error) error {
	var exit *ExitError
	switch {
	case errors.As(err, &exit):
		// It fails only where there is no call to trail, and then nobody reads the status either.
		_ = grpc.SetTrailer(ctx, metadata.Pairs(exitCodeTrailer, strconv.Itoa(int(exit.Code))))
		return status.Error(codes.FailedPrecondition, exit.Sentence)
	case errors.Is(err, context.DeadlineExceeded):
		return status.Error(codes.DeadlineExceeded, err.Error())
	case errors.Is(err, context.Canceled):
		return status.Error(codes.Canceled, err.Error())
	}
	return status.Error(codes.Unknown, err.Error())
}
