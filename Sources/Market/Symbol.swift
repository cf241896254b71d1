/// What people call a market: `BTC` when quoted in the default asset, `ETH/BTC` otherwise. Upper case, 1 to 20
/// letters or digits a side.
package struct Symbol: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    package let base: String
    /// `nil` means the default quote asset (`QUOTE_ASSET`).
    package let quote: String?

    /// `nil` unless both sides are made of 1 to 20 ASCII letters or digits.
    package init?(base: some StringProtocol, quote: (some StringProtocol)?) {
        guard Symbol.isAsset(base) else { return nil }
        if let quote { guard Symbol.isAsset(quote) else { return nil } }
        self.base = base.uppercased()
        self.quote = quote?.uppercased()
    }

    /// Reads the canonical spelling, `BTC` or `ETH/BTC`.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        switch parts.count {
        case 1: self.init(base: parts[0], quote: String?.none)
        case 2: self.init(base: parts[0], quote: parts[1])
        default: return nil
        }
    }

    package var description: String { quote.map { "\(base)/\($0)" } ?? base }

    package static func < (a: Symbol, b: Symbol) -> Bool { a.description < b.description }

    private static func isAsset(_ text: some StringProtocol) -> Bool {
        (1...20).contains(text.utf8.count)
            && text.utf8.allSatisfy { (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) }
    }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let symbol = Symbol(text) else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "not a symbol"))
        }
        self = symbol
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// Where market data comes from, spelled as rules and settings do: `binance`, `coinbase`, `simulated`.
package struct Venue: Hashable, Sendable, Codable, CustomStringConvertible {
    package let name: String
    package init(_ name: String) { self.name = name.lowercased() }
    package var description: String { name }

    package static let binance = Venue("binance")
    package static let coinbase = Venue("coinbase")
    package static let simulated = Venue("simulated")

    package init(from decoder: any Decoder) throws { self.init(try decoder.singleValueContainer().decode(String.self)) }
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }
}
