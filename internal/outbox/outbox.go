// Package outbox brings effects to Discord: the right call for each, the same call again while its fate is unknown,
// and a nonce so that again never means twice. It decides how an effect is delivered and when it is given up; what
// should be delivered is decided by commands.
package outbox

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/diamondburned/arikawa/v3/discord"
	"github.com/sirupsen/logrus"

	"github.com/steadfast-bot/steadfast/internal/effect"
	"github.com/steadfast-bot/steadfast/internal/logging"
	"github.com/steadfast-bot/steadfast/internal/rest"
)

// Discord is the part of the REST client that delivering needs.
type Discord interface {
	CreateMessage(context.Context, discord.ChannelID, rest.Message) (rest.Posted, error)
	Respond(context.Context, discord.InteractionID, string, rest.Response) error
	EditOriginal(context.Context, discord.AppID, string, rest.Message) (rest.Posted, error)
	Original(context.Context, discord.AppID, string) (rest.Posted, error)
}

var _ Discord = (*rest.Client)(nil)

// NotAfter is how old an answer may get before it is given up.
const NotAfter = 15 * time.Minute

// Origin is the event that effects answer.
type Origin struct {
	// Key is the event's key; nonces are made from it.
	Key string
	// Channel is where it happened; Message is the message to reply to, 0 for an interaction.
	Channel, Message uint64
	// Interaction is nil for a message.
	Interaction *Interaction
}

// Outbox delivers. The zero value is not usable; see New.
type Outbox struct {
	api Discord
	log *logrus.Entry

	mu       sync.Mutex
	underWay map[*delivery]struct{}
}

// delivery is one call to Deliver.
type delivery struct{ since time.Time }

// New makes an outbox.
func New(api Discord, log *logrus.Entry) *Outbox {
	return &Outbox{api: api, log: log, underWay: make(map[*delivery]struct{})}
}

// Deliver brings the effects of one event to Discord, in their order. It returns nil when each was delivered, or
// refused by Discord for good (which is logged: nothing would change by trying again). Another error means that ctx
// ended or that an effect grew too old; the same call may then be made again, by a successor too, without any effect
// happening twice.
func (o *Outbox) Deliver(ctx context.Context, origin Origin, effects []effect.Effect) error {
	d := &delivery{since: time.Now()}
	o.mu.Lock()
	o.underWay[d] = struct{}{}
	o.mu.Unlock()
	defer func() {
		o.mu.Lock()
		delete(o.underWay, d)
		o.mu.Unlock()
	}()
	ctx, cancel := context.WithTimeout(ctx, NotAfter)
	defer cancel()
	for number, e := range effects {
		if err := o.deliver(ctx, origin, number, e); err != nil {
			return fmt.Errorf("effect %d of %s: %w", number, origin.Key, err)
		}
	}
	return nil
}

func (o *Outbox) deliver(ctx context.Context, origin Origin, number int, e effect.Effect) error {
	nonce := Nonce(origin.Key, number)
	switch e := e.(type) {
	case effect.Post:
		return o.post(ctx, e.Channel, 0, e.Message, nonce)
	case effect.Answer:
		if origin.Interaction == nil {
			return o.post(ctx, origin.Channel, origin.Message, e.Message, nonce)
		}
		err := origin.Interaction.Answer(ctx, e.Message)
		if errors.Is(err, ErrDead) { // it was done; its answer goes out as a message
			return o.post(ctx, origin.Channel, 0, origin.Interaction.instead(e.Message), nonce)
		}
		return o.refused(err, origin.Channel)
	default:
		panic(fmt.Sprintf("outbox: no delivery for %T", e)) // a new effect needs a case above
	}
}

// post creates a message, once however often it is called with the same nonce.
func (o *Outbox) post(ctx context.Context, channel, replyTo uint64, m effect.Message, nonce string) error {
	body := toREST(m)
	body.ReplyTo, body.Nonce = discord.MessageID(replyTo), nonce
	err := retry(ctx, func(ctx context.Context) error {
		_, err := o.api.CreateMessage(ctx, discord.ChannelID(channel), body)
		return err
	})
	if rest.OutcomeOf(err) == rest.Garbled || rest.IsCode(err, rest.CodeUnknownMessage) { // made; made, then deleted
		return nil
	}
	return o.refused(err, channel)
}

// refused turns Discord's final no into a line in the log: trying again would change nothing.
func (o *Outbox) refused(err error, channel uint64) error {
	if rest.OutcomeOf(err) != rest.Refused {
		return err
	}
	o.log.WithError(err).WithField(logging.Channel, channel).Warn("Discord refused an effect")
	return nil
}

// Depth is how many deliveries are under way, and the age of the oldest; negative when there is none.
func (o *Outbox) Depth() (depth int, oldest time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	oldest = -1
	for d := range o.underWay {
		oldest = max(oldest, time.Since(d.since))
	}
	return len(o.underWay), oldest
}

// Nonce is 24 characters that are the same for the same effect of the same event, in every process.
// Discord takes up to 25 ("Create Message"), and looks the nonce up per author, so the event is part of it.
func Nonce(key string, number int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%d", key, number))
	return base64.RawURLEncoding.EncodeToString(sum[:18])
}

// toREST is a message for the wire. Its mentions notify whom the effect names and nobody else.
func toREST(m effect.Message) rest.Message {
	out := rest.Message{Content: m.Content}
	for _, user := range m.Pings {
		out.Mentions.Users = append(out.Mentions.Users, discord.UserID(user))
	}
	return out
}
