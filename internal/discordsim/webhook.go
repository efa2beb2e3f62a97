package discordsim

import "time"

// maxUserFollowUps is how many follow-ups an application has where only the user installed it.
const maxUserFollowUps = 5

// hook finds the interaction of a webhook path; its token works for a limited time and only after a first response.
func (s *Sim) hook(req *request) (*interaction, *apiError) {
	in := s.byToken[req.params["token"]]
	switch {
	case in == nil || req.params["application"] != s.self.ID.String():
		return nil, errUnknownWebhook
	case time.Since(in.Begun) > s.cfg.TokenLifetime:
		return nil, errBadWebhookToken
	case in.Acknowledged.IsZero():
		return nil, errUnknownWebhook
	}
	return in, nil
}

// hooked finds a message of an interaction: @original or a follow-up.
func (s *Sim) hooked(req *request) (*interaction, *Message, *apiError) {
	in, bad := s.hook(req)
	if bad != nil {
		return nil, nil, bad
	}
	id := in.original
	if req.params["message"] != original {
		if id, bad = req.id("message"); bad != nil {
			return nil, nil, bad
		}
	}
	m := s.messages[id]
	if m == nil || !in.owns(id) {
		return nil, nil, errUnknownMessage
	}
	return in, m, nil
}

func (in *interaction) owns(id ID) bool {
	for _, own := range in.followUps {
		if own == id {
			return true
		}
	}
	return id == in.original
}

func (s *Sim) getHooked(req *request) (response, *apiError) {
	if shown, bad, done := s.byHook(req); done {
		return shown, bad
	}
	_, m, bad := s.hooked(req)
	if bad != nil {
		return refuse(bad)
	}
	return ok(s.restMessage(m))
}

func (s *Sim) patchHooked(req *request) (response, *apiError) {
	if shown, bad, done := s.byHook(req); done {
		return shown, bad
	}
	in, m, bad := s.hooked(req)
	if bad != nil {
		return refuse(bad)
	}
	edited, bad := s.edit(req, s.channels[in.Channel], m, onlyUsers)
	if bad != nil {
		return refuse(bad)
	}
	in.Edits++
	in.updated = in.updated || m.ID == in.source
	s.touch()
	return ok(s.restMessage(edited))
}

func (s *Sim) deleteHooked(req *request) (response, *apiError) {
	if shown, bad, done := s.byHook(req); done {
		return shown, bad
	}
	_, m, bad := s.hooked(req)
	if bad != nil {
		return refuse(bad)
	}
	s.remove(m)
	return noContent()
}

// postFollowUp sends a further message. Straight after a type 5 it edits the placeholder instead: a compatibility that
// Discord calls deprecated and that libraries rely on.
func (s *Sim) postFollowUp(req *request) (response, *apiError) {
	if made, bad, done := s.byHook(req); done {
		return made, bad
	}
	in, bad := s.hook(req)
	if bad != nil {
		return refuse(bad)
	}
	if placeholder := s.messages[in.original]; placeholder != nil && placeholder.Loading() {
		edited, bad := s.edit(req, s.channels[in.Channel], placeholder, onlyUsers)
		if bad != nil {
			return refuse(bad)
		}
		return ok(s.restMessage(edited))
	}
	if s.onlyByUser(in) && len(in.followUps) >= maxUserFollowUps {
		return refuse(errTooManyFollowUps)
	}
	body, bad := readMessage(req, req.body, settableFlags|FlagEphemeral)
	if bad != nil {
		return refuse(bad)
	}
	if body.empty(len(req.files)) {
		return refuse(errEmptyMessage)
	}
	m := s.answerMessage(in, deref(body.Flags))
	m.Type = MessageDefault
	s.fillAnswer(m, in, body, req)
	s.post(s.channels[in.Channel], m)
	in.followUps = append(in.followUps, m.ID)
	s.touch()
	return ok(s.restMessage(m))
}
