package import Market

/// Factors of one symbol at one closed 1h candle, with the values they stand on. What is not known is `nil`.
package struct FactorSnapshot: Hashable, Sendable {
    /// Close time of the candle.
    package var at: Timestamp
    package var close: Double

    // Factors.
    package var trend: Double?
    package var reversal: Double?
    package var momentum: Double?
    package var volume: Double?
    /// R in [0, 1], 1 being safest.
    package var risk: Double?

    // Values behind them.
    package var macdHistogram: Double?
    package var atr: Double?
    package var rsi: Double?
    package var sma20: Double?
    package var sma50: Double?
    package var bollingerUpper: Double?
    package var bollingerMiddle: Double?
    package var bollingerLower: Double?
    /// Changes as fractions.
    package var change1h: Double?
    package var change24h: Double?
    package var change7d: Double?
    /// Volume of 24 hours over the mean of the last seven such days.
    package var volumeRatio: Double?
    /// Quote asset.
    package var turnover24h: Double?
    /// Standard deviation of a day's log return, as a fraction.
    package var volatility24h: Double?

    init(at: Timestamp, close: Double) {
        self.at = at
        self.close = close
    }

    /// Factors that are known, under the names of `FactorReading`.
    package var readings: [FactorReading] {
        let named: [(String, Double?)] = [
            ("trend", trend), ("reversal", reversal), ("momentum", momentum), ("risk", risk), ("volume", volume),
        ]
        return named.compactMap { name, value in value.map { FactorReading(name: name, value: $0) } }
    }

    /// How wild the last day was, for `/analyze`.
    package var volatilityClass: VolatilityClass? { volatility24h.map { VolatilityClass(daily: $0) } }
}

/// Volatility of a day in words. Between 15% and 30%, which the contract leaves open, it is `lively`.
package enum VolatilityClass: String, Sendable {
    case quiet, calm, lively, wild

    /// `daily` is a fraction.
    package init(daily: Double) {
        switch daily {
        case ..<0.05: self = .quiet
        case ..<0.15: self = .calm
        case ...0.30: self = .lively
        default: self = .wild
        }
    }
}
