package discordsim

// World names the parts of the Demo world.
type World struct {
	Guild    Guild
	General  Channel
	Training Channel
	Matchday Channel
	// Members in the order of joining; the first owns the guild.
	Members []User
}

// Demo fills the simulator with a small club to try the bot in: one guild, three channels, five people.
func (s *Sim) Demo() World {
	ada := s.AddPerson("Ada")
	w := World{Guild: s.AddGuild("The Steadfast Club", ada.ID), Members: []User{ada}}
	w.General = s.AddChannel(w.Guild.ID, "general")
	w.Training = s.AddChannel(w.Guild.ID, "training")
	w.Matchday = s.AddChannel(w.Guild.ID, "matchday")
	coach := s.AddRole(w.Guild.ID, "Coach", everyonePermissions|PermissionManageMessages)
	for _, newcomer := range []struct {
		name, nick string
		roles      []ID
	}{{"Bo", "Coach Bo", []ID{coach.ID}}, {"Cleo", "", nil}, {"Dov", "Dov the Wall", nil}, {"Esi", "", nil}} {
		person := s.AddPerson(newcomer.name)
		s.AddMember(w.Guild.ID, person.ID, newcomer.nick, newcomer.roles...)
		w.Members = append(w.Members, person)
	}
	return w
}
