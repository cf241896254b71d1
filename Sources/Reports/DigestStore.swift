package import Decisions
package import Market
package import Messages
package import People

/// A digest that is due.
package struct DueDigest: Hashable, Sendable {
    package var recipient: RecipientID
    package var rhythm: DigestRhythm
    /// Wall clock.
    package var dueAt: Timestamp
    /// When the one before it was made; `nil` for the first.
    package var lastAt: Timestamp?

    package init(recipient: RecipientID, rhythm: DigestRhythm, dueAt: Timestamp, lastAt: Timestamp?) {
        self.recipient = recipient
        self.rhythm = rhythm
        self.dueAt = dueAt
        self.lastAt = lastAt
    }
}

/// What the store knows that goes into a digest, as of one moment.
package struct DigestFacts: Hashable, Sendable {
    package var recipient: Recipient
    package var addresses: [Address]
    package var subscriptions: [Symbol]
    package var rules: [Rule]
    /// Alerts that were queued for the recipient, oldest first, each once.
    package var alerts: [ToldAlert]
    /// What they asked to be reminded of, on the rule clock, soonest first.
    package var reminders: [ComingItem]

    package init(
        recipient: Recipient, addresses: [Address], subscriptions: [Symbol], rules: [Rule], alerts: [ToldAlert],
        reminders: [ComingItem] = []
    ) {
        self.recipient = recipient
        self.addresses = addresses
        self.subscriptions = subscriptions
        self.rules = rules
        self.alerts = alerts
        self.reminders = reminders
    }
}

package struct ToldAlert: Hashable, Sendable {
    package var alert: StoredAlert
    /// It reached the recipient on some channel.
    package var arrived: Bool
    /// How it was scored; `nil` before its horizon.
    package var score: DigestEvent.Outcome?

    package init(alert: StoredAlert, arrived: Bool, score: DigestEvent.Outcome? = nil) {
        self.alert = alert
        self.arrived = arrived
        self.score = score
    }
}

/// A digest that is ready to go out.
package struct DigestDelivery: Sendable {
    package var recipient: RecipientID
    package var channel: ChannelKind
    package var address: String
    package var message: Message

    package init(recipient: RecipientID, channel: ChannelKind, address: String, message: Message) {
        self.recipient = recipient
        self.channel = channel
        self.address = address
        self.message = message
    }
}

/// Who gets digests, when, and what they need. Times are wall clock.
package protocol DigestStore: Sendable {
    /// Digests that are due, longest first, at most `limit`.
    func dueDigests(now: Timestamp, limit: Int) async throws -> [DueDigest]
    /// `nil` when there is no such recipient (any more).
    func facts(for id: RecipientID, alertsIn span: Range<Timestamp>) async throws -> DigestFacts?
    /// Opportunities that were decided in the span, for a report of the house.
    func opportunities(in span: Range<Timestamp>, limit: Int) async throws -> [ToldAlert]
    /// Queues what is to be sent and moves the digest on to `next`, in one transaction; with no delivery it only moves
    /// on. False, and nothing is queued, when the digest was moved, changed or ended meanwhile: so each is sent once.
    func complete(_ due: DueDigest, with delivery: DigestDelivery?, next: Timestamp, now: Timestamp) async throws
        -> Bool
}

/// Digests inside a transaction of the conversation.
package protocol DigestSession {
    func digest(of id: RecipientID) throws -> (rhythm: DigestRhythm, nextAt: Timestamp)?
    /// `nil` ends it.
    func setDigest(_ rhythm: DigestRhythm?, of id: RecipientID, nextAt: Timestamp) throws
}

/// Something that lies ahead.
package struct ComingItem: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// What they asked to be reminded of.
        case reminder(String)
        /// A rule's `until`.
        case ruleEnds(number: Int, text: String)
        case muteEnds
        case nextDigest
    }

    package var at: Timestamp
    package var kind: Kind

    package init(at: Timestamp, kind: Kind) {
        self.at = at
        self.kind = kind
    }
}
