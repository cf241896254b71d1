/// Three or more candles that go one way, well or tiredly.
enum MarchPatterns {
    /// Three white candles that close ever higher.
    @inline(__always) private static func climbs(_ window: PatternWindow) -> Bool {
        window[2].isWhite && window[1].isWhite && window[0].isWhite && window[0].close > window[1].close
            && window[1].close > window[2].close
    }

    /// Opened higher than the candle before, inside its body or near its end.
    @inline(__always) private static func follows(_ candle: PatternCandle, _ before: PatternCandle) -> Bool {
        candle.open > before.open && candle.open <= before.close + before.near
    }

    /// Closing at their highs, none of them far shorter than the one before.
    @inline(__always) static func whiteSoldiers(_ window: PatternWindow) -> Int16 {
        guard climbs(window) else { return 0 }
        let (third, second, first) = (window[0], window[1], window[2])
        guard first.hasNoUpperShadow, second.hasNoUpperShadow, third.hasNoUpperShadow, follows(second, first),
            follows(third, second), second.body > first.body - first.far, third.body > second.body - second.far
        else { return 0 }
        return third.isLong ? 100 : 0
    }

    /// Growing weaker: shorter bodies or longer upper shadows.
    @inline(__always) static func advanceBlock(_ window: PatternWindow) -> Int16 {
        guard climbs(window) else { return 0 }
        let (third, second, first) = (window[0], window[1], window[2])
        guard first.isLong, first.hasShortUpperShadow, follows(second, first), follows(third, second) else { return 0 }
        if second.body < first.body - first.far, third.body < second.body + second.near { return -100 }
        if third.body < second.body - second.far { return -100 }
        guard third.body < second.body else { return 0 }
        if second.body < first.body, third.hasMoreThanShortUpperShadow || second.hasMoreThanShortUpperShadow {
            return -100
        }
        return third.hasLongUpperShadow ? -100 : 0
    }

    /// Two long ones, then a short one that opens about where the second ended.
    @inline(__always) static func stalled(_ window: PatternWindow) -> Int16 {
        guard climbs(window) else { return 0 }
        let (third, second, first) = (window[0], window[1], window[2])
        guard third.isShort, first.isLong, second.isLong, second.hasNoUpperShadow, follows(second, first) else {
            return 0
        }
        return third.open >= second.close - third.body - second.near ? -100 : 0
    }

    /// After a white candle three black ones that close near their lows, each from inside the body before.
    @inline(__always) static func blackCrows(_ window: PatternWindow) -> Int16 {
        let (third, second, first, white) = (window[0], window[1], window[2], window[3])
        guard third.isBlack, second.isBlack, first.isBlack, white.isWhite else { return 0 }
        guard second.open < first.open, second.open > first.close, third.open < second.open,
            third.open > second.close, white.high > first.close, first.close > second.close,
            second.close > third.close
        else { return 0 }
        return first.hasNoLowerShadow && second.hasNoLowerShadow && third.hasNoLowerShadow ? -100 : 0
    }

    /// Three black candles, each opening where the one before closed.
    @inline(__always) static func identicalCrows(_ window: PatternWindow) -> Int16 {
        let (third, second, first) = (window[0], window[1], window[2])
        guard third.isBlack, second.isBlack, first.isBlack, first.close > second.close, second.close > third.close,
            first.isEqual(second.open, to: first.close), second.isEqual(third.open, to: second.close)
        else { return 0 }
        return first.hasNoLowerShadow && second.hasNoLowerShadow && third.hasNoLowerShadow ? -100 : 0
    }

    /// Three black candles that shrink: a long one on a long shadow, a smaller one, a short one without shadows inside it.
    @inline(__always) static func starsInTheSouth(_ window: PatternWindow) -> Int16 {
        let (third, second, first) = (window[0], window[1], window[2])
        guard first.isBlack, second.isBlack, third.isBlack, first.isLong, first.hasLongLowerShadow,
            second.body < first.body, second.open > first.close, second.open <= first.high,
            second.low < first.close, second.low >= first.low, second.hasLowerShadow
        else { return 0 }
        guard third.isShort, third.hasNoLowerShadow, third.hasNoUpperShadow else { return 0 }
        return third.low > second.low && third.high < second.high ? 100 : 0
    }

    /// Three of a colour, then one that takes it all back.
    @inline(__always) static func lineStrike(_ window: PatternWindow) -> Int16 {
        let (strike, third, second, first) = (window[0], window[1], window[2], window[3])
        guard first.isWhite == second.isWhite, second.isWhite == third.isWhite, strike.isWhite != third.isWhite else {
            return 0
        }
        let takesBack =
            third.isWhite
            ? third.close > second.close && second.close > first.close && strike.open > third.close
                && strike.close < first.open
            : third.close < second.close && second.close < first.close && strike.open < third.close
                && strike.close > first.open
        guard takesBack, opensAtBody(second, of: first), opensAtBody(third, of: second) else { return 0 }
        return third.colour * 100
    }

    /// Opened inside the body before, or near it.
    @inline(__always) private static func opensAtBody(_ candle: PatternCandle, of before: PatternCandle) -> Bool {
        candle.open >= before.bottom - before.near && candle.open <= before.top + before.near
    }
}
