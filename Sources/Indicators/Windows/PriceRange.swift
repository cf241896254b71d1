import Market

/// Highest high and lowest low of the latest n candles.
struct PriceRange: Sendable {
    private(set) var highest: BlockExtreme
    private(set) var lowest: BlockExtreme

    init(_ count: Int) {
        highest = BlockExtreme(.highest, of: count)
        lowest = BlockExtreme(.lowest, of: count)
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
