package import Market
package import People

/// Watches every rule: market data in, decisions out. No clock, no store, no waiting; the same code live and in replay.
package struct RuleEngine: Sendable {
    /// How a rest or a hold that ends between two events is seen.
    package enum Pace: Sendable {
        /// At its instant, by `advance(to:)`; a rule is looked at when an operand of it changes.
        case live
        /// At the next close; every rule is looked at at each close, as over a candle file.
        case closes
    }

    package init(
        base: Timeframe = .m1, defaultSymbols: [Symbol], symbols: any SymbolResolving, pace: Pace = .live
    ) {
    }

    package mutating func apply(_ change: RuleChange) {}

    /// A rule that was kept although its text cannot be read any more; it is never evaluated.
    package struct UnreadableRule: Hashable, Sendable {
        package var rule: Rule
        package var error: RuleError
    }
    package var unreadableRules: [UnreadableRule] { [] }
    package var ruleCount: Int { 0 }

    /// Symbols whose history is wanted since a rule was added: call `warmUp` for them.
    package var symbolsAwaitingHistory: Set<Symbol> { [] }
    package var requiredSymbols: Set<Symbol> { [] }
    /// How many candles of which timeframe `warmUp` wants for a symbol; the base counts too.
    package func historyNeeded(for symbol: Symbol) -> [Timeframe: Int] { [:] }
    package var historyNeeded: [Symbol: [Timeframe: Int]] { [:] }

    /// History before live data, oldest first; fires nothing. May be called again at any time.
    package mutating func warmUp(_ symbol: Symbol, base candles: [Candle], longer: [Timeframe: [Candle]]) {}
    /// A stored candle was corrected: the same history again, corrected. Nothing fires.
    package mutating func rebuild(_ symbol: Symbol, base candles: [Candle], longer: [Timeframe: [Candle]]) {}

    package mutating func handle(quote: Quote) -> DecisionBatch { DecisionBatch() }
    /// A closed base candle. `late`: it fills a gap of a feed that was silent.
    package mutating func handle(candle: Candle, of symbol: Symbol, late: Bool) -> DecisionBatch { DecisionBatch() }
    /// Time passed: rests, holds and lives that end, and rules just added.
    package mutating func advance(to now: Timestamp) -> DecisionBatch { DecisionBatch() }
    /// When `advance(to:)` has something to do.
    package var nextDeadline: Timestamp? { nil }
}
