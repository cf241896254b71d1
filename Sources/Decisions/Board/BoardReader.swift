package import Market

/// Latest values of every watched symbol, for readers who must not wait.
package protocol BoardReader: Sendable {
    func view(of symbol: Symbol) -> SymbolView?
    /// Symbols with a price, in no order.
    func symbols() -> [Symbol]
    func sources() -> [SourceHealth]
    /// Opportunities of the last 24 h, newest first.
    func opportunities() -> [Opportunity]
    /// Watched symbols that nothing comes in of, with the time of their last data: rules that read them are blind.
    func silences() -> [Symbol: Timestamp]
}

extension BoardReader {
    package func silences() -> [Symbol: Timestamp] { [:] }
}

/// One symbol on the board. Changes are fractions, `nil` without a price that old.
package struct SymbolView: Hashable, Sendable {
    package var quote: Quote
    package var book: BookTop?
    package var ticker: Ticker?
    package var change1h: Double?
    package var change24h: Double?
    package var change7d: Double?
    package var high24h: Double?
    package var low24h: Double?
    /// Base asset.
    package var volume24h: Double?
    /// A second venue's last price, where one is read.
    package var secondOpinion: Quote?

    package init(quote: Quote) { self.quote = quote }
}
