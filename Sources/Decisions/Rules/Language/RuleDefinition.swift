package import Market
package import People

/// Whom a rule is about.
package enum RuleSymbols: Hashable, Sendable {
    /// At least one, none twice. The condition is watched for each by itself.
    case listed([Symbol])
    /// `*`: the owner's subscriptions, else `DEFAULT_SYMBOLS`.
    case all
}

/// A rule as understood: a condition, a trigger mode and a life. Only `RuleText` makes one.
package struct RuleDefinition: Hashable, Sendable {
    /// A price that the first comparison names is about these; in `BTC > 70000 or ETH > 4000` it is BTC, and ETH is in
    /// `otherSymbols`.
    package let symbols: RuleSymbols
    let condition: Condition
    package let priority: Priority
    /// Empty: the owner's own choice.
    package let channels: [ChannelKind]
    /// After a firing nothing fires for this long (`every D`, else 30 minutes).
    package let rest: Span
    package let once: Bool
    /// First instant at which it no longer lives. `until 2026-12-31` includes that day (UTC).
    package let until: Timestamp?
    /// `for D`: the condition must have held so long.
    package let holdFor: Span?
    /// A fraction: `hysteresis 0.5%` is 0.005.
    package let hysteresis: Double?
    /// `change` is measured from the last alert where that is later than its timeframe ago.
    package let sinceLastAlert: Bool
    /// `change` is measured from the owner's entry price, whatever its timeframe.
    let sinceEntry: Bool

    package static let defaultRest = Span.minutes(30)

    init(
        symbols: RuleSymbols, condition: Condition, priority: Priority = .medium, channels: [ChannelKind] = [],
        rest: Span = RuleDefinition.defaultRest, once: Bool = false, until: Timestamp? = nil, holdFor: Span? = nil,
        hysteresis: Double? = nil, sinceLastAlert: Bool = false, sinceEntry: Bool = false
    ) {
        self.symbols = symbols
        self.condition = condition
        self.priority = priority
        self.channels = channels
        self.rest = rest
        self.once = once
        self.until = until
        self.holdFor = holdFor
        self.hysteresis = hysteresis
        self.sinceLastAlert = sinceLastAlert
        self.sinceEntry = sinceEntry
    }

    /// It is watched for more than one symbol, or for as many as its owner subscribes to.
    package var coversSeveral: Bool {
        switch symbols {
        case .listed(let symbols): symbols.count > 1
        case .all: true
        }
    }

    /// It waits for a venue to open a market.
    package var isListing: Bool { symbols == .all && condition == .event(.subject, .listing) }

    /// Canonical spelling; `RuleText.parse` makes the same definition of it.
    package var text: String { RulePrinter.text(of: self) }

    /// Symbols that the condition names besides `symbols`, each once, in the order of the text.
    package var otherSymbols: [Symbol] {
        var seen: Set<Symbol> = []
        return condition.operands.compactMap { operand in
            guard case .named(let symbol) = operand.symbol, seen.insert(symbol).inserted else { return nil }
            return symbol
        }
    }
}
