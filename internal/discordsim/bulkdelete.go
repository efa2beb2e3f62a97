package discordsim

import (
	"slices"
	"time"
)

// oldestBulk is how old a message may be to be deleted with others.
const oldestBulk = 14 * 24 * time.Hour

// postBulkDelete deletes 2 to 100 messages at once, none older than two weeks. Ids that are none are ignored.
func (s *Sim) postBulkDelete(req *request) (response, *apiError) {
	c, bad := s.channelFor(req, 0)
	switch {
	case bad != nil:
		return refuse(bad)
	case c.Type == ChannelDM:
		return refuse(errDMChannel)
	case !s.permissions(s.self.ID, c).Has(PermissionManageMessages):
		return refuse(errMissingPermission)
	}
	var body struct {
		Messages []ID `json:"messages"`
	}
	if bad := decode(req.body, &body); bad != nil {
		return refuse(bad)
	}
	slices.Sort(body.Messages)
	ids := slices.Compact(body.Messages)
	if len(ids) < 2 || len(ids) > 100 {
		return refuse(errBulkCount)
	}
	var gone []*Message
	for _, id := range ids {
		if time.Since(id.Time()) > oldestBulk {
			return refuse(errBulkTooOld)
		}
		if m := s.messages[id]; m != nil && m.ChannelID == c.ID && !m.Ephemeral() {
			gone = append(gone, m)
		}
	}
	s.removeAll(c, gone)
	s.audit(req, c.GuildID, auditEntry{Action: auditBulkDelete, Target: c.ID})
	return noContent()
}

// removeAll deletes messages of one channel and tells it in one event.
func (s *Sim) removeAll(c *channel, gone []*Message) {
	if len(gone) == 0 {
		return
	}
	ids := make([]ID, 0, len(gone))
	for _, m := range gone {
		ids = append(ids, m.ID)
		s.forgetMessage(m)
		s.observe(MessageDeleted{*m})
	}
	c.messages = slices.DeleteFunc(c.messages, func(m *Message) bool { return slices.Contains(ids, m.ID) })
	if s.hears(c) {
		s.dispatch(audience{need: IntentGuildMessages, guild: c.GuildID, lane: c.ID}, "MESSAGE_DELETE_BULK", struct {
			IDs       []ID `json:"ids"`
			ChannelID ID   `json:"channel_id"`
			GuildID   ID   `json:"guild_id"`
		}{ids, c.ID, c.GuildID})
	}
}
