/// Text of a rule to its meaning and back.
///
/// Choices where the contract leaves one:
/// - A list is written `BTC,ETH change(1h) < -5%`; a list or `*` stands only at the beginning, once.
/// - A symbol holds for what follows until another one is named: `BTC > 70000 and rsi(14, 4h) < 70` speaks of BTC twice.
///   A bare symbol is its price. `$MAX` is a symbol even where `max` means something else.
/// - `ETH/BTC` and `BTC-USD` without blanks are markets where they are known, else arithmetic.
/// - `until 2026-12-31` includes that day, UTC; `until 2026-12-31T18:00` is exact.
/// - `=` and `!=` compare exactly.
/// - An indicator without a timeframe is of 1h candles (of a replayed file's own where those are longer).
/// - `anomaly(kind)` is of closed 1h candles (of a replayed file's own where those are longer), `divergence` of the quotes
///   of two venues. It and `pattern(name, tf)` hold from the close at which they are seen to the next.
/// - `pattern` takes TA-Lib's names in small letters without `CDL`, the same with `_` between words and numbers in words
///   (`three_white_soldiers`), with `bullish_` or `bearish_` before them, and the names of chart patterns.
/// - `strength` says how much stands out at the last closed hour, whichever way: 0 to 1, the larger of trend and reversal.
/// - `expected_move` is one standard deviation of the log return; `probability` is unknown while no side is earned.
/// - `spread(a, b)` is a's price over b's, minus 1; USD and USDT count the same.
/// - `* listing` stands alone: it is about markets that do not exist yet.
/// - Numbers have no separators of thousands and no exponent: `70,000` and `1e5` are refused with a suggestion.
/// - Depth counts parentheses, arguments, `not` and unary minus.
/// - What is typed has at most 200 characters. Canonical text may be longer (`1b` is written out), so stored text is
///   allowed `storedLimit`.
package enum RuleText {
    /// What a person may type, in characters.
    package static let typedLimit = 200
    package static let storedLimit = 2000
    static let depthLimit = 8

    /// Reads what a person typed.
    ///
    /// A rule that needs one of the `RuleSource`s is refused unless that is among `sources`: it could never fire.
    package static func parse(
        _ text: String, symbols: some SymbolResolving, sources: Set<RuleSource> = []
    ) throws(RuleError) -> RuleDefinition {
        var parser = try syntax(text, symbols: symbols, limit: typedLimit)
        let definition = try parser.rule()
        if let first = parser.needed.first(where: { !sources.contains($0.source) }) { throw first.error }
        if let place = parser.listingPlace, !definition.isListing { throw RuleError.listingAlone.at(place) }
        return definition
    }

    /// Reads canonical text back. What has no source any more is read, too, and stays unknown.
    package static func parseStored(_ text: String, symbols: some SymbolResolving) throws(RuleError) -> RuleDefinition {
        var parser = try syntax(text, symbols: symbols, limit: storedLimit)
        return try parser.rule()
    }

    private static func syntax<Resolver: SymbolResolving>(_ text: String, symbols: Resolver, limit: Int)
        throws(RuleError) -> RuleParser<Resolver>
    {
        // A character may be many bytes long; this bounds the work before characters are counted.
        guard text.utf8.count <= limit * 8 else { throw RuleError.tooLong(limit: limit).at(limit) }
        let characters = Array(text)
        guard characters.count <= limit else { throw RuleError.tooLong(limit: limit).at(limit) }
        return RuleParser(characters: characters, symbols: symbols)
    }
}
