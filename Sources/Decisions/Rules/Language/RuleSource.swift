/// What some rules need beside prices and candles. Each is there only where somebody provides it.
package enum RuleSource: String, Hashable, Sendable, CaseIterable {
    /// Readings of `MarketReading.Kind.sentiment`.
    case sentiment
    /// Readings of `MarketReading.Kind.funding`.
    case funding
    /// The owner's entry price of a symbol, for `since entry`.
    case entry
}
