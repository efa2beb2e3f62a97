package workerapi

import (
	"context"
	"errors"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	workerv1 "github.com/steadfast-bot/steadfast/proto/worker/v1"
)

// ProtocolVersion numbers the contract of the pair. It rises when a supervisor and a worker of different versions
// could no longer understand each other; new fields and new RPCs do not raise it.
const ProtocolVersion = 1

// PluginName is what the supervisor asks go-plugin for.
const PluginName = "worker"

// Handshake is what both programs must agree on before they talk. The cookie is no secret: it only lets a worker that
// was started by hand say so instead of waiting for a supervisor.
func Handshake() plugin.HandshakeConfig {
	return plugin.HandshakeConfig{
		ProtocolVersion:  ProtocolVersion,
		MagicCookieKey:   cookieKey,
		MagicCookieValue: cookieValue,
	}
}

const (
	cookieKey   = "STEADFAST_PAIR"
	cookieValue = "8f1b8a1e-worker-of-steadfast"
)

// Plugin joins a Worker to go-plugin, on both ends.
type Plugin struct {
	plugin.NetRPCUnsupportedPlugin

	// Worker is what is served; nil on the supervisor's side.
	Worker Worker
	// beforeConfigure runs in the worker when the first call has come.
	beforeConfigure func()
}

var _ plugin.GRPCPlugin = (*Plugin)(nil)

// GRPCServer puts the worker on the server.
func (p *Plugin) GRPCServer(_ *plugin.GRPCBroker, s *grpc.Server) error {
	if p.Worker == nil {
		return errors.New("there is no worker to serve")
	}
	workerv1.RegisterWorkerServiceServer(s, &server{worker: p.Worker, beforeConfigure: p.beforeConfigure})
	return nil
}

// GRPCClient gives a Worker that calls over the connection.
func (p *Plugin) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return NewClient(conn), nil
}
