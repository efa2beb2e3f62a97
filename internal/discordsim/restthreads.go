package discordsim

import (
	"cmp"
	"slices"
	"time"
)

// threadFor finds the thread of a path.
func (s *Sim) threadFor(req *request) (*channel, *apiError) {
	t, bad := s.channelFor(req, 0)
	if bad != nil {
		return nil, bad
	}
	if !t.isThread() {
		return nil, errWrongChannelType
	}
	return t, nil
}

// threadUser is the user a path names, or the bot for @me.
func (s *Sim) threadUser(req *request) (ID, *apiError) {
	if req.params["user"] == "@me" {
		return s.self.ID, nil
	}
	return req.id("user")
}

// putThreadMember lets the bot join, or adds a member.
func (s *Sim) putThreadMember(req *request) (response, *apiError) {
	t, bad := s.threadFor(req)
	if bad != nil {
		return refuse(bad)
	}
	user, bad := s.threadUser(req)
	switch {
	case bad != nil:
		return refuse(bad)
	case t.Thread.Archived:
		return refuse(errArchived)
	case s.guilds[t.GuildID].byUser[user] == nil:
		return refuse(errUnknownMember)
	case user != s.self.ID && !s.permissions(s.self.ID, t).Has(PermissionSendMessagesInThreads):
		return refuse(errMissingPermission)
	}
	s.joinThread(t, user)
	return noContent()
}

// deleteThreadMember lets the bot leave, or removes a member: who started a private thread may, else MANAGE_THREADS.
func (s *Sim) deleteThreadMember(req *request) (response, *apiError) {
	t, bad := s.threadFor(req)
	if bad != nil {
		return refuse(bad)
	}
	user, bad := s.threadUser(req)
	own := t.Type == ChannelPrivateThread && t.Thread.OwnerID == s.self.ID
	switch {
	case bad != nil:
		return refuse(bad)
	case t.Thread.Archived:
		return refuse(errArchived)
	case user != s.self.ID && !own && !s.permissions(s.self.ID, t).Has(PermissionManageThreads):
		return refuse(errMissingPermission)
	case t.thread.member(user) == nil:
		return refuse(errUnknownMember)
	}
	s.leaveThread(t, user)
	return noContent()
}

func (s *Sim) getThreadMember(req *request) (response, *apiError) {
	t, bad := s.threadFor(req)
	if bad != nil {
		return refuse(bad)
	}
	user, bad := s.threadUser(req)
	if bad != nil {
		return refuse(bad)
	}
	m := t.thread.member(user)
	if m == nil {
		return refuse(errUnknownMember)
	}
	return ok(s.shownThreadMember(t, *m, req.flag("with_member")))
}

func (s *Sim) getThreadMembers(req *request) (response, *apiError) {
	t, bad := s.threadFor(req)
	if bad != nil {
		return refuse(bad)
	}
	if s.withheld&IntentGuildMembers != 0 {
		return refuse(errMissingAccess)
	}
	shown := []threadMember{}
	for _, m := range t.thread {
		shown = append(shown, s.shownThreadMember(t, m, req.flag("with_member")))
	}
	return ok(shown)
}

func (s *Sim) shownThreadMember(t *channel, m threadMember, whole bool) threadMember {
	if whole {
		m.Member = s.guilds[t.GuildID].byUser[m.UserID]
	}
	return m
}

// threadPage is the answer of the routes that list threads. Members are the bot's own.
type threadPage struct {
	Threads []Channel      `json:"threads"`
	Members []threadMember `json:"members"`
	HasMore bool           `json:"has_more"`
}

func (s *Sim) threadPage(threads []*channel, limit int) threadPage {
	page := threadPage{Threads: []Channel{}, Members: []threadMember{}, HasMore: len(threads) > limit}
	for _, t := range threads[:min(limit, len(threads))] {
		page.Threads = append(page.Threads, t.Channel)
		if own := t.thread.member(s.self.ID); own != nil {
			page.Members = append(page.Members, *own)
		}
	}
	return page
}

func (s *Sim) getActiveThreads(req *request) (response, *apiError) {
	g, bad := s.guildFor(req)
	if bad != nil {
		return refuse(bad)
	}
	var active []*channel
	for _, t := range g.threads {
		if !t.Thread.Archived && s.sees(s.self.ID, t) {
			active = append(active, t)
		}
	}
	return ok(s.threadPage(active, len(active)))
}

func (s *Sim) getArchivedThreads(req *request) (response, *apiError) {
	return s.listArchived(req, false, 0)
}

func (s *Sim) getPrivateArchivedThreads(req *request) (response, *apiError) {
	return s.listArchived(req, true, PermissionManageThreads)
}

// listArchived lists a channel's archived threads, public or private ones, the last archived first.
func (s *Sim) listArchived(req *request, private bool, need Permissions) (response, *apiError) {
	c, bad := s.channelFor(req, PermissionReadMessageHistory|need)
	if bad != nil {
		return refuse(bad)
	}
	limit, bad := req.limit(50, 100)
	if bad != nil {
		return refuse(bad)
	}
	before, err := time.Parse(time.RFC3339Nano, req.query.Get("before"))
	var archived []*channel
	for _, t := range s.guildThreads(c) {
		late := err == nil && !t.Thread.ArchivedAt.Before(before)
		if t.Thread.Archived && (t.Type == ChannelPrivateThread) == private && !late {
			archived = append(archived, t)
		}
	}
	slices.SortFunc(archived, func(a, b *channel) int { return b.Thread.ArchivedAt.Compare(a.Thread.ArchivedAt) })
	return ok(s.threadPage(archived, limit))
}

func (s *Sim) guildThreads(c *channel) []*channel {
	g := s.guilds[c.GuildID]
	if g == nil {
		return nil
	}
	var threads []*channel
	for _, t := range g.threads {
		if t.ParentID == c.ID {
			threads = append(threads, t)
		}
	}
	slices.SortFunc(threads, func(a, b *channel) int { return cmp.Compare(a.ID, b.ID) })
	return threads
}
