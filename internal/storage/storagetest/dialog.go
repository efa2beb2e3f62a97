package storagetest

import (
	"time"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

func conversation(user uint64) storage.Dialog {
	return storage.Dialog{
		User: user, Channel: 5, Guild: guildID, Kind: "demo", Step: 1, State: []byte{0, 1}, PromptedAt: noon, Message: 1<<63 + 1,
		AnswerIn: time.Minute, AnswerBy: noon.Add(time.Minute), EndBy: noon.Add(time.Hour), Token: "secret", TokenUntil: noon.Add(15 * time.Minute),
	}
}

// opened opens a dialog.
func (l *live) opened(d storage.Dialog) storage.Dialog {
	l.Helper()
	l.do(func(tx storage.Tx) (err error) {
		d.ID, err = tx.OpenDialog(d)
		return err
	})
	return d
}

// dialogIs checks a person's dialog.
func (l *live) dialogIs(want storage.Dialog) {
	l.Helper()
	l.read(func(view storage.View) error {
		got, _, err := view.Dialog(want.User, want.Channel)
		l.same("dialog", got, want)
		byID, _, errID := view.DialogByID(want.ID)
		l.same("by id", byID, want)
		l.must("by id", errID)
		return err
	})
}

// overdueAre checks whose time has run out some time after noon.
func (l *live) overdueAre(at time.Duration, want ...int64) {
	l.Helper()
	l.read(func(view storage.View) error {
		dialogs, err := view.DueDialogs(noon.Add(at), 0, 100)
		var got []int64
		for _, d := range dialogs {
			got = append(got, d.ID)
		}
		l.same("overdue", got, want)
		return err
	})
}

func (l *live) nextEndIs(want time.Time) {
	l.Helper()
	l.read(func(view storage.View) error {
		got, found, err := view.NextDialogEnd()
		l.same("one runs", found, !want.IsZero())
		l.same("its end", got, want)
		return err
	})
}

var dialogTests = []test{
	{"a dialog comes back as it was saved", func(w *world) {
		l := w.live()
		d := l.opened(conversation(1))
		l = l.restarted()
		l.dialogIs(d)
		d.Step, d.State, d.PromptedAt, d.Message, d.AnswerBy, d.Token, d.TokenUntil = 2, []byte("next"), time.Time{}, 0, time.Time{}, "", time.Time{}
		l.do(func(tx storage.Tx) error { return tx.SaveDialog(d) })
		l.restarted().dialogIs(d)
	}},
	{"a person has one dialog in a channel", func(w *world) {
		l := w.live()
		first := l.opened(conversation(1))
		l.doRefused(storage.ErrDialogOpen, func(tx storage.Tx) error { _, err := tx.OpenDialog(conversation(1)); return err })
		l.dialogIs(first)
		elsewhere := conversation(1)
		elsewhere.Channel = 6
		l.dialogIs(l.opened(elsewhere))
		l.dialogIs(l.opened(conversation(2)))
	}},
	{"a dialog that is over is over, and its id never comes again", func(w *world) {
		l := w.live()
		first := l.opened(conversation(1))
		for _, want := range []bool{true, false} {
			l.do(func(tx storage.Tx) error {
				was, err := tx.CloseDialog(first.ID)
				l.same("it was open", was, want)
				return err
			})
		}
		l.doRefused(storage.ErrDialogOver, func(tx storage.Tx) error { return tx.SaveDialog(first) })
		if second := l.opened(conversation(1)); second.ID <= first.ID {
			l.Fatalf("dialog %d came after dialog %d", second.ID, first.ID)
		}
	}},
	{"the end that comes first counts, and one that does not run never comes", func(w *world) {
		l := w.live()
		l.nextEndIs(time.Time{})
		answerFirst := l.opened(conversation(1))
		endFirst := conversation(2)
		endFirst.EndBy = noon.Add(30 * time.Second)
		endFirst = l.opened(endFirst)
		notPrompted := conversation(3)
		notPrompted.AnswerBy = time.Time{}
		notPrompted = l.opened(notPrompted)
		endless := conversation(4)
		endless.EndBy = time.Time{}
		endless = l.opened(endless)
		timeless := conversation(5)
		timeless.AnswerBy, timeless.EndBy = time.Time{}, time.Time{}
		l.opened(timeless)

		l.nextEndIs(noon.Add(30 * time.Second))
		l.overdueAre(29 * time.Second)
		l.overdueAre(30*time.Second, endFirst.ID)
		l.overdueAre(time.Minute, answerFirst.ID, endFirst.ID, endless.ID)
		l.overdueAre(1000*time.Hour, answerFirst.ID, endFirst.ID, notPrompted.ID, endless.ID)
	}},
	{"an absence is made up for, and leaves time to answer", func(w *world) {
		l := w.live()
		d := l.opened(conversation(1))
		waiting := conversation(2)
		waiting.AnswerBy = time.Time{}
		waiting = l.opened(waiting)
		l.do(func(tx storage.Tx) error { return tx.ExtendDialogs(10*time.Second, noon.Add(90*time.Second)) })
		d.AnswerBy, d.EndBy = noon.Add(90*time.Second), d.EndBy.Add(10*time.Second)
		waiting.EndBy = d.EndBy
		l.dialogIs(d)
		l.dialogIs(waiting)
	}},
}
