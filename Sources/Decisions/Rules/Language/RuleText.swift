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
/// - Depth counts parentheses, arguments, `not` and unary minus.
/// - What is typed has at most 200 characters. Canonical text may be longer (`1b` is written out), so stored text is
///   allowed `storedLimit`.
package enum RuleText {
    /// What a person may type, in characters.
    package static let typedLimit = 200
    package static let storedLimit = 2000
    static let depthLimit = 8

    /// Reads what a person typed.
    package static func parse(_ text: String, symbols: some SymbolResolving) throws(RuleError) -> RuleDefinition {
        try parse(text, symbols: symbols, limit: typedLimit)
    }

    /// Reads canonical text back.
    package static func parseStored(_ text: String, symbols: some SymbolResolving) throws(RuleError) -> RuleDefinition {
        try parse(text, symbols: symbols, limit: storedLimit)
    }

    private static func parse(_ text: String, symbols: some SymbolResolving, limit: Int) throws(RuleError)
        -> RuleDefinition
    {
        var parser = try syntax(text, symbols: symbols, limit: limit)
        let definition = try parser.rule()
        if let first = parser.unavailable { throw first }
        return definition
    }

    /// Reads the whole grammar, also what no engine answers yet.
    static func parseGrammar(_ text: String, symbols: some SymbolResolving, limit: Int = storedLimit) throws(RuleError)
        -> RuleDefinition
    {
        var parser = try syntax(text, symbols: symbols, limit: limit)
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
