package discordsim_test

import (
	"net/url"
	"testing"

	"github.com/steadfast-bot/steadfast/internal/discordsim"
)

// reactions is the path of a message's reactions; the emoji may be empty.
func (c *club) reactions(m discordsim.Message, emoji string) string {
	path := c.messagesPath() + "/" + m.ID.String() + "/reactions"
	if emoji != "" {
		path += "/" + url.PathEscape(emoji)
	}
	return path
}

func TestReactionsAreAddedListedAndTakenBack(t *testing.T) {
	club := openClub(t, unlimited())
	b := club.connect()
	m := club.say("who is in?")
	b.event("MESSAGE_CREATE")

	club.call("PUT", club.reactions(m, "👍")+"/@me", "").wants(t, 204, 0)
	added := b.event("MESSAGE_REACTION_ADD")
	if added["user_id"] != club.Bot().ID.String() || added["message_author_id"] != club.ada().String() || added["emoji"].(map[string]any)["name"] != "👍" {
		t.Errorf("the reaction is %v", added)
	}
	club.call("PUT", club.reactions(m, "👍")+"/@me", "").wants(t, 204, 0)
	bo := club.World.Members[1].ID
	if err := club.React(bo, m.ID, "👍"); err != nil {
		t.Fatal(err)
	}
	if again := b.event("MESSAGE_REACTION_ADD"); again["user_id"] != bo.String() || again["member"].(map[string]any)["nick"] != "Coach Bo" {
		t.Errorf("after the bot's repeated reaction came %v, want Bo's", again)
	}
	shown := club.call("GET", club.messagesPath()+"/"+m.ID.String(), "")
	reaction := shown.body["reactions"].([]any)[0].(map[string]any)
	if reaction["count"] != 2.0 || reaction["me"] != true {
		t.Errorf("the message shows %v", reaction)
	}
	if users := array(t, club.call("GET", club.reactions(m, "👍"), "").raw); len(users) != 2 {
		t.Errorf("who reacted: %v", users)
	}
	if after := array(t, club.call("GET", club.reactions(m, "👍")+"?limit=1&after="+club.Bot().ID.String(), "").raw); len(after) != 1 || after[0]["username"] != "bo" {
		t.Errorf("after the bot came %v", after)
	}
	club.call("DELETE", club.reactions(m, "👍")+"/@me", "").wants(t, 204, 0)
	b.event("MESSAGE_REACTION_REMOVE")
	club.call("DELETE", club.reactions(m, "👍")+"/@me", "").wants(t, 400, 10014)
	if err := club.Unreact(bo, m.ID, "👍"); err != nil {
		t.Fatal(err)
	}
	b.event("MESSAGE_REACTION_REMOVE")
	if now, _ := club.Message(m.ID); len(now.Reactions) != 0 {
		t.Errorf("left are %v", now.Reactions)
	}
	if err := club.Unreact(bo, m.ID, "👍"); err == nil {
		t.Error("a reaction is taken back twice")
	}
}

func TestAModeratorRemovesOthersReactions(t *testing.T) {
	club := openClub(t, unlimited())
	m := club.say("hm")
	bo := club.World.Members[1].ID
	react := func(emoji string) {
		t.Helper()
		if err := club.React(bo, m.ID, emoji); err != nil {
			t.Fatal(err)
		}
	}
	react("👎")
	club.call("DELETE", club.reactions(m, "👎")+"/"+bo.String(), "").wants(t, 403, 50013)
	club.call("DELETE", club.reactions(m, ""), "").wants(t, 403, 50013)
	club.empower(discordsim.PermissionManageMessages)
	b := club.connect()
	club.call("DELETE", club.reactions(m, "👎")+"/"+bo.String(), "").wants(t, 204, 0)
	b.event("MESSAGE_REACTION_REMOVE")
	react("👎")
	react("👍")
	b.event("MESSAGE_REACTION_ADD")
	b.event("MESSAGE_REACTION_ADD")
	club.call("DELETE", club.reactions(m, "👎"), "").wants(t, 204, 0)
	if e := b.event("MESSAGE_REACTION_REMOVE_EMOJI"); e["emoji"].(map[string]any)["name"] != "👎" {
		t.Errorf("removed is %v", e)
	}
	club.call("DELETE", club.reactions(m, ""), "").wants(t, 204, 0)
	b.event("MESSAGE_REACTION_REMOVE_ALL")
	club.call("DELETE", club.reactions(m, "👎"), "").wants(t, 400, 10014)
}

func TestOnlyRealEmojiAndNotTooManyAreReactions(t *testing.T) {
	club := openClub(t, unlimited())
	m := club.say("hm")
	for _, wrong := range []string{"thumbs", "a", "party:123", "👍 👍"} {
		club.call("PUT", club.reactions(m, wrong)+"/@me", "").wants(t, 400, 10014)
		if err := club.React(club.ada(), m.ID, wrong); err == nil {
			t.Errorf("%q is taken for an emoji", wrong)
		}
	}
	for i := range 20 {
		if err := club.React(club.ada(), m.ID, string(rune(0x1F600+i))); err != nil {
			t.Fatal(err)
		}
	}
	club.call("PUT", club.reactions(m, "🫖")+"/@me", "").wants(t, 400, 30010)
	club.call("PUT", club.reactions(m, "😀")+"/@me", "").wants(t, 204, 0)
	if err := club.React(club.ada(), m.ID, "🫖"); err == nil {
		t.Error("a 21st emoji is taken")
	}
}

func TestOnlyTheFirstReactionWithAnEmojiNeedsItsPermission(t *testing.T) {
	club := openClub(t, unlimited())
	m := club.say("hm")
	if err := club.React(club.ada(), m.ID, "👍"); err != nil {
		t.Fatal(err)
	}
	club.SetOverwrites(club.General.ID, discordsim.Overwrite{ID: club.Guild.ID, Deny: discordsim.PermissionAddReactions},
		discordsim.Overwrite{ID: club.BotRole.ID, Deny: discordsim.PermissionAddReactions})
	club.call("PUT", club.reactions(m, "👎")+"/@me", "").wants(t, 403, 50013)
	club.call("PUT", club.reactions(m, "👍")+"/@me", "").wants(t, 204, 0)
	dov := club.World.Members[3].ID
	if err := club.React(dov, m.ID, "👎"); err == nil {
		t.Error("Dov adds an emoji without the permission")
	}
	club.SetOverwrites(club.General.ID, discordsim.Overwrite{ID: club.Bot().ID, Type: 1, Deny: discordsim.PermissionReadMessageHistory})
	club.call("PUT", club.reactions(m, "👍")+"/@me", "").wants(t, 403, 50013)
}

func TestReactionsInADMHaveTheirOwnIntent(t *testing.T) {
	club := openClub(t, unlimited())
	m, err := club.SayDM(club.ada(), "psst")
	if err != nil {
		t.Fatal(err)
	}
	b := club.dial()
	b.hello()
	b.identify(club.Token(), uint64(discordsim.IntentDirectReactions))
	b.event("READY")
	if err := club.React(club.ada(), m.ID, "👀"); err != nil {
		t.Fatal(err)
	}
	if e := b.event("MESSAGE_REACTION_ADD"); e["guild_id"] != nil || e["channel_id"] != m.ChannelID.String() {
		t.Errorf("the reaction is %v", e)
	}
}
