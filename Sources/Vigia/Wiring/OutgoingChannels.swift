import Channels
import Delivery
import People

/// Every channel that is configured, for what sends without a running agent.
enum OutgoingChannels {
    static func all(_ base: Foundations) async throws -> [any Channel] {
        var channels: [any Channel] = []
        if let telegram = try await TelegramWiring(base) { channels.append(telegram.channel) }
        if let url = base.settings["DISCORD_WEBHOOK_URL"] {
            channels.append(DiscordWebhookChannel(url: url, transport: base.transport))
        }
        return channels
    }
}
