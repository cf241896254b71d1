/// Patterns in which a small body stands apart from the bodies beside it.
enum StarPatterns {
    /// How far the third candle must come back into the first body.
    private static let penetration = 0.3

    /// A doji beyond a long body, in its direction.
    @inline(__always) static func dojiStar(_ window: PatternWindow) -> Int16 {
        let (star, long) = (window[0], window[1])
        guard long.isWhite ? star.gapsAbove(long) : star.gapsBelow(long), long.isLong, star.isDoji else { return 0 }
        return -long.colour * 100
    }

    @inline(__always) static func morningStar(_ window: PatternWindow) -> Int16 { morning(window, window[1].isSmall) }
    @inline(__always) static func morningDojiStar(_ window: PatternWindow) -> Int16 {
        morning(window, window[1].isDoji)
    }
    @inline(__always) static func eveningStar(_ window: PatternWindow) -> Int16 { evening(window, window[1].isSmall) }
    @inline(__always) static func eveningDojiStar(_ window: PatternWindow) -> Int16 {
        evening(window, window[1].isDoji)
    }

    /// Long and black, a small one below it, then a white one back into the first body.
    @inline(__always) private static func morning(_ window: PatternWindow, _ isStar: Bool) -> Int16 {
        let (back, star, long) = (window[0], window[1], window[2])
        guard long.isBlack, back.isWhite, star.gapsBelow(long), isStar, long.isLong else { return 0 }
        return back.isLong && back.close > long.close + long.body * penetration ? 100 : 0
    }

    /// Long and white, a small one above it, then a black one back into the first body.
    @inline(__always) private static func evening(_ window: PatternWindow, _ isStar: Bool) -> Int16 {
        let (back, star, long) = (window[0], window[1], window[2])
        guard long.isWhite, back.isBlack, star.gapsAbove(long), isStar, long.isLong else { return 0 }
        return back.isLong && back.close < long.close - long.body * penetration ? -100 : 0
    }

    /// A star that is a doji and whose shadows touch neither neighbour's.
    @inline(__always) static func abandonedBaby(_ window: PatternWindow) -> Int16 {
        let (back, star, long) = (window[0], window[1], window[2])
        guard back.colour == -long.colour, star.isDoji, long.isLong, back.isLong else { return 0 }
        let isAlone =
            long.isWhite
            ? star.leapsAbove(long) && back.leapsBelow(star) && back.close < long.close - long.body * penetration
            : star.leapsBelow(long) && back.leapsAbove(star) && back.close > long.close + long.body * penetration
        return isAlone ? back.colour * 100 : 0
    }

    /// Three dojis, the middle one apart. All are measured by the candles before the first.
    @inline(__always) static func triStar(_ window: PatternWindow) -> Int16 {
        let (third, second, first) = (window[0], window[1], window[2])
        let doji = first.dojiBody
        guard first.body <= doji, second.body <= doji, third.body <= doji else { return 0 }
        if second.gapsBelow(first), third.bottom > second.bottom { return 100 }
        return second.gapsAbove(first) && third.top < second.top ? -100 : 0
    }
}
