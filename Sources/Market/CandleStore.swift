/// Stored candles. A series is one (venue, symbol, timeframe) and never mixes venues.
package protocol CandleStore: Sendable {
    /// Saves candles in one transaction. An equal candle is left alone; a different one with the same open time
    /// replaces it. Returns how many rows changed.
    @discardableResult
    func save(_ candles: [Candle], of series: CandleSeries) async throws -> Int

    /// Candles with `from` ≤ open time < `to`, oldest first; with `limit`, the newest `limit` of them.
    func candles(of series: CandleSeries, from: Timestamp?, to: Timestamp?, limit: Int?) async throws -> [Candle]

    /// Open times of the oldest and newest candle, `nil` for an empty series.
    func extent(of series: CandleSeries) async throws -> ClosedRange<Timestamp>?

    /// Every series that holds a candle.
    func series() async throws -> [CandleSeries]

    /// Removes candles of `timeframe` older than `before`, at most `limit` rows. Returns how many went.
    func prune(_ timeframe: Timeframe, before: Timestamp, limit: Int) async throws -> Int
}

package struct CandleSeries: Hashable, Sendable, Codable {
    package var symbol: Symbol
    package var timeframe: Timeframe
    package var venue: Venue

    package init(symbol: Symbol, timeframe: Timeframe, venue: Venue) {
        self.symbol = symbol
        self.timeframe = timeframe
        self.venue = venue
    }
}
