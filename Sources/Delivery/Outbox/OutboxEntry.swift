package import Decisions
package import Market
package import Messages
package import People

package struct OutboxID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    package let rawValue: Int64
    package init(_ rawValue: Int64) { self.rawValue = rawValue }
    package var description: String { "\(rawValue)" }
    package static func < (a: OutboxID, b: OutboxID) -> Bool { a.rawValue < b.rawValue }
}

/// Order in every queue: replies to commands first, then alerts by priority.
package enum Lane: Int, Sendable, Codable, Comparable, CaseIterable {
    case reply = 0
    case critical = 1
    case high = 2
    case medium = 3
    case low = 4
    package static func < (a: Lane, b: Lane) -> Bool { a.rawValue < b.rawValue }
    package init(_ priority: Priority) {
        switch priority {
        case .critical: self = .critical
        case .high: self = .high
        case .medium: self = .medium
        case .low: self = .low
        }
    }
}

/// A delivery to one address of one recipient, under a lease.
package struct OutboxEntry: Hashable, Sendable {
    package var id: OutboxID
    package var channel: ChannelKind
    package var address: String
    /// `nil` for an address of no recipient (the channel webhook).
    package var recipient: RecipientID?
    package var lane: Lane
    package var content: OutboxContent
    /// Sends begun before this one.
    package var attempts: Int
    /// A send was begun and its outcome is unknown (crash, lost answer): the channel marks or de-duplicates the repeat.
    package var possibleRepeat: Bool
    /// On the wall clock.
    package var createdAt: Timestamp
    /// Replies: not sent after this (wall clock).
    package var expiresAt: Timestamp?

    package init(
        id: OutboxID, channel: ChannelKind, address: String, recipient: RecipientID?, lane: Lane,
        content: OutboxContent, attempts: Int, possibleRepeat: Bool, createdAt: Timestamp, expiresAt: Timestamp?
    ) {
        self.id = id
        self.channel = channel
        self.address = address
        self.recipient = recipient
        self.lane = lane
        self.content = content
        self.attempts = attempts
        self.possibleRepeat = possibleRepeat
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}

/// What an entry carries. Alerts are rendered when they are sent, in the reader's language and zone then.
package enum OutboxContent: Hashable, Sendable {
    case message(Message, Form)
    case alert(StoredAlert)
    /// Several alerts that waited for a window to open, in one message.
    case digest([StoredAlert])

    package enum Form: Hashable, Sendable, Codable {
        case new
        /// Replaces the message with this provider id; if that is impossible a new one is sent.
        case edit(messageID: String)
        /// Goes back to who asked by a way of its own while that is open; afterwards it is a new message.
        case answer(Answer)
    }

    /// A way back that belongs to one question (a Discord interaction).
    package struct Answer: Hashable, Sendable, Codable, CustomStringConvertible {
        /// Known to the front end that made it. It may hold a secret of short life, so it is never shown.
        package var route: String
        /// The message whose button was pressed becomes the answer.
        package var replacesView: Bool
        /// For the eyes of who asked, where others could see it.
        package var isDiscreet: Bool

        package init(route: String, replacesView: Bool, isDiscreet: Bool) {
            self.route = route
            self.replacesView = replacesView
            self.isDiscreet = isDiscreet
        }

        package var description: String { "answer" }
    }
}

/// A reply of the conversation, to be stored in the transaction that handled the command.
package struct ReplyDelivery: Hashable, Sendable {
    package var channel: ChannelKind
    package var address: String
    package var recipient: RecipientID?
    package var message: Message
    package var form: OutboxContent.Form
    package var createdAt: Timestamp
    package var expiresAt: Timestamp
    /// Its text holds contact data or a code: it is sealed while it waits in the outbox.
    package var isConfidential: Bool

    package init(
        channel: ChannelKind, address: String, recipient: RecipientID?, message: Message, form: OutboxContent.Form,
        createdAt: Timestamp, expiresAt: Timestamp, isConfidential: Bool = false
    ) {
        self.channel = channel
        self.address = address
        self.recipient = recipient
        self.message = message
        self.form = form
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.isConfidential = isConfidential
    }
}
