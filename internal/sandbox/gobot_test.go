package sandbox_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"sort"
	"strings"
	"testing"

	"github.com/bwmarrin/discordgo"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

// gobot is a bot on discordgo in the worker's place: what other people's bots do, so that the page is not only right
// about our own.
type gobot struct {
	t       *testing.T
	sim     *discordsim.Sim
	session *discordgo.Session
	// finish lets the answer of /slow be finished.
	finish chan struct{}
}

// toSimulator sends discordgo's requests to the simulator instead of to Discord.
type toSimulator struct {
	base *url.URL
	next http.RoundTripper
}

func (r toSimulator) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.URL.Scheme, req.URL.Host = r.base.Scheme, r.base.Host
	req.Host = r.base.Host
	return r.next.RoundTrip(req)
}

// hire connects a bot on discordgo with its commands registered; the test's end dismisses it.
func hire(t *testing.T, sim *discordsim.Sim) *gobot {
	t.Helper()
	session, err := discordgo.New("Bot " + sim.Token())
	if err != nil {
		t.Fatal(err)
	}
	base, err := url.Parse(sim.APIURL())
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	session.Client = &http.Client{Transport: toSimulator{base, transport}}
	session.Identify.Intents = discordgo.IntentsAllWithoutPrivileged | discordgo.IntentMessageContent
	b := &gobot{t: t, sim: sim, session: session, finish: make(chan struct{})}
	session.AddHandler(b.message)
	session.AddHandler(b.interaction)
	if err := session.Open(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = session.Close()
		transport.CloseIdleConnections()
	})
	if _, err := session.ApplicationCommandBulkOverwrite(sim.Bot().ID.String(), "", gobotCommands); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := sim.AwaitConnected(ctx); err != nil {
		t.Fatal(err)
	}
	return b
}

var least, most = 1.0, 30.0

var gobotCommands = []*discordgo.ApplicationCommand{
	{Name: "menu", Description: "Everything one can press"},
	{Name: "secret", Description: "An answer for you alone"},
	{Name: "slow", Description: "Thinks before it answers"},
	{Name: "never", Description: "Does not answer"},
	{Name: "ask", Description: "Shows a form"},
	{Name: "match", Description: "Book a match", Options: []*discordgo.ApplicationCommandOption{
		{Type: discordgo.ApplicationCommandOptionString, Name: "opponent", Description: "The other club", Required: true, Autocomplete: true},
		{Type: discordgo.ApplicationCommandOptionUser, Name: "captain", Description: "Who leads the team", Required: true},
		{Type: discordgo.ApplicationCommandOptionInteger, Name: "players", Description: "How many come", MinValue: &least, MaxValue: most},
		{Type: discordgo.ApplicationCommandOptionBoolean, Name: "home", Description: "On our ground"},
		{Type: discordgo.ApplicationCommandOptionRole, Name: "squad", Description: "Who plays"},
		{Type: discordgo.ApplicationCommandOptionChannel, Name: "where", Description: "Where to announce it"},
		{Type: discordgo.ApplicationCommandOptionString, Name: "kit", Description: "What we wear", Choices: []*discordgo.ApplicationCommandOptionChoice{
			{Name: "Home green", Value: "green"}, {Name: "Away white", Value: "white"}}},
	}},
}

func (b *gobot) message(_ *discordgo.Session, m *discordgo.MessageCreate) {
	if m.Author.Bot || !strings.HasPrefix(m.Content, "!") {
		return
	}
	if m.Content == "!type" {
		b.check(b.session.ChannelTyping(m.ChannelID))
		return
	}
	answer := "You said " + m.Content
	if len(m.Mentions) > 0 && strings.HasPrefix(m.Content, "!headpat") {
		answer = fmt.Sprintf("A headpat for %s, with compliments from %s!", m.Mentions[0].Mention(), m.Author.Mention())
	}
	_, err := b.session.ChannelMessageSendReply(m.ChannelID, answer, m.Reference())
	b.check(err)
}

func (b *gobot) check(err error) {
	if err != nil {
		b.t.Errorf("discordgo: %v", err)
	}
}

func (b *gobot) respond(i *discordgo.InteractionCreate, kind discordgo.InteractionResponseType, data *discordgo.InteractionResponseData) {
	b.check(b.session.InteractionRespond(i.Interaction, &discordgo.InteractionResponse{Type: kind, Data: data}))
}

func (b *gobot) says(i *discordgo.InteractionCreate, text string, flags discordgo.MessageFlags) {
	b.respond(i, discordgo.InteractionResponseChannelMessageWithSource, &discordgo.InteractionResponseData{Content: text, Flags: flags})
}

func (b *gobot) interaction(_ *discordgo.Session, i *discordgo.InteractionCreate) {
	switch i.Type {
	case discordgo.InteractionApplicationCommand:
		b.command(i)
	case discordgo.InteractionApplicationCommandAutocomplete:
		b.offer(i)
	case discordgo.InteractionMessageComponent:
		b.component(i)
	case discordgo.InteractionModalSubmit:
		data := i.ModalSubmitData()
		field := func(row int) string {
			return data.Components[row].(*discordgo.ActionsRow).Components[0].(*discordgo.TextInput).Value
		}
		b.says(i, fmt.Sprintf("%s wrote **%s** and %q", i.Member.User.GlobalName, field(0), field(1)), discordgo.MessageFlagsEphemeral)
	}
}

func (b *gobot) command(i *discordgo.InteractionCreate) {
	switch i.ApplicationCommandData().Name {
	case "menu":
		b.respond(i, discordgo.InteractionResponseChannelMessageWithSource, menu())
	case "secret":
		b.says(i, "between us", discordgo.MessageFlagsEphemeral)
	case "ask":
		b.form(i)
	case "slow":
		b.respond(i, discordgo.InteractionResponseDeferredChannelMessageWithSource, nil)
		<-b.finish
		text := "thought it over"
		_, err := b.session.InteractionResponseEdit(i.Interaction, &discordgo.WebhookEdit{Content: &text})
		b.check(err)
	case "match":
		var parts []string
		for _, o := range i.ApplicationCommandData().Options {
			parts = append(parts, fmt.Sprintf("%s=%v", o.Name, o.Value))
		}
		sort.Strings(parts)
		b.says(i, "booked "+strings.Join(parts, " "), 0)
	}
}

func (b *gobot) offer(i *discordgo.InteractionCreate) {
	var choices []*discordgo.ApplicationCommandOptionChoice
	for _, o := range i.ApplicationCommandData().Options {
		for _, club := range []string{"Anchor Athletic", "Harbour Rovers", "Harbour United", "Lighthouse FC"} {
			if o.Focused && strings.HasPrefix(strings.ToLower(club), strings.ToLower(o.StringValue())) {
				choices = append(choices, &discordgo.ApplicationCommandOptionChoice{Name: club, Value: strings.ToLower(strings.ReplaceAll(club, " ", "-"))})
			}
		}
	}
	b.respond(i, discordgo.InteractionApplicationCommandAutocompleteResult, &discordgo.InteractionResponseData{Choices: choices})
}

func (b *gobot) component(i *discordgo.InteractionCreate) {
	data := i.MessageComponentData()
	switch data.CustomID {
	case "join":
		changed := menu()
		changed.Content = "**" + i.Member.User.GlobalName + "** is in."
		b.respond(i, discordgo.InteractionResponseUpdateMessage, changed)
	case "form":
		b.form(i)
	default:
		b.says(i, data.CustomID+" is "+strings.Join(data.Values, "+"), discordgo.MessageFlagsEphemeral)
	}
}

func (b *gobot) form(i *discordgo.InteractionCreate) {
	row := func(c discordgo.MessageComponent) discordgo.MessageComponent {
		return discordgo.ActionsRow{Components: []discordgo.MessageComponent{c}}
	}
	b.respond(i, discordgo.InteractionResponseModal, &discordgo.InteractionResponseData{
		CustomID: "report", Title: "Report of the match",
		Components: []discordgo.MessageComponent{
			row(discordgo.TextInput{CustomID: "score", Label: "Score", Style: discordgo.TextInputShort, Placeholder: "3:1", Required: true, MaxLength: 10}),
			row(discordgo.TextInput{CustomID: "notes", Label: "How it went", Style: discordgo.TextInputParagraph, Placeholder: "What the team should remember", MaxLength: 300}),
		},
	})
}

// menu is a message with everything on it.
func menu() *discordgo.InteractionResponseData {
	row := func(c ...discordgo.MessageComponent) discordgo.MessageComponent {
		return discordgo.ActionsRow{Components: c}
	}
	two := 2
	return &discordgo.InteractionResponseData{
		Content: "Who is in?",
		Embeds: []*discordgo.MessageEmbed{{
			Author: &discordgo.MessageEmbedAuthor{Name: "Saturday league"},
			Title:  "Steadfast Club – Harbour Rovers", Description: "Kick-off at **three**, meet at two. Bring `both` kits.", Color: 0xe67e22,
			Fields: []*discordgo.MessageEmbedField{
				{Name: "Ground", Value: "Harbour field", Inline: true}, {Name: "Referee", Value: "to be named", Inline: true},
				{Name: "Squad", Value: "11 of 14", Inline: true},
			},
			Footer: &discordgo.MessageEmbedFooter{Text: "Answers until Friday noon"},
		}},
		Components: []discordgo.MessageComponent{
			row(discordgo.Button{Label: "Join", Style: discordgo.SuccessButton, CustomID: "join"},
				discordgo.Button{Label: "Report", Style: discordgo.PrimaryButton, CustomID: "form"},
				discordgo.Button{Label: "Sold out", Style: discordgo.SecondaryButton, CustomID: "out", Disabled: true},
				discordgo.Button{Label: "Rules", Style: discordgo.LinkButton, URL: "https://example.com/rules"}),
			row(discordgo.SelectMenu{MenuType: discordgo.StringSelectMenu, CustomID: "position", Placeholder: "Your position", Options: []discordgo.SelectMenuOption{
				{Label: "Keeper", Value: "gk", Description: "with gloves"}, {Label: "Defence", Value: "df"}, {Label: "Midfield", Value: "mf"}, {Label: "Attack", Value: "fw"}}}),
			row(discordgo.SelectMenu{MenuType: discordgo.UserSelectMenu, CustomID: "drivers", Placeholder: "Who drives", MinValues: &two, MaxValues: 3}),
			row(discordgo.SelectMenu{MenuType: discordgo.RoleSelectMenu, CustomID: "squad", Placeholder: "Which squad"}),
			row(discordgo.SelectMenu{MenuType: discordgo.ChannelSelectMenu, CustomID: "room", Placeholder: "Where to announce it"}),
		},
	}
}
