package sandbox

import (
	"fmt"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

// A disturbance is what one button of the page does: to the worker's process, or to its link with Discord.
type disturbance struct {
	// process is done to the worker; nil when the fault is Discord's.
	process func(Worker) error
	text    string
	fault   discordsim.Fault
}

var disturbances = map[string]disturbance{
	"kill":          {process: Worker.Kill, text: "kill -9 of the worker"},
	"freeze":        {process: Worker.Freeze, text: "SIGSTOP to the worker"},
	"drop":          {fault: discordsim.Fault{Kind: discordsim.Drop}},
	"op7":           {fault: discordsim.Fault{Kind: discordsim.Reconnect}},
	"op9-resumable": {fault: discordsim.Fault{Kind: discordsim.InvalidSession, Resumable: true}},
	"op9-final":     {fault: discordsim.Fault{Kind: discordsim.InvalidSession}},
}

// disturbRequest is the body of POST /sandbox/fault.
type disturbRequest struct {
	Do string `json:"do"`
}

// disturb does what a button says. It is noted before it is done, so that the log has cause before effect.
func (s *Server) disturb(ask disturbRequest) (any, error) {
	d, ok := disturbances[ask.Do]
	if !ok {
		return nil, fmt.Errorf("there is no button %q", ask.Do)
	}
	s.log.WithField("fault", ask.Do).Info("the sandbox page disturbs the bot")
	if d.process == nil {
		s.sim.Inject(d.fault) // noted when the simulator reports it
		return done, nil
	}
	s.board.note(LogFault, "%s", d.text)
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
	}
	return fmt.Sprintf("fault %s strikes", f.Kind)
}
