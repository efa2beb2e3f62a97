package workerproc

import (
	"context"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// dialOptions suit a peer on the same machine that may be stopped at any instant.
func dialOptions() []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 50 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: time.Second},
			MinConnectTimeout: 2 * time.Second,
		}),
		// The connection belongs to one process and goes with it; it must not fall asleep between two beats.
		grpc.WithIdleTimeout(0),
		grpc.WithChainStreamInterceptor(withoutPluginStreams),
	}
}

// withoutPluginStreams refuses the two streams that go-plugin opens beside our calls: what the worker prints goes to
// its crash file, and we broker no connections. Refused, they also cannot fail half-way: go-plugin leaks the
// connection when the worker dies while its stdio stream is being opened.
func withoutPluginStreams(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string,
	streamer grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	if strings.HasPrefix(method, "/plugin.") {
		return nil, status.Error(codes.Unimplemented, "not used")
	}
	return streamer(ctx, desc, cc, method, opts...)
}
