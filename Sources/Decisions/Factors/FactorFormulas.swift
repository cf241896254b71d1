/// The factors as pure functions (section 11 of the contract). Each answers in [−1, 1] unless said.
///
/// A factor made of several readings is their weighted mean: the weights stated for the readings are divided by the
/// sum of those that are known, so a factor whose readings all say 1 is 1.
package enum FactorFormulas {
    /// Trend T: MACD histogram over ATR, clamped (weight 0.25); the order of price, SMA 20 and SMA 50 (0.25); the side
    /// of the Bollinger middle (0.2). `nil` when none is known.
    package static func trend(
        close: Double, macdHistogram: Double?, atr: Double?, sma20: Double?, sma50: Double?, bollingerMiddle: Double?
    ) -> Double? {
        var mean = WeightedMean()
        if let macdHistogram, let atr, atr > 0 { mean.add(clamp(macdHistogram / atr), weight: 0.25) }
        if let sma20, let sma50 { mean.add(averages(close: close, sma20: sma20, sma50: sma50), weight: 0.25) }
        if let bollingerMiddle { mean.add(sided(close, bollingerMiddle) * 0.3, weight: 0.2) }
        return mean.value
    }

    /// price > SMA 20 > SMA 50: 0.8; above both: 0.4; mirrored below; between them: 0.
    static func averages(close: Double, sma20: Double, sma50: Double) -> Double {
        let side = sided(close, sma20)
        guard side != 0, sided(close, sma50) == side else { return 0 }
        return side * (sided(sma20, sma50) == side ? 0.8 : 0.4)
    }

    /// Reversal: RSI below 30 or above 70 by its distance over 30 (weight 0.3); close outside the Bollinger bands ±0.8
    /// (0.2). Positive speaks for a rise. Never summed with T.
    package static func reversal(close: Double, rsi: Double?, bollingerUpper: Double?, bollingerLower: Double?)
        -> Double?
    {
        var mean = WeightedMean()
        if let rsi { mean.add(rsi < 30 ? (30 - rsi) / 30 : rsi > 70 ? -(rsi - 70) / 30 : 0, weight: 0.3) }
        if let bollingerUpper, let bollingerLower {
            let isBelow = sided(close, bollingerLower) < 0
            let isAbove = sided(close, bollingerUpper) > 0
            mean.add(isBelow ? 0.8 : isAbove ? -0.8 : 0, weight: 0.2)
        }
        return mean.value
    }

    /// Price part of momentum before scaling: 0.5·Δ1h + 0.3·Δ24h + 0.2·Δ7d, changes as fractions.
    package static func pricePart(change1h: Double, change24h: Double, change7d: Double) -> Double {
        0.5 * change1h + 0.3 * change24h + 0.2 * change7d
    }

    /// Volume part of momentum before scaling: by how much the day's volume exceeds the week's mean, with the sign of
    /// the price part.
    package static func volumePart(volumeRatio: Double, pricePart: Double) -> Double {
        (volumeRatio - 1) * sided(pricePart, 0)
    }

    /// Momentum M: each part over the symbol's own 90th percentile of its absolute value, clamped, joined 0.7 to 0.3.
    /// Without a volume part the price part alone; `nil` without a price part or its scale.
    package static func momentum(
        pricePart: Double?, priceScale: Double?, volumePart: Double?, volumeScale: Double?
    ) -> Double? {
        guard let pricePart, let priceScale, priceScale > 0 else { return nil }
        var mean = WeightedMean()
        mean.add(clamp(pricePart / priceScale), weight: 0.7)
        if let volumePart, let volumeScale, volumeScale > 0 {
            mean.add(clamp(volumePart / volumeScale), weight: 0.3)
        }
        return mean.value
    }

    /// Volume V by the ratio of the day's volume to the seven-day mean.
    package static func volume(ratio: Double) -> Double {
        ratio > 2 ? 0.8 : ratio > 1.5 ? 0.5 : ratio > 0.8 ? 0.2 : -0.3
    }

    /// Risk R in [0, 1], 1 being safest: 1 − mean of volatility, liquidity and size risk. `volatility24h` is a fraction.
    package static func risk(volatility24h: Double, fundamentals: Fundamentals) -> Double {
        let volatility = min(1, volatility24h * 100 / 50)
        let liquidity = max(0, 1 - 20 * fundamentals.volume24h / fundamentals.marketCap)
        let size =
            switch fundamentals.marketCap {
            case ..<1e8: 0.8
            case ..<1e9: 0.5
            case ..<1e10: 0.3
            default: 0.1
            }
        return 1 - (volatility + liquidity + size) / 3
    }

    /// Trend score before clamping: k·base plus what risk and volume add to the size of the conviction, never to its
    /// side. base is the weighted mean of the factors that speak for a side (T 0.25, M 0.15 here; others join when
    /// they are built); an absent R or V adds nothing. `nil` when no such factor is known.
    package static func score(trend: Double?, momentum: Double?, risk: Double?, volume: Double?, k: Double) -> Double? {
        var mean = WeightedMean()
        if let trend { mean.add(trend, weight: 0.25) }
        if let momentum { mean.add(momentum, weight: 0.15) }
        guard let base = mean.value else { return nil }
        let conviction = (risk.map { 0.10 * (2 * $0 - 1) } ?? 0) + (volume.map { 0.10 * $0 } ?? 0)
        return k * base + sided(base, 0) * conviction
    }

    package static func clamp(_ value: Double) -> Double { min(1, max(-1, value)) }

    /// 1 above, −1 below, 0 level. Prices level to 1 part in 10^9 are level: an average of ticks that is the price itself
    /// comes out a rounding error beside it, on a side that depends on the order of the sum.
    static func sided(_ value: Double, _ level: Double) -> Double {
        let distance = value - level
        return abs(distance) <= 1e-9 * abs(level) ? 0 : distance > 0 ? 1 : -1
    }
}

/// Mean of what is known, each by its weight.
struct WeightedMean {
    private var sum = 0.0
    private var weights = 0.0

    mutating func add(_ value: Double, weight: Double) {
        sum += value * weight
        weights += weight
    }

    var value: Double? { weights > 0 ? sum / weights : nil }
}
