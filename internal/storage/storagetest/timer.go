package storagetest

import (
	"time"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

// timer sets one that is due some time after noon.
func (l *live) timer(due time.Duration) storage.Timer {
	l.Helper()
	timer := storage.Timer{Kind: "reminder", Due: noon.Add(due), Late: time.Hour, Lane: "c1", Payload: []byte("x")}
	l.do(func(tx storage.Tx) (err error) {
		timer.ID, err = tx.AddTimer(timer)
		return err
	})
	return timer
}

// dueAre checks which timers are due some time after noon.
func (l *live) dueAre(at time.Duration, want ...storage.Timer) {
	l.Helper()
	l.read(func(view storage.View) error {
		got, err := view.DueTimers(noon.Add(at), storage.Timer{}, 100)
		l.same("due", got, want)
		return err
	})
}

func (l *live) nextIs(want time.Duration) {
	l.Helper()
	l.read(func(view storage.View) error {
		got, found, err := view.NextTimer()
		l.same("there is a next", found, want >= 0)
		if found {
			l.same("next", got, noon.Add(want))
		}
		return err
	})
}

var timerTests = []test{
	{"timers come due in order, in the next process too", func(w *world) {
		l := w.live()
		l.nextIs(-1)
		late, early, same := l.timer(time.Minute), l.timer(0), l.timer(time.Minute)
		l = l.restarted()
		l.nextIs(0)
		l.dueAre(-time.Millisecond)
		l.dueAre(0, early)
		l.dueAre(time.Minute, early, late, same)
		l.read(func(view storage.View) error {
			page, err := view.DueTimers(noon.Add(time.Hour), late, 1)
			l.same("a page", page, []storage.Timer{same})
			return err
		})
	}},
	{"a timer that was settled is gone, and its id never comes again", func(w *world) {
		l := w.live()
		first := l.timer(0)
		l.settle(storage.TimerKey(first.ID), storage.Done, noon)
		l.dueAre(time.Hour)
		l = l.restarted()
		if second := l.timer(0); second.ID <= first.ID {
			l.Fatalf("timer %d came after timer %d", second.ID, first.ID)
		}
		l.doRefused(storage.ErrSeen, func(tx storage.Tx) error {
			return tx.Settle(storage.Settled{Key: storage.TimerKey(first.ID), Outcome: storage.Done, At: noon})
		})
	}},
	{"a timer whose event failed half-way is still due", func(w *world) {
		l := w.live()
		timer := l.timer(0)
		l.doRefused(errChanged, func(tx storage.Tx) error {
			if err := tx.Settle(storage.Settled{Key: storage.TimerKey(timer.ID), Outcome: storage.Done, At: noon}); err != nil {
				return err
			}
			return errChanged
		})
		l.dueAre(0, timer)
	}},
	{"a timer can be moved and dropped", func(w *world) {
		l := w.live()
		timer := l.timer(0)
		for _, step := range []struct {
			change func(tx storage.Tx) (bool, error)
			want   bool
			next   time.Duration
		}{
			{func(tx storage.Tx) (bool, error) { return tx.MoveTimer(timer.ID, noon.Add(time.Hour)) }, true, time.Hour},
			{func(tx storage.Tx) (bool, error) { return tx.DropTimer(timer.ID) }, true, -1},
			{func(tx storage.Tx) (bool, error) { return tx.DropTimer(timer.ID) }, false, -1},
			{func(tx storage.Tx) (bool, error) { return tx.MoveTimer(timer.ID, noon) }, false, -1},
		} {
			l.do(func(tx storage.Tx) error {
				there, err := step.change(tx)
				l.same("it was there", there, step.want)
				return err
			})
			l.nextIs(step.next)
		}
		l.read(func(view storage.View) error {
			_, found, err := view.Timer(timer.ID)
			l.same("it is there", found, false)
			return err
		})
	}},
}
