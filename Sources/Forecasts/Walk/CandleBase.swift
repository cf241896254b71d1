package import Market

/// Candles in the length that forecasts of a horizon are made from.
package enum CandleBase {
    /// Candles of an hour and longer are used as they are, shorter ones are added up to hours. `nil` where the horizon
    /// is shorter than the candles or than an hour.
    package static func prepare(_ candles: [Candle], timeframe: Timeframe, horizon: Timeframe)
        -> (candles: [Candle], base: Timeframe)?
    {
        let base = max(timeframe, .h1)
        guard horizon >= base, base <= .d1 else { return nil }
        return (CandleAggregator.aggregate(candles, from: timeframe, to: base), base)
    }
}
