/// Patterns of two candles.
enum PairPatterns {
    /// A body that covers the one before, of the other colour. 80 where one end is the same.
    @inline(__always) static func engulfing(_ window: PatternWindow) -> Int16 {
        let (new, old) = (window[0], window[1])
        guard new.colour == -old.colour else { return 0 }
        // Bodies of opposite colours: one must reach over strictly, the other may end at the same price.
        let covers = (new.top >= old.top && new.bottom < old.bottom) || (new.top > old.top && new.bottom <= old.bottom)
        guard covers else { return 0 }
        return new.colour * (new.top != old.top && new.bottom != old.bottom ? 100 : 80)
    }

    /// A small body inside the long one before. 80 where an end is the same.
    @inline(__always) static func harami(_ window: PatternWindow) -> Int16 {
        window[1].isLong && window[0].isSmall ? inside(window) : 0
    }

    /// A doji inside the long body before.
    @inline(__always) static func haramiCross(_ window: PatternWindow) -> Int16 {
        window[1].isLong && window[0].isDoji ? inside(window) : 0
    }

    @inline(__always) private static func inside(_ window: PatternWindow) -> Int16 {
        let (inner, outer) = (window[0], window[1])
        if inner.liesWithin(outer) { return -outer.colour * 100 }
        return inner.top <= outer.top && inner.bottom >= outer.bottom ? -outer.colour * 80 : 0
    }

    /// A small black body inside a long black one.
    @inline(__always) static func homingPigeon(_ window: PatternWindow) -> Int16 {
        let (new, old) = (window[0], window[1])
        guard new.isBlack, old.isBlack, old.isLong, new.isSmall else { return 0 }
        return new.open < old.open && new.close > old.close ? 100 : 0
    }

    /// Two black candles that close at the same price.
    @inline(__always) static func matchingLow(_ window: PatternWindow) -> Int16 {
        let (new, old) = (window[0], window[1])
        return new.isBlack && old.isBlack && old.isEqual(new.close, to: old.close) ? 100 : 0
    }

    /// Two long bodies of opposite colours that close at the same price.
    @inline(__always) static func counterattack(_ window: PatternWindow) -> Int16 {
        let (new, old) = (window[0], window[1])
        guard new.colour == -old.colour, old.isLong, new.isLong else { return 0 }
        return old.isEqual(new.close, to: old.close) ? new.colour * 100 : 0
    }

    /// Opposite colours from the same open, the second a long belt hold.
    @inline(__always) static func separatingLines(_ window: PatternWindow) -> Int16 {
        let (new, old) = (window[0], window[1])
        guard new.colour == -old.colour, new.isLong, old.isEqual(new.open, to: old.open) else { return 0 }
        return (new.isWhite ? new.hasNoLowerShadow : new.hasNoUpperShadow) ? new.colour * 100 : 0
    }

    /// Opens above a long white candle's high and closes more than half way down its body.
    @inline(__always) static func darkCloudCover(_ window: PatternWindow) -> Int16 {
        let (new, old) = (window[0], window[1])
        guard old.isWhite, new.isBlack, old.isLong, new.open > old.high else { return 0 }
        return new.close > old.open && new.close < old.close - old.body * 0.5 ? -100 : 0
    }

    /// Opens below a long black candle's low; long itself, it closes more than half way up its body.
    @inline(__always) static func piercing(_ window: PatternWindow) -> Int16 {
        let (new, old) = (window[0], window[1])
        guard old.isBlack, new.isWhite, new.open < old.low, old.isLong, new.isLong else { return 0 }
        return new.close < old.open && new.close > old.close + old.body * 0.5 ? 100 : 0
    }

    /// A white candle from below a long black one's low.
    @inline(__always) private static func risesFromBelow(_ window: PatternWindow) -> Bool {
        let (new, old) = (window[0], window[1])
        return old.isBlack && new.isWhite && new.open < old.low && old.isLong
    }

    /// … to just its close.
    @inline(__always) static func inNeck(_ window: PatternWindow) -> Int16 {
        let (new, old) = (window[0], window[1])
        guard risesFromBelow(window) else { return 0 }
        return new.close <= old.close + old.equal && new.close >= old.close ? -100 : 0
    }

    /// … to just its low.
    @inline(__always) static func onNeck(_ window: PatternWindow) -> Int16 {
        let (new, old) = (window[0], window[1])
        return risesFromBelow(window) && old.isEqual(new.close, to: old.low) ? -100 : 0
    }

    /// … into its body, at most half way.
    @inline(__always) static func thrusting(_ window: PatternWindow) -> Int16 {
        let (new, old) = (window[0], window[1])
        guard risesFromBelow(window) else { return 0 }
        return new.close > old.close + old.equal && new.close <= old.close + old.body * 0.5 ? -100 : 0
    }

    /// Two marubozus of opposite colours with a gap between them, away from the first.
    @inline(__always) private static func kicks(_ window: PatternWindow) -> Bool {
        let (new, old) = (window[0], window[1])
        guard new.colour == -old.colour, old.isBlack ? new.leapsAbove(old) : new.leapsBelow(old) else { return false }
        return old.isLong && old.hasNoUpperShadow && old.hasNoLowerShadow && new.isLong && new.hasNoUpperShadow
            && new.hasNoLowerShadow
    }

    @inline(__always) static func kicking(_ window: PatternWindow) -> Int16 {
        kicks(window) ? window[0].colour * 100 : 0
    }

    /// The longer of the two says which way.
    @inline(__always) static func kickingByLength(_ window: PatternWindow) -> Int16 {
        guard kicks(window) else { return 0 }
        return (window[0].body > window[1].body ? window[0].colour : window[1].colour) * 100
    }

    /// A short body on a long lower shadow, without an upper one.
    @inline(__always) private static func hangs(_ candle: PatternCandle) -> Bool {
        candle.hasLongLowerShadow && candle.isShort && candle.hasNoUpperShadow
    }

    /// … near or below the low before.
    @inline(__always) static func hammer(_ window: PatternWindow) -> Int16 {
        hangs(window[0]) && window[0].bottom <= window[1].low + window[1].near ? 100 : 0
    }

    /// … near or above the high before.
    @inline(__always) static func hangingMan(_ window: PatternWindow) -> Int16 {
        hangs(window[0]) && window[0].bottom >= window[1].high - window[1].near ? -100 : 0
    }

    /// A short body under a long upper shadow, without a lower one.
    @inline(__always) private static func stands(_ candle: PatternCandle) -> Bool {
        candle.hasLongUpperShadow && candle.isShort && candle.hasNoLowerShadow
    }

    /// … below the body before.
    @inline(__always) static func invertedHammer(_ window: PatternWindow) -> Int16 {
        stands(window[0]) && window[0].gapsBelow(window[1]) ? 100 : 0
    }

    /// … above the body before.
    @inline(__always) static func shootingStar(_ window: PatternWindow) -> Int16 {
        stands(window[0]) && window[0].gapsAbove(window[1]) ? -100 : 0
    }
}
