package import Market

/// Symbols that stored rules read, found out rule by rule.
package struct RuleDemand {
    /// Without those of rules over `*`.
    package private(set) var wanted: Set<Symbol> = []
    private let resolver: any SymbolResolving
    /// Spellings of symbols that the parser has read alone in a plain threshold.
    private var known: Set<String> = []

    package init(symbols: any SymbolResolving) { resolver = symbols }

    /// Takes a rule's canonical text. One that cannot be read wants nothing.
    package mutating func add(_ text: String) {
        let name = PlainThreshold.read(text)?.name
        if let name, known.contains(name) { return }
        guard let definition = try? RuleText.parseStored(text, symbols: resolver) else { return }
        wanted.formUnion(definition.otherSymbols)
        guard case .listed(let symbols) = definition.symbols else { return }
        wanted.formUnion(symbols)
        if let name, symbols.count == 1, RulePrinter.spelled(symbols[0]) == name { known.insert(name) }
    }
}
