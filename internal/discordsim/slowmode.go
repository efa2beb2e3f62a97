package discordsim

import "time"

// wroteNow remembers when a user wrote, where that matters.
func (c *channel) wroteNow(user ID, now time.Time) {
	if c.RateLimitPerUser == 0 {
		return
	}
	if c.wrote == nil {
		c.wrote = map[ID]time.Time{}
	}
	c.wrote[user] = now
}

// slowed is how long a user must still wait before writing again in a channel with slowmode. Since 2026 only
// BYPASS_SLOWMODE (and so an administrator) is exempt.
func (s *Sim) slowed(user ID, c *channel) time.Duration {
	last, wrote := c.wrote[user]
	if c.RateLimitPerUser == 0 || !wrote || s.permissions(user, c).Has(PermissionBypassSlowmode) {
		return 0
	}
	return max(0, time.Until(last.Add(time.Duration(c.RateLimitPerUser)*time.Second)))
}

// mayWrite finds why the bot cannot write in a channel that it sees.
func (s *Sim) mayWrite(c *channel) *apiError {
	may := s.permissions(s.self.ID, c)
	switch {
	case !c.holdsMessages():
		return errNotText
	case !may.Has(c.writing()):
		return errMissingPermission
	case c.isThread() && c.Thread.Locked && !may.Has(PermissionManageThreads):
		return errArchived
	case c.Type != ChannelDM:
		return nil
	case !s.shares(c.Recipient.ID):
		return errNoMutualGuild
	case s.users[c.Recipient.ID].dmsClosed:
		return errDMsClosed
	}
	return nil
}

// shares says whether the bot and a user are in a guild together.
func (s *Sim) shares(user ID) bool {
	for _, g := range s.guilds {
		if g.byUser[user] != nil && g.byUser[s.self.ID] != nil {
			return true
		}
	}
	return false
}

// mayShow finds what of a body the bot may not show in a channel.
func (s *Sim) mayShow(c *channel, b *messageBody, files int) *apiError {
	may := s.permissions(s.self.ID, c)
	if len(deref(b.Embeds)) > 0 && !may.Has(PermissionEmbedLinks) || files > 0 && !may.Has(PermissionAttachFiles) {
		return errMissingPermission
	}
	return nil
}

// editsOld counts an edit of an old message; too many of them must wait.
func (s *Sim) editsOld(c *channel, m *Message) *apiError {
	now := time.Now()
	if now.Sub(m.Timestamp.Time) <= s.cfg.OldEdits.Age {
		return nil
	}
	c.oldEdits.limit, c.oldEdits.window = s.cfg.OldEdits.Limit, s.cfg.OldEdits.Window
	if c.oldEdits.allow(now) {
		return nil
	}
	return errOldEdits.in(c.oldEdits.times[0].Add(c.oldEdits.window).Sub(now))
}
