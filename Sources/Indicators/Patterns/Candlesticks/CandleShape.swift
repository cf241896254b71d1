/// One candle taken apart: its sizes, and how they compare with the candles before it.
struct CandleShape: Sendable {
    var open = 0.0
    var high = 0.0
    var low = 0.0
    var close = 0.0
    /// Higher and lower end of the body.
    var top = 0.0
    var bottom = 0.0
    /// |close − open|.
    var body = 0.0
    var upperShadow = 0.0
    var lowerShadow = 0.0
    /// high − low.
    var range = 0.0
    var traits = CandleTraits()
    /// A tenth of the mean of the ten ranges before: the most that the body of a doji measures.
    var dojiBody = 0.0
    /// Mean of the five ranges before, for each beginning of the sum: see `nearSlot(_:)`.
    var nearMeans = InlineArray<4, Double>(repeating: 0)

    /// Where the mean of five ranges is kept whose sum begins at a candle.
    @inline(__always) static func nearSlot(_ beginning: Int) -> Int { beginning < 10 ? beginning - 5 : beginning - 8 }
    /// The candles at which sums of five ranges begin, by slot.
    static let nearBeginnings: InlineArray<4, Int> = [5, 6, 10, 11]

    init() {}

    @inline(__always) init(open: Double, high: Double, low: Double, close: Double) {
        self.open = open
        self.high = high
        self.low = low
        self.close = close
        let isWhite = close >= open
        top = isWhite ? close : open
        bottom = isWhite ? open : close
        body = abs(close - open)
        upperShadow = high - top
        lowerShadow = bottom - low
        range = high - low
        traits.insert(.white, if: isWhite)
        traits.insert(.longUpper, if: upperShadow > body)
        traits.insert(.longLower, if: lowerShadow > body)
        traits.insert(.veryLongUpper, if: upperShadow > 2 * body)
        traits.insert(.veryLongLower, if: lowerShadow > 2 * body)
    }

    @inline(__always) var shadows: Double { upperShadow + lowerShadow }
}

/// What a candle is and is not, a bit each, so that a pattern asks for several at once.
///
/// Most are told by an average of the candles before. A running sum carries the rounding of everything since its first
/// candle, and a comparison of equal sizes (common among prices with few digits) hangs on that last bit. TA-Lib begins
/// each sum where the pattern that uses it begins; so these traits stand here five times, for sums that begin at candle
/// 10, 11, 12, 13 and 14, and patterns that begin together share one.
struct CandleTraits: Sendable {
    private(set) var bits: UInt64 = 0

    /// Traits that do not depend on other candles.
    enum Own: UInt64 {
        case white = 55
        /// A shadow longer than the body.
        case longUpper, longLower
        /// A shadow longer than twice the body.
        case veryLongUpper, veryLongLower
    }

    /// Traits told by an average.
    enum Measured: UInt64 {
        /// A body above, below, not above the mean of ten bodies.
        case long, short, small
        /// A body of at most a tenth of the mean of ten ranges.
        case doji
        /// A shadow shorter than that.
        case noUpper, noLower
        /// A shadow longer than that.
        case upper, lower
        /// A shadow below half the mean of ten pairs of shadows.
        case shortUpper, shortLower
        /// A shadow above it.
        case moreUpper
    }

    static let firstBeginning = 10
    static let beginnings: UInt64 = 5

    @inline(__always) mutating func insert(_ trait: Own, if holds: Bool) {
        bits |= (holds ? 1 : 0) << trait.rawValue
    }

    @inline(__always) mutating func insert(_ trait: Measured, _ slot: Int, if holds: Bool) {
        bits |= (holds ? 1 : 0) << (trait.rawValue * CandleTraits.beginnings + UInt64(truncatingIfNeeded: slot))
    }

    @inline(__always) func has(_ trait: Own) -> Bool { bits & (1 << trait.rawValue) != 0 }

    /// `beginning` is the candle at which the average's sum begins.
    @inline(__always) func has(_ trait: Measured, _ beginning: Int) -> Bool {
        let slot = UInt64(truncatingIfNeeded: beginning &- CandleTraits.firstBeginning)
        return bits & (1 << (trait.rawValue &* CandleTraits.beginnings &+ slot)) != 0
    }
}
