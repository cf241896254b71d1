/// Open, high, low, close and volume of one interval. Prices in the quote asset, volume in the base asset. Doubles:
/// candles are for analysis.
package struct Candle: Hashable, Sendable, Codable {
    package var openTime: Timestamp
    package var open: Double
    package var high: Double
    package var low: Double
    package var close: Double
    package var volume: Double

    package init(openTime: Timestamp, open: Double, high: Double, low: Double, close: Double, volume: Double) {
        self.openTime = openTime
        self.open = open
        self.high = high
        self.low = low
        self.close = close
        self.volume = volume
    }

    /// The instant at which a candle of this length is complete: `openTime` + interval.
    package func closeTime(_ timeframe: Timeframe) -> Timestamp { openTime + timeframe.span }

    /// What is wrong with the candle, if anything: every price finite and positive, low ≤ open, close ≤ high,
    /// volume finite and not negative.
    package var defect: CandleDefect? {
        let prices = [open, high, low, close]
        guard prices.allSatisfy(\.isFinite), volume.isFinite else { return .notFinite }
        guard prices.allSatisfy({ $0 > 0 }) else { return .notPositive }
        guard low <= min(open, close), high >= max(open, close) else { return .unordered }
        guard volume >= 0 else { return .negativeVolume }
        return nil
    }
}

package enum CandleDefect: String, Sendable {
    case notFinite = "not_finite"
    case notPositive = "not_positive"
    case unordered
    case negativeVolume = "negative_volume"
}
