package discordsim

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// limit is the query parameter of that name: from 1 to most, else a default.
func (r *request) limit(otherwise, most int) (int, *apiError) {
	text := r.query.Get("limit")
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, badForm("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and "+strconv.Itoa(most)+".")
	}
	return n, nil
}

// ownGuild is a guild as /users/@me/guilds lists it.
type ownGuild struct {
	ID          ID          `json:"id"`
	Name        string      `json:"name"`
	Icon        *string     `json:"icon"`
	Banner      *string     `json:"banner"`
	Owner       bool        `json:"owner"`
	Permissions Permissions `json:"permissions"`
	Features    []string    `json:"features"`
	Members     *int        `json:"approximate_member_count,omitempty"`
	Presences   *int        `json:"approximate_presence_count,omitempty"`
}

// getOwnGuilds lists the guilds the bot is in, by rising id.
func (s *Sim) getOwnGuilds(req *request) (response, *apiError) {
	limit, bad := req.limit(200, 200)
	if bad != nil {
		return refuse(bad)
	}
	after, _ := ParseID(req.query.Get("after"))
	before, _ := ParseID(req.query.Get("before"))
	shown := []ownGuild{}
	for _, id := range s.guildOrder {
		g := s.guilds[id]
		own := g.byUser[s.self.ID]
		if own == nil || id <= after || before != 0 && id >= before || len(shown) == limit {
			continue
		}
		entry := ownGuild{
			ID: id, Name: g.Name, Owner: g.OwnerID == s.self.ID, Permissions: g.permissions(own), Features: []string{},
		}
		if req.flag("with_counts") {
			members := len(g.members)
			entry.Members, entry.Presences = &members, &members
		}
		shown = append(shown, entry)
	}
	return ok(shown)
}

// deleteOwnGuild leaves a guild.
func (s *Sim) deleteOwnGuild(req *request) (response, *apiError) {
	g, bad := s.guildFor(req)
	if bad != nil {
		return refuse(bad)
	}
	s.removeMember(g, g.byUser[s.self.ID])
	return noContent()
}

// patchMe changes the bot's name. Pictures are accepted and not kept.
func (s *Sim) patchMe(req *request) (response, *apiError) {
	var body struct {
		Username *string `json:"username"`
	}
	if bad := decode(req.body, &body); bad != nil {
		return refuse(bad)
	}
	if body.Username != nil {
		name := strings.TrimSpace(*body.Username)
		if n := utf8.RuneCountInString(name); n < 2 || n > 32 {
			return refuse(badForm("username", "BASE_TYPE_BAD_LENGTH", "Must be between 2 and 32 in length."))
		}
		s.self.Username = name
		s.users[s.self.ID].User = s.self
		s.dispatch(audience{}, "USER_UPDATE", s.selfObject())
	}
	return ok(s.selfObject())
}

// voiceRegion is an entry of /voice/regions; there is one, since nobody can speak here.
type voiceRegion struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Optimal    bool   `json:"optimal"`
	Deprecated bool   `json:"deprecated"`
	Custom     bool   `json:"custom"`
}

func (s *Sim) getVoiceRegions(*request) (response, *apiError) {
	return ok([]voiceRegion{{ID: "rotterdam", Name: "Rotterdam", Optimal: true}})
}

func (s *Sim) getStickerPacks(*request) (response, *apiError) {
	return ok(map[string][]string{"sticker_packs": {}})
}

func (s *Sim) getDefaultSounds(*request) (response, *apiError) { return ok([]string{}) }

// getNothing lists what a guild has none of here: emojis, stickers, integrations.
func (s *Sim) getNothing(req *request) (response, *apiError) {
	if _, bad := s.guildFor(req); bad != nil {
		return refuse(bad)
	}
	return ok([]string{})
}

// getCommandPermissions lists the overrides that admins set per command. Nobody can set any here.
func (s *Sim) getCommandPermissions(req *request) (response, *apiError) {
	if _, _, bad := s.scopeFor(req); bad != nil {
		return refuse(bad)
	}
	if _, one := req.params["command"]; !one {
		return ok([]string{})
	}
	if _, _, _, bad := s.commandFor(req); bad != nil {
		return refuse(bad)
	}
	return refuse(errUnknownOverrides)
}

// putCommandPermissions is for Bearer tokens; bots are refused.
func (s *Sim) putCommandPermissions(req *request) (response, *apiError) {
	if _, _, _, bad := s.commandFor(req); bad != nil {
		return refuse(bad)
	}
	return refuse(errNotForBots)
}
