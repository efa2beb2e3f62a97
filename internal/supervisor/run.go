package supervisor

import (
	"context"
	"time"

	"github.com/steadfast-bot/steadfast/internal/health"
	"github.com/steadfast-bot/steadfast/internal/lifecycle"
	"github.com/steadfast-bot/steadfast/internal/workerapi"
)

// run is what the loop keeps of one worker, from its launch until its exit has been dealt with. Only the loop touches
// it; the goroutines below get what they need as arguments and answer with messages.
type run struct {
	generation uint64
	ctx        context.Context // the run's lifetime: ends with its exit, and with it all calls to it
	end        context.CancelFunc
	proc       Process // nil until the handshake
	token      string
	killed     bool
	started    time.Time
	version    string
	epoch      workerapi.Epoch

	activating  bool // Activate is called and not answered
	leaving     bool // it is being ended and not polled any more
	activated   time.Time
	record      health.Record
	verdict     lifecycle.Verdict
	reason      string
	heartbeat   *workerapi.Heartbeat
	heartbeatAt time.Time

	dump []byte
	exit *Exit
}

// message is what the loop is told: one of the types below.
type message interface{ message() }

type (
	// event is told to the machine as it is.
	event struct{ input lifecycle.Input }
	// launched brings the process of a finished handshake.
	launched struct {
		generation uint64
		proc       Process
		token      string
	}
	configured struct {
		generation uint64
		answer     workerapi.Configured
	}
	activated struct {
		generation uint64
		epoch      workerapi.Epoch
	}
	// beaten is a heartbeat's end. It was due at one instant and sent at another; ours to explain the difference.
	beaten struct {
		generation uint64
		due, sent  time.Time
		heartbeat  workerapi.Heartbeat
		err        error
	}
	dumped struct {
		generation uint64
		stacks     []byte
	}
	exited struct {
		generation uint64
		class      lifecycle.Class
		sentence   string
		exit       *Exit
	}
	recorded struct{ incident IncidentSummary }
	// wayMade says that no predecessor stands in the way.
	wayMade struct{ err error }
	// asked is an operator's wish; reply is nil when nobody waits.
	asked struct {
		verb  lifecycle.Verb
		reply chan<- error
	}
)

func (event) message()      {}
func (launched) message()   {}
func (configured) message() {}
func (activated) message()  {}
func (beaten) message()     {}
func (dumped) message()     {}
func (exited) message()     {}
func (recorded) message()   {}
func (wayMade) message()    {}
func (asked) message()      {}

// send gives the loop a message, unless it has ended.
func (s *Supervisor) send(m message) {
	select {
	case s.inbox <- m:
	case <-s.ended:
	}
}

// start launches and configures one worker.
func (s *Supervisor) start(ctx context.Context, spec LaunchSpec) {
	token, err := s.cfg.Token.Token(ctx)
	if err != nil {
		class, sentence := judgeToken(err)
		s.send(exited{generation: spec.Generation, class: class, sentence: sentence})
		return
	}
	proc, err := s.cfg.Launcher.Launch(ctx, spec)
	if err != nil {
		class, sentence, exit := judgeLaunch(err)
		s.send(exited{spec.Generation, class, sentence, exit})
		return
	}
	s.send(launched{spec.Generation, proc, token})
	conf := s.cfg.Worker
	conf.Token, conf.Generation, conf.LogPath = token, spec.Generation, s.cfg.LogPath(spec.Generation)
	answer, err := proc.Configure(ctx, conf)
	if err != nil {
		s.send(event{lifecycle.ConfigureFailed{Generation: spec.Generation, Sentence: err.Error()}})
		return
	}
	s.send(configured{spec.Generation, answer})
}

// watch waits for the end of a process. The news comes before the clean-up: a successor waits for it.
func (s *Supervisor) watch(generation uint64, proc Process) {
	<-proc.Exited()
	exit := proc.Status()
	class, sentence := judgeExit(exit)
	s.send(exited{generation, class, sentence, &exit})
	if err := proc.Close(); err != nil {
		s.log(generation).WithError(err).Warn("cleaning up after a worker")
	}
}

func (s *Supervisor) activate(ctx context.Context, generation uint64, proc Process) {
	epoch, err := proc.Activate(ctx)
	if err != nil {
		s.send(event{lifecycle.ActivateFailed{Generation: generation, Sentence: err.Error()}})
		return
	}
	s.send(activated{generation, epoch})
}

func (s *Supervisor) beat(ctx context.Context, b beaten, proc Process, told workerapi.History) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Heartbeats.Deadline)
	defer cancel()
	b.heartbeat, b.err = proc.Heartbeat(ctx, told)
	s.send(b)
}

// stop asks a worker to leave. An error costs nothing but a line in the log: the exit is waited for in any case.
func (s *Supervisor) stop(ctx context.Context, a lifecycle.Stop, proc Process) {
	ctx, cancel := context.WithTimeout(ctx, a.Budget+s.cfg.Policy.StopGrace)
	defer cancel()
	err := proc.Stop(ctx, workerapi.StopRequest{KeepSession: a.KeepSession, GoingAway: a.GoingAway, Budget: a.Budget})
	if err != nil && ctx.Err() == nil {
		s.log(a.Generation).WithError(err).Warn("asking a worker to stop")
	}
}

// dump collects evidence twice: the RPC gives all stacks if the worker's runtime can still answer, SIGQUIT if not.
func (s *Supervisor) dump(ctx context.Context, a lifecycle.Dump, proc Process) {
	asking, cancel := context.WithTimeout(ctx, a.RPC)
	defer cancel()
	stacks, err := proc.Dump(asking)
	if err != nil {
		s.log(a.Generation).WithError(err).Warn("a stalled worker did not dump its stacks; SIGQUIT follows")
	}
	s.send(dumped{a.Generation, stacks})
	if ctx.Err() != nil {
		return // it is gone already
	}
	if err := proc.Quit(); err != nil {
		s.log(a.Generation).WithError(err).Warn("sending SIGQUIT to a stalled worker")
	}
}

// reread asks the token's source whether it has another token than the refused one.
func (s *Supervisor) reread(ctx context.Context, refused string) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Policy.StartTimeout)
	defer cancel()
	token, err := s.cfg.Token.Token(ctx)
	if err != nil {
		s.cfg.Log.WithError(err).Error("rereading the bot token")
	}
	// With no token known to be refused, "changed" would be a guess, and a guess could be repeated for ever.
	s.send(event{lifecycle.TokenRead{Changed: err == nil && refused != "" && token != refused}})
}

// recordTimeout is how long evidence may take to be written. Nothing waits for it but the supervisor's own end.
const recordTimeout = 10 * time.Second

func (s *Supervisor) recordIncident(ctx context.Context, i Incident) {
	ctx, cancel := context.WithTimeout(ctx, recordTimeout)
	defer cancel()
	id, err := s.cfg.Recorder.Record(ctx, i)
	if err != nil {
		s.log(i.Generation).WithError(err).Error("writing an incident")
	}
	s.send(recorded{IncidentSummary{ID: id, Kind: i.Kind, Generation: i.Generation, Cause: i.Cause, At: i.At}})
}

// makeWay has the worker of an earlier supervisor leave.
func (s *Supervisor) makeWay(ctx context.Context) {
	killed, err := s.cfg.Predecessor.MakeWay(ctx)
	if killed != 0 {
		s.cfg.Log.WithField(FieldPID, killed).Warn("killed a worker that an earlier supervisor had left behind")
	}
	s.send(wayMade{err})
}
