/// Patterns of one candle, measured by the candles before it.
enum SingleCandlePatterns {
    /// Opened and closed at about the same price.
    @inline(__always) static func doji(_ window: PatternWindow) -> Int16 { window[0].isDoji ? 100 : 0 }

    /// A doji that fell and came back: no upper shadow, but a lower one.
    @inline(__always) static func dragonfly(_ window: PatternWindow) -> Int16 {
        let candle = window[0]
        return candle.isDoji && candle.hasNoUpperShadow && candle.hasLowerShadow ? 100 : 0
    }

    /// A doji that rose and came back.
    @inline(__always) static func gravestone(_ window: PatternWindow) -> Int16 {
        let candle = window[0]
        return candle.isDoji && candle.hasNoLowerShadow && candle.hasUpperShadow ? 100 : 0
    }

    /// A doji with at least one shadow longer than its body.
    @inline(__always) static func longLegged(_ window: PatternWindow) -> Int16 {
        let candle = window[0]
        return candle.isDoji && (candle.hasLongLowerShadow || candle.hasLongUpperShadow) ? 100 : 0
    }

    /// A doji with two long shadows and its body about half way.
    @inline(__always) static func rickshawMan(_ window: PatternWindow) -> Int16 {
        let candle = window[0]
        guard candle.isDoji, candle.hasLongLowerShadow, candle.hasLongUpperShadow else { return 0 }
        let middle = candle.low + candle.range / 2
        return candle.bottom <= middle + candle.near && candle.top >= middle - candle.near ? 100 : 0
    }

    /// A dragonfly whose lower shadow is very long.
    @inline(__always) static func takuri(_ window: PatternWindow) -> Int16 {
        let candle = window[0]
        return candle.isDoji && candle.hasNoUpperShadow && candle.hasVeryLongLowerShadow ? 100 : 0
    }

    /// A short body between very long shadows.
    @inline(__always) static func highWave(_ window: PatternWindow) -> Int16 {
        let candle = window[0]
        guard candle.isShort, candle.hasVeryLongUpperShadow, candle.hasVeryLongLowerShadow else { return 0 }
        return candle.colour * 100
    }

    /// A short body between shadows longer than it.
    @inline(__always) static func spinningTop(_ window: PatternWindow) -> Int16 {
        let candle = window[0]
        guard candle.isShort, candle.hasLongUpperShadow, candle.hasLongLowerShadow else { return 0 }
        return candle.colour * 100
    }

    /// A long body between short shadows.
    @inline(__always) static func longLine(_ window: PatternWindow) -> Int16 {
        let candle = window[0]
        guard candle.isLong, candle.hasShortUpperShadow, candle.hasShortLowerShadow else { return 0 }
        return candle.colour * 100
    }

    /// A short body between short shadows.
    @inline(__always) static func shortLine(_ window: PatternWindow) -> Int16 {
        let candle = window[0]
        guard candle.isShort, candle.hasShortUpperShadow, candle.hasShortLowerShadow else { return 0 }
        return candle.colour * 100
    }

    /// A long body without shadows.
    @inline(__always) static func marubozu(_ window: PatternWindow) -> Int16 {
        let candle = window[0]
        guard candle.isLong, candle.hasNoUpperShadow, candle.hasNoLowerShadow else { return 0 }
        return candle.colour * 100
    }

    /// A long body that closes at its extreme.
    @inline(__always) static func closingMarubozu(_ window: PatternWindow) -> Int16 {
        let candle = window[0]
        guard candle.isLong, candle.isWhite ? candle.hasNoUpperShadow : candle.hasNoLowerShadow else { return 0 }
        return candle.colour * 100
    }

    /// A long body that opened at its extreme.
    @inline(__always) static func beltHold(_ window: PatternWindow) -> Int16 {
        let candle = window[0]
        guard candle.isLong, candle.isWhite ? candle.hasNoLowerShadow : candle.hasNoUpperShadow else { return 0 }
        return candle.colour * 100
    }
}
