package discordsim

import (
	"cmp"
	"errors"
	"slices"
	"time"
)

// threadMembers are the users in a thread, in the order of joining.
type threadMembers []threadMember

// threadMember is Discord's thread member object.
type threadMember struct {
	ThreadID ID        `json:"id"`
	UserID   ID        `json:"user_id"`
	Joined   Timestamp `json:"join_timestamp"`
	Flags    int       `json:"flags"`
	Member   *Member   `json:"member,omitempty"`
}

func (members threadMembers) member(user ID) *threadMember {
	for i := range members {
		if members[i].UserID == user {
			return &members[i]
		}
	}
	return nil
}

// Threads are a channel's threads, archived ones too, in the order they were made.
func (s *Sim) Threads(channelID ID) []Channel {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channels[channelID]
	if c == nil || s.guilds[c.GuildID] == nil {
		return nil
	}
	var threads []Channel
	for _, t := range s.guilds[c.GuildID].threads {
		if t.ParentID == channelID {
			threads = append(threads, t.Channel)
		}
	}
	return threads
}

// StartThread lets a person start a public thread from a message.
func (s *Sim) StartThread(user, messageID ID, name string) (Channel, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, c, err := s.seen(user, messageID)
	if err != nil {
		return Channel{}, err
	}
	switch {
	case c.GuildID == 0 || c.isThread():
		return Channel{}, errors.New("threads start in the channels of a guild")
	case s.channels[m.ID] != nil:
		return Channel{}, errors.New("the message has a thread already")
	case !s.permissions(user, c).Has(PermissionCreatePublicThreads):
		return Channel{}, errors.New("this person may not start threads in this channel")
	}
	return s.startThread(c, m, Channel{Type: ChannelPublicThread, Name: name}, user).Channel, nil
}

// startThread makes a thread with its first member. One that starts from a message has the message's id.
func (s *Sim) startThread(c *channel, from *Message, made Channel, owner ID) *channel {
	now := time.Now()
	g := s.guilds[c.GuildID]
	made.ID, made.GuildID, made.ParentID = s.ids.next(now), c.GuildID, c.ID
	if from != nil {
		made.ID = from.ID
	}
	state := Thread{AutoArchive: 4320}
	if made.Thread != nil {
		state = *made.Thread
	}
	state.OwnerID, state.ArchivedAt, state.Created, state.MemberCount = owner, now, now, 1
	made.Thread = &state
	t := &channel{Channel: made}
	t.thread = threadMembers{{ThreadID: t.ID, UserID: owner, Joined: Timestamp{now}}}
	g.threads = append(g.threads, t)
	s.channels[t.ID] = t
	if from != nil {
		changed := *from
		changed.Flags |= flagHasThread
		s.put(&changed)
		s.sendMessageEvent("MESSAGE_UPDATE", &changed)
		s.observe(MessageEdited{changed})
	}
	if s.hears(t) {
		form := t.threadForm()
		form.NewlyCreated = true
		form.Member = t.thread.member(s.self.ID)
		s.dispatch(audience{need: IntentGuilds, guild: g.ID}, "THREAD_CREATE", form)
	}
	s.observe(GuildChanged{Guild: g.ID})
	return t
}

// changeThread puts a changed copy in the place of a thread's state: copies handed out stay as they are.
func (t *channel) changeThread(change func(*Thread)) {
	state := *t.Thread
	change(&state)
	t.Thread = &state
}

// threadChange is the payload of THREAD_MEMBERS_UPDATE.
type threadChange struct {
	ID      ID             `json:"id"`
	GuildID ID             `json:"guild_id"`
	Count   int            `json:"member_count"`
	Added   []threadMember `json:"added_members,omitempty"`
	Removed []ID           `json:"removed_member_ids,omitempty"`
}

// joinThread adds a user. The bot hears of itself; of others only with GUILD_MEMBERS.
func (s *Sim) joinThread(t *channel, user ID) {
	if t.thread.member(user) != nil {
		return
	}
	joined := threadMember{ThreadID: t.ID, UserID: user, Joined: Timestamp{time.Now()}}
	t.thread = append(slices.Clone(t.thread), joined)
	t.changeThread(func(state *Thread) { state.MemberCount = len(t.thread) })
	joined.Member = s.guilds[t.GuildID].byUser[user]
	if user == s.self.ID && t.Type == ChannelPrivateThread {
		// Of a private thread the bot hears when it is added.
		form := t.threadForm()
		form.Member = t.thread.member(user)
		s.dispatch(audience{need: IntentGuilds, guild: t.GuildID}, "THREAD_CREATE", form)
	}
	change := threadChange{ID: t.ID, GuildID: t.GuildID, Count: len(t.thread), Added: []threadMember{joined}}
	s.sendThreadMembers(t, user, change)
}

func (s *Sim) leaveThread(t *channel, user ID) {
	t.thread = slices.DeleteFunc(slices.Clone(t.thread), func(m threadMember) bool { return m.UserID == user })
	t.changeThread(func(state *Thread) { state.MemberCount = len(t.thread) })
	change := threadChange{ID: t.ID, GuildID: t.GuildID, Count: len(t.thread), Removed: []ID{user}}
	s.sendThreadMembers(t, user, change)
}

func (s *Sim) sendThreadMembers(t *channel, about ID, change threadChange) {
	to := audience{need: IntentGuildMembers, guild: t.GuildID, lane: t.ID}
	if about == s.self.ID {
		to.need = IntentGuilds
	}
	s.dispatch(to, "THREAD_MEMBERS_UPDATE", change)
	s.observe(GuildChanged{Guild: t.GuildID})
}

// enterThread is what a message in a thread does: its author joins, and it comes back from the archive.
func (s *Sim) enterThread(t *channel, m *Message) {
	if s.guilds[t.GuildID].byUser[m.Author.ID] != nil {
		s.joinThread(t, m.Author.ID)
	}
	t.changeThread(func(state *Thread) { state.MessageCount++ })
	if t.Thread.Archived {
		s.archive(t, false)
	}
}

func (s *Sim) archive(t *channel, archived bool) {
	t.changeThread(func(state *Thread) { state.Archived, state.ArchivedAt = archived, time.Now() })
	s.changeChannel(t, func(*Channel) {})
}

// threadBody is what a client sends to start or change a thread.
type threadBody struct {
	Name        *string `json:"name"`
	Type        *int    `json:"type"`
	AutoArchive *int    `json:"auto_archive_duration"`
	Slowmode    *int    `json:"rate_limit_per_user"`
	Invitable   *bool   `json:"invitable"`
	Archived    *bool   `json:"archived"`
	Locked      *bool   `json:"locked"`
}

func readThread(req *request, named bool) (*threadBody, *apiError) {
	body := &threadBody{}
	if bad := decode(req.body, body); bad != nil {
		return nil, bad
	}
	var problems formErrors
	if n := len([]rune(deref(body.Name))); (named || body.Name != nil) && (n < 1 || n > 100) {
		problems.add("name", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
	}
	if body.AutoArchive != nil && !slices.Contains([]int{60, 1440, 4320, 10080}, *body.AutoArchive) {
		problems.add("auto_archive_duration", "BASE_TYPE_CHOICES", "Value must be one of {60, 1440, 4320, 10080}.")
	}
	if n := deref(body.Slowmode); n < 0 || n > 21600 {
		problems.add("rate_limit_per_user", "NUMBER_TYPE_MAX", "int value should be less than or equal to 21600.")
	}
	return body, problems.refusal()
}

// made is the thread that a body describes.
func (b *threadBody) made(kind int) Channel {
	return Channel{
		Type: kind, Name: *b.Name, RateLimitPerUser: deref(b.Slowmode),
		Thread: &Thread{AutoArchive: cmp.Or(deref(b.AutoArchive), 4320), Invitable: b.Invitable == nil || *b.Invitable},
	}
}

// postMessageThread starts a thread from a message, which can have only one.
func (s *Sim) postMessageThread(req *request) (response, *apiError) {
	c, m, bad := s.messageFor(req)
	if bad != nil {
		return refuse(bad)
	}
	body, bad := readThread(req, true)
	switch {
	case bad != nil:
		return refuse(bad)
	case c.Type != ChannelGuildText && c.Type != ChannelAnnouncement:
		return refuse(errWrongChannelType)
	case !s.permissions(s.self.ID, c).Has(PermissionCreatePublicThreads):
		return refuse(errMissingPermission)
	case s.channels[m.ID] != nil:
		return refuse(errHasThread)
	}
	kind := ChannelPublicThread
	if c.Type == ChannelAnnouncement {
		kind = ChannelAnnouncementThread
	}
	t := s.startThread(c, m, body.made(kind), s.self.ID)
	s.audit(req, c.GuildID, auditEntry{Action: auditThreadCreate, Target: t.ID})
	return response{201, t.Channel}, nil
}

// postThread starts a thread without a message: private, unless the type says otherwise.
func (s *Sim) postThread(req *request) (response, *apiError) {
	c, bad := s.channelFor(req, 0)
	if bad != nil {
		return refuse(bad)
	}
	body, bad := readThread(req, true)
	if bad != nil {
		return refuse(bad)
	}
	kind := ChannelPrivateThread
	if body.Type != nil {
		kind = *body.Type
	}
	need := map[int]Permissions{
		ChannelPublicThread: PermissionCreatePublicThreads, ChannelPrivateThread: PermissionCreatePrivateThreads,
		ChannelAnnouncementThread: PermissionCreatePublicThreads,
	}[kind]
	switch {
	case need == 0:
		return refuse(badForm("type", "BASE_TYPE_CHOICES", "Value must be one of {10, 11, 12}."))
	case c.Type != ChannelGuildText && c.Type != ChannelAnnouncement:
		return refuse(errWrongChannelType)
	case !s.permissions(s.self.ID, c).Has(need):
		return refuse(errMissingPermission)
	}
	t := s.startThread(c, nil, body.made(kind), s.self.ID)
	if kind != ChannelPrivateThread {
		s.post(c, &Message{
			Type: MessageThreadCreated, Author: s.self, Content: t.Name,
			Reference: &MessageReference{ChannelID: t.ID, GuildID: t.GuildID},
		})
	}
	s.audit(req, c.GuildID, auditEntry{Action: auditThreadCreate, Target: t.ID})
	return response{201, t.Channel}, nil
}

// patchThread changes a thread. Who started it may rename and archive it; the rest needs MANAGE_THREADS, and so does
// everything about a locked one. Of an archived thread only the archiving can be changed.
func (s *Sim) patchThread(req *request, t *channel) (response, *apiError) {
	body, bad := readThread(req, false)
	if bad != nil {
		return refuse(bad)
	}
	manages := s.permissions(s.self.ID, t).Has(PermissionManageThreads)
	owns := t.Thread.OwnerID == s.self.ID && !t.Thread.Locked
	onlyOpens := body.Archived != nil && !*body.Archived && !t.Thread.Locked && body.Name == nil && body.Locked == nil
	switch {
	case t.Thread.Archived && (body.Archived == nil || *body.Archived):
		return refuse(errArchived)
	case !manages && (!owns && !onlyOpens || body.Locked != nil || body.Slowmode != nil):
		return refuse(errMissingPermission)
	}
	t.changeThread(func(state *Thread) {
		if body.Archived != nil && *body.Archived != state.Archived {
			state.Archived, state.ArchivedAt = *body.Archived, time.Now()
		}
		set(&state.Locked, body.Locked)
		set(&state.Invitable, body.Invitable)
		set(&state.AutoArchive, body.AutoArchive)
	})
	s.changeChannel(t, func(c *Channel) {
		set(&c.Name, body.Name)
		set(&c.RateLimitPerUser, body.Slowmode)
	})
	s.audit(req, t.GuildID, auditEntry{Action: auditThreadUpdate, Target: t.ID})
	return ok(t.Channel)
}

// set takes over a value that was sent.
func set[T any](into *T, sent *T) {
	if sent != nil {
		*into = *sent
	}
}
