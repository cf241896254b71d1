import Channels
import Delivery
import People

/// Every channel that is configured, for what sends without a running agent.
enum OutgoingChannels {
    static func all(_ base: Foundations) async throws -> [any Channel] {
        var channels: [any Channel] = []
        if let telegram = try await TelegramWiring(base) { channels.append(telegram.channel) }
        if let discord = try await DiscordWiring(base).sender { channels.append(discord) }
        if let email = try EmailWiring(base) { channels.append(email.channel) }
        if let sms = try SMSWiring(base) { channels.append(sms.channel) }
        return channels.map { ContactChannel.wrapping($0, book: base.contacts.book) }
    }
}
