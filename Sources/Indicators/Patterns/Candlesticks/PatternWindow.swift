/// The latest candles as a pattern's definition sees them: `window[0]` is the newest.
struct PatternWindow {
    let newest: UnsafePointer<CandleShape>
    /// Index of the first candle for which the pattern has a value. Its averages begin there.
    let first: Int

    @inline(__always) init(newest: UnsafePointer<CandleShape>, first: Int) {
        self.newest = newest
        self.first = first
    }

    /// A candle by its age.
    @inline(__always) subscript(_ age: Int) -> PatternCandle {
        PatternCandle(shape: newest - age, beginning: first &- age)
    }

    /// A candle whose averages begin where the definition says.
    @inline(__always) func candle(_ age: Int, beginning: Int) -> PatternCandle {
        PatternCandle(shape: newest - age, beginning: beginning)
    }
}

/// The words patterns are defined in, for one candle. Sizes are told by the candles before it: a body is long above and
/// short below the mean of ten bodies, a doji at most a tenth of the mean range; a shadow is long above the body, very
/// long above twice the body, short below half the mean of ten pairs of shadows, none below a tenth of the mean range;
/// near, far and equal are 0.2, 0.6 and 0.05 of the mean of five ranges.
struct PatternCandle {
    let shape: UnsafePointer<CandleShape>
    let beginning: Int

    @inline(__always) init(shape: UnsafePointer<CandleShape>, beginning: Int) {
        self.shape = shape
        self.beginning = beginning
    }

    @inline(__always) var open: Double { shape.pointee.open }
    @inline(__always) var high: Double { shape.pointee.high }
    @inline(__always) var low: Double { shape.pointee.low }
    @inline(__always) var close: Double { shape.pointee.close }
    @inline(__always) var top: Double { shape.pointee.top }
    @inline(__always) var bottom: Double { shape.pointee.bottom }
    @inline(__always) var body: Double { shape.pointee.body }
    @inline(__always) var range: Double { shape.pointee.range }
    @inline(__always) private var traits: CandleTraits { shape.pointee.traits }

    @inline(__always) var isWhite: Bool { traits.has(.white) }
    @inline(__always) var isBlack: Bool { !traits.has(.white) }
    /// 1 for a white candle, −1 for a black one.
    @inline(__always) var colour: Int16 { traits.has(.white) ? 1 : -1 }

    @inline(__always) var isLong: Bool { traits.has(.long, beginning) }
    @inline(__always) var isShort: Bool { traits.has(.short, beginning) }
    /// Not long.
    @inline(__always) var isSmall: Bool { traits.has(.small, beginning) }
    @inline(__always) var isDoji: Bool { traits.has(.doji, beginning) }
    /// What counts as a doji's body here, by a sum that begins at candle 10.
    @inline(__always) var dojiBody: Double { shape.pointee.dojiBody }

    @inline(__always) var hasShortUpperShadow: Bool { traits.has(.shortUpper, beginning) }
    @inline(__always) var hasShortLowerShadow: Bool { traits.has(.shortLower, beginning) }
    @inline(__always) var hasMoreThanShortUpperShadow: Bool { traits.has(.moreUpper, beginning) }
    @inline(__always) var hasNoUpperShadow: Bool { traits.has(.noUpper, beginning) }
    @inline(__always) var hasNoLowerShadow: Bool { traits.has(.noLower, beginning) }
    @inline(__always) var hasUpperShadow: Bool { traits.has(.upper, beginning) }
    @inline(__always) var hasLowerShadow: Bool { traits.has(.lower, beginning) }
    @inline(__always) var hasLongUpperShadow: Bool { traits.has(.longUpper) }
    @inline(__always) var hasLongLowerShadow: Bool { traits.has(.longLower) }
    @inline(__always) var hasVeryLongUpperShadow: Bool { traits.has(.veryLongUpper) }
    @inline(__always) var hasVeryLongLowerShadow: Bool { traits.has(.veryLongLower) }

    @inline(__always) private var meanOfFive: Double {
        shape.pointee.nearMeans[unchecked: CandleShape.nearSlot(beginning)]
    }
    @inline(__always) var near: Double { 0.2 * meanOfFive }
    @inline(__always) var far: Double { 0.6 * meanOfFive }
    @inline(__always) var equal: Double { 0.05 * meanOfFive }

    /// Within `equal` of a price of this candle.
    @inline(__always) func isEqual(_ price: Double, to own: Double) -> Bool {
        price <= own + equal && price >= own - equal
    }

    /// The body stands wholly above, or below, the other's body.
    @inline(__always) func gapsAbove(_ other: PatternCandle) -> Bool { bottom > other.top }
    @inline(__always) func gapsBelow(_ other: PatternCandle) -> Bool { top < other.bottom }
    /// All of the candle stands above, or below, all of the other.
    @inline(__always) func leapsAbove(_ other: PatternCandle) -> Bool { low > other.high }
    @inline(__always) func leapsBelow(_ other: PatternCandle) -> Bool { high < other.low }
    /// The body lies strictly inside the other's.
    @inline(__always) func liesWithin(_ other: PatternCandle) -> Bool { top < other.top && bottom > other.bottom }
    /// A price strictly inside the body.
    @inline(__always) func bodyHolds(_ price: Double) -> Bool { price < top && price > bottom }
}
