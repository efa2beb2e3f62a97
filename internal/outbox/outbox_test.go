package outbox_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/diamondburned/arikawa/v3/discord"
	"github.com/google/go-cmp/cmp"
	"github.com/sirupsen/logrus"

	"github.com/steadfast-bot/steadfast/internal/effect"
	"github.com/steadfast-bot/steadfast/internal/outbox"
	"github.com/steadfast-bot/steadfast/internal/rest"
)

// What Discord can say to a call.
var (
	lost     = &rest.Failure{Outcome: rest.Unknown, Message: "connection reset"}
	unsent   = &rest.Failure{Outcome: rest.NotSent, Message: "refused"}
	garbled  = &rest.Failure{Outcome: rest.Garbled, Status: 200}
	limited  = &rest.Failure{Outcome: rest.Refused, Status: 429, RetryAfter: 3 * time.Second}
	missing  = &rest.Failure{Outcome: rest.Refused, Status: 403, Code: 50013}
	deleted  = &rest.Failure{Outcome: rest.Refused, Status: 404, Code: rest.CodeUnknownMessage}
	acked    = &rest.Failure{Outcome: rest.Refused, Status: 400, Code: rest.CodeAlreadyAnswered}
	unknown  = &rest.Failure{Outcome: rest.Refused, Status: 404, Code: rest.CodeUnknownInteraction}
	notFound = &rest.Failure{Outcome: rest.Refused, Status: 404, Code: rest.CodeUnknownWebhook}
)

// scripted is a Discord that answers each kind of call from a script (then with success) and notes the calls.
type scripted struct {
	create, respond, edit, original []error
	calls                           []string
	nonces                          []string
	hang                            time.Duration // how long Respond takes
}

func next(script *[]error) error {
	if len(*script) == 0 {
		return nil
	}
	err := (*script)[0]
	*script = (*script)[1:]
	return err
}

func (s *scripted) CreateMessage(_ context.Context, _ discord.ChannelID, m rest.Message) (rest.Posted, error) {
	reply := ""
	if m.ReplyTo.IsValid() {
		reply = " as reply"
	}
	s.calls = append(s.calls, "create "+m.Content+reply)
	s.nonces = append(s.nonces, m.Nonce)
	return rest.Posted{ID: 1}, next(&s.create)
}

func (s *scripted) Respond(_ context.Context, _ discord.InteractionID, _ string, r rest.Response) error {
	time.Sleep(s.hang)
	name := map[rest.ResponseType]string{rest.RespondMessage: "answer ", rest.RespondDefer: "defer"}[r.Type]
	if r.Message.Flags&rest.FlagEphemeral != 0 {
		name = "private " + name
	}
	s.calls = append(s.calls, name+r.Message.Content)
	return next(&s.respond)
}

func (s *scripted) EditOriginal(_ context.Context, _ discord.AppID, _ string, m rest.Message) (rest.Posted, error) {
	s.calls = append(s.calls, "edit "+m.Content)
	return rest.Posted{ID: 1}, next(&s.edit)
}

func (s *scripted) Original(context.Context, discord.AppID, string) (rest.Posted, error) {
	s.calls = append(s.calls, "look")
	return rest.Posted{ID: 1}, next(&s.original)
}

func silent() *logrus.Entry {
	logger := logrus.New()
	logger.SetOutput(io.Discard)
	return logrus.NewEntry(logger)
}

// interactionID is that of an interaction that begins now. A bubble's clock starts before Discord's, so it is
// moved first.
func interactionID() uint64 {
	time.Sleep(time.Until(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)))
	return uint64(discord.NewSnowflake(time.Now()))
}

func TestAReplyIsSentAgainUntilItsFateIsKnown(t *testing.T) {
	for name, c := range map[string]struct {
		script []error
		tries  int
		took   time.Duration
	}{
		"at once":                   {nil, 1, 0},
		"after a lost answer":       {[]error{lost}, 2, 100 * time.Millisecond},
		"after three failures":      {[]error{lost, unsent, lost}, 4, 700 * time.Millisecond},
		"when Discord lets us":      {[]error{limited}, 2, 3 * time.Second},
		"an answer nobody can read": {[]error{garbled}, 1, 0},
		"made, then deleted":        {[]error{lost, deleted}, 2, 100 * time.Millisecond},
		"a final no is not argued":  {[]error{missing}, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := &scripted{create: c.script}
				start := time.Now()
				err := outbox.New(api, silent()).Deliver(t.Context(), outbox.Origin{Key: "7", Channel: 1, Message: 2}, effect.Text("hi"))
				if err != nil || len(api.calls) != c.tries || time.Since(start) != c.took {
					t.Errorf("%v after %v, calls %q", err, time.Since(start), api.calls)
				}
				for _, nonce := range api.nonces {
					if nonce != outbox.Nonce("7", 0) || len(nonce) != 24 {
						t.Errorf("nonce %q", nonce)
					}
				}
				if api.calls[0] != "create hi as reply" {
					t.Errorf("call %q", api.calls[0])
				}
			})
		})
	}
}

func TestEachEffectOfAnEventHasANonceOfItsOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, key := range []string{"1", "11", "12"} {
		for number := range 12 {
			seen[outbox.Nonce(key, number)] = true
		}
	}
	if len(seen) != 36 {
		t.Errorf("%d nonces for 36 effects", len(seen))
	}
}

func TestADeliveryEndsWithItsContextAndIsNotCalledDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var always []error
		for range 100 {
			always = append(always, lost)
		}
		o := outbox.New(&scripted{create: always}, silent())
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(10*time.Second, func() {
			if depth, age := o.Depth(); depth != 1 || age != 10*time.Second {
				t.Errorf("depth %d, age %v", depth, age)
			}
			cancel()
		})
		err := o.Deliver(ctx, outbox.Origin{Key: "7", Channel: 1}, effect.Text("hi"))
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if depth, age := o.Depth(); depth != 0 || age >= 0 {
			t.Errorf("depth %d, age %v", depth, age)
		}
	})
}

func TestAnInteractionIsAnsweredTheWayThatIsStillOpen(t *testing.T) {
	for name, c := range map[string]struct {
		api      scripted
		deferred bool
		private  bool
		age      time.Duration
		want     []string
	}{
		"in time":                        {want: []string{"answer hi"}},
		"privately":                      {private: true, want: []string{"private answer hi"}},
		"after a deferral":               {deferred: true, want: []string{"defer", "edit hi"}},
		"after a private deferral":       {deferred: true, private: true, want: []string{"private defer", "edit hi"}},
		"a lost callback, made again":    {api: scripted{respond: []error{lost}}, want: []string{"answer hi", "answer hi"}},
		"a lost callback that was heard": {api: scripted{respond: []error{lost, acked}}, want: []string{"answer hi", "answer hi", "edit hi"}},
		"a lost deferral that was heard": {api: scripted{respond: []error{lost, acked}}, deferred: true, want: []string{"defer", "defer", "edit hi"}},
		"acknowledged by a predecessor":  {api: scripted{respond: []error{unknown}}, want: []string{"answer hi", "look", "edit hi"}},
		"too old, but acknowledged":      {age: 10 * time.Second, want: []string{"look", "edit hi"}},
		"dead: told in the channel":      {api: scripted{respond: []error{unknown}, original: []error{notFound}}, want: []string{"answer hi", "look", "create hi"}},
		"dead and private: only that":    {api: scripted{respond: []error{unknown}, original: []error{notFound}}, private: true, want: []string{"private answer hi", "look", "create Done."}},
		"its token grew too old":         {deferred: true, age: 16 * time.Minute, want: []string{"look", "create hi"}},
		"the original was taken away":    {api: scripted{edit: []error{notFound}}, deferred: true, want: []string{"defer", "edit hi", "create hi"}},
		"an edit that was lost":          {api: scripted{edit: []error{lost}}, deferred: true, want: []string{"defer", "edit hi", "edit hi"}},
		"a response that can't be read":  {api: scripted{respond: []error{garbled}}, want: []string{"answer hi"}},
		"refused for its form":           {api: scripted{respond: []error{missing}}, want: []string{"answer hi"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				id := interactionID()
				time.Sleep(c.age)
				api := &c.api
				answer := outbox.NewInteraction(api, 1, id, "token", c.private)
				if c.deferred {
					if err := answer.Defer(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				origin := outbox.Origin{Key: "7", Channel: 1, Interaction: answer}
				if err := outbox.New(api, silent()).Deliver(t.Context(), origin, effect.Text("hi")); err != nil {
					t.Error(err)
				}
				for i := range api.calls {
					if strings.HasPrefix(api.calls[i], "create Done.") {
						api.calls[i] = "create Done."
					}
				}
				if diff := cmp.Diff(c.want, api.calls); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func TestAnAnswerWaitsForADeferralUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := &scripted{hang: time.Second}
		answer := outbox.NewInteraction(api, 1, interactionID(), "token", false)
		go func() { _ = answer.Defer(t.Context()) }()
		synctest.Wait()
		if err := answer.Answer(t.Context(), effect.Message{Content: "hi"}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"defer", "edit hi"}, api.calls); diff != "" {
			t.Error(diff)
		}
	})
}

func TestADeferralOfADeadInteractionSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := &scripted{respond: []error{unknown}, original: []error{notFound}}
		answer := outbox.NewInteraction(api, 1, interactionID(), "token", false)
		for range 2 {
			if err := answer.Defer(t.Context()); !errors.Is(err, outbox.ErrDead) {
				t.Errorf("got %v", err)
			}
		}
		select {
		case <-answer.Answered():
		default:
			t.Error("somebody still waits for its answer")
		}
	})
}

func TestARefusalIsPrivateWhateverTheCommandDeclares(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := &scripted{}
		answer := outbox.NewInteraction(api, 1, interactionID(), "token", false)
		if err := answer.Refuse(t.Context(), effect.Message{Content: "no"}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"private answer no"}, api.calls); diff != "" {
			t.Error(diff)
		}
	})
}
