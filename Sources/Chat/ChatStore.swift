package import Decisions
package import Delivery
package import Market
package import People
package import Reports

/// Everything a command may read and change, inside one transaction.
package protocol ChatSession: PeopleSession, ContactSession, LinkSession, RuleSession, OutboxSession, RoutingSession,
    OperatorSession, ExplainingSession, DigestSession
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
    func recipients(limit: Int, after: RecipientID?) throws -> [(recipient: Recipient, identities: [Identity])]
    /// Small durable settings of the running system: `delivery.paused`, `telegram.webhook_secret`.
    func setting(_ name: String) throws -> String?
    func setSetting(_ name: String, to value: String?) throws
    /// Everything stored about the recipient as one JSON document.
    func export(_ id: RecipientID) throws -> String
}
