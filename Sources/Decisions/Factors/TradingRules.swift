package import Market

/// Rules that silence an opportunity, each with its reason. The defaults are the contract's.
package struct TradingRules: Hashable, Sendable {
    /// Older than this, a candle is history: not told.
    package var staleAfter: Span = .hours(3)
    /// Of the book's mid.
    package var widestSpread = 0.005
    /// Least turnover of 24 hours in the default quote asset: with less, one order makes the price. Pairs against
    /// another asset and symbols without volume have no floor.
    package var turnoverFloor = 250_000.0
    /// After an opportunity was told, the other side of the symbol rests so long.
    package var oppositeRest: Span = .hours(4)
    /// A side that stood (told or not) within this time is the same call going on, not a new one. Kinds count apart.
    package var sameSideRest: Span = .hours(24)
    /// No buy above, no sell below its mirror image (15).
    package var highestRSI = 85.0

    package init() {}
}

/// What is true at the moment of deciding and is not in the candles. Without it (replay) only candles decide.
package struct Circumstances: Hashable, Sendable {
    package var now: Timestamp
    /// Of the primary venue's book, as a fraction of its mid; `nil` when unknown.
    package var spread: Double?

    package init(now: Timestamp, spread: Double? = nil) {
        self.now = now
        self.spread = spread
    }
}

/// Why there is no opportunity.
package enum QuietReason: Hashable, Sendable, Codable {
    /// Too little history for the score.
    case unknown
    /// |score| under 0.60.
    case weak
    /// The candle, or the one before it, is older than three intervals.
    case staleData(age: Span)
    /// As a fraction of the mid.
    case wideSpread(Double)
    /// Turnover of 24 h, quote asset.
    case thinVolume(Double)
    /// An opportunity of the other side was told then.
    case oppositeSignal(Timestamp)
    /// This side stood already then.
    case sameSide(Timestamp)
    case extremeRSI(Double)

    /// Name for logs, metrics and locale entries (`quiet.<key>`).
    package var key: String {
        switch self {
        case .unknown: "unknown"
        case .weak: "weak"
        case .staleData: "stale_data"
        case .wideSpread: "wide_spread"
        case .thinVolume: "thin_volume"
        case .oppositeSignal: "opposite_signal"
        case .sameSide: "same_side"
        case .extremeRSI: "extreme_rsi"
        }
    }
}
