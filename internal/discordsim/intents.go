package discordsim

// Intents is the set of event groups a session subscribed to.
type Intents uint64

// The intents that the simulator's own events belong to.
const (
	IntentGuilds          Intents = 1 << 0
	IntentGuildMembers    Intents = 1 << 1
	IntentGuildModeration Intents = 1 << 2
	IntentGuildWebhooks   Intents = 1 << 5
	IntentGuildInvites    Intents = 1 << 6
	IntentGuildPresences  Intents = 1 << 8
	IntentGuildMessages   Intents = 1 << 9
	IntentGuildReactions  Intents = 1 << 10
	IntentGuildTyping     Intents = 1 << 11
	IntentDirectMessages  Intents = 1 << 12
	IntentDirectReactions Intents = 1 << 13
	IntentDirectTyping    Intents = 1 << 14
	IntentMessageContent  Intents = 1 << 15
)

// PrivilegedIntents must be switched on in the developer portal, or IDENTIFY is answered with close 4014.
const PrivilegedIntents = IntentGuildMembers | IntentGuildPresences | IntentMessageContent

// knownIntents are bits 0-16, 20, 21, 24 and 25; any other is close 4013.
const knownIntents = Intents(1<<17-1) | 1<<20 | 1<<21 | 1<<24 | 1<<25

// has says whether any of the wanted intents is there; wanting none is always met.
func (i Intents) has(any Intents) bool { return any == 0 || i&any != 0 }
