package discordsim

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// membersPerChunk is the most members one GUILD_MEMBERS_CHUNK holds.
const membersPerChunk = 1000

// memberListPause is how long the whole list of a guild may not be asked for again.
const memberListPause = 30 * time.Second

// memberRequest is the d of op 8.
type memberRequest struct {
	GuildID   ID              `json:"guild_id"`
	Query     *string         `json:"query"`
	UserIDs   json.RawMessage `json:"user_ids"`
	Limit     int             `json:"limit"`
	Presences bool            `json:"presences"`
	Nonce     string          `json:"nonce"`
}

// memberChunk is the payload of GUILD_MEMBERS_CHUNK.
type memberChunk struct {
	GuildID    ID        `json:"guild_id"`
	Members    []*Member `json:"members"`
	ChunkIndex int       `json:"chunk_index"`
	ChunkCount int       `json:"chunk_count"`
	NotFound   []ID      `json:"not_found,omitempty"`
	Presences  []string  `json:"presences,omitempty"`
	Nonce      string    `json:"nonce,omitempty"`
}

// requestMembers answers op 8: by id, by the beginning of a name, or all of them.
func (s *Sim) requestMembers(c *conn, d json.RawMessage) {
	var in memberRequest
	if json.Unmarshal(d, &in) != nil {
		c.refuse(closeDecodeError, "Error while decoding payload.")
		return
	}
	if len(in.Nonce) > 32 {
		in.Nonce = ""
	}
	g := s.guilds[in.GuildID]
	if g == nil || (in.Query == nil && in.UserIDs == nil) {
		return
	}
	if in.UserIDs != nil {
		found, missing := g.membersByID(idList(in.UserIDs))
		s.sendChunks(c.session, in, found, missing)
		return
	}
	whole := *in.Query == "" && in.Limit == 0
	if whole && !c.session.intents.has(IntentGuildMembers) {
		c.refuse(closeDisallowedIntents, "Disallowed intent(s).")
		return
	}
	if whole && !s.allowMemberList(c, in) {
		return
	}
	limit := in.Limit
	if !whole {
		limit = min(max(limit, 1), 100)
	}
	s.sendChunks(c.session, in, g.membersByName(*in.Query, limit), nil)
}

// idList reads user_ids, which may be one id or several.
func idList(raw json.RawMessage) []ID {
	var ids []ID
	var one ID
	if json.Unmarshal(raw, &ids) != nil && json.Unmarshal(raw, &one) == nil {
		ids = []ID{one}
	}
	return ids
}

func (g *guild) membersByID(ids []ID) (found []*Member, missing []ID) {
	for _, id := range ids[:min(len(ids), 100)] {
		if m := g.byUser[id]; m != nil {
			found = append(found, m)
		} else {
			missing = append(missing, id)
		}
	}
	return found, missing
}

// membersByName finds by the beginning of username or nick; limit 0 is no limit.
func (g *guild) membersByName(prefix string, limit int) []*Member {
	var found []*Member
	prefix = strings.ToLower(prefix)
	for _, m := range g.members {
		nick := ""
		if m.Nick != nil {
			nick = strings.ToLower(*m.Nick)
		}
		if strings.HasPrefix(strings.ToLower(m.User.Username), prefix) || strings.HasPrefix(nick, prefix) {
			found = append(found, m)
		}
		if limit > 0 && len(found) == limit {
			break
		}
	}
	return found
}

// allowMemberList allows the whole list once per guild and 30 s; more is answered with RATE_LIMITED.
func (s *Sim) allowMemberList(c *conn, in memberRequest) bool {
	now := time.Now()
	if wait := s.limits.memberLists[in.GuildID].Add(memberListPause).Sub(now); wait > 0 {
		s.deliver(c.session, newWireEvent("RATE_LIMITED", mustJSON(map[string]any{
			"opcode": opRequestMembers, "retry_after": wait.Seconds(),
			"meta": map[string]any{"guild_id": in.GuildID, "nonce": in.Nonce},
		})))
		return false
	}
	s.limits.memberLists[in.GuildID] = now
	return true
}

func (s *Sim) sendChunks(sess *session, in memberRequest, members []*Member, missing []ID) {
	chunks := slices.Collect(slices.Chunk(list(members), membersPerChunk))
	if len(chunks) == 0 {
		chunks = [][]*Member{{}}
	}
	for i, chunk := range chunks {
		event := memberChunk{
			GuildID: in.GuildID, Members: chunk, ChunkIndex: i, ChunkCount: len(chunks), NotFound: missing, Nonce: in.Nonce,
		}
		s.deliver(sess, newWireEvent("GUILD_MEMBERS_CHUNK", mustJSON(event)))
	}
}

// requestNothing answers ops 31 and 43 for the guilds that are named: no sounds, no voice channels with a status.
func (s *Sim) requestNothing(c *conn, op int, d json.RawMessage) {
	var in struct {
		GuildIDs []ID `json:"guild_ids"`
		GuildID  ID   `json:"guild_id"`
	}
	if json.Unmarshal(d, &in) != nil {
		c.refuse(closeDecodeError, "Error while decoding payload.")
		return
	}
	name, key := "SOUNDBOARD_SOUNDS", "soundboard_sounds"
	if op == opRequestChannelInfo {
		name, key, in.GuildIDs = "CHANNEL_INFO", "channels", []ID{in.GuildID}
	}
	for _, id := range in.GuildIDs {
		if g := s.guilds[id]; g != nil && g.byUser[s.self.ID] != nil {
			s.deliver(c.session, newWireEvent(name, mustJSON(map[string]any{"guild_id": id, key: []string{}})))
		}
	}
}
