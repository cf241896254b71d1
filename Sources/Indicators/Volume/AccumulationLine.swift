import Market

/// Running total of volume times the place of the close in the candle's range, for `ad` and `adosc`.
struct AccumulationLine: Sendable {
    private var total = 0.0

    mutating func update(_ candle: Candle) -> Double {
        let range = candle.high - candle.low
        if range > 0 {
            total += ((candle.close - candle.low) - (candle.high - candle.close)) / range * candle.volume
        }
        return total
    }
}
