/// Makes longer candles out of shorter ones, exactly: first open, highest high, lowest low, last close, summed volume.
///
/// A longer candle is complete when its last part closes, or when a later one begins. The first of a series is not given
/// out when the series begins inside it; after that a hole (the venue was down) leaves what traded. Work per part is
/// constant.
package struct CandleAggregator: Hashable, Sendable {
    package let base: Timeframe
    package let target: Timeframe
    private var current: Candle?
    /// False while the first candle of the series is one that began before the series did.
    private var isWhole = false
    private var isFirst = true

    /// `target` must be longer than `base`.
    package init(from base: Timeframe, to target: Timeframe) {
        precondition(target > base)
        self.base = base
        self.target = target
    }

    /// Takes the next part, in order of open time; returns what it completed, oldest first: the candle before when the
    /// part begins a later one, and the part's own when it is the last of it.
    package mutating func add(_ part: Candle) -> [Candle] {
        var done: [Candle] = []
        let openTime = target.openTime(containing: part.openTime)
        if let held = current, held.openTime != openTime {
            if isWhole { done.append(held) }
            current = nil
        }
        if var held = current {
            held.high = max(held.high, part.high)
            held.low = min(held.low, part.low)
            held.close = part.close
            held.volume += part.volume
            current = held
        } else {
            isWhole = !isFirst || part.openTime == openTime
            isFirst = false
            var first = part
            first.openTime = openTime
            current = first
        }
        if part.openTime + base.span == openTime + target.span {
            if isWhole, let held = current { done.append(held) }
            current = nil
        }
        return done
    }

    /// Aggregates a whole series; an unfinished last candle is left out.
    package static func aggregate(_ candles: [Candle], from base: Timeframe, to target: Timeframe) -> [Candle] {
        if base == target { return candles }
        var aggregator = CandleAggregator(from: base, to: target)
        return candles.flatMap { aggregator.add($0) }
    }
}
