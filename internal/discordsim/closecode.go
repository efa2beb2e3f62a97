package discordsim

// The gateway's close codes.
const (
	closeUnknownError       = 4000
	closeUnknownOpcode      = 4001
	closeDecodeError        = 4002
	closeNotAuthenticated   = 4003
	closeAuthFailed         = 4004
	closeAlreadyAuth        = 4005
	closeInvalidSeq         = 4007
	closeRateLimited        = 4008
	closeSessionTimedOut    = 4009
	closeInvalidShard       = 4010
	closeShardingRequired   = 4011
	closeInvalidVersion     = 4012
	closeInvalidIntents     = 4013
	closeDisallowedIntents  = 4014
	closeNormal             = 1000
	closeGoingAway          = 1001
	guildsPerShard          = 2500
	maxClientPayload        = 4096
	presenceUpdatesPerBurst = 5
)

// endsSession says whether a session is over when the *server* closes with this code.
func endsSession(code int) bool {
	switch code {
	case closeNotAuthenticated, closeAuthFailed, closeAlreadyAuth, closeInvalidSeq, closeSessionTimedOut,
		closeInvalidShard, closeShardingRequired, closeInvalidVersion, closeInvalidIntents, closeDisallowedIntents:
		return true
	}
	return false
}

// clientEndsSession says whether a session is over when the *client* closes with this code.
func clientEndsSession(code int) bool { return code == closeNormal || code == closeGoingAway }
