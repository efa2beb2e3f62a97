package logging_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/sirupsen/logrus"

	"github.com/steadfast-bot/steadfast/internal/logging"
)

// Made-up secrets in the shapes that Discord uses.
const (
	botToken         = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcdE.abcdefghijklmnopqrstuvwxyz0123456789AB"
	interactionToken = "aW50ZXJhY3Rpb246MTIzNDU2Nzg5MDEyMzQ1Njc4OmFiY2RlZmdo"
	webhookToken     = "w3bh00k-t0ken_w3bh00k"
)

func TestNoSecretReachesALine(t *testing.T) {
	webhookURL := "https://discord.com/api/v10/webhooks/123456789012345678/" + webhookToken + "/messages/@original"
	for name, log := range map[string]func(*logrus.Entry){
		"in the message": func(l *logrus.Entry) { l.Info("token is " + botToken) },
		"in a field":     func(l *logrus.Entry) { l.WithField("x", "Bot "+botToken).Info("hello") },
		"in an error":    func(l *logrus.Entry) { l.WithError(fmt.Errorf("dial %s: refused", botToken)).Error("no") },
		"in a url.Error": func(l *logrus.Entry) {
			l.WithError(&url.Error{Op: "Patch", URL: webhookURL, Err: errors.New("eof")}).Warn("x")
		},
		"in an interaction":    func(l *logrus.Entry) { l.Info("POST /interactions/1/" + interactionToken + "/callback") },
		"interaction alone":    func(l *logrus.Entry) { l.WithField("token", interactionToken).Info("x") },
		"in a list":            func(l *logrus.Entry) { l.WithField("args", []string{"a", botToken}).Info("x") },
		"a secret of no shape": func(l *logrus.Entry) { l.Info("it was a-plain-secret, really") },
	} {
		for _, format := range []logging.Format{logging.JSON, logging.Text} {
			t.Run(name, func(t *testing.T) {
				var out bytes.Buffer
				redactor := new(logging.Redactor)
				redactor.Add("a-plain-secret")
				logger, err := logging.New(&out, format, "debug", redactor)
				if err != nil {
					t.Fatal(err)
				}
				log(logger.WithField(logging.Component, "test"))
				for _, secret := range []string{botToken, interactionToken, webhookToken, "a-plain-secret"} {
					if strings.Contains(out.String(), secret) {
						t.Errorf("the line holds a secret: %s", out.String())
					}
				}
				if !strings.Contains(out.String(), "redacted") {
					t.Errorf("nothing marks where the secret was: %s", out.String())
				}
			})
		}
	}
}

func TestOrdinaryLinesAreLeftAlone(t *testing.T) {
	redactor := new(logging.Redactor)
	redactor.Add("abc") // too short to be a secret
	const line = "resumed session abc-def in 12.5ms at https://discord.com/api/v10/channels/1/messages, v1.2.3"
	if got := redactor.String(line); got != line {
		t.Errorf("got %q", got)
	}
}

func TestAnUnknownLevelIsRefused(t *testing.T) {
	if _, err := logging.New(new(bytes.Buffer), logging.JSON, "chatty", new(logging.Redactor)); err == nil {
		t.Error("no error")
	}
}
