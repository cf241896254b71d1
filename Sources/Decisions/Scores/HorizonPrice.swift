import Market

/// The price at which something is judged.
struct HorizonPrice: Sendable {
    let candles: any CandleStore
    let venue: Venue

    /// Close of the hour that ends at `time`, or of the last minute that closed at or before it. Where no minutes are
    /// kept, from two hours after it on, of the last hour before.
    func price(of symbol: Symbol, at time: Timestamp, now: Timestamp) async throws -> Double? {
        var wanted: [Timeframe] = Timeframe.h1.isAligned(time) ? [.h1, .m1] : [.m1]
        if now - time >= .hours(2), !wanted.contains(.h1) { wanted.append(.h1) }
        for timeframe in wanted {
            let open = timeframe.openTime(containing: time) - timeframe.span
            let found = try await candles.candles(
                of: CandleSeries(symbol: symbol, timeframe: timeframe, venue: venue), from: open,
                to: open + .milliseconds(1), limit: 1)
            if let close = found.first?.close { return close }
        }
        return nil
    }
}
