package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"
)

// The board remembers this much; older things scroll away.
const (
	keptMessages = 4000
	keptLog      = 400
	// followerBuffer is how many changes a browser may lag behind before it is cut off and starts afresh.
	followerBuffer = 1024
)

// board holds the View and passes each change of it on to the browsers that follow.
type board struct {
	mu sync.Mutex // guards everything below

	view      View
	lines     int
	followers map[*follower]struct{}
}

// follower is one open event stream.
type follower struct {
	// frames are server-sent events, ready to be written; closed when the follower was cut off.
	frames chan []byte
}

func newBoard() *board {
	world := World{Guilds: []Guild{}, People: []Person{}, Channels: []Channel{}}
	return &board{
		view:      View{World: world, Commands: []Command{}, Messages: []Message{}, Log: []LogLine{}},
		followers: map[*follower]struct{}{},
	}
}

// snapshot is the View at this moment.
func (b *board) snapshot() View {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.copyView()
}

func (b *board) copyView() View {
	view := b.view
	view.Messages, view.Log = slices.Clone(view.Messages), slices.Clone(view.Log)
	view.Now = time.Now().UnixMilli()
	return view
}

// world is who and what there is; nobody changes what it holds.
func (b *board) world() World {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.view.World
}

// commands are the registered slash commands; nobody changes them.
func (b *board) commands() []Command {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.view.Commands
}

// follow starts an event stream: its first frame is the whole View.
func (b *board) follow() *follower {
	b.mu.Lock()
	defer b.mu.Unlock()
	f := &follower{frames: make(chan []byte, followerBuffer)}
	f.frames <- frame("view", b.copyView())
	b.followers[f] = struct{}{}
	return f
}

func (b *board) unfollow(f *follower) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.followers, f)
}

// frame writes a server-sent event. JSON has no line breaks, so the data is one line.
func frame(kind string, data any) []byte {
	var buf bytes.Buffer
	fmt.Fprintf(&buf, "event: %s\ndata: ", kind)
	if err := json.NewEncoder(&buf).Encode(data); err != nil {
		panic(fmt.Sprintf("sandbox: %s cannot be written as JSON: %v", kind, err)) // our own types can
	}
	buf.WriteByte('\n')
	return buf.Bytes()
}

// tell sends something that is news and no part of the View to everybody who follows.
func (b *board) tell(kind string, data any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.publish(kind, data)
}

// publish sends a change to everybody who follows. The caller holds mu.
func (b *board) publish(kind string, data any) {
	if len(b.followers) == 0 {
		return
	}
	encoded := frame(kind, data)
	for f := range b.followers {
		select {
		case f.frames <- encoded:
		default:
			close(f.frames)
			delete(b.followers, f)
		}
	}
}

// setWorld replaces who and what there is.
func (b *board) setWorld(w World) {
	set(b, &b.view.World, w, "world")
}

// setCommands replaces the slash commands.
func (b *board) setCommands(commands []Command) {
	set(b, &b.view.Commands, commands, "commands")
}

// setWorker replaces the worker's status.
func (b *board) setWorker(s Status) { set(b, &b.view.Worker, s, "worker") }

// setGateway replaces what is known of the link.
func (b *board) setGateway(g Gateway) { set(b, &b.view.Gateway, g, "gateway") }

// setFaults replaces the faults in force.
func (b *board) setFaults(f InForce) { set(b, &b.view.Faults, f, "faults") }

// setControls replaces what the page offers to break.
func (b *board) setControls(c Controls) { set(b, &b.view.Controls, c, "controls") }

// set replaces a part of the View; what stays the same is no news.
func set[T any](b *board, part *T, value T, kind string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if reflect.DeepEqual(*part, value) {
		return
	}
	*part = value
	b.publish(kind, value)
}

// put adds a message, or replaces it when it is known.
func (b *board) put(m Message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if i := b.index(m.ID); i >= 0 {
		b.view.Messages[i] = m
	} else {
		b.view.Messages = append(b.view.Messages, m)
		if extra := len(b.view.Messages) - keptMessages; extra > 0 {
			b.view.Messages = slices.Delete(b.view.Messages, 0, extra)
		}
	}
	b.publish("message", m)
}

// message is a message that is still remembered.
func (b *board) message(id string) (Message, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := b.index(id)
	if i < 0 {
		return Message{}, false
	}
	return b.view.Messages[i], true
}

// take removes a message.
func (b *board) take(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if i := b.index(id); i >= 0 {
		b.view.Messages = slices.Delete(b.view.Messages, i, i+1)
		b.publish("gone", struct {
			ID string `json:"id"`
		}{id})
		b.orphan(id)
	}
}

// orphan tells of the messages that answer one that is gone. The caller holds mu.
func (b *board) orphan(id string) {
	for i, m := range b.view.Messages {
		if m.Answers != nil && m.Answers.ID == id {
			m.Answers = &Quote{Author: m.Answers.Author, Text: "(deleted)"}
			b.view.Messages[i] = m
			b.publish("message", m)
		}
	}
}

// index searches from the newest on, where the message that is asked for nearly always is.
func (b *board) index(id string) int {
	for i := len(b.view.Messages) - 1; i >= 0; i-- {
		if b.view.Messages[i].ID == id {
			return i
		}
	}
	return -1
}

// note adds a line to the log that stands alone.
func (b *board) note(kind LogKind, format string, args ...any) {
	b.noteOf("", kind, fmt.Sprintf(format, args...))
}

// noteOf adds a line to the log that belongs to a trace.
func (b *board) noteOf(trace string, kind LogKind, text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines++
	line := LogLine{Number: b.lines, At: time.Now().UnixMilli(), Kind: kind, Text: text, Trace: trace}
	b.view.Log = append(b.view.Log, line)
	if extra := len(b.view.Log) - keptLog; extra > 0 {
		b.view.Log = slices.Delete(b.view.Log, 0, extra)
	}
	b.publish("log", line)
}
