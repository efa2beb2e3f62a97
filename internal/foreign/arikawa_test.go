package foreign_test

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/diamondburned/arikawa/v3/api"
	"github.com/diamondburned/arikawa/v3/discord"
	"github.com/diamondburned/arikawa/v3/gateway"
	"github.com/diamondburned/arikawa/v3/session"
	"github.com/diamondburned/arikawa/v3/utils/handler"
	"github.com/diamondburned/arikawa/v3/utils/httputil"
	"github.com/diamondburned/arikawa/v3/utils/httputil/httpdriver"
	"github.com/diamondburned/arikawa/v3/utils/json/option"
	"github.com/diamondburned/arikawa/v3/utils/ws"
)

// arikawaIntents are all that arikawa knows; it lacks bits 20, 21, 24 and 25.
const arikawaIntents = gateway.IntentGuilds | gateway.IntentGuildMembers | gateway.IntentGuildModeration | gateway.IntentGuildPresences |
	gateway.IntentGuildMessages | gateway.IntentGuildMessageReactions | gateway.IntentGuildMessageTyping | gateway.IntentGuildInvites |
	gateway.IntentDirectMessages | gateway.IntentMessageContent

// arikawaBot is the bot of script_test.go on arikawa as it comes, without our own connection.
type arikawaBot struct{ client *api.Client }

func runArikawa(ctx context.Context, a account) error {
	hc := httputil.NewClient()
	hc.Client = httpdriver.WrapClient(http.Client{Transport: redirect{a.host()}})
	bot := &arikawaBot{client: api.NewCustomClient("Bot "+a.token, hc)}
	where, err := bot.client.BotURL()
	if err != nil {
		return err
	}
	identifier := gateway.DefaultIdentifier("Bot " + a.token)
	identifier.Intents = option.NewUint(uint(arikawaIntents))
	events := handler.New()
	s := session.NewWithGateway(gateway.NewCustomWithIdentifier(gateway.AddGatewayParams(where.URL), identifier, nil), events)
	s.Client = bot.client
	s.AddHandler(bot.heard)
	s.AddHandler(bot.asked)
	s.AddHandler(func(e *ws.BackgroundErrorEvent) {
		var closed *ws.CloseEvent
		if !errors.As(e.Err, &closed) {
			sayTrouble(e.Err.Error())
		}
	})
	if err := s.Open(ctx); err != nil {
		return err
	}
	app, err := bot.client.CurrentApplication()
	if err != nil {
		return err
	}
	if _, err := bot.client.BulkOverwriteCommands(app.ID, arikawaCommands()); err != nil {
		return err
	}
	sayReady("arikawa")
	<-ctx.Done()
	leave(func() { _ = s.Close() })
	return nil
}

func arikawaCommands() []api.CreateCommandData {
	var commands []api.CreateCommandData
	for _, name := range commandNames {
		command := api.CreateCommandData{Name: name, Description: "Try " + name}
		if name == "pick" {
			command.Options = discord.CommandOptions{&discord.StringOption{
				OptionName: selectShade, Description: "Which one", Required: true, Autocomplete: true,
			}}
		}
		commands = append(commands, command)
	}
	return commands
}

func (b *arikawaBot) heard(e *gateway.MessageCreateEvent) {
	if e.Author.Bot {
		return
	}
	if text := reply(e.Author.ID.String(), e.Content); text != "" {
		_, err := b.client.SendTextReply(e.ChannelID, text, e.ID)
		check(err)
	}
}

func (b *arikawaBot) asked(e *gateway.InteractionCreateEvent) {
	switch data := e.Data.(type) {
	case *discord.CommandInteraction:
		b.command(e, data)
	case *discord.AutocompleteInteraction:
		var choices api.AutocompleteStringChoices
		for _, shade := range shadesLike(data.Options[0].String()) {
			choices = append(choices, discord.StringChoice{Name: strings.ToUpper(shade), Value: shade})
		}
		b.respond(e, api.AutocompleteResult, &api.InteractionResponseData{Choices: choices})
	case *discord.ButtonInteraction:
		b.respond(e, api.UpdateMessage, &api.InteractionResponseData{
			Content: option.NewNullableString(pressedText), Components: &discord.ContainerComponents{},
		})
	case *discord.StringSelectInteraction:
		b.say(e, shadeText+strings.Join(data.Values, ","))
	case *discord.ModalInteraction:
		row := data.Components[0].(*discord.ActionRowComponent)
		b.say(e, nickText+(*row)[0].(*discord.TextInputComponent).Value)
	}
}

func (b *arikawaBot) command(e *gateway.InteractionCreateEvent, data *discord.CommandInteraction) {
	switch data.Name {
	case "slow":
		b.respond(e, api.DeferredMessageInteractionWithSource, nil)
		_, err := b.client.EditInteractionResponse(e.AppID, e.Token, api.EditInteractionResponseData{Content: option.NewNullableString(slowEdited)})
		check(err)
		_, err = b.client.FollowUpInteraction(e.AppID, e.Token, api.InteractionResponseData{Content: option.NewNullableString(slowMore)})
		check(err)
	case "quiet":
		b.respond(e, api.MessageInteractionWithSource,
			&api.InteractionResponseData{Content: option.NewNullableString(quietText), Flags: discord.EphemeralMessage})
	case "panel":
		menu := &discord.StringSelectComponent{CustomID: selectShade}
		for _, shade := range shades {
			menu.Options = append(menu.Options, discord.SelectOption{Label: shade, Value: shade})
		}
		button := &discord.ButtonComponent{Label: "Go", CustomID: buttonGo, Style: discord.PrimaryButtonStyle()}
		b.respond(e, api.MessageInteractionWithSource, &api.InteractionResponseData{
			Content: option.NewNullableString(panelText), Components: discord.ComponentsPtr(button, menu),
		})
	case "form":
		field := &discord.TextInputComponent{CustomID: fieldNick, Label: "Nick", Style: discord.TextInputShortStyle}
		b.respond(e, api.ModalResponse, &api.InteractionResponseData{
			CustomID: option.NewNullableString(formSheet), Title: option.NewNullableString(formTitle), Components: discord.ComponentsPtr(field),
		})
	case "pick":
		b.say(e, pickedText+data.Options[0].String())
	}
}

func (b *arikawaBot) say(e *gateway.InteractionCreateEvent, text string) {
	b.respond(e, api.MessageInteractionWithSource, &api.InteractionResponseData{Content: option.NewNullableString(text)})
}

func (b *arikawaBot) respond(e *gateway.InteractionCreateEvent, kind api.InteractionResponseType, data *api.InteractionResponseData) {
	check(b.client.RespondInteraction(e.ID, e.Token, api.InteractionResponse{Type: kind, Data: data}))
}
