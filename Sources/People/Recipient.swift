package import Market

/// Key of a person or place in the store.
package struct RecipientID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    package let rawValue: Int64
    package init(_ rawValue: Int64) { self.rawValue = rawValue }
    package var description: String { "\(rawValue)" }
    package static func < (a: RecipientID, b: RecipientID) -> Bool { a.rawValue < b.rawValue }
    package init(from decoder: any Decoder) throws { rawValue = try decoder.singleValueContainer().decode(Int64.self) }
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}

/// Who may receive messages: a person (several identities, private chats) or a place (a Telegram group or topic, a
/// Discord channel), which has no contacts, positions or operator rights.
package struct Recipient: Hashable, Sendable, Codable {
    package enum Kind: String, Sendable, Codable { case person, place }
    package enum Role: String, Sendable, Codable { case `operator`, user, blocked }

    package var id: RecipientID
    package var kind: Kind
    package var role: Role
    /// `/stop`: everything is kept, nothing is sent until `/start`.
    package var stopped: Bool
    package var preferences: Preferences
    package var createdAt: Timestamp

    package init(
        id: RecipientID, kind: Kind, role: Role = .user, stopped: Bool = false,
        preferences: Preferences = Preferences(),
        createdAt: Timestamp
    ) {
        self.id = id
        self.kind = kind
        self.role = role
        self.stopped = stopped
        self.preferences = preferences
        self.createdAt = createdAt
    }
}

/// Where somebody talks to us.
package enum Platform: String, Sendable, Codable, CaseIterable { case telegram, discord, terminal }

/// A user id on a platform; spelled `telegram:12345`. A place's identity is its chat, with the topic when it has one:
/// `telegram:-100123/45`.
package struct Identity: Hashable, Sendable, Codable, CustomStringConvertible {
    package var platform: Platform
    package var externalID: String

    package init(platform: Platform, externalID: String) {
        self.platform = platform
        self.externalID = externalID
    }

    /// Reads `telegram:12345`.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, let platform = Platform(rawValue: parts[0].lowercased()), !parts[1].isEmpty else {
            return nil
        }
        self.init(platform: platform, externalID: String(parts[1]))
    }

    package var description: String { "\(platform.rawValue):\(externalID)" }
}

/// A way out to people.
package enum ChannelKind: String, Sendable, Codable, CaseIterable { case telegram, discord, email, sms, terminal }

/// Where a recipient is reached on one channel. `value` is the channel's own spelling: a Telegram chat id, with
/// `/topic` behind it in a forum; a Discord channel id; `webhook` for the channel webhook. For e-mail and SMS it is the
/// opaque reference of a contact, which is resolved only at the send.
package struct Address: Hashable, Sendable, Codable {
    package var channel: ChannelKind
    package var value: String
    /// Why nothing is sent there any more (`blocked`, `chat_not_found`, …); `nil` while it works.
    package var disabledReason: String?

    package init(channel: ChannelKind, value: String, disabledReason: String? = nil) {
        self.channel = channel
        self.value = value
        self.disabledReason = disabledReason
    }

    /// Where to tell somebody something about another of their channels: the chats first, SMS last.
    package static func forNotice(_ addresses: [Address], except channel: ChannelKind? = nil) -> Address? {
        let order: [ChannelKind] = [.telegram, .discord, .terminal, .email, .sms]
        let working = addresses.filter { $0.disabledReason == nil && $0.channel != channel }
        return order.lazy.compactMap { kind in working.first { $0.channel == kind } }.first
    }
}
