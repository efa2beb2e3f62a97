package config

import (
	"errors"
	"io/fs"
	"os"
	"strings"
)

// ReadToken reads the bot's token from its source, each time anew, so that a rotated token is found without a
// restart of the supervisor. The error is an *Error that says where a token can be put.
func (d Discord) ReadToken() (string, error) {
	token, origin := d.Token, "the environment or the settings file"
	if token == "" && d.TokenFile == "" {
		return "", &Error{Key: "discord.token",
			Problem: "there is no token: set DISCORD_TOKEN, or DISCORD_TOKEN_FILE to a file that holds it; `run --sandbox` needs none"}
	}
	if token == "" {
		origin = d.TokenFile
		content, err := os.ReadFile(d.TokenFile)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return "", &Error{Key: "discord.token_file", Origin: origin, Problem: "there is no such file"}
		case err != nil:
			return "", &Error{Key: "discord.token_file", Origin: origin, Problem: "the file can't be read by this user"}
		}
		token = string(content)
	}
	token = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(token), "Bot "))
	if token == "" {
		return "", &Error{Key: "discord.token", Origin: origin, Problem: "the token is empty"}
	}
	if strings.ContainsAny(token, " \t\r\n") || !isPrintable(token) {
		return "", &Error{Key: "discord.token", Origin: origin, Problem: "a token has no spaces or line breaks in it; copy it again from the Developer Portal (Bot, Reset Token)"}
	}
	return token, nil
}

func isPrintable(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}
