/// Patterns of three to five candles after which a move turns.
enum ReversalPatterns {
    /// Long and white, a black one above it, then a black one from inside the second into the first.
    @inline(__always) static func twoCrows(_ window: PatternWindow) -> Int16 {
        let (third, second, first) = (window[0], window[1], window[2])
        guard first.isWhite, second.isBlack, third.isBlack, second.gapsAbove(first), first.isLong,
            third.open < second.open, third.open > second.close
        else { return 0 }
        return third.close > first.open && third.close < first.close ? -100 : 0
    }

    /// Long and white, a small black one above it, then a black one around the second that stays above the first.
    @inline(__always) static func upsideGapTwoCrows(_ window: PatternWindow) -> Int16 {
        let (third, second, first) = (window[0], window[1], window[2])
        guard first.isWhite, second.isBlack, third.isBlack, second.gapsAbove(first), first.isLong, second.isSmall
        else { return 0 }
        return third.open > second.open && third.close < second.close && third.close > first.close ? -100 : 0
    }

    /// A harami that the third candle confirms beyond the first one's open.
    @inline(__always) static func threeInside(_ window: PatternWindow) -> Int16 {
        let (third, second, first) = (window[0], window[1], window[2])
        guard second.liesWithin(first), third.isWhite != first.isWhite, first.isLong, second.isSmall else { return 0 }
        let isConfirmed = first.isWhite ? third.close < first.open : third.close > first.open
        return isConfirmed ? -first.colour * 100 : 0
    }

    /// A body that reaches strictly over the one before, confirmed by the next close.
    @inline(__always) static func threeOutside(_ window: PatternWindow) -> Int16 {
        let (third, second, first) = (window[0], window[1], window[2])
        guard second.isWhite != first.isWhite, second.top > first.top, second.bottom < first.bottom else { return 0 }
        let isConfirmed = second.isWhite ? third.close > second.close : third.close < second.close
        return isConfirmed ? second.colour * 100 : 0
    }

    /// Long and black, a black harami with a new low, then a short white one.
    @inline(__always) static func uniqueThreeRiver(_ window: PatternWindow) -> Int16 {
        let (third, second, first) = (window[0], window[1], window[2])
        guard first.isBlack, second.isBlack, third.isWhite, second.close > first.close, second.open <= first.open,
            second.low < first.low, third.open > second.low
        else { return 0 }
        return first.isLong && third.isShort ? 100 : 0
    }

    /// A white candle between two black ones that close at the same price, below it.
    @inline(__always) static func stickSandwich(_ window: PatternWindow) -> Int16 {
        let (third, second, first) = (window[0], window[1], window[2])
        guard first.isBlack, second.isWhite, third.isBlack, second.low > first.close else { return 0 }
        return first.isEqual(third.close, to: first.close) ? 100 : 0
    }

    /// Two black marubozus, a black one below them whose shadow reaches back, and a black one around all of that.
    @inline(__always) static func concealedSwallow(_ window: PatternWindow) -> Int16 {
        let (fourth, third, second, first) = (window[0], window[1], window[2], window[3])
        guard first.isBlack, second.isBlack, third.isBlack, fourth.isBlack, third.gapsBelow(second),
            third.high > second.close, fourth.high > third.high, fourth.low < third.low
        else { return 0 }
        guard first.hasNoLowerShadow, first.hasNoUpperShadow, second.hasNoLowerShadow, second.hasNoUpperShadow else {
            return 0
        }
        return third.hasUpperShadow ? 100 : 0
    }

    /// Three black candles down, a black one with an upper shadow, then a white one above its high.
    @inline(__always) static func ladderBottom(_ window: PatternWindow) -> Int16 {
        let (fifth, fourth, third, second, first) = (window[0], window[1], window[2], window[3], window[4])
        guard fifth.isWhite, fourth.isBlack, third.isBlack, second.isBlack, first.isBlack, first.open > second.open,
            second.open > third.open, first.close > second.close, second.close > third.close
        else { return 0 }
        return fourth.hasUpperShadow && fifth.open > fourth.open && fifth.close > fourth.high ? 100 : 0
    }

    /// A gap in the direction of a long candle, two more that way, then one that closes inside the gap.
    @inline(__always) static func breakaway(_ window: PatternWindow) -> Int16 {
        let (fifth, fourth, third, second, first) = (window[0], window[1], window[2], window[3], window[4])
        guard first.isWhite == second.isWhite, second.isWhite == fourth.isWhite, fourth.isWhite != fifth.isWhite else {
            return 0
        }
        let breaks =
            first.isWhite
            ? second.gapsAbove(first) && third.high > second.high && third.low > second.low
                && fourth.high > third.high && fourth.low > third.low && fifth.close < second.open
                && fifth.close > first.close
            : second.gapsBelow(first) && third.high < second.high && third.low < second.low
                && fourth.high < third.high && fourth.low < third.low && fifth.close > second.open
                && fifth.close < first.close
        return breaks && first.isLong ? fifth.colour * 100 : 0
    }
}
