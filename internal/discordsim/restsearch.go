package discordsim

import (
	"strconv"
	"strings"
)

// searchGuildMembers finds members whose username or nick begins with the query ("Search Guild Members").
func (s *Sim) searchGuildMembers(req *request) (response, *apiError) {
	g, bad := s.guildFor(req)
	if bad != nil {
		return refuse(bad)
	}
	query := strings.ToLower(req.query.Get("query"))
	if query == "" {
		return refuse(badForm("query", "BASE_TYPE_REQUIRED", "This field is required"))
	}
	limit := 1
	if text := req.query.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 1000 {
			return refuse(badForm("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 1000."))
		}
		limit = n
	}
	found := []*Member{}
	for _, m := range g.membersAfter(0, len(g.members)) {
		names := []string{m.User.Username}
		if m.Nick != nil {
			names = append(names, *m.Nick)
		}
		if m.User.GlobalName != nil {
			names = append(names, *m.User.GlobalName)
		}
		for _, name := range names {
			if len(found) < limit && strings.HasPrefix(strings.ToLower(name), query) {
				found = append(found, m)
				break
			}
		}
	}
	return ok(found)
}
