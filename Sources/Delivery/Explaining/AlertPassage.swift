package import Decisions
package import Market
package import People

/// A stage that an alert passed on its way to one recipient and that its queue entry does not show any more. What the
/// entry itself shows (queued, sent, dead) is no stage of its own, so an alert that goes straight through costs none.
package struct DeliveryStage: Hashable, Sendable {
    /// Names a locale entry `stage.<raw value>`.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// The same was told lately, so no entry was made.
        case deduplicated
        /// Held for quiet hours, a mute or a budget.
        case held
        /// A send failed and was put off.
        case retried
        /// The chat has a new id.
        case moved
    }

    package var kind: Kind
    /// Wall clock.
    package var at: Timestamp
    /// Why: a reason of the gate, or the provider's answer.
    package var detail: String

    package init(kind: Kind, at: Timestamp, detail: String) {
        self.kind = kind
        self.at = at
        self.detail = detail
    }
}

/// The way of one alert to one recipient, as far as it is kept (`RETENTION_DELIVERIES`).
package struct AlertPassage: Hashable, Sendable {
    package var alert: StoredAlert
    /// When it was stored, wall clock.
    package var decidedAt: Timestamp
    /// When its whole audience had its entries; `nil` while that goes on.
    package var expandedAt: Timestamp?
    /// Its place in the ledger; `nil` for one from before the ledger.
    package var ledgerSequence: Int64?
    package var deliveries: [DeliveryPassage]
    /// Stages before there was an entry.
    package var stages: [DeliveryStage]

    package init(
        alert: StoredAlert, decidedAt: Timestamp, expandedAt: Timestamp?, ledgerSequence: Int64?,
        deliveries: [DeliveryPassage], stages: [DeliveryStage]
    ) {
        self.alert = alert
        self.decidedAt = decidedAt
        self.expandedAt = expandedAt
        self.ledgerSequence = ledgerSequence
        self.deliveries = deliveries
        self.stages = stages
    }
}

/// One queue entry of an alert.
package struct DeliveryPassage: Hashable, Sendable {
    package var channel: ChannelKind
    /// As `HistoryItem.state`. For an alert that went into a digest it is the digest's own state.
    package var state: String
    package var reason: String?
    package var queuedAt: Timestamp
    /// When the next try is due, wall clock; pending entries only.
    package var dueAt: Timestamp?
    /// Until when it is held, rule clock.
    package var heldUntil: Timestamp?
    package var finishedAt: Timestamp?
    /// Sends begun.
    package var attempts: Int
    package var possibleRepeat: Bool
    package var isInDigest: Bool
    package var providerMessageID: String?
    /// Oldest first, at most thirty.
    package var stages: [DeliveryStage]

    package init(
        channel: ChannelKind, state: String, reason: String? = nil, queuedAt: Timestamp, dueAt: Timestamp? = nil,
        heldUntil: Timestamp? = nil, finishedAt: Timestamp? = nil, attempts: Int = 0, possibleRepeat: Bool = false,
        isInDigest: Bool = false, providerMessageID: String? = nil, stages: [DeliveryStage] = []
    ) {
        self.channel = channel
        self.state = state
        self.reason = reason
        self.queuedAt = queuedAt
        self.dueAt = dueAt
        self.heldUntil = heldUntil
        self.finishedAt = finishedAt
        self.attempts = attempts
        self.possibleRepeat = possibleRepeat
        self.isInDigest = isInDigest
        self.providerMessageID = providerMessageID
        self.stages = stages
    }
}
