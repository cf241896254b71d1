/// Patterns of three to five candles after which a move goes on.
enum ContinuationPatterns {
    /// A gap, then a candle of about the same size from inside the second body into the gap, not closing it.
    @inline(__always) static func tasukiGap(_ window: PatternWindow) -> Int16 {
        let (third, second, first) = (window[0], window[1], window[2])
        guard third.isWhite != second.isWhite else { return 0 }
        let entersGap =
            second.isWhite
            ? second.gapsAbove(first) && third.open < second.close && third.open > second.open
                && third.close < second.open && third.close > first.top
            : second.gapsBelow(first) && third.open < second.open && third.open > second.close
                && third.close > second.open && third.close < first.bottom
        return entersGap && abs(second.body - third.body) < second.near ? second.colour * 100 : 0
    }

    /// After a gap two white candles of about the same size from the same open.
    @inline(__always) static func sideBySideWhite(_ window: PatternWindow) -> Int16 {
        let (third, second, first) = (window[0], window[1], window[2])
        guard second.isWhite, third.isWhite else { return 0 }
        let isAbove = second.gapsAbove(first) && third.gapsAbove(first)
        guard isAbove || second.gapsBelow(first) && third.gapsBelow(first) else { return 0 }
        guard third.body >= second.body - second.near, third.body <= second.body + second.near,
            second.isEqual(third.open, to: second.open)
        else { return 0 }
        return isAbove ? 100 : -100
    }

    /// A gap between two of a colour that one of the other closes, from body to body.
    @inline(__always) static func gapThreeMethods(_ window: PatternWindow) -> Int16 {
        let (third, second, first) = (window[0], window[1], window[2])
        guard first.isWhite == second.isWhite, second.isWhite != third.isWhite,
            first.isWhite ? second.gapsAbove(first) : second.gapsBelow(first)
        else { return 0 }
        return second.bodyHolds(third.open) && first.bodyHolds(third.close) ? first.colour * 100 : 0
    }

    /// A long candle, three short ones against it within its range, and a long one that goes on.
    @inline(__always) static func threeMethods(_ window: PatternWindow) -> Int16 {
        let (fifth, fourth, third, second, first) = (window[0], window[1], window[2], window[3], window[4])
        guard first.isWhite != second.isWhite, second.isWhite == third.isWhite, third.isWhite == fourth.isWhite,
            fourth.isWhite != fifth.isWhite
        else { return 0 }
        let goesOn =
            first.isWhite
            ? third.close < second.close && fourth.close < third.close && fifth.open > fourth.close
                && fifth.close > first.close
            : third.close > second.close && fourth.close > third.close && fifth.open < fourth.close
                && fifth.close < first.close
        guard goesOn, overlaps(second, first), overlaps(third, first), overlaps(fourth, first) else { return 0 }
        guard first.isLong, second.isShort, third.isShort, fourth.isShort, fifth.isLong else { return 0 }
        return first.colour * 100
    }

    /// The body shares a price with the other's range.
    @inline(__always) private static func overlaps(_ candle: PatternCandle, _ other: PatternCandle) -> Bool {
        candle.bottom < other.high && candle.top > other.low
    }

    /// Long and white, a short black one above it, two short ones that come down but hold half of the first body, then a
    /// white one above them all.
    @inline(__always) static func matHold(_ window: PatternWindow) -> Int16 {
        let (fifth, fourth, third, second, first) = (window[0], window[1], window[2], window[3], window[4])
        guard first.isWhite, second.isBlack, fifth.isWhite, second.gapsAbove(first), third.bottom < first.close,
            fourth.bottom < first.close, third.top < second.open, fourth.top < third.top,
            fifth.open > fourth.close, fifth.close > max(max(second.high, third.high), fourth.high)
        else { return 0 }
        let held = first.close - first.body * 0.5
        guard third.bottom > held, fourth.bottom > held else { return 0 }
        return first.isLong && second.isShort && third.isShort && fourth.isShort ? 100 : 0
    }
}
