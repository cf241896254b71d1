package import Market
package import People

package struct RuleID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    package let rawValue: Int64
    package init(_ rawValue: Int64) { self.rawValue = rawValue }
    package var description: String { "\(rawValue)" }
    package static func < (a: RuleID, b: RuleID) -> Bool { a.rawValue < b.rawValue }
    package init(from decoder: any Decoder) throws { rawValue = try decoder.singleValueContainer().decode(Int64.self) }
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}

/// A stored rule. Its meaning is its canonical text; the parsed form is made from it when it is loaded.
package struct Rule: Hashable, Sendable, Codable {
    package var id: RuleID
    package var owner: RecipientID
    /// What its owner calls it (`#7`): 1, 2, 3 … per owner, never used again.
    package var number: Int
    /// Canonical spelling (section 6).
    package var text: String
    package var createdAt: Timestamp
    package var paused: Bool
    package var state: RuleState

    package init(
        id: RuleID, owner: RecipientID, number: Int, text: String, createdAt: Timestamp, paused: Bool = false,
        state: RuleState = RuleState()
    ) {
        self.id = id
        self.owner = owner
        self.number = number
        self.text = text
        self.createdAt = createdAt
        self.paused = paused
        self.state = state
    }
}

/// Where a rule stands between evaluations; stored with each firing and re-arming, so that a crash repeats nothing.
/// A rule over several symbols has one entry a symbol, and one firing sequence.
package struct RuleState: Hashable, Sendable, Codable {
    package enum Phase: String, Sendable, Codable {
        /// Not yet evaluated with a known result.
        case new
        case armed
        case spent
    }

    package struct PerSymbol: Hashable, Sendable, Codable {
        package var phase: Phase
        package var lastFiredAt: Timestamp?
        /// Since when the condition has been true without a break, for `for D`.
        package var heldSince: Timestamp?
        package init(phase: Phase = .new, lastFiredAt: Timestamp? = nil, heldSince: Timestamp? = nil) {
            self.phase = phase
            self.lastFiredAt = lastFiredAt
            self.heldSince = heldSince
        }
    }

    /// Number of the last firing; 0 before the first.
    package var sequence: Int
    package var symbols: [String: PerSymbol]

    package init(sequence: Int = 0, symbols: [String: PerSymbol] = [:]) {
        self.sequence = sequence
        self.symbols = symbols
    }
}

/// Rules inside one transaction of the store. A person's rule is always looked up together with its owner.
package protocol RuleSession {
    func rules(of owner: RecipientID) throws -> [Rule]
    func rule(number: Int, of owner: RecipientID) throws -> Rule?
    /// Stores a new rule under the owner's next number.
    func addRule(text: String, owner: RecipientID, at now: Timestamp) throws -> Rule
    func setPaused(_ paused: Bool, rule: RuleID) throws
    func deleteRule(_ rule: RuleID) throws
    func ruleCount() throws -> Int

    /// A rule shown for confirmation. It dies at `expiresAt`; the token is the store's own.
    func addDraft(text: String, owner: RecipientID, expiresAt: Timestamp) throws -> Int64
    /// Takes a draft of this owner out; `nil` when there is none or it expired.
    func takeDraft(_ token: Int64, owner: RecipientID, at now: Timestamp) throws -> String?

    /// Remembers that `owner` looked at a replay of a rule; returns how many different ones within a year, this one
    /// among them, at most 1,000.
    func countTry(of text: String, by owner: RecipientID, at now: Timestamp) throws -> Int
    /// Stores a replay's outcome with its rule; `nil` where there was no history. `now` is the wall clock.
    func setReplay(_ replay: RuleRecord.Replay?, of rule: RuleID, at now: Timestamp) throws
}

/// Every rule, for the watch at start (`RulePages`).
package protocol RuleStore: Sendable {
    /// Rules that live, in the order of their keys: at most `limit` of those after `id`, and fewer only at the end.
    func rules(after id: RuleID?, limit: Int) async throws -> [Rule]
    /// Symbols each recipient subscribes to, for rules over `*`.
    func subscribedSymbols() async throws -> [RecipientID: [Symbol]]
}

/// Tells the running watch that rules changed. Called after the change is committed.
package protocol RuleChanges: Sendable {
    func apply(_ changes: [RuleChange]) async
}

package enum RuleChange: Hashable, Sendable {
    case added(Rule)
    case paused(RuleID)
    case resumed(RuleID)
    case removed(RuleID)
    /// The owner's entry prices, all of them, for `since entry`.
    case entries(RecipientID, [Symbol: Double])
    /// The owner's subscriptions changed, so rules over `*` cover other symbols.
    case subscriptions(RecipientID, [Symbol])
}
