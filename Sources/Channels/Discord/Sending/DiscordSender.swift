package import Delivery
package import People

/// Everything that goes to Discord: the bot's own messages, and the channel webhook at its address. There is one sender a
/// kind of channel, so the two share a queue and a pace.
package struct DiscordSender: Channel {
    package let kind = ChannelKind.discord
    private let bot: DiscordChannel?
    private let webhook: DiscordWebhookChannel?

    /// At least one of the two should be there; what has no way is dead-lettered with the setting's name.
    package init(bot: DiscordChannel?, webhook: DiscordWebhookChannel?) {
        self.bot = bot
        self.webhook = webhook
    }

    package func send(_ delivery: OutgoingDelivery) async throws(DeliveryError) -> Receipt {
        if delivery.address == DiscordWebhookChannel.address {
            guard let webhook else { throw .rejected(reason: "DISCORD_WEBHOOK_URL is not set") }
            return try await webhook.send(delivery)
        }
        guard let bot else { throw .rejected(reason: "DISCORD_BOT_TOKEN is not set") }
        return try await bot.send(delivery)
    }
}
