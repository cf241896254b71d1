package import Market

/// Takes texts in: what says nothing new and what speaks of no symbol is left out, the rest is linked and scored.
package struct TextIntake: Sendable {
    package enum Verdict: Hashable, Sendable {
        case taken(HeardItem)
        /// Heard already, word for word or nearly so.
        case duplicate
        /// Of no symbol that is known.
        case unlinked
    }

    private let linker: SymbolLinker
    private let analyzer: ToneAnalyzer
    private var known: NearDuplicates

    package init(linker: SymbolLinker = SymbolLinker(), analyzer: ToneAnalyzer, capacity: Int = 20_000) {
        self.linker = linker
        self.analyzer = analyzer
        known = NearDuplicates(capacity: capacity)
    }

    /// Remembers what was heard before a restart.
    package mutating func recall(_ items: [MediaItem]) {
        for item in items { _ = known.isKnown(item.title, address: item.url) }
    }

    /// Microseconds without FinBERT.
    package mutating func take(_ item: MediaItem, source: DataSource, at: Timestamp) -> Verdict {
        guard !known.isKnown(item.title, address: item.url) else { return .duplicate }
        let whole = item.text.isEmpty ? item.title : item.title + ". " + item.text
        let symbols = linker.symbols(in: whole)
        guard !symbols.isEmpty else { return .unlinked }
        let tone = analyzer.tone(of: whole)
        return .taken(
            HeardItem(
                source: source, item: item, at: at, symbols: symbols, vader: tone.vader.compound,
                vocabulary: tone.vocabulary, finbert: tone.finbert))
    }
}
