package foreign_test

import (
	"context"
	"log/slog"
	"strings"

	"github.com/disgoorg/disgo"
	"github.com/disgoorg/disgo/bot"
	"github.com/disgoorg/disgo/discord"
	"github.com/disgoorg/disgo/events"
	"github.com/disgoorg/disgo/gateway"
	"github.com/disgoorg/disgo/rest"
)

// complaints hands what a library logs as an error to the parent.
type complaints struct{ attrs string }

// Enabled takes errors only.
func (complaints) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelError }

// Handle writes the message and its attributes on one line.
func (c complaints) Handle(_ context.Context, r slog.Record) error {
	text := r.Message + c.attrs
	r.Attrs(func(a slog.Attr) bool {
		text += " " + a.String()
		return true
	})
	sayTrouble(text)
	return nil
}

// WithAttrs remembers the attributes.
func (c complaints) WithAttrs(attrs []slog.Attr) slog.Handler {
	for _, a := range attrs {
		c.attrs += " " + a.String()
	}
	return c
}

// WithGroup is not used by disgo.
func (c complaints) WithGroup(string) slog.Handler { return c }

// newDisgo is the bot of script_test.go on disgo. Its gateway asks for zstd-stream, disgo's default.
func newDisgo(a account) (*bot.Client, error) {
	return disgo.New(a.token,
		bot.WithLogger(slog.New(complaints{})),
		bot.WithRestClientConfigOpts(rest.WithURL(a.api)),
		bot.WithGatewayConfigOpts(gateway.WithIntents(gateway.IntentsAll)),
		bot.WithEventListenerFunc(disgoHeard),
		bot.WithEventListenerFunc(disgoCommand),
		bot.WithEventListenerFunc(disgoComplete),
		bot.WithEventListenerFunc(disgoComponent),
		bot.WithEventListenerFunc(func(e *events.ModalSubmitInteractionCreate) {
			check(e.CreateMessage(discord.NewMessageCreate().WithContent(nickText + e.Data.Text(fieldNick))))
		}),
	)
}

func runDisgo(ctx context.Context, a account) error {
	client, err := newDisgo(a)
	if err != nil {
		return err
	}
	if err := client.OpenGateway(ctx); err != nil {
		return err
	}
	if _, err := client.Rest.SetGlobalCommands(client.ApplicationID, disgoCommands()); err != nil {
		return err
	}
	sayReady("disgo")
	<-ctx.Done()
	leave(func() { client.Close(context.Background()) })
	return nil
}

func disgoCommands() []discord.ApplicationCommandCreate {
	var commands []discord.ApplicationCommandCreate
	for _, name := range commandNames {
		command := discord.SlashCommandCreate{Name: name, Description: "Try " + name}
		if name == "pick" {
			command.Options = []discord.ApplicationCommandOption{discord.ApplicationCommandOptionString{
				Name: selectShade, Description: "Which one", Required: true, Autocomplete: true,
			}}
		}
		commands = append(commands, command)
	}
	return commands
}

func disgoHeard(e *events.MessageCreate) {
	if e.Message.Author.Bot {
		return
	}
	if text := reply(e.Message.Author.ID.String(), e.Message.Content); text != "" {
		_, err := e.Client().Rest.CreateMessage(e.ChannelID, discord.NewMessageCreate().WithContent(text).WithMessageReferenceByID(e.MessageID))
		check(err)
	}
}

func disgoCommand(e *events.ApplicationCommandInteractionCreate) {
	data := e.SlashCommandInteractionData()
	switch data.CommandName() {
	case "slow":
		check(e.DeferCreateMessage(false))
		text := slowEdited
		_, err := e.Client().Rest.UpdateInteractionResponse(e.ApplicationID(), e.Token(), discord.MessageUpdate{Content: &text})
		check(err)
		_, err = e.Client().Rest.CreateFollowupMessage(e.ApplicationID(), e.Token(), discord.NewMessageCreate().WithContent(slowMore))
		check(err)
	case "quiet":
		check(e.CreateMessage(discord.NewMessageCreate().WithContent(quietText).WithEphemeral(true)))
	case "panel":
		menu := discord.NewStringSelectMenu(selectShade, "which")
		for _, shade := range shades {
			menu.Options = append(menu.Options, discord.NewStringSelectMenuOption(shade, shade))
		}
		check(e.CreateMessage(discord.NewMessageCreate().WithContent(panelText).
			AddActionRow(discord.NewPrimaryButton("Go", buttonGo)).AddActionRow(menu)))
	case "form":
		check(e.Modal(discord.NewModalCreate(formSheet, formTitle, discord.NewLabel("Nick", discord.NewShortTextInput(fieldNick)))))
	case "pick":
		check(e.CreateMessage(discord.NewMessageCreate().WithContent(pickedText + data.String(selectShade))))
	}
}

func disgoComplete(e *events.AutocompleteInteractionCreate) {
	var choices []discord.AutocompleteChoice
	for _, shade := range shadesLike(e.Data.String(selectShade)) {
		choices = append(choices, discord.AutocompleteChoiceString{Name: strings.ToUpper(shade), Value: shade})
	}
	check(e.AutocompleteResult(choices))
}

func disgoComponent(e *events.ComponentInteractionCreate) {
	if e.Data.CustomID() == buttonGo {
		text := pressedText
		check(e.UpdateMessage(discord.MessageUpdate{Content: &text, Components: &[]discord.LayoutComponent{}}))
		return
	}
	check(e.CreateMessage(discord.NewMessageCreate().WithContent(shadeText + strings.Join(e.StringSelectMenuInteractionData().Values, ","))))
}
