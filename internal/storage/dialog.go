package storage

import "time"

// Dialog is a conversation that waits for a person. There is one at most per person and channel.
type Dialog struct {
	// ID is given by OpenDialog and never used again, so that a button knows which dialog it belonged to.
	ID                   int64
	User, Channel, Guild uint64
	// Kind names the machine, State is the machine's own, Step tells its prompts apart.
	Kind  string
	Step  int
	State []byte
	// PromptedAt is when the prompt was delivered, Message which message it is; zero before.
	PromptedAt time.Time
	Message    uint64
	// AnswerIn is how long an answer may take, from the prompt's delivery on.
	AnswerIn time.Duration
	// AnswerBy and EndBy end the wait for this answer and the whole dialog; a zero time does not run.
	AnswerBy, EndBy time.Time
	// Token is the last interaction's, by which the prompt can be edited until TokenUntil. It is forgotten then.
	Token      string
	TokenUntil time.Time
}

// DialogView reads dialogs.
type DialogView interface {
	// Dialog is the open one of a person in a channel.
	Dialog(user, channel uint64) (Dialog, bool, error)
	// DialogByID is an open one; false when it is over.
	DialogByID(id int64) (Dialog, bool, error)
	// DueDialogs lists up to limit dialogs whose time has run out, by id, after the one with that id.
	DueDialogs(now time.Time, after int64, limit int) ([]Dialog, error)
	// NextDialogEnd is when the time of the next one runs out; false when none runs.
	NextDialogEnd() (time.Time, bool, error)
}

// DialogTx leads dialogs.
type DialogTx interface {
	// OpenDialog begins one. ErrDialogOpen when the person has one in that channel.
	OpenDialog(Dialog) (id int64, err error)
	// SaveDialog replaces an open one but for its person and channel. ErrDialogOver when it is over.
	SaveDialog(Dialog) error
	// CloseDialog ends one; false when it was over.
	CloseDialog(id int64) (bool, error)
	// ExtendDialogs makes up for an absence: what runs gains that much time, and has at least until then.
	ExtendDialogs(by time.Duration, atLeast time.Time) error
}
