package sqlite

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/steadfast-bot/steadfast/internal/storage"
)

// These tests look inside because a batch cannot be seen from outside: that is its point.

var errRefused = errors.New("refused")

func TestAMemberThatFailsTakesNothingOfTheOthersWithIt(t *testing.T) {
	s := newSubject(t)
	good, bad, alsoGood := s.put("good", nil), s.put("bad", errRefused), s.put("also good", nil)
	got := s.inOneBatch(good, bad, alsoGood)
	for i, want := range []error{nil, errRefused, nil} {
		if !errors.Is(got[i], want) {
			t.Errorf("member %d: got %v, want %v", i, got[i], want)
		}
	}
	s.holds("also good", "good")
}

func TestAMemberThatTheDatabaseFailsIsAloneInFailing(t *testing.T) {
	s := newSubject(t)
	buggy := &job{epoch: s.epoch, do: func(t *tx) error {
		_, err := t.exec("INSERT INTO epoch (shard, lease, activation) VALUES (0, NULL, NULL)")
		return err
	}}
	got := s.inOneBatch(s.put("good", nil), buggy, s.put("also good", nil))
	if got[0] != nil || got[1] == nil || got[2] != nil || isFault(got[1]) {
		t.Errorf("got %v", got)
	}
	if trouble := s.writer.health().Trouble; trouble != "" {
		t.Errorf("a bug in a statement is shown as the database's trouble: %s", trouble)
	}
	s.holds("also good", "good")
}

func TestADatabaseThatTakesNoMoreIsInTrouble(t *testing.T) {
	s := newSubject(t)
	full := &job{epoch: s.epoch, do: func(*tx) error {
		return &storage.Fault{Kind: storage.ErrFull, Where: "the file", Hint: hintFull}
	}}
	if err := s.submit(full); !errors.Is(err, storage.ErrFull) {
		t.Errorf("got %v", err)
	}
	if trouble := s.writer.health().Trouble; !strings.Contains(trouble, "no room left") {
		t.Errorf("trouble: %q", trouble)
	}
}

func TestTheWriterAsksForTheDisksWordAtEachCommit(t *testing.T) {
	s := newSubject(t)
	var journal string
	var synchronous int
	err := s.submit(&job{epoch: s.epoch, do: func(t *tx) error {
		_, err := t.row("SELECT (SELECT journal_mode FROM pragma_journal_mode), (SELECT synchronous FROM pragma_synchronous)", nil, &journal, &synchronous)
		return err
	}})
	const full = 2
	if err != nil || journal != "wal" || synchronous != full {
		t.Errorf("journal %s, synchronous %d, %v", journal, synchronous, err)
	}
}

func TestAMemberWithAnotherEpochIsAloneInBeingRefused(t *testing.T) {
	s := newSubject(t)
	stale := s.put("stale", nil)
	stale.epoch.Activation--
	got := s.inOneBatch(s.put("good", nil), stale)
	if got[0] != nil || !errors.Is(got[1], storage.ErrStaleEpoch) {
		t.Errorf("got %v", got)
	}
	s.holds("good")
}

func TestAPanicGoesOnWhereTheMemberCameFromAndNowhereElse(t *testing.T) {
	s := newSubject(t)
	panics := s.put("bad", nil)
	do := panics.do
	panics.do = func(t *tx) error {
		_ = do(t)
		panic("boom")
	}
	var value any
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { value = recover() }()
		_ = s.writer.submit(context.Background(), panics.epoch, ordinary, panics.do)
	}()
	<-done
	err, ok := value.(error)
	if !ok || !strings.Contains(err.Error(), "boom") || !strings.Contains(err.Error(), "writer_internal_test.go") {
		t.Errorf("the submitter's panic does not tell what and where: %v", value)
	}
	if err := s.submit(s.put("good", nil)); err != nil {
		t.Error(err)
	}
	s.holds("good")
}

func TestABatchHoldsWhatIsQueuedUpToABound(t *testing.T) {
	s := newSubject(t)
	var mu sync.Mutex
	sizes := make(map[*tx]int) // a transaction has one tx
	var members []*job
	for range 300 {
		members = append(members, &job{epoch: s.epoch, do: func(t *tx) error {
			mu.Lock()
			defer mu.Unlock()
			sizes[t]++
			return nil
		}})
	}
	for _, err := range s.inOneBatch(members...) {
		if err != nil {
			t.Fatal(err)
		}
	}
	total := 0
	for _, size := range sizes {
		total += size
	}
	if len(sizes) != 2 || total != 300 {
		t.Errorf("300 members went into %d transactions: %v", len(sizes), sizes)
	}
}

func TestAMemberIsWithdrawnOnlyUntilItIsBegun(t *testing.T) {
	s := newSubject(t)
	begun, goOn := make(chan struct{}), make(chan struct{})
	ctx, giveUp := context.WithCancel(t.Context())
	first := s.put("begun", nil)
	results := make(chan error, 1)
	go func() {
		results <- s.writer.submit(ctx, s.epoch, ordinary, func(t *tx) error {
			close(begun)
			<-goOn
			return first.do(t)
		})
	}()
	<-begun
	queued := make(chan error, 1)
	go func() { queued <- s.writer.submit(ctx, s.epoch, ordinary, s.put("queued", nil).do) }()
	s.waitForQueue(1)
	giveUp()
	if err := <-queued; !errors.Is(err, context.Canceled) {
		t.Errorf("the queued one: got %v", err)
	}
	close(goOn)
	if err := <-results; err != nil {
		t.Errorf("the one begun: got %v", err)
	}
	s.holds("begun")
}

func TestABrokenConnectionIsReplaced(t *testing.T) {
	s := newSubject(t)
	breaks := &job{epoch: s.epoch, do: func(t *tx) error {
		_ = t.conn.conn.Close()
		_, err := t.exec("DELETE FROM cursor")
		return err
	}}
	if err := s.submit(breaks); !errors.Is(err, storage.ErrBroken) {
		t.Errorf("got %v", err)
	}
	if trouble := s.writer.health().Trouble; trouble == "" {
		t.Error("no trouble is told")
	}
	if err := s.submit(s.put("good", nil)); err != nil {
		t.Error(err)
	}
	if trouble := s.writer.health().Trouble; trouble != "" {
		t.Errorf("trouble after recovery: %s", trouble)
	}
	s.holds("good")
}

func TestWhenTheTransactionIsGoneAllOfItsMembersAreRefused(t *testing.T) {
	s := newSubject(t)
	// What SQLite does by itself when the disk is full.
	rolledBack := &job{epoch: s.epoch, do: func(t *tx) error {
		_, _ = t.exec("ROLLBACK")
		return errRefused
	}}
	got := s.inOneBatch(s.put("lost", nil), rolledBack, s.put("never begun", nil))
	for i, err := range got {
		if err == nil {
			t.Errorf("member %d was told that it was committed", i)
		}
	}
	s.holds()
	if err := s.submit(s.put("good", nil)); err != nil {
		t.Error(err)
	}
	s.holds("good")
}

func TestCloseFinishesWhatIsQueued(t *testing.T) {
	s := newSubject(t)
	release := s.hold()
	results := make(chan error, 1)
	go func() { results <- s.submit(s.put("queued", nil)) }()
	s.waitForQueue(1)
	closed := make(chan error, 1)
	go func() { closed <- s.store.Close() }()
	release()
	if err := <-results; err != nil && !errors.Is(err, storage.ErrClosed) {
		t.Errorf("got %v", err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if err := s.submit(s.put("late", nil)); !errors.Is(err, storage.ErrClosed) {
		t.Errorf("after Close: got %v", err)
	}
}

// subject is an activated store whose writer can be held up, so that what is submitted meanwhile becomes one batch.
type subject struct {
	*testing.T
	free   *int64 // on the disk, from now on
	store  *Store
	writer *writer
	epoch  storage.Epoch
}

func newSubject(t *testing.T) *subject {
	t.Helper()
	free, ask := plentyOf(ballastReturn)
	store, err := New(Options{Path: filepath.Join(t.TempDir(), "steadfast.db"), Budget: storage.DefaultBudget(), Ballast: 1 << 16, Free: ask})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	epoch, err := store.Activate(t.Context(), storage.Claim{})
	if err != nil {
		t.Fatal(err)
	}
	s := &subject{T: t, store: store, writer: store.writer, epoch: epoch, free: free}
	// After the first write the ballast is there; from then on only what a test says about the disk is true.
	if err := s.submit(&job{epoch: epoch, do: func(*tx) error { return nil }}); err != nil {
		t.Fatal(err)
	}
	*free = 0
	return s
}

// put is a member that writes a row and then fails with err, if any.
func (s *subject) put(session string, err error) *job {
	return &job{epoch: s.epoch, do: func(t *tx) error {
		_, insertErr := t.exec("INSERT INTO cursor (shard, session_id, resume_url, sequence) SELECT count(*), ?, '', 0 FROM cursor", session)
		return errors.Join(insertErr, err)
	}}
}

func (s *subject) submit(j *job) error { return s.writer.submit(s.Context(), j.epoch, j.kind, j.do) }

// hold keeps the writer busy until release is called.
func (s *subject) hold() (release func()) {
	s.Helper()
	busy, free := make(chan struct{}), make(chan struct{})
	done := make(chan error, 1)
	go func() {
		done <- s.submit(&job{epoch: s.epoch, do: func(*tx) error {
			close(busy)
			<-free
			return nil
		}})
	}()
	<-busy
	return func() {
		close(free)
		if err := <-done; err != nil {
			s.Error(err)
		}
	}
}

// inOneBatch submits members in order while the writer is busy, and returns their results.
func (s *subject) inOneBatch(members ...*job) []error {
	s.Helper()
	release := s.hold()
	results := make([]error, len(members))
	var group sync.WaitGroup
	for i, j := range members {
		group.Go(func() { results[i] = s.submit(j) })
		s.waitForQueue(i + 1)
	}
	release()
	group.Wait()
	return results
}

func (s *subject) waitForQueue(length int) {
	for s.writer.health().Queued < length {
		if s.Context().Err() != nil {
			s.Fatal("the queue never filled")
		}
	}
}

// holds checks which sessions are stored.
func (s *subject) holds(want ...string) {
	s.Helper()
	c, _, err := s.store.reader.lend(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	defer s.store.reader.giveBack(c, true)
	var got string
	_, err = c.row(s.Context(), "SELECT coalesce(group_concat(session_id, ', ' ORDER BY session_id), '') FROM cursor", nil, &got)
	if err != nil || got != strings.Join(want, ", ") {
		s.Errorf("stored: %q, %v; want %q", got, err, strings.Join(want, ", "))
	}
}
