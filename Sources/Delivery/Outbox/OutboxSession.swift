package import Decisions
package import Market
package import People

/// The outbox inside a transaction of the conversation.
package protocol OutboxSession {
    func enqueue(_ reply: ReplyDelivery) throws
    /// What was decided for the recipient, newest first.
    func history(of id: RecipientID, symbol: Symbol?, limit: Int) throws -> [HistoryItem]
    /// Newest first.
    func deadLetters(limit: Int, offset: Int) throws -> [DeadLetter]
    /// Makes dead letters pending again; `nil` means all. Returns how many.
    func retryDead(_ id: OutboxID?, now: Timestamp) throws -> Int
    func queueDepths(now: Timestamp) throws -> [QueueDepth]
    /// Stores an alert of the conversation itself (`/ops test`), fan-out included.
    func publish(_ alert: Alert, now: Timestamp) throws
}

package struct HistoryItem: Hashable, Sendable {
    package var alert: StoredAlert
    package var channel: ChannelKind
    /// `pending`, `leased`, `sent`, `held`, `coalesced`, `dead`, `dropped`; of an SMS whose end the network has reported,
    /// `delivered`, `undelivered` or `failed` in place of `sent`.
    package var state: String
    package var reason: String?
    package var sentAt: Timestamp?
    package init(alert: StoredAlert, channel: ChannelKind, state: String, reason: String?, sentAt: Timestamp?) {
        self.alert = alert
        self.channel = channel
        self.state = state
        self.reason = reason
        self.sentAt = sentAt
    }
}

package struct DeadLetter: Hashable, Sendable {
    package var id: OutboxID
    package var channel: ChannelKind
    package var reason: String
    package var attempts: Int
    package var at: Timestamp
    package init(id: OutboxID, channel: ChannelKind, reason: String, attempts: Int, at: Timestamp) {
        self.id = id
        self.channel = channel
        self.reason = reason
        self.attempts = attempts
        self.at = at
    }
}
