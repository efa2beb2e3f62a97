package discordsim

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxReactions is how many different emoji a message can have.
const maxReactions = 20

// Reaction is one emoji under a message.
type Reaction struct {
	Emoji        Emoji    `json:"emoji"`
	Count        int      `json:"count"`
	CountDetails counts   `json:"count_details"`
	BurstColors  []string `json:"burst_colors"`
	Me           bool     `json:"me"`
	MeBurst      bool     `json:"me_burst"`
	// Users who reacted, in that order; the list is never changed after it was handed out.
	Users []ID `json:"-"`
}

type counts struct {
	Burst  int `json:"burst"`
	Normal int `json:"normal"`
}

// Emoji is an emoji of Unicode, which has a name alone. Guilds have no emoji of their own here.
type Emoji struct {
	ID   *ID    `json:"id"`
	Name string `json:"name"`
}

// reactionEvent is the payload of the four MESSAGE_REACTION events.
type reactionEvent struct {
	UserID    ID      `json:"user_id,omitempty"`
	ChannelID ID      `json:"channel_id"`
	MessageID ID      `json:"message_id"`
	GuildID   ID      `json:"guild_id,omitempty"`
	Member    *Member `json:"member,omitempty"`
	Emoji     *Emoji  `json:"emoji,omitempty"`
	AuthorID  ID      `json:"message_author_id,omitempty"`
	Burst     *bool   `json:"burst,omitempty"`
	Type      *int    `json:"type,omitempty"`
}

// validEmoji says whether a text can be an emoji: short, and of symbols rather than letters.
func validEmoji(name string) bool {
	if name == "" || utf8.RuneCountInString(name) > 16 {
		return false
	}
	symbol := false
	for _, r := range name {
		if unicode.IsLetter(r) && r < 0x1F000 || unicode.IsSpace(r) {
			return false
		}
		symbol = symbol || r > 0x00A0
	}
	return symbol
}

// sendReaction tells the sessions of a change of reactions.
func (s *Sim) sendReaction(name string, m *Message, event reactionEvent) {
	event.ChannelID, event.MessageID, event.GuildID = m.ChannelID, m.ID, m.GuildID
	to := audience{need: IntentGuildReactions, guild: m.GuildID, lane: m.ChannelID, about: m.ID}
	if m.GuildID == 0 {
		to.need = IntentDirectReactions
	}
	if s.hears(s.channels[m.ChannelID]) {
		s.dispatch(to, name, event)
	}
}

// withReactions puts a copy of a message with other reactions in its place: copies handed out before stay as they are.
func (s *Sim) withReactions(m *Message, reactions []Reaction) *Message {
	changed := *m
	changed.Reactions = reactions
	s.put(&changed)
	return &changed
}

// put replaces a stored message by a changed copy, without telling anybody.
func (s *Sim) put(m *Message) {
	s.messages[m.ID] = m
	if c := s.channels[m.ChannelID]; !m.Ephemeral() {
		c.messages[c.index(m.ID)] = m
	}
}

func (m *Message) reaction(name string) int {
	return slices.IndexFunc(m.Reactions, func(r Reaction) bool { return r.Emoji.Name == name })
}

// react adds a user's reaction; adding it again changes nothing.
func (s *Sim) react(user ID, m *Message, name string) {
	reactions := slices.Clone(m.Reactions)
	at := m.reaction(name)
	if at < 0 {
		at = len(reactions)
		reactions = append(reactions, Reaction{Emoji: Emoji{Name: name}, BurstColors: []string{}})
	}
	if slices.Contains(reactions[at].Users, user) {
		return
	}
	reactions[at].set(append(slices.Clone(reactions[at].Users), user), s.self.ID)
	changed := s.withReactions(m, reactions)
	burst, kind := false, 0
	event := reactionEvent{UserID: user, Emoji: &Emoji{Name: name}, AuthorID: m.Author.ID, Burst: &burst, Type: &kind}
	if g := s.guilds[m.GuildID]; g != nil {
		event.Member = g.byUser[user]
	}
	s.sendReaction("MESSAGE_REACTION_ADD", m, event)
	s.observe(ReactionAdded{Message: *changed, User: user, Emoji: name})
}

func (r *Reaction) set(users []ID, bot ID) {
	r.Users, r.Count, r.CountDetails.Normal = users, len(users), len(users)
	r.Me = slices.Contains(users, bot)
}

// unreact takes a user's reaction away; false when there is none.
func (s *Sim) unreact(user ID, m *Message, name string) bool {
	at := m.reaction(name)
	if at < 0 || !slices.Contains(m.Reactions[at].Users, user) {
		return false
	}
	reactions := slices.Clone(m.Reactions)
	left := slices.DeleteFunc(slices.Clone(reactions[at].Users), func(other ID) bool { return other == user })
	if len(left) == 0 {
		reactions = slices.Delete(reactions, at, at+1)
	} else {
		reactions[at].set(left, s.self.ID)
	}
	changed := s.withReactions(m, reactions)
	burst, kind := false, 0
	s.sendReaction("MESSAGE_REACTION_REMOVE", m, reactionEvent{
		UserID: user, Emoji: &Emoji{Name: name}, Burst: &burst, Type: &kind,
	})
	s.observe(ReactionRemoved{Message: *changed, User: user, Emoji: name})
	return true
}

// React lets a person react to a message with an emoji.
func (s *Sim) React(user, messageID ID, emoji string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, c, err := s.seen(user, messageID)
	if err != nil {
		return err
	}
	switch may := s.permissions(user, c); {
	case !validEmoji(emoji):
		return fmt.Errorf("%q is no emoji", emoji)
	case m.reaction(emoji) < 0 && !may.Has(PermissionAddReactions):
		return errors.New("this person may not react in this channel")
	case m.reaction(emoji) < 0 && len(m.Reactions) >= maxReactions:
		return errors.New("the message has as many different reactions as it can have")
	}
	s.react(user, m, emoji)
	return nil
}

// Unreact lets a person take a reaction back.
func (s *Sim) Unreact(user, messageID ID, emoji string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, _, err := s.seen(user, messageID)
	if err != nil {
		return err
	}
	if !s.unreact(user, m, emoji) {
		return fmt.Errorf("this person did not react with %q", emoji)
	}
	return nil
}

// seen is a message that a person sees, with its channel. Nobody reacts to an ephemeral one.
func (s *Sim) seen(user, messageID ID) (*Message, *channel, error) {
	m := s.messages[messageID]
	if m == nil || m.Ephemeral() {
		return nil, nil, fmt.Errorf("there is no message %s", messageID)
	}
	c, err := s.place(user, m.ChannelID)
	return m, c, err
}

// emojiFor reads the emoji of a path. name:id would be one of a guild's own, which do not exist here.
func emojiFor(req *request) (string, *apiError) {
	name := strings.TrimSuffix(req.params["emoji"], "\uFE0F")
	if !validEmoji(name) {
		return "", errUnknownEmoji
	}
	return req.params["emoji"], nil
}

// reactionFor finds message and emoji of a path.
func (s *Sim) reactionFor(req *request) (*channel, *Message, string, *apiError) {
	c, m, bad := s.messageFor(req)
	if bad != nil {
		return nil, nil, "", bad
	}
	name, bad := emojiFor(req)
	if bad != nil {
		return nil, nil, "", bad
	}
	if !s.permissions(s.self.ID, c).Has(PermissionReadMessageHistory) {
		return nil, nil, "", errMissingPermission
	}
	return c, m, name, nil
}

// putReaction adds the bot's reaction ("Create Reaction"): only the first one with an emoji needs ADD_REACTIONS.
func (s *Sim) putReaction(req *request) (response, *apiError) {
	c, m, name, bad := s.reactionFor(req)
	if bad != nil {
		return refuse(bad)
	}
	if m.reaction(name) < 0 {
		switch {
		case !s.permissions(s.self.ID, c).Has(PermissionAddReactions):
			return refuse(errMissingPermission)
		case c.isThread() && c.Thread.Archived:
			return refuse(errArchived)
		case len(m.Reactions) >= maxReactions:
			return refuse(errTooManyReactions)
		}
	}
	s.react(s.self.ID, m, name)
	return noContent()
}

func (s *Sim) deleteOwnReaction(req *request) (response, *apiError) {
	_, m, name, bad := s.reactionFor(req)
	if bad != nil {
		return refuse(bad)
	}
	if !s.unreact(s.self.ID, m, name) {
		return refuse(errUnknownEmoji)
	}
	return noContent()
}

func (s *Sim) deleteUserReaction(req *request) (response, *apiError) {
	c, m, name, bad := s.reactionFor(req)
	if bad != nil {
		return refuse(bad)
	}
	user, bad := req.id("user")
	if bad != nil {
		return refuse(bad)
	}
	if user != s.self.ID && !s.permissions(s.self.ID, c).Has(PermissionManageMessages) {
		return refuse(errMissingPermission)
	}
	if !s.unreact(user, m, name) {
		return refuse(errUnknownEmoji)
	}
	return noContent()
}

// deleteReactions removes all reactions of a message, or all with one emoji.
func (s *Sim) deleteReactions(req *request) (response, *apiError) {
	c, m, bad := s.messageFor(req)
	if bad != nil {
		return refuse(bad)
	}
	if !s.permissions(s.self.ID, c).Has(PermissionManageMessages) {
		return refuse(errMissingPermission)
	}
	if _, one := req.params["emoji"]; !one {
		s.withReactions(m, nil)
		s.sendReaction("MESSAGE_REACTION_REMOVE_ALL", m, reactionEvent{})
		s.observe(ReactionRemoved{Message: *s.messages[m.ID]})
		return noContent()
	}
	name, bad := emojiFor(req)
	if bad != nil {
		return refuse(bad)
	}
	at := m.reaction(name)
	if at < 0 {
		return refuse(errUnknownEmoji)
	}
	s.withReactions(m, slices.Delete(slices.Clone(m.Reactions), at, at+1))
	s.sendReaction("MESSAGE_REACTION_REMOVE_EMOJI", m, reactionEvent{Emoji: &Emoji{Name: name}})
	s.observe(ReactionRemoved{Message: *s.messages[m.ID], Emoji: name})
	return noContent()
}

// getReactions lists who reacted with an emoji, by rising id.
func (s *Sim) getReactions(req *request) (response, *apiError) {
	_, m, name, bad := s.reactionFor(req)
	if bad != nil {
		return refuse(bad)
	}
	limit, bad := req.limit(25, 100)
	if bad != nil {
		return refuse(bad)
	}
	after, _ := ParseID(req.query.Get("after"))
	users := []User{}
	if at := m.reaction(name); at >= 0 {
		for _, id := range m.Reactions[at].Users {
			if id > after {
				users = append(users, s.users[id].User)
			}
		}
	}
	slices.SortFunc(users, func(a, b User) int { return cmp.Compare(a.ID, b.ID) })
	return ok(users[:min(limit, len(users))])
}
