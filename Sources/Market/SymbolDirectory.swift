import Synchronization

package enum SymbolResolution: Hashable, Sendable {
    case symbol(Symbol)
    /// At most four that it may have meant, nearest first.
    case unknown(nearest: [Symbol])
}

/// Which markets there are, and which of them a person means by a word: `BTC`, `$btc`, `BTCUSDT`, `BTC/USDT`, `BTC-USD`,
/// `bitcoin`, `ETH/BTC`.
///
/// Until venues have said what they list, it knows the default symbols and the common coins by name; afterwards only
/// what is listed, and the default symbols. Dollars and dollar coins are one quote where the default quote is one of
/// them.
package final class SymbolDirectory: Sendable {
    private static let dollars: Set<String> = ["USD", "USDT", "USDC", "FDUSD", "BUSD"]
    /// No longer text names a market, so none is looked at.
    private static let longestName = 48

    private struct Known: Sendable {
        var listings: [Venue: Set<Symbol>] = [:]
        var symbols: Set<Symbol> = []
        /// Quote assets other than the default one.
        var quotes: Set<String> = []
        /// What a mistyped word is compared with, and what each means: tickers and names, default symbols first and then
        /// by the alphabet, which settles ties.
        var spellings: [(word: String, symbol: Symbol)] = []
    }

    private let defaultQuote: String
    private let defaultSymbols: [Symbol]
    private let known: Mutex<Known>

    package init(defaultQuote: String, defaultSymbols: [Symbol]) {
        self.defaultQuote = defaultQuote.uppercased()
        self.defaultSymbols = defaultSymbols
        let symbols = Set(defaultSymbols).union(CoinNames.tickers.values.compactMap { Symbol($0) })
        known = Mutex(
            Known(symbols: symbols, spellings: Self.spellings(of: symbols, defaultSymbols: Set(defaultSymbols))))
    }

    /// Takes what a venue lists now, in place of what it listed before. Pairs that spell no symbol are left out.
    package func replaceListings(_ pairs: [(base: String, quote: String)], venue: Venue) {
        let listed = Set(
            pairs.compactMap { pair in
                Symbol(base: pair.base, quote: isDefault(pair.quote.uppercased()) ? nil : pair.quote)
            })
        known.withLock { known in
            known.listings[venue] = listed
            known.symbols = known.listings.values.reduce(into: Set(defaultSymbols)) { $0.formUnion($1) }
            known.quotes = Set(known.symbols.compactMap(\.quote))
            known.spellings = Self.spellings(of: known.symbols, defaultSymbols: Set(defaultSymbols))
        }
    }

    /// The market that a person's word names. Any text at all is welcome.
    package func resolve(_ text: String) -> SymbolResolution {
        guard text.utf8.prefix(Self.longestName + 1).count <= Self.longestName else { return .unknown(nearest: []) }
        var word = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        if word.hasPrefix("$") { word.removeFirst() }
        let known = known.withLock { $0 }
        let candidates = readings(of: word.uppercased(), quotes: known.quotes)
        if let found = candidates.first(where: known.symbols.contains) { return .symbol(found) }
        return .unknown(nearest: nearest(to: candidates.last?.base ?? word.uppercased(), in: known.spellings))
    }

    /// Base and quote asset of a symbol: the default quote where it names none.
    package func pair(of symbol: Symbol) -> (base: String, quote: String) {
        (symbol.base, symbol.quote ?? defaultQuote)
    }

    private func isDefault(_ quote: String) -> Bool {
        quote == defaultQuote || Self.dollars.contains(quote) && Self.dollars.contains(defaultQuote)
    }

    /// What an upper-case word may stand for, likeliest first.
    private func readings(of word: String, quotes: Set<String>) -> [Symbol] {
        let parts = word.split(omittingEmptySubsequences: false) { "/-_".contains($0) }
        if parts.count == 2 { return reading(base: String(parts[0]), quote: String(parts[1])) }
        var found = reading(base: word, quote: defaultQuote)
        let endings = quotes.union(Self.dollars.contains(defaultQuote) ? Self.dollars : [defaultQuote])
        for quote in endings.sorted(by: { ($1.count, $0) < ($0.count, $1) })
        where word.hasSuffix(quote) && word.count > quote.count {
            found += reading(base: String(word.dropLast(quote.count)), quote: quote)
        }
        return found
    }

    /// As a ticker, and by the coin's name.
    private func reading(base: String, quote: String) -> [Symbol] {
        let quote = isDefault(quote) ? nil : quote
        let tickers = [base, CoinNames.tickers[base.lowercased()]].compactMap { $0 }
        return tickers.compactMap { Symbol(base: $0, quote: quote) }
    }

    private func nearest(to word: String, in spellings: [(word: String, symbol: Symbol)]) -> [Symbol] {
        var found: [Symbol] = []
        for spelling in EditDistance.nearest(to: word, in: spellings.lazy.map(\.word), limit: 12) {
            guard found.count < 4, let symbol = spellings.first(where: { $0.word == spelling })?.symbol else {
                continue
            }
            if !found.contains(symbol) { found.append(symbol) }
        }
        return found
    }

    private static func spellings(of symbols: Set<Symbol>, defaultSymbols: Set<Symbol>) -> [(
        word: String, symbol: Symbol
    )] {
        var meanings: [String: Symbol] = [:]
        for symbol in symbols where symbol.quote == nil { meanings[symbol.base] = symbol }
        for (name, ticker) in CoinNames.tickers {
            if let symbol = Symbol(ticker), symbols.contains(symbol) { meanings[name.uppercased()] = symbol }
        }
        let sorted = meanings.sorted { a, b in
            let (aFirst, bFirst) = (defaultSymbols.contains(a.value), defaultSymbols.contains(b.value))
            return aFirst == bFirst ? a.key < b.key : aFirst
        }
        return sorted.map { ($0.key, $0.value) }
    }
}
