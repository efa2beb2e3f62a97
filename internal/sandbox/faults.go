package sandbox

import (
	"context"
	"errors"
	"fmt"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

// A disturbance is what one button of the page does: to the worker's process, or to its link with Discord.
type disturbance struct {
	Button
	// process is done to the worker; nil when the fault is Discord's.
	process func(Worker) error
	fault   discordsim.FaultKind
	final   bool // op 9 without a way back
}

// Button is a fault that strikes once.
type Button struct {
	Do    string `json:"do"`
	Label string `json:"label"`
	Help  string `json:"help"`
	// Process says that it is done to the worker, not to its link.
	Process bool `json:"process,omitempty"`
}

// continuer is a Worker that can be woken.
type continuer interface {
	// Continue sends SIGCONT as from outside.
	Continue() error
}

var disturbances = []disturbance{
	{Button: Button{"kill", "kill -9", "SIGKILL to the worker. The supervisor starts another, which resumes the session.", true}, process: Worker.Kill},
	{Button: Button{"freeze", "freeze", "SIGSTOP to the worker. The supervisor misses its heartbeats and acts within 12 seconds.", true}, process: Worker.Freeze},
	{Button: Button{"continue", "continue", "SIGCONT to the worker: a frozen one goes on.", true}, process: wake},
	{Button: Button{Do: "drop", Label: "drop link", Help: "Resets the gateway connection without a goodbye. The worker dials again and resumes."}, fault: discordsim.Drop},
	{Button: Button{Do: "op7", Label: "op 7", Help: "Discord asks the bot to reconnect, as it does when it moves servers."}, fault: discordsim.Reconnect},
	{Button: Button{Do: "op9-resumable", Label: "op 9 resumable", Help: "Invalid session, but it may be resumed."}, fault: discordsim.InvalidSession},
	{Button: Button{Do: "op9-final", Label: "op 9 final", Help: "Invalid session for good: the bot must identify anew, and catches up."}, fault: discordsim.InvalidSession, final: true},
	{Button: Button{Do: "freeze-link", Label: "freeze link", Help: "The connections there are go silent while TCP stays open; later ones work."}, fault: discordsim.FreezeNow},
	{Button: Button{Do: "thaw", Label: "thaw link", Help: "Ends the silence of frozen connections."}, fault: discordsim.Thaw},
	{Button: Button{Do: "expire", Label: "expire session", Help: "Discord forgets the session without a word: the next resume is refused."}, fault: discordsim.ExpireSessions},
	{Button: Button{Do: "forget-replay", Label: "forget replay", Help: "Empties the replay buffer: a resume that missed anything is refused."}, fault: discordsim.ForgetReplay},
	{Button: Button{Do: "ask-heartbeat", Label: "ask heartbeat", Help: "Op 1: Discord wants a gateway heartbeat at once."}, fault: discordsim.AskHeartbeat},
}

// closing is the disturbance with a number: every connection is closed with a code.
const closing = "close"

func wake(w Worker) error {
	if waker, ok := w.(continuer); ok {
		return waker.Continue()
	}
	return errors.New("this worker cannot be woken from here")
}

// CloseCode is a code that Discord closes the gateway with.
type CloseCode struct {
	Code  int    `json:"code"`
	Label string `json:"label"`
}

var closeCodes = []CloseCode{
	{4000, "unknown error"}, {4001, "unknown opcode"}, {4002, "decode error"}, {4003, "not authenticated"},
	{4004, "authentication failed: the token is wrong"}, {4005, "already authenticated"}, {4007, "invalid sequence"},
	{4008, "rate limited"}, {4009, "session timed out"}, {4010, "invalid shard"}, {4011, "sharding required"},
	{4012, "invalid API version"}, {4013, "invalid intents"}, {4014, "disallowed intents"},
	{1000, "normal: the session ends"}, {1001, "going away"}, {1011, "internal error"}, {1012, "service restart"},
}

// disturbRequest is the body of POST /sandbox/fault.
type disturbRequest struct {
	Do string `json:"do"`
	// Code is the close code of "close".
	Code int `json:"code"`
}

// disturb does what a button says. It is noted before it is done, so that the log has cause before effect.
func (s *Server) disturb(_ context.Context, ask disturbRequest) (any, error) {
	s.log.WithField("fault", ask.Do).Info("the sandbox page disturbs the bot")
	if ask.Do == closing {
		if ask.Code < 1000 || ask.Code > 4999 {
			return nil, errors.New("a close code is a number from 1000 to 4999")
		}
		s.sim.Inject(discordsim.Fault{Kind: discordsim.Close, Code: ask.Code})
		return done, nil
	}
	for _, d := range disturbances {
		if d.Do == ask.Do {
			return s.strike(d)
		}
	}
	return nil, fmt.Errorf("there is no button %q", ask.Do)
}

func (s *Server) strike(d disturbance) (any, error) {
	if d.process == nil {
		// noted when the simulator reports it
		s.sim.Inject(discordsim.Fault{Kind: d.fault, Resumable: d.fault == discordsim.InvalidSession && !d.final})
		return done, nil
	}
	signal := map[string]string{"kill": "kill -9 of the worker", "freeze": "SIGSTOP to the worker", "continue": "SIGCONT to the worker"}
	s.board.note(LogFault, "%s", signal[d.Do])
	if err := d.process(s.worker); err != nil {
		s.board.note(LogFault, "that did not work: %v", err)
		return nil, fmt.Errorf("the worker cannot be reached: %w", err)
	}
	return done, nil
}

// faultText says in words what a fault of the simulator is.
func faultText(f discordsim.Fault) string {
	switch f.Kind {
	case discordsim.Drop:
		return "the link is cut"
	case discordsim.Reconnect:
		return "Discord asks to reconnect (op 7)"
	case discordsim.InvalidSession:
		if f.Resumable {
			return "Discord says: invalid session, resumable (op 9)"
		}
		return "Discord says: invalid session, for good (op 9)"
	case discordsim.Close:
		return fmt.Sprintf("Discord closes the link with %d", f.Code)
	}
	for _, d := range disturbances {
		if d.fault == f.Kind {
			return d.Label
		}
	}
	return fmt.Sprintf("fault %s strikes", f.Kind)
}
