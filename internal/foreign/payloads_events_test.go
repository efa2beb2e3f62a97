package foreign_test

import (
	"encoding/json"
	"errors"
	"fmt"

	arikawagateway "github.com/diamondburned/arikawa/v3/gateway"
	arikawaws "github.com/diamondburned/arikawa/v3/utils/ws"

	"github.com/bwmarrin/discordgo"
	disgogateway "github.com/disgoorg/disgo/gateway"
)

// errUnknown is a library that does not know a type of event.
var errUnknown = errors.New("the library does not know this event")

// eventReadings decode a dispatch's data the way each library does.
var eventReadings = map[string]func(kind string, data []byte) error{
	"arikawa": func(kind string, data []byte) error {
		make := arikawagateway.OpUnmarshalers.Lookup(0, arikawaws.EventType(kind))
		if make == nil {
			return errUnknown
		}
		return json.Unmarshal(data, make())
	},
	"discordgo": func(kind string, data []byte) error {
		make, known := discordgoEvents[kind]
		if !known {
			return errUnknown
		}
		return json.Unmarshal(data, make())
	},
	"disgo": func(kind string, data []byte) (err error) {
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("panic: %v", p)
			}
		}()
		event, err := disgogateway.UnmarshalEventData(data, disgogateway.EventType(kind))
		if _, unknown := event.(disgogateway.EventUnknown); unknown {
			return errUnknown
		}
		return err
	},
}

// discordgoEvents is discordgo's own table, which it does not export.
var discordgoEvents = map[string]func() any{
	"APPLICATION_COMMAND_PERMISSIONS_UPDATE": func() any { return new(discordgo.ApplicationCommandPermissionsUpdate) },
	"AUTO_MODERATION_ACTION_EXECUTION":       func() any { return new(discordgo.AutoModerationActionExecution) },
	"AUTO_MODERATION_RULE_CREATE":            func() any { return new(discordgo.AutoModerationRuleCreate) },
	"AUTO_MODERATION_RULE_DELETE":            func() any { return new(discordgo.AutoModerationRuleDelete) },
	"AUTO_MODERATION_RULE_UPDATE":            func() any { return new(discordgo.AutoModerationRuleUpdate) },
	"CHANNEL_CREATE":                         func() any { return new(discordgo.ChannelCreate) },
	"CHANNEL_DELETE":                         func() any { return new(discordgo.ChannelDelete) },
	"CHANNEL_PINS_UPDATE":                    func() any { return new(discordgo.ChannelPinsUpdate) },
	"CHANNEL_UPDATE":                         func() any { return new(discordgo.ChannelUpdate) },
	"ENTITLEMENT_CREATE":                     func() any { return new(discordgo.EntitlementCreate) },
	"ENTITLEMENT_DELETE":                     func() any { return new(discordgo.EntitlementDelete) },
	"ENTITLEMENT_UPDATE":                     func() any { return new(discordgo.EntitlementUpdate) },
	"GUILD_AUDIT_LOG_ENTRY_CREATE":           func() any { return new(discordgo.GuildAuditLogEntryCreate) },
	"GUILD_BAN_ADD":                          func() any { return new(discordgo.GuildBanAdd) },
	"GUILD_BAN_REMOVE":                       func() any { return new(discordgo.GuildBanRemove) },
	"GUILD_CREATE":                           func() any { return new(discordgo.GuildCreate) },
	"GUILD_DELETE":                           func() any { return new(discordgo.GuildDelete) },
	"GUILD_EMOJIS_UPDATE":                    func() any { return new(discordgo.GuildEmojisUpdate) },
	"GUILD_INTEGRATIONS_UPDATE":              func() any { return new(discordgo.GuildIntegrationsUpdate) },
	"GUILD_MEMBER_ADD":                       func() any { return new(discordgo.GuildMemberAdd) },
	"GUILD_MEMBER_REMOVE":                    func() any { return new(discordgo.GuildMemberRemove) },
	"GUILD_MEMBER_UPDATE":                    func() any { return new(discordgo.GuildMemberUpdate) },
	"GUILD_MEMBERS_CHUNK":                    func() any { return new(discordgo.GuildMembersChunk) },
	"GUILD_ROLE_CREATE":                      func() any { return new(discordgo.GuildRoleCreate) },
	"GUILD_ROLE_DELETE":                      func() any { return new(discordgo.GuildRoleDelete) },
	"GUILD_ROLE_UPDATE":                      func() any { return new(discordgo.GuildRoleUpdate) },
	"GUILD_SCHEDULED_EVENT_CREATE":           func() any { return new(discordgo.GuildScheduledEventCreate) },
	"GUILD_SCHEDULED_EVENT_DELETE":           func() any { return new(discordgo.GuildScheduledEventDelete) },
	"GUILD_SCHEDULED_EVENT_UPDATE":           func() any { return new(discordgo.GuildScheduledEventUpdate) },
	"GUILD_SCHEDULED_EVENT_USER_ADD":         func() any { return new(discordgo.GuildScheduledEventUserAdd) },
	"GUILD_SCHEDULED_EVENT_USER_REMOVE":      func() any { return new(discordgo.GuildScheduledEventUserRemove) },
	"GUILD_STICKERS_UPDATE":                  func() any { return new(discordgo.GuildStickersUpdate) },
	"GUILD_UPDATE":                           func() any { return new(discordgo.GuildUpdate) },
	"INTEGRATION_CREATE":                     func() any { return new(discordgo.IntegrationCreate) },
	"INTEGRATION_DELETE":                     func() any { return new(discordgo.IntegrationDelete) },
	"INTEGRATION_UPDATE":                     func() any { return new(discordgo.IntegrationUpdate) },
	"INTERACTION_CREATE":                     func() any { return new(discordgo.InteractionCreate) },
	"INVITE_CREATE":                          func() any { return new(discordgo.InviteCreate) },
	"INVITE_DELETE":                          func() any { return new(discordgo.InviteDelete) },
	"MESSAGE_CREATE":                         func() any { return new(discordgo.MessageCreate) },
	"MESSAGE_DELETE":                         func() any { return new(discordgo.MessageDelete) },
	"MESSAGE_DELETE_BULK":                    func() any { return new(discordgo.MessageDeleteBulk) },
	"MESSAGE_POLL_VOTE_ADD":                  func() any { return new(discordgo.MessagePollVoteAdd) },
	"MESSAGE_POLL_VOTE_REMOVE":               func() any { return new(discordgo.MessagePollVoteRemove) },
	"MESSAGE_REACTION_ADD":                   func() any { return new(discordgo.MessageReactionAdd) },
	"MESSAGE_REACTION_REMOVE":                func() any { return new(discordgo.MessageReactionRemove) },
	"MESSAGE_REACTION_REMOVE_ALL":            func() any { return new(discordgo.MessageReactionRemoveAll) },
	"MESSAGE_UPDATE":                         func() any { return new(discordgo.MessageUpdate) },
	"PRESENCE_UPDATE":                        func() any { return new(discordgo.PresenceUpdate) },
	"PRESENCES_REPLACE":                      func() any { return new(discordgo.PresencesReplace) },
	"READY":                                  func() any { return new(discordgo.Ready) },
	"RESUMED":                                func() any { return new(discordgo.Resumed) },
	"STAGE_INSTANCE_EVENT_CREATE":            func() any { return new(discordgo.StageInstanceEventCreate) },
	"STAGE_INSTANCE_EVENT_DELETE":            func() any { return new(discordgo.StageInstanceEventDelete) },
	"STAGE_INSTANCE_EVENT_UPDATE":            func() any { return new(discordgo.StageInstanceEventUpdate) },
	"SUBSCRIPTION_CREATE":                    func() any { return new(discordgo.SubscriptionCreate) },
	"SUBSCRIPTION_DELETE":                    func() any { return new(discordgo.SubscriptionDelete) },
	"SUBSCRIPTION_UPDATE":                    func() any { return new(discordgo.SubscriptionUpdate) },
	"THREAD_CREATE":                          func() any { return new(discordgo.ThreadCreate) },
	"THREAD_DELETE":                          func() any { return new(discordgo.ThreadDelete) },
	"THREAD_LIST_SYNC":                       func() any { return new(discordgo.ThreadListSync) },
	"THREAD_MEMBER_UPDATE":                   func() any { return new(discordgo.ThreadMemberUpdate) },
	"THREAD_MEMBERS_UPDATE":                  func() any { return new(discordgo.ThreadMembersUpdate) },
	"THREAD_UPDATE":                          func() any { return new(discordgo.ThreadUpdate) },
	"TYPING_START":                           func() any { return new(discordgo.TypingStart) },
	"USER_UPDATE":                            func() any { return new(discordgo.UserUpdate) },
	"VOICE_SERVER_UPDATE":                    func() any { return new(discordgo.VoiceServerUpdate) },
	"VOICE_STATE_UPDATE":                     func() any { return new(discordgo.VoiceStateUpdate) },
	"WEBHOOKS_UPDATE":                        func() any { return new(discordgo.WebhooksUpdate) },
}
