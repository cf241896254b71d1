package import Market
package import People

package struct AlertID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    package let rawValue: Int64
    package init(_ rawValue: Int64) { self.rawValue = rawValue }
    package var description: String { "\(rawValue)" }
    package static func < (a: AlertID, b: AlertID) -> Bool { a.rawValue < b.rawValue }
    package init(from decoder: any Decoder) throws { rawValue = try decoder.singleValueContainer().decode(Int64.self) }
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}

package enum Priority: String, Sendable, Codable, Comparable, CaseIterable {
    case low, medium, high, critical
    package static func < (a: Priority, b: Priority) -> Bool { a.rank < b.rank }
    /// 0 for low to 3 for critical.
    package var rank: Int {
        switch self {
        case .low: 0
        case .medium: 1
        case .high: 2
        case .critical: 3
        }
    }
}

/// Something that was decided and must reach its audience.
package struct Alert: Hashable, Sendable, Codable {
    /// Makes a repeat of the same decision the same alert: `rule:12:3` (rule, firing sequence),
    /// `opportunity:BTC:trend:buy:1700000000000`, `system:…`.
    package var naturalKey: String
    package var symbol: Symbol?
    package var priority: Priority
    /// On the rule clock (`VIGIA_CLOCK`).
    package var issuedAt: Timestamp
    package var audience: Audience
    package var body: Body
    /// Whether a second venue was asked for a siren, and what it said; `nil` where there was nothing to ask.
    package var venues: VenueCheck?

    package enum Audience: Hashable, Sendable, Codable {
        /// The owner of a rule, on the given channels only, if any are named.
        case owner(RecipientID, via: [ChannelKind])
        /// Every subscriber of the symbol whose minimum is at most `strength`.
        case subscribers(Symbol, strength: Double)
        case operators
        /// Every person and bound place.
        case everybody
    }

    package enum Body: Hashable, Sendable, Codable {
        case ruleFired(RuleFiring)
        case opportunity(Opportunity)
        case system(SystemNotice)
    }

    package enum VenueCheck: String, Hashable, Sendable, Codable {
        /// Critical by rule or strength, but on one venue alone.
        case one
        /// Said as a move of one venue before; a second one has followed.
        case confirmed
    }

    package init(
        naturalKey: String, symbol: Symbol?, priority: Priority, issuedAt: Timestamp, audience: Audience, body: Body
    ) {
        self.naturalKey = naturalKey
        self.symbol = symbol
        self.priority = priority
        self.issuedAt = issuedAt
        self.audience = audience
        self.body = body
    }
}

/// An alert as the store knows it.
package struct StoredAlert: Hashable, Sendable {
    package var id: AlertID
    package var alert: Alert
    package init(id: AlertID, alert: Alert) {
        self.id = id
        self.alert = alert
    }
}

/// A rule fired.
package struct RuleFiring: Hashable, Sendable, Codable {
    package var rule: RuleID
    package var owner: RecipientID
    /// The number its owner knows it by (`#7`).
    package var number: Int
    /// Canonical text of the rule, as it was when it fired.
    package var text: String
    package var symbol: Symbol
    /// 1, 2, 3 … for each firing of the rule.
    package var sequence: Int
    /// Close time of the candle or time of the quote that made it true.
    package var at: Timestamp
    package var price: Double
    /// Operands and their values then, in the order they stand in the rule: `rsi(14, 4h)` 71.2.
    package var values: [Operand]
    /// True already when the rule was made (or first seen): said once, and spent.
    package var wasAlreadyTrue: Bool
    /// It became true while the feed was silent.
    package var late: Bool
    /// The rule watches several symbols, so that others may follow; `nil` where it was not recorded.
    package var coversSeveral: Bool?
    /// What the rule was known to be worth then; the store adds it.
    package var record: RuleRecord?

    package struct Operand: Hashable, Sendable, Codable {
        package var text: String
        package var value: Double
        package init(text: String, value: Double) {
            self.text = text
            self.value = value
        }
    }

    package init(
        rule: RuleID, owner: RecipientID, number: Int, text: String, symbol: Symbol, sequence: Int, at: Timestamp,
        price: Double, values: [Operand], wasAlreadyTrue: Bool = false, late: Bool = false, coversSeveral: Bool? = nil
    ) {
        self.rule = rule
        self.owner = owner
        self.number = number
        self.text = text
        self.symbol = symbol
        self.sequence = sequence
        self.at = at
        self.price = price
        self.values = values
        self.wasAlreadyTrue = wasAlreadyTrue
        self.late = late
        self.coversSeveral = coversSeveral
    }
}

/// Something the operator should know. `key` names a locale entry `system.<key>`; `values` fill it.
package struct SystemNotice: Hashable, Sendable, Codable {
    package enum Severity: String, Sendable, Codable { case info, warning, critical }
    /// Key of the notice that only tries the ways to the operators.
    package static let test = "test"
    /// Key of what an operator tells everybody.
    package static let broadcast = "broadcast"
    package var severity: Severity
    package var key: String
    package var values: [String: String]
    package init(severity: Severity, key: String, values: [String: String] = [:]) {
        self.severity = severity
        self.key = key
        self.values = values
    }
}
