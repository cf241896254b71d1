package import Decisions
package import Market
package import People

/// What routing has under way. Every method is one transaction of bounded size.
package protocol RoutingStore: Sendable {
    /// Sends what groups collected whose time has come (wall clock), at most `limit` groups.
    func flushGroups(now: Timestamp, limit: Int) async throws -> RoutingStep

    /// Takes alerts that nobody acknowledged to the next channel, at most `limit` of them (wall clock).
    func escalate(now: Timestamp, limit: Int) async throws -> RoutingStep

    /// Makes the alerts that were asked for at a rule time, at most `limit` of them. They still have to be expanded.
    func issueLater(
        ruleTime: Timestamp, now: Timestamp, limit: Int, price: @Sendable @escaping (Symbol) -> String?
    ) async throws -> RoutingStep

    func nextDue() async throws -> RoutingDue
}

package struct RoutingStep: Hashable, Sendable {
    /// How many were due.
    package var count: Int
    package init(count: Int) { self.count = count }
}

/// When there is something to do next.
package struct RoutingDue: Hashable, Sendable {
    /// Groups and escalations.
    package var wall: Timestamp?
    /// Reminders and snoozed alerts.
    package var rule: Timestamp?
    package init(wall: Timestamp?, rule: Timestamp?) {
        self.wall = wall
        self.rule = rule
    }
}

/// Routing inside a transaction of the conversation.
package protocol RoutingSession {
    /// An alert that this recipient was sent, or is to be sent; `nil` for another's or none.
    func alert(_ id: AlertID, of recipient: RecipientID) throws -> StoredAlert?
    /// Stops the alert's escalation. False when it was acknowledged before.
    func acknowledge(_ id: AlertID, by recipient: RecipientID, at now: Timestamp) throws -> Bool
    /// Remembers whether the alert was of use.
    func mark(_ id: AlertID, by recipient: RecipientID, useful: Bool) throws
    /// How many alerts the recipient marked as useful, and as not useful.
    func marks(of recipient: RecipientID) throws -> (useful: Int, notUseful: Int)
    func addLater(_ later: LaterAlert) throws
    /// How many wait for their time.
    func laterCount(of recipient: RecipientID) throws -> Int

    /// Silences in force, oldest first. Times are on the rule clock.
    func silences(at ruleTime: Timestamp) throws -> [Silence]
    func addSilence(
        pattern: String, reason: String, author: RecipientID, from: Timestamp, until: Timestamp
    ) throws -> Silence
    /// Ends a silence before its time; what it held goes. False when none of that number is in force.
    func endSilence(_ id: Int64, at ruleTime: Timestamp) throws -> Bool

    /// What became of everything decided since (wall clock).
    func deliveryAccount(since: Timestamp) throws -> DeliveryAccount
}

/// What became of the alerts decided in a span of time: each of their deliveries is in one column.
package struct DeliveryAccount: Hashable, Sendable {
    /// Alerts.
    package var decided = 0
    /// Alerts whose audience is not expanded yet.
    package var unexpanded = 0
    /// Alerts that nobody was to hear of.
    package var unheard = 0

    /// One for each alert and address, counted for themselves.
    package var deliveries = 0
    /// By a message of their own.
    package var delivered = 0
    /// In a message with others, which was sent.
    package var coalesced = 0
    package var dead = 0
    /// Left out for a reason: no longer wanted, silenced, an echo, a repetition.
    package var dropped = 0
    /// On their way, held, or in a message that is.
    package var waiting = 0

    package init() {}

    /// Nothing is missing.
    package var isBalanced: Bool { deliveries == delivered + coalesced + dead + dropped + waiting }
}
