package import Decisions
package import Market
package import People

/// The durable queue. Every method is one transaction. Times of leases, retries and expiry are wall clock; budgets and
/// quiet hours are on the rule clock and are given by the caller.
///
/// Entries of one address form a mailbox, which is claimed head first and one at a time, so that order is kept per
/// chat and the work to claim does not grow with what is pending.
package protocol OutboxStore: Sendable {
    /// One round of a dispatcher, in this order and in one transaction:
    /// - what became of sends is recorded and their mailboxes are freed;
    /// - leased entries are marked as being sent, just before the bytes go out: after this a crash leaves their outcome
    ///   unknown;
    /// - up to `limit` mailbox heads of `channel` that are due are taken, lowest lane first, then longest waiting, and
    ///   leased until `lease`. An entry whose earlier lease ran out after a send was begun comes back with
    ///   `possibleRepeat`.
    func exchange(_ round: OutboxExchange, channel: ChannelKind, now: Timestamp) async throws -> [ClaimedEntry]

    /// When the next entry of `channel` becomes due, if any is pending.
    func nextDue(channel: ChannelKind) async throws -> Timestamp?

    /// Gives leases of this process back at a graceful stop; sends that were begun stay unknown.
    func releaseLeases(channel: ChannelKind) async throws
}

/// What a dispatcher writes and asks for in one round.
package struct OutboxExchange: Sendable {
    package var outcomes: [OutboxOutcome]
    package var begun: [OutboxID]
    /// Most entries to claim; 0 for none.
    package var limit: Int
    /// End of the leases of what is claimed.
    package var lease: Timestamp

    package init(outcomes: [OutboxOutcome] = [], begun: [OutboxID] = [], limit: Int, lease: Timestamp) {
        self.outcomes = outcomes
        self.begun = begun
        self.limit = limit
        self.lease = lease
    }

    package var isEmpty: Bool { outcomes.isEmpty && begun.isEmpty && limit <= 0 }
}

/// The steps of a round, one at a time. A channel matters to a claim only.
extension OutboxStore {
    package func claim(
        channel: ChannelKind, limit: Int, now: Timestamp, lease: Timestamp
    ) async throws -> [ClaimedEntry] {
        try await exchange(OutboxExchange(limit: limit, lease: lease), channel: channel, now: now)
    }

    package func beginSend(_ ids: [OutboxID], now: Timestamp) async throws {
        _ = try await exchange(OutboxExchange(begun: ids, limit: 0, lease: now), channel: .telegram, now: now)
    }

    package func record(_ outcomes: [OutboxOutcome], now: Timestamp) async throws {
        _ = try await exchange(OutboxExchange(outcomes: outcomes, limit: 0, lease: now), channel: .telegram, now: now)
    }
}

/// An entry and what must be checked at this moment before it may go.
package struct ClaimedEntry: Sendable {
    package var entry: OutboxEntry
    package var recipient: Recipient?
    package var addressDisabledReason: String?
    /// Alerts only: whether the recipient still subscribes (opportunity) or the rule still exists and is not paused.
    package var isStillWanted: Bool
    /// Alerts sent to this recipient on this channel in the current hour of the rule clock: `sentThisHour.total` and,
    /// of them, critical ones.
    package var sentThisHour: HourlyUsage

    package init(
        entry: OutboxEntry, recipient: Recipient?, addressDisabledReason: String?, isStillWanted: Bool,
        sentThisHour: HourlyUsage
    ) {
        self.entry = entry
        self.recipient = recipient
        self.addressDisabledReason = addressDisabledReason
        self.isStillWanted = isStillWanted
        self.sentThisHour = sentThisHour
    }
}

package struct HourlyUsage: Hashable, Sendable {
    /// Start of the hour, rule clock.
    package var hour: Timestamp
    package var total: Int
    package var critical: Int
    package init(hour: Timestamp, total: Int, critical: Int) {
        self.hour = hour
        self.total = total
        self.critical = critical
    }
}

package struct OutboxOutcome: Hashable, Sendable {
    package var id: OutboxID
    package var result: Result
    /// Counted against the hourly budget at this rule time, for alerts that were sent.
    package var countedAt: Timestamp?
    /// With `retry`: the send may have arrived, so the entry comes back as a possible repeat.
    package var mayHaveArrived: Bool

    package enum Result: Hashable, Sendable {
        case sent(providerMessageID: String?)
        /// Try again at this wall time.
        case retry(at: Timestamp, reason: String)
        /// Held by quiet hours, mute or budget: becomes part of one digest per address when the window opens. `until`
        /// is on the rule clock.
        case held(until: Timestamp, reason: String)
        case dead(reason: String)
        /// Not wanted any more, or a reply that came too late.
        case dropped(reason: String)
        /// Permanent for the address: dead, and the address is disabled with this reason.
        case addressGone(reason: String)
        /// The chat has a new id: entry, address and identity move there and the entry is due at once.
        case moved(to: String)
    }

    package init(id: OutboxID, result: Result, countedAt: Timestamp? = nil, mayHaveArrived: Bool = false) {
        self.id = id
        self.result = result
        self.countedAt = countedAt
        self.mayHaveArrived = mayHaveArrived
    }
}

/// Held alerts whose window has opened.
package protocol HeldStore: Sendable {
    /// Merges the held entries that are due at `ruleTime` into one digest entry an address (or frees a single one as it
    /// was), at most `limit` addresses. Returns how many addresses were served.
    func releaseHeld(ruleTime: Timestamp, now: Timestamp, limit: Int) async throws -> Int
    /// When the next held entry is due, on the rule clock.
    func nextHeld() async throws -> Timestamp?
}

/// Alerts and their audience.
package protocol AlertStore: Sendable {
    /// Stores alerts (one whose natural key exists is ignored), rule states and ended rules in one transaction, with an
    /// audience cursor at the start. Returns the alerts that were new.
    func publish(_ batch: DecisionBatch, now: Timestamp) async throws -> [StoredAlert]

    /// Expands the audience of the oldest unfinished alert by up to `limit` recipients after its cursor, makes their
    /// outbox entries, and moves the cursor, all in one transaction. `nil` when every alert is expanded.
    func expandNext(limit: Int, now: Timestamp) async throws -> Expansion?
}

package struct Expansion: Hashable, Sendable {
    package var alert: AlertID
    package var entries: Int
    /// Left out because the same person, symbol and type was told within 30 minutes.
    package var deduplicated: Int
    package var finished: Bool
    package var channels: Set<ChannelKind>
    package init(alert: AlertID, entries: Int, deduplicated: Int, finished: Bool, channels: Set<ChannelKind>) {
        self.alert = alert
        self.entries = entries
        self.deduplicated = deduplicated
        self.finished = finished
        self.channels = channels
    }
}

/// Figures of the queue, for operators, metrics and history.
package protocol OutboxReport: Sendable {
    func depths(now: Timestamp) async throws -> [QueueDepth]
}

package struct QueueDepth: Hashable, Sendable {
    package var channel: ChannelKind
    package var pending: Int
    package var leased: Int
    package var held: Int
    package var dead: Int
    package var oldestPending: Timestamp?
    package init(channel: ChannelKind, pending: Int, leased: Int, held: Int, dead: Int, oldestPending: Timestamp?) {
        self.channel = channel
        self.pending = pending
        self.leased = leased
        self.held = held
        self.dead = dead
        self.oldestPending = oldestPending
    }
}
