package import Market

/// Turns what people call a market into a symbol. The caller of the parser owns the list of markets.
package protocol SymbolResolving: Sendable {
    /// `text` as typed: `btc`, `BTCUSDT`, `ETH/BTC`, `BTC-USD`, `bitcoin`, without a leading `$`. A symbol's own
    /// `description` must resolve to itself.
    func symbol(named text: String) -> Symbol?
    /// Known names that look like `text`, best first.
    func nearest(to text: String) -> [String]
}

/// Resolving through two closures.
package struct SymbolLookup: SymbolResolving {
    private let find: @Sendable (String) -> Symbol?
    private let near: @Sendable (String) -> [String]

    package init(
        _ find: @escaping @Sendable (String) -> Symbol?,
        nearest near: @escaping @Sendable (String) -> [String] = { _ in [] }
    ) {
        self.find = find
        self.near = near
    }

    package func symbol(named text: String) -> Symbol? { find(text) }
    package func nearest(to text: String) -> [String] { near(text) }
}

/// For use without a list of markets (checking a text, replaying a file): takes whatever is spelled like a symbol, in
/// capitals (`BTC`, `1INCH`, `ETH/BTC`), with the default quote asset behind it or not (`BTCUSDT`, `BTC-USD`), and the
/// given symbols in any case.
package struct SpelledSymbols: SymbolResolving {
    private let known: [Symbol]
    private let quote: String

    package init(known: [Symbol], quoteAsset: String = "USDT") {
        self.known = known
        quote = quoteAsset.uppercased()
    }

    package func symbol(named text: String) -> Symbol? {
        let upper = text.uppercased()
        if let symbol = known.first(where: { $0.description == upper }) { return symbol }
        let parts = upper.split(whereSeparator: { $0 == "/" || $0 == "-" })
        if parts.count == 2 {
            guard let symbol = Symbol(base: parts[0], quote: parts[1]) else { return nil }
            let isDefault = [quote, "USD", "USDT"].contains(String(parts[1]))
            guard isDefault else { return upper == text || known.contains { $0.base == symbol.base } ? symbol : nil }
            return self.symbol(named: String(parts[0])) ?? (upper == text ? Symbol(parts[0]) : nil)
        }
        if upper.hasSuffix(quote), upper.count > quote.count {
            return symbol(named: String(text.dropLast(quote.count)))
        }
        guard upper == text, (2...12).contains(text.utf8.count), text.contains(where: \.isLetter) else { return nil }
        return Symbol(text)
    }

    package func nearest(to text: String) -> [String] {
        EditDistance.nearest(to: text.uppercased(), in: known.map(\.description), limit: 3)
    }
}
