package dispatch_test

import (
	"context"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/steadfast-bot/steadfast/internal/dispatch"
)

// model says by brute force what the low-water mark must be: every sequence seen in the session, and which are open.
type model struct {
	base int64
	seen []int64
	open map[int64]chan struct{} // closed to finish the task
	old  []chan struct{}         // tasks of earlier sessions still open
}

func (m *model) top() int64 {
	if len(m.seen) == 0 {
		return m.base
	}
	return m.seen[len(m.seen)-1]
}

func (m *model) lowWater() int64 {
	mark := m.base
	for _, s := range m.seen {
		if m.open[s] != nil {
			break
		}
		mark = s
	}
	return mark
}

func TestTheLowWaterMarkHoldsInAnyOrderOfCompletion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const capacity = 8
		finished := make(chan struct{})
		d := dispatch.New(dispatch.Config{Capacity: capacity, OnDone: func(dispatch.Task, error) { finished <- struct{}{} }})
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- d.Run(ctx) }()

		m := &model{open: map[int64]chan struct{}{}}
		running := func() int { return len(m.open) + len(m.old) }
		finish := func(release chan struct{}) {
			close(release)
			<-finished
		}
		submit := func(t *rapid.T, sequence int64) bool {
			release := make(chan struct{})
			taken := d.Submit(dispatch.Task{Sequence: sequence, Run: func(context.Context) error { <-release; return nil }})
			if taken && sequence > m.top() {
				m.seen, m.open[sequence] = append(m.seen, sequence), release
			}
			return taken
		}
		t.Repeat(map[string]func(*rapid.T){
			"": func(t *rapid.T) {
				if got, want := d.LowWater(), m.lowWater(); got != want {
					t.Fatalf("low water %d, want %d (seen %v)", got, want, m.seen)
				}
			},
			"submit": func(t *rapid.T) {
				sequence := m.top() + rapid.Int64Range(1, 3).Draw(t, "gap")
				if running() < capacity {
					if !submit(t, sequence) {
						t.Fatal("refused with room")
					}
					return
				}
				if submit(t, sequence) {
					t.Fatal("taken without room")
				}
				d.Skip(sequence + 1) // must not pass the refused one
				for _, release := range m.old {
					finish(release)
				}
				m.old = nil
				for running() > capacity/2 {
					s := anOpen(t, m)
					finish(m.open[s])
					delete(m.open, s)
				}
				<-d.Room()
			},
			"skip": func(t *rapid.T) {
				sequence := m.top() + rapid.Int64Range(1, 3).Draw(t, "gap")
				d.Skip(sequence)
				m.seen = append(m.seen, sequence)
			},
			"finish": func(t *rapid.T) {
				if len(m.open) == 0 {
					t.Skip("none is open")
				}
				s := anOpen(t, m)
				finish(m.open[s])
				delete(m.open, s)
			},
			"replay": func(t *rapid.T) {
				if m.top() < 1 {
					t.Skip("nothing was seen")
				}
				sequence := rapid.Int64Range(1, m.top()).Draw(t, "sequence")
				if rapid.Bool().Draw(t, "skipped") {
					d.Skip(sequence)
				} else if !submit(t, sequence) {
					t.Fatal("a replay was refused")
				}
			},
			"new session": func(t *rapid.T) {
				for _, release := range m.open {
					m.old = append(m.old, release)
				}
				*m = model{base: rapid.Int64Range(0, 5).Draw(t, "base"), open: map[int64]chan struct{}{}, old: m.old}
				d.Reset(m.base)
			},
			"finish an old one": func(t *rapid.T) {
				if len(m.old) == 0 {
					t.Skip("none is open")
				}
				finish(m.old[0])
				m.old = m.old[1:]
			},
		})
		for _, release := range m.open {
			finish(release)
		}
		for _, release := range m.old {
			finish(release)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if got := d.LowWater(); got != m.top() {
			t.Fatalf("all done, but low water is %d of %d", got, m.top())
		}
	})
}

func anOpen(t *rapid.T, m *model) int64 {
	keys := make([]int64, 0, len(m.open))
	for s := range m.open {
		keys = append(keys, s)
	}
	slices.Sort(keys)
	return rapid.SampledFrom(keys).Draw(t, "which")
}
