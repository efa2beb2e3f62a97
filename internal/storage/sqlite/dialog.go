package sqlite

import (
	"time"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

const selectDialog = `SELECT id, user, channel, guild, kind, step, state, prompted_ms, message, answer_in_ms, answer_by_ms, end_by_ms,
	token, token_until_ms FROM dialog `

func readDialog(scan scanner, d *storage.Dialog) error {
	return scan(&d.ID, (*bits)(&d.User), (*bits)(&d.Channel), (*bits)(&d.Guild), &d.Kind, &d.Step, &d.State, (*stamp)(&d.PromptedAt),
		(*bits)(&d.Message), (*span)(&d.AnswerIn), (*stamp)(&d.AnswerBy), (*stamp)(&d.EndBy), &d.Token, (*stamp)(&d.TokenUntil))
}

// dialogEnd is the earlier of the two ends that run; NULL when none does.
const dialogEnd = "min(coalesce(nullif(answer_by_ms, 0), end_by_ms), coalesce(nullif(end_by_ms, 0), answer_by_ms))"

func (t *tx) Dialog(user, channel uint64) (storage.Dialog, bool, error) {
	return one(t, selectDialog+"WHERE user = ? AND channel = ?", []any{bits(user), bits(channel)}, readDialog)
}

func (t *tx) DialogByID(id int64) (storage.Dialog, bool, error) {
	return one(t, selectDialog+"WHERE id = ?", []any{id}, readDialog)
}

func (t *tx) DueDialogs(now time.Time, after int64, limit int) ([]storage.Dialog, error) {
	return list(t, selectDialog+"WHERE "+dialogEnd+" BETWEEN 1 AND ? AND id > ? ORDER BY id LIMIT ?", []any{stamp(now), after, limit}, readDialog)
}

func (t *tx) NextDialogEnd() (time.Time, bool, error) {
	var end stamp
	_, err := t.row("SELECT min("+dialogEnd+") FROM dialog WHERE "+dialogEnd+" > 0", nil, &end)
	return time.Time(end), !time.Time(end).IsZero(), err
}

func (t *tx) OpenDialog(d storage.Dialog) (id int64, err error) {
	opened, err := t.row(`INSERT INTO dialog (user, channel, guild, kind, step, state, prompted_ms, message, answer_in_ms, answer_by_ms,
			end_by_ms, token, token_until_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (user, channel) DO NOTHING RETURNING id`,
		append([]any{bits(d.User), bits(d.Channel)}, dialogValues(d)...), &id)
	if err == nil && !opened {
		return 0, storage.ErrDialogOpen
	}
	return id, err
}

func (t *tx) SaveDialog(d storage.Dialog) error {
	changed, err := t.exec(`UPDATE dialog SET guild = ?, kind = ?, step = ?, state = ?, prompted_ms = ?, message = ?, answer_in_ms = ?,
		answer_by_ms = ?, end_by_ms = ?, token = ?, token_until_ms = ? WHERE id = ?`, append(dialogValues(d), d.ID)...)
	if err == nil && changed == 0 {
		return storage.ErrDialogOver
	}
	return err
}

func dialogValues(d storage.Dialog) []any {
	return []any{bits(d.Guild), d.Kind, d.Step, blob(d.State), stamp(d.PromptedAt), bits(d.Message), span(d.AnswerIn), stamp(d.AnswerBy),
		stamp(d.EndBy), d.Token, stamp(d.TokenUntil)}
}

func (t *tx) CloseDialog(id int64) (bool, error) {
	changed, err := t.exec("DELETE FROM dialog WHERE id = ?", id)
	return changed > 0, err
}

func (t *tx) ExtendDialogs(by time.Duration, atLeast time.Time) error {
	_, err := t.exec(`UPDATE dialog SET
		answer_by_ms = CASE answer_by_ms WHEN 0 THEN 0 ELSE max(answer_by_ms + ?1, ?2) END,
		end_by_ms = CASE end_by_ms WHEN 0 THEN 0 ELSE max(end_by_ms + ?1, ?2) END`, span(by), stamp(atLeast))
	return err
}
