package import Forecasts
import Market

/// How a symbol moved over a span in the trailing year, measured from every closed hour.
package struct MoveBaseline: Hashable, Sendable {
    /// Fewer moves are no baseline.
    static let needed = 500

    /// Shares that rose and fell.
    package var up: Double
    package var down: Double
    /// Moves as fractions.
    package var median: Double
    package var band50: PriceBand
    package var band90: PriceBand

    package init(up: Double, down: Double, median: Double, band50: PriceBand, band90: PriceBand) {
        self.up = up
        self.down = down
        self.median = median
        self.band50 = band50
        self.band90 = band90
    }

    /// `nil` for fewer than 500 moves.
    init?(moves: [Double]) {
        guard moves.count >= MoveBaseline.needed else { return nil }
        let sorted = moves.sorted()
        up = Double(moves.count { $0 > 0 }) / Double(moves.count)
        down = Double(moves.count { $0 < 0 }) / Double(moves.count)
        func quantile(_ share: Double) -> Double { sorted[Int((share * Double(sorted.count - 1)).rounded())] }
        median = quantile(0.5)
        band50 = PriceBand(low: quantile(0.25), high: quantile(0.75))
        band90 = PriceBand(low: quantile(0.05), high: quantile(0.95))
    }
}

/// Baselines out of stored 1h candles: the 365 days that ended with the week (Monday, UTC) before the issue, so that one
/// read serves a week of scores and what is said never sees itself. The first one made for a week is kept in the store
/// and stays, so that candles that come later, or a restart, change none.
struct MoveBaselines: Sendable {
    private static let hour = Span.hours(1).milliseconds

    let store: any ScoreStore
    let candles: any CandleStore
    let venue: Venue

    /// `nil` for spans that are no whole hours, and with too little history.
    func baseline(of symbol: Symbol, over span: Span, at time: Timestamp) async throws -> MoveBaseline? {
        guard span.milliseconds >= Self.hour, span.milliseconds % Self.hour == 0 else { return nil }
        let week = Timeframe.w1.openTime(containing: time)
        if let kept = try await store.baseline(of: symbol, over: span, before: week) { return kept }
        let first = week - .days(365)
        let stored = try await candles.candles(
            of: CandleSeries(symbol: symbol, timeframe: .h1, venue: venue), from: first, to: week, limit: nil)
        var closes = [Double](repeating: .nan, count: 365 * 24)
        for candle in stored {
            let place = Int((candle.openTime - first).milliseconds / Self.hour)
            if closes.indices.contains(place) { closes[place] = candle.close }
        }
        let steps = Int(span.milliseconds / Self.hour)
        guard closes.count > steps else { return nil }
        let moves = (0..<(closes.count - steps)).map { closes[$0 + steps] / closes[$0] - 1 }.filter(\.isFinite)
        guard let made = MoveBaseline(moves: moves) else { return nil }
        try await store.keep(made, of: symbol, over: span, before: week)
        return made
    }
}
