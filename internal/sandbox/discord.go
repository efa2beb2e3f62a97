package sandbox

import "github.com/steadfast-bot/steadfast/internal/discordsim"

// StartDiscord starts a simulated Discord with the demo world in it, on a loopback port of its own. The caller closes
// it. It stands here because no other package of the product may know the simulator.
func StartDiscord() (*discordsim.Sim, error) {
	sim, err := discordsim.Start(discordsim.Config{})
	if err != nil {
		return nil, err
	}
	sim.Demo()
	return sim, nil
}
