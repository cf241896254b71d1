package import Market

/// What a person paid for a symbol, as they told us: their own note, which only their own answers and rules read.
package struct Entry: Hashable, Sendable, Codable {
    package var symbol: Symbol
    /// In the symbol's quote.
    package var price: Price
    /// In the symbol's base; `nil` when it was not told.
    package var amount: Double?
    package var notedAt: Timestamp

    package init(symbol: Symbol, price: Price, amount: Double? = nil, notedAt: Timestamp) {
        self.symbol = symbol
        self.price = price
        self.amount = amount
        self.notedAt = notedAt
    }

    /// What became of it at a price, as a fraction: 0.05 is five percent more.
    package func change(at last: Double) -> Double { last / price.double - 1 }

    /// The same in the quote; `nil` without an amount.
    package func gain(at last: Double) -> Double? { amount.map { (last - price.double) * $0 } }
}

/// Entries of people, inside one transaction of the store.
package protocol EntrySession {
    /// By symbol.
    func entries(of id: RecipientID) throws -> [Entry]
    /// Replaces the entry of the same symbol.
    func setEntry(_ entry: Entry, of id: RecipientID) throws
    /// Returns whether there was one.
    func removeEntry(_ symbol: Symbol, of id: RecipientID) throws -> Bool
}

/// Entry prices for those who only read them, such as rules that say `since entry`.
package protocol EntryReader: Sendable {
    /// What the owner paid, by symbol; empty for a place or somebody unknown.
    func entryPrices(of owner: RecipientID) async throws -> [Symbol: Double]
    /// Everybody's.
    func entryPrices() async throws -> [RecipientID: [Symbol: Double]]
}
