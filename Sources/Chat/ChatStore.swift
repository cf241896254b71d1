package import Decisions
package import Delivery
package import Market
package import People
package import Reports

/// Everything a command may read and change, inside one transaction.
package protocol ChatSession: PeopleSession, ContactSession, LinkSession, RuleSession, OutboxSession, RoutingSession,
    OperatorSession, ExplainingSession, DigestSession, EntrySession, SharingSession
{
    /// Remembers the update. False when it was handled before.
    func admit(updateKey: String, at now: Timestamp) throws -> Bool
    /// Whether the update was handled before.
    func wasHandled(updateKey: String) throws -> Bool
    /// Disables an address because the platform said so, and tells its owner by another channel that works.
    func disableAddress(channel: ChannelKind, value: String, reason: String, at now: Timestamp) throws
}

package protocol ChatStore: Sendable {
    func write<R: Sendable>(_ body: @Sendable @escaping (any ChatSession) throws -> R) async throws -> R
    func read<R: Sendable>(_ body: @Sendable @escaping (any ChatSession) throws -> R) async throws -> R
}

/// What operators see and do.
package protocol OperatorSession {
    func audit(_ action: String, by id: RecipientID, detail: String, at now: Timestamp) throws
    /// What operators did, newest first.
    func audits(limit: Int, offset: Int) throws -> [AuditRecord]
    func auditCount() throws -> Int
    /// In the order of their keys.
    func recipients(limit: Int, offset: Int) throws -> [(recipient: Recipient, identities: [Identity])]
    /// How many a broadcast would reach: people and bound places that are neither stopped nor blocked.
    func broadcastReach() throws -> Int
    /// Alerts whose audience has no deliveries yet.
    func unexpandedAlerts() throws -> Int
    /// Alerts that went out since, by channel.
    func sentCounts(since: Timestamp) throws -> [(channel: ChannelKind, count: Int)]
    /// SMS of the day and the month that `now` is in (UTC).
    func smsUsage(at now: Timestamp) throws -> SMSCaps.Usage
    /// Small durable settings of the running system: `delivery.paused`, `telegram.webhook_secret`.
    func setting(_ name: String) throws -> String?
    func setSetting(_ name: String, to value: String?) throws
    /// Everything stored about the recipient as one JSON document.
    func export(_ id: RecipientID) throws -> String
}

/// One thing an operator did.
package struct AuditRecord: Hashable, Sendable {
    package var id: Int64
    /// `nil` when they were erased since.
    package var who: RecipientID?
    package var action: String
    package var detail: String
    package var at: Timestamp

    package init(id: Int64, who: RecipientID?, action: String, detail: String, at: Timestamp) {
        self.id = id
        self.who = who
        self.action = action
        self.detail = detail
        self.at = at
    }
}
