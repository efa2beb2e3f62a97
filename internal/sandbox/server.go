package sandbox

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

//go:embed page
var page embed.FS

// Config is what the sandbox works with.
type Config struct {
	// Sim is the simulator, filled and served by somebody else: it has an address of its own, because its faults
	// reach down to TCP. Its guilds, channels and members are read once, when Run begins.
	Sim    *discordsim.Sim
	Worker Worker
	// Listener is where the page is served; see Listen. Run closes it.
	Listener net.Listener
	Log      *logrus.Entry
}

// Server is the sandbox's page and what is behind it.
type Server struct {
	sim      *discordsim.Sim
	worker   Worker
	listener net.Listener
	log      *logrus.Entry
	board    *board
	story    *story
	breakage breakage
	handler  http.Handler
}

// New builds a sandbox. It starts nothing.
func New(cfg Config) *Server {
	s := &Server{sim: cfg.Sim, worker: cfg.Worker, listener: cfg.Listener, log: cfg.Log, board: newBoard()}
	s.story = newStory(cfg.Sim, s.board)
	s.board.setControls(s.controls())
	s.board.setFaults(s.inForce())
	s.board.view.Files = "http://" + cfg.Sim.Addr() + "/"
	s.handler = guarded(secured(s.routes()))
	return s
}

// URL is the page's address for a browser.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() + "/" }

// ServeHTTP serves the page and its API. It has something to show only while Run runs.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

func (s *Server) routes() http.Handler {
	files, err := fs.Sub(page, "page")
	if err != nil {
		panic(err) // the directory is compiled in
	}
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(files))
	mux.HandleFunc("GET /sandbox/state", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusOK, s.board.snapshot())
	})
	mux.HandleFunc("GET /sandbox/events", s.events)
	mux.HandleFunc("GET /sandbox/trace/{id}", s.trace)
	mux.HandleFunc("GET /sandbox/file/{id}", s.file)
	mux.HandleFunc("POST /sandbox/say", actionUpTo(maxUpload, s.say))
	mux.HandleFunc("POST /sandbox/edit", action(s.edit))
	mux.HandleFunc("POST /sandbox/delete", action(s.remove))
	mux.HandleFunc("POST /sandbox/react", action(s.react))
	mux.HandleFunc("POST /sandbox/typing", action(s.types))
	mux.HandleFunc("POST /sandbox/slash", action(s.slash))
	mux.HandleFunc("POST /sandbox/command", action(s.command))
	mux.HandleFunc("POST /sandbox/autocomplete", action(s.autocomplete))
	mux.HandleFunc("POST /sandbox/click", action(s.click))
	mux.HandleFunc("POST /sandbox/select", action(s.choose))
	mux.HandleFunc("POST /sandbox/form", action(s.submit))
	mux.HandleFunc("POST /sandbox/fault", action(s.disturb))
	mux.HandleFunc("POST /sandbox/standing", action(s.stand))
	mux.HandleFunc("POST /sandbox/rest", action(s.disturbREST))
	mux.HandleFunc("POST /sandbox/rest/remove", action(s.healREST))
	mux.HandleFunc("POST /sandbox/heal", action(s.heal))
	return mux
}

// trace tells one story.
func (s *Server) trace(w http.ResponseWriter, r *http.Request) {
	told, ok := s.story.tracer.trace(r.PathValue("id"))
	if !ok {
		refuse(w, http.StatusNotFound, "that story was forgotten: only the latest are kept")
		return
	}
	reply(w, http.StatusOK, told)
}

// readTimeout bounds how long a browser may take to send a request; answers may take for ever, as the stream does.
const readTimeout = 10 * time.Second

// Run serves the page until ctx ends, and then returns once everything it began has ended.
func (s *Server) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	sub := s.sim.Subscribe() // before the world is read, so that nothing is missed between the two
	defer sub.Close()
	s.story.begin()
	var parts sync.WaitGroup
	parts.Go(func() { s.story.tell(ctx, sub) })
	parts.Go(func() { s.watch(ctx) })
	server := &http.Server{
		Handler: s, ReadHeaderTimeout: readTimeout, ErrorLog: nil,
		BaseContext: func(net.Listener) context.Context { return ctx }, // so that the event streams end too
	}
	parts.Go(func() {
		<-ctx.Done()
		_ = server.Close()
	})
	err := server.Serve(s.listener)
	stop()
	parts.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// keepAlive is how often an idle event stream says that it lives, so that either side notices when it does not.
const keepAlive = 15 * time.Second

// events is the stream of changes: the whole View first, then each change to it. The browser comes back by itself
// when the stream ends, and gets the whole View again.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	f := s.board.follow()
	defer s.board.unfollow(f)
	idle := time.NewTicker(keepAlive)
	defer idle.Stop()
	if _, err := w.Write([]byte("retry: 500\n\n")); err != nil {
		return
	}
	for {
		if out.Flush() != nil {
			return
		}
		var frame []byte
		select {
		case next, open := <-f.frames:
			if !open {
				return
			}
			frame = next
		case <-idle.C:
			frame = []byte(": still here\n\n")
		case <-r.Context().Done():
			return
		}
		if _, err := w.Write(frame); err != nil {
			return
		}
	}
}
