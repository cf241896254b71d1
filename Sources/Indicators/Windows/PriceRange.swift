import Market

/// Highest high and lowest low of the latest n candles.
struct PriceRange: Sendable {
    private(set) var highest: Extreme
    private(set) var lowest: Extreme

    init(_ count: Int) {
        highest = Extreme(.highest, of: count)
        lowest = Extreme(.lowest, of: count)
    }

    mutating func push(_ candle: Candle) {
        highest.push(candle.high)
        lowest.push(candle.low)
    }

    /// `nil` until n candles came.
    var middle: Double? {
        guard let high = highest.value, let low = lowest.value else { return nil }
        return (high + low) / 2
    }
}

extension Candle {
    /// (high + low + close) / 3.
    var typicalPrice: Double { (high + low + close) / 3 }
}
