import Market

/// A turning point: an extreme from which the price has come back far enough.
struct Pivot: Hashable, Sendable {
    var index: Int
    var time: Timestamp
    var price: Double
    var isHigh: Bool

    var x: Double { Double(index) }
    var point: ChartPoint { ChartPoint(time: time, price: price) }
}

/// Finds turning points of closed candles: a high when the price has fallen `multiple` average true ranges below it, a
/// low when it has risen as far above. Highs and lows alternate. A pivot is known only at the candle that confirms it.
struct PivotFinder: Sendable {
    private let multiple: Double
    private var high: Pivot?
    private var low: Pivot?
    /// 1 while a high is sought, −1 while a low is, 0 before the first.
    private var direction = 0

    init(multiple: Double) { self.multiple = multiple }

    /// `range` is the average true range before the candle.
    mutating func update(_ candle: Candle, index: Int, range: Double) -> Pivot? {
        let top = Pivot(index: index, time: candle.openTime, price: candle.high, isHigh: true)
        let bottom = Pivot(index: index, time: candle.openTime, price: candle.low, isHigh: false)
        guard let lastHigh = high, let lastLow = low, range > 0 else {
            (high, low) = (top, bottom)
            return nil
        }
        let reversal = multiple * range
        let isHigher = top.price >= lastHigh.price
        let isLower = bottom.price <= lastLow.price
        if direction >= 0 {
            if isHigher {
                // Within one candle the order of its extremes is not known: a new high comes before a turn.
                high = top
                if direction > 0 { return nil }
            } else if lastHigh.price - candle.low >= reversal {
                direction = -1
                low = bottom
                return lastHigh
            }
        }
        if direction <= 0 {
            if isLower {
                low = bottom
            } else if candle.high - lastLow.price >= reversal {
                direction = 1
                high = top
                return lastLow
            }
        }
        return nil
    }
}
