package import Market
package import Messages
package import People

/// A way to people. One call is one send to the provider; it has a deadline of its own and keeps nothing.
package protocol Channel: Sendable {
    var kind: ChannelKind { get }
    func send(_ delivery: OutgoingDelivery) async throws(DeliveryError) -> Receipt
    /// Where to look whether a delivery of unknown outcome was taken, for a channel that must not repeat one.
    var record: (any DeliveryRecord)? { get }
}

extension Channel {
    package var record: (any DeliveryRecord)? { nil }
}

/// What the provider remembers of what it was given.
package protocol DeliveryRecord: Sendable {
    /// The receipt of this delivery; `nil` when the record has none. That it has none does not prove that nothing is
    /// under way. Throws when the record cannot be read now.
    func find(_ delivery: OutgoingDelivery) async throws(DeliveryError) -> Receipt?
}

package struct OutgoingDelivery: Hashable, Sendable {
    /// Stable over repeats: nonce, Message-ID.
    package var id: OutboxID
    /// As the provider takes it: a chat, a plain e-mail address, a number in E.164.
    package var address: String
    package var message: Message
    package var form: OutboxContent.Form
    /// The receiver may have seen this before, and is told so where the provider cannot suppress the repeat.
    package var possibleRepeat: Bool
    /// E-mail and SMS: the contact's reference that `address` was resolved from; what `UnsubscribeLinking` takes.
    package var contact: String?
    /// When it was decided, on the wall clock; the same over repeats.
    package var createdAt: Timestamp
    /// Whose language and zone the message is in, for the words that a channel adds.
    package var reader: Reader

    package init(
        id: OutboxID, address: String, message: Message, form: OutboxContent.Form, possibleRepeat: Bool,
        createdAt: Timestamp = Timestamp(milliseconds: 0), reader: Reader = Reader(language: "en", zone: "UTC")
    ) {
        self.id = id
        self.address = address
        self.message = message
        self.form = form
        self.possibleRepeat = possibleRepeat
        self.createdAt = createdAt
        self.reader = reader
    }
}

package struct Receipt: Hashable, Sendable {
    package var providerMessageID: String?
    /// The provider said with its answer that this address has no allowance left for this long.
    package var exhaustedFor: Span?
    package init(providerMessageID: String?, exhaustedFor: Span? = nil) {
        self.providerMessageID = providerMessageID
        self.exhaustedFor = exhaustedFor
    }
}

/// What the dispatcher does next is the case.
package enum DeliveryError: Error, Hashable, Sendable {
    /// The provider asks to wait. `scope` says whom: this address, or everything sent by this sender.
    case rateLimited(retryAfter: Span, scope: Scope)
    /// Blocked, deleted, unknown chat: nothing can be sent to this address any more.
    case recipientGone(reason: String)
    /// The chat lives under another id now.
    case moved(to: String)
    /// The provider will never take this message.
    case rejected(reason: String)
    /// It did not arrive: connection refused, 5xx.
    case unavailable(reason: String)
    /// It may have arrived: the answer was lost.
    case outcomeUnknown(reason: String)
    /// Our credentials are refused: nothing of this sender can go.
    case unauthorized(reason: String)

    package enum Scope: Hashable, Sendable { case address, sender }

    /// What went wrong, in words for operators.
    package var reason: String {
        switch self {
        case .rateLimited(let wait, _): "rate limited for \(wait.seconds) s"
        case .recipientGone(let reason), .rejected(let reason), .unavailable(let reason), .outcomeUnknown(let reason),
            .unauthorized(let reason):
            reason
        case .moved(let address): "moved to \(address)"
        }
    }
}
