package foreign_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/bwmarrin/discordgo"
)

// redirect sends every request to the simulator: libraries whose base URL is fixed are otherwise as they are.
type redirect struct{ host string }

// RoundTrip changes scheme and host, nothing else.
func (r redirect) RoundTrip(req *http.Request) (*http.Response, error) {
	there := req.Clone(req.Context())
	there.URL.Scheme, there.URL.Host, there.Host = "http", r.host, r.host
	return http.DefaultTransport.RoundTrip(there)
}

// discordgoBot is the bot of script_test.go on discordgo.
type discordgoBot struct{ session *discordgo.Session }

func newDiscordgo(a account) (*discordgoBot, error) {
	discordgo.Logger = func(level, _ int, format string, args ...any) {
		if level <= discordgo.LogError {
			sayTrouble(fmt.Sprintf(format, args...))
		}
	}
	session, err := discordgo.New("Bot " + a.token)
	if err != nil {
		return nil, err
	}
	session.Client.Transport = redirect{a.host()}
	session.Identify.Intents = discordgo.IntentsAll
	bot := &discordgoBot{session}
	session.AddHandler(bot.heard)
	session.AddHandler(bot.asked)
	return bot, nil
}

func runDiscordgo(ctx context.Context, a account) error {
	bot, err := newDiscordgo(a)
	if err != nil {
		return err
	}
	if err := bot.session.Open(); err != nil {
		return err
	}
	if _, err := bot.session.ApplicationCommandBulkOverwrite(bot.session.State.User.ID, "", discordgoCommands()); err != nil {
		return err
	}
	sayReady("discordgo")
	<-ctx.Done()
	leave(func() { _ = bot.session.Close() })
	return nil
}

func discordgoCommands() []*discordgo.ApplicationCommand {
	var commands []*discordgo.ApplicationCommand
	for _, name := range commandNames {
		command := &discordgo.ApplicationCommand{Name: name, Description: "Try " + name}
		if name == "pick" {
			command.Options = []*discordgo.ApplicationCommandOption{{
				Type: discordgo.ApplicationCommandOptionString, Name: selectShade, Description: "Which one", Required: true, Autocomplete: true,
			}}
		}
		commands = append(commands, command)
	}
	return commands
}

func (b *discordgoBot) heard(s *discordgo.Session, m *discordgo.MessageCreate) {
	if m.Author.Bot {
		return
	}
	if text := reply(m.Author.ID, m.Content); text != "" {
		_, err := s.ChannelMessageSendReply(m.ChannelID, text, m.Reference())
		check(err)
	}
}

func (b *discordgoBot) asked(s *discordgo.Session, e *discordgo.InteractionCreate) {
	in := e.Interaction
	switch in.Type {
	case discordgo.InteractionApplicationCommand:
		b.command(in)
	case discordgo.InteractionApplicationCommandAutocomplete:
		var choices []*discordgo.ApplicationCommandOptionChoice
		for _, shade := range shadesLike(in.ApplicationCommandData().Options[0].StringValue()) {
			choices = append(choices, &discordgo.ApplicationCommandOptionChoice{Name: strings.ToUpper(shade), Value: shade})
		}
		b.respond(in, discordgo.InteractionApplicationCommandAutocompleteResult, &discordgo.InteractionResponseData{Choices: choices})
	case discordgo.InteractionMessageComponent:
		if data := in.MessageComponentData(); data.CustomID == buttonGo {
			b.respond(in, discordgo.InteractionResponseUpdateMessage,
				&discordgo.InteractionResponseData{Content: pressedText, Components: []discordgo.MessageComponent{}})
		} else {
			b.say(in, shadeText+strings.Join(data.Values, ","))
		}
	case discordgo.InteractionModalSubmit:
		row := in.ModalSubmitData().Components[0].(*discordgo.ActionsRow)
		b.say(in, nickText+row.Components[0].(*discordgo.TextInput).Value)
	}
}

func (b *discordgoBot) command(in *discordgo.Interaction) {
	switch data := in.ApplicationCommandData(); data.Name {
	case "slow":
		b.respond(in, discordgo.InteractionResponseDeferredChannelMessageWithSource, nil)
		text := slowEdited
		_, err := b.session.InteractionResponseEdit(in, &discordgo.WebhookEdit{Content: &text})
		check(err)
		_, err = b.session.FollowupMessageCreate(in, true, &discordgo.WebhookParams{Content: slowMore})
		check(err)
	case "quiet":
		b.respond(in, discordgo.InteractionResponseChannelMessageWithSource,
			&discordgo.InteractionResponseData{Content: quietText, Flags: discordgo.MessageFlagsEphemeral})
	case "panel":
		b.respond(in, discordgo.InteractionResponseChannelMessageWithSource,
			&discordgo.InteractionResponseData{Content: panelText, Components: discordgoPanel()})
	case "form":
		field := discordgo.TextInput{CustomID: fieldNick, Label: "Nick", Style: discordgo.TextInputShort}
		b.respond(in, discordgo.InteractionResponseModal, &discordgo.InteractionResponseData{
			CustomID: formSheet, Title: formTitle,
			Components: []discordgo.MessageComponent{discordgo.ActionsRow{Components: []discordgo.MessageComponent{field}}},
		})
	case "pick":
		b.say(in, pickedText+data.Options[0].StringValue())
	}
}

func discordgoPanel() []discordgo.MessageComponent {
	var options []discordgo.SelectMenuOption
	for _, shade := range shades {
		options = append(options, discordgo.SelectMenuOption{Label: shade, Value: shade})
	}
	return []discordgo.MessageComponent{
		discordgo.ActionsRow{Components: []discordgo.MessageComponent{discordgo.Button{Label: "Go", CustomID: buttonGo}}},
		discordgo.ActionsRow{Components: []discordgo.MessageComponent{discordgo.SelectMenu{CustomID: selectShade, Options: options}}},
	}
}

func (b *discordgoBot) say(in *discordgo.Interaction, text string) {
	b.respond(in, discordgo.InteractionResponseChannelMessageWithSource, &discordgo.InteractionResponseData{Content: text})
}

func (b *discordgoBot) respond(in *discordgo.Interaction, kind discordgo.InteractionResponseType, data *discordgo.InteractionResponseData) {
	check(b.session.InteractionRespond(in, &discordgo.InteractionResponse{Type: kind, Data: data}))
}
